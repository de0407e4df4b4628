//! Answers without an end, of every kind: each is bounded in size and in time, and ends in an error.

use std::io::Write as _;
use std::time::Duration;

use auth0::{CallError, Config, Error};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::asking::listing;
use crate::liar::{Heard, Liar, Raw, Then};
use crate::world::{create, id};

/// Fast, and never tired.
const AT_ONCE: Duration = Duration::ZERO;

/// More than a test's machine needs to answer, and far less than an answer that never ends.
const SHORT: Duration = Duration::from_millis(400);

fn once(config: Config) -> Config {
    Config { max_retries: 0, ..config }
}

fn impatient(config: Config) -> Config {
    Config { max_retries: 0, request_timeout: SHORT, ..config }
}

/// What comes before the body, which then never ends.
fn endless(head: &'static str, piece: Vec<u8>) -> impl Fn(&Heard) -> Raw + Send + Sync + 'static {
    move |_| Raw::bytes(head).then(Then::Forever(piece.clone(), AT_ONCE))
}

#[tokio::test]
async fn a_body_without_an_end_is_left_at_a_limit() {
    let spaces = vec![b' '; 256 * 1024];
    let chunk = [b"40000\r\n".as_slice(), &spaces, b"\r\n"].concat();
    for (head, piece) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 9000000000000000000\r\n\r\n", spaces.clone()),
        ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", chunk),
        ("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n", spaces),
    ] {
        let liar = Liar::with(endless(head, piece), once).await;
        let error = liar.client.users().await.unwrap_err();
        assert!(matches!(error, Error::Unreadable { .. }), "{head}: {error:?}");
        assert_eq!(
            error.to_string(),
            "GET /users: the answer 200 cannot be read (it is longer than 16 MiB); is there a proxy between \
             Rollcall and Auth0?"
        );
        assert!(liar.written() < 64 * 1024 * 1024, "{head}: {} bytes were taken", liar.written());
    }
}

#[tokio::test]
async fn a_bomb_is_unpacked_no_further_than_the_limit() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..24 {
        packed.write_all(&vec![b' '; 1024 * 1024]).unwrap();
    }
    let bomb = packed.finish().unwrap();
    assert!(bomb.len() < 64 * 1024, "it is small on the wire");
    let head = "content-encoding: gzip\r\ncontent-type: application/json\r\n";
    let liar = Liar::with(move |_| Raw::answer(200, head, &bomb), once).await;
    let error = liar.client.users().await.unwrap_err().to_string();
    assert!(error.contains("it is longer than 16 MiB"), "{error}");
}

#[tokio::test]
async fn a_packed_answer_is_read_and_a_damaged_one_is_not() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(listing().to_string().as_bytes()).unwrap();
    let packed = packed.finish().unwrap();
    let whole = packed.clone();
    let liar = Liar::with(move |_| Raw::answer(200, "content-encoding: gzip\r\n", &whole), once).await;
    assert_eq!(liar.client.users().await.unwrap().users.len(), 1);
    for (headers, body) in [
        ("content-encoding: gzip\r\n", packed[..packed.len() - 9].to_vec()),
        ("content-encoding: gzip\r\n", listing().to_string().into_bytes()),
        ("content-encoding: deflate\r\n", packed.clone()),
        ("content-encoding: br\r\n", packed.clone()),
    ] {
        let liar = Liar::with(move |_| Raw::answer(200, headers, &body), once).await;
        let error = liar.client.users().await.unwrap_err();
        assert!(matches!(error, Error::Unreadable { .. } | Error::BrokenOff { .. }), "{headers}: {error:?}");
    }
}

#[tokio::test]
async fn of_a_failure_only_the_start_is_read_and_its_status_counts() {
    let spaces = vec![b' '; 64 * 1024];
    let head = "HTTP/1.1 503 Busy\r\nconnection: close\r\n\r\n";
    let liar = Liar::with(endless(head, spaces), once).await;
    let error = liar.client.users().await.unwrap_err();
    let Error::Exhausted { refusal, .. } = error else { panic!("{error:?}") };
    assert_eq!(refusal.to_string(), "503 Service Unavailable");
    assert!(liar.written() < 16 * 1024 * 1024, "{} bytes were taken", liar.written());
}

#[tokio::test]
async fn headers_without_an_end_are_no_answer() {
    let long = format!("x-long: {}\r\n", "x".repeat(64 * 1024));
    for (head, piece) in [
        ("HTTP/1.1 200 OK\r\n", long.clone()),
        ("HTTP/1.1 200 OK\r\n", "x-many: x\r\n".repeat(1_000)),
        ("HTTP/1.1 200 OK\r\nx-endless: ", "x".repeat(64 * 1024)),
        ("", "HTTP/1.1 100 Continue\r\n\r\n".repeat(1_000)),
        ("", "x".repeat(64 * 1024)),
    ] {
        let liar = Liar::with(endless(head, piece.into_bytes()), impatient).await;
        let error = liar.client.users().await.unwrap_err();
        assert!(matches!(error, Error::Unreachable { attempts: 1, .. }), "{head}: {error:?}");
    }
}

#[tokio::test]
async fn a_drip_is_bounded_as_a_whole_and_not_by_the_byte() {
    let drip = |head: &'static str, drop: &'static str| {
        let pause = Duration::from_millis(10);
        move |_: &Heard| Raw::bytes(head).then(Then::Forever(drop.into(), pause))
    };
    let liar = Liar::with(drip("HTTP/1.1 2", "0"), impatient).await;
    assert!(matches!(liar.client.users().await, Err(Error::Unreachable { .. })));
    let liar = Liar::with(drip("HTTP/1.1 200 OK\r\nx-slow: ", "x"), impatient).await;
    assert!(matches!(liar.client.users().await, Err(Error::Unreachable { .. })));
    let liar = Liar::with(drip("HTTP/1.1 200 OK\r\ncontent-length: 999999\r\n\r\n", " "), impatient).await;
    assert!(matches!(liar.client.users().await, Err(Error::BrokenOff { status: 200, .. })));
    let liar = Liar::with(drip("HTTP/1.1 502 Bad\r\ncontent-length: 999999\r\n\r\n", " "), impatient).await;
    assert!(matches!(liar.client.users().await, Err(Error::Exhausted { .. })), "the status is known");
}

#[tokio::test]
async fn a_token_that_drips_holds_nothing_up_for_longer_than_its_time() {
    let pause = Duration::from_millis(10);
    let drip = move |_: &Heard| Raw::bytes("HTTP/1.1 200 OK\r\n").then(Then::Forever("x".into(), pause));
    let liar = Liar::about_everything(drip, impatient).await;
    let error = liar.client.users().await.unwrap_err();
    assert!(error.to_string().starts_with("POST /oauth/token: no answer from"), "{error}");
}

#[tokio::test]
async fn silence_is_no_answer() {
    let liar = Liar::with(|_| Raw::bytes("").then(Then::Silence), impatient).await;
    let error = liar.client.user(&id("auth0|1")).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { attempts: 1, .. }), "{error:?}");
    assert_eq!(liar.client.in_flight(), 0);
}

#[tokio::test]
async fn wherever_an_answer_breaks_off_it_is_an_error_and_never_a_shorter_list() {
    let body = listing().to_string();
    let plain = Raw::answer(200, "content-type: application/json\r\n", &body).bytes;
    let chunked = {
        let (one, two) = body.split_at(body.len() / 2);
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        format!("{head}{:x}\r\n{one}\r\n{:x}\r\n{two}\r\n0\r\n\r\n", one.len(), two.len()).into_bytes()
    };
    let until_closed = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{body}").into_bytes();
    for whole in [plain, chunked, until_closed] {
        let answer = whole.clone();
        let liar = Liar::with(move |_| Raw::bytes(answer.clone()), once).await;
        assert_eq!(liar.client.users().await.unwrap().users.len(), 1);
        for end in (0..whole.len()).step_by(13).chain([whole.len() - 1]) {
            let answer = whole[..end].to_vec();
            let liar = Liar::with(move |_| Raw::bytes(answer.clone()), once).await;
            // The very last byte of a chunked answer says nothing that is not known.
            if let Ok(list) = liar.client.users().await {
                assert_eq!((list.users.len(), end), (1, whole.len() - 1));
            }
        }
    }
}

#[tokio::test]
async fn a_create_whose_answer_has_no_end_may_have_been_done() {
    let liar = Liar::with(endless("HTTP/1.1 201 Created\r\n\r\n", vec![b' '; 1024 * 1024]), |it| it).await;
    let error = liar.client.carry_out(&create("ada@example.com"), "x", &|| true).await.unwrap_err();
    assert!(matches!(error, CallError::Unknown(Error::Unreadable { .. })), "{error:?}");
    assert_eq!(liar.asked(), 1, "it is not sent twice");
}
