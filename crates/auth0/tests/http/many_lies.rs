//! Lies about more users than the search gives out: by windows, by addresses, and by export.

use std::io::Write as _;
use std::time::Duration;

use auth0::{Config, Error, ManyUsers};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::asking::read;
use crate::liar::{Heard, Liar, Raw, Then};

fn windows(config: Config) -> Config {
    Config { many_users: ManyUsers::Windows, max_retries: 0, ..config }
}

fn export(config: Config) -> Config {
    Config {
        many_users: ManyUsers::Export,
        max_retries: 0,
        download_timeout: Duration::from_millis(300),
        ..config
    }
}

fn ok(body: &Value) -> Raw {
    Raw::answer(200, "", body.to_string())
}

/// A page of so many users, made at this time.
fn page(count: usize, total: usize, created_at: &str) -> Raw {
    let user = |it| json!({ "user_id": format!("auth0|{it}"), "created_at": created_at });
    ok(&json!({ "users": (0..count).map(user).collect::<Vec<_>>(), "total": total }))
}

#[tokio::test]
async fn a_search_that_always_finds_too_many_is_given_up() {
    let in_all_of_time = |it: &Heard| {
        let oldest_first = it.line.contains("created_at%3A1");
        page(1, 5_000, if oldest_first { "0001-01-01T00:00:00.000Z" } else { "9999-12-31T23:59:59.999Z" })
    };
    let in_one_moment = |_: &Heard| page(1, 5_000, "2026-01-01T00:00:00.000Z");
    let (time, moment) =
        (Liar::with(in_all_of_time, windows).await, Liar::with(in_one_moment, windows).await);
    let (one, other) = tokio::join!(time.client.users(), moment.client.users());
    for error in [one.unwrap_err(), other.unwrap_err()] {
        assert!(matches!(error, Error::Endless { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn times_that_are_none_are_read_as_any_time() {
    for created_at in ["", "yesterday", "0000-00-00T00:00:00Z", "99999-01-01T00:00:00Z", "\u{0}"] {
        let few = move |it: &Heard| {
            let total = if it.line.contains("created_at%3A%5B") { 3 } else { 1_000 };
            page(3, total, created_at)
        };
        let error = Liar::with(few, windows).await.client.users().await.unwrap_err();
        assert!(matches!(error, Error::ListingUnstable { declared: 1_000, read: 3, .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_search_that_does_not_look_at_the_time_is_no_list() {
    // Every window holds the same people, and the search says no more than "a thousand".
    let liar = Liar::with(
        |it| {
            let is_narrow = it.line.contains("%7D") || it.line.contains("%5B20");
            match (is_narrow, it.line.contains("created_at%3A1")) {
                (true, _) => page(100, 100, "2026-01-01T00:00:00.000Z"),
                (false, true) => page(1, 1_000, "2025-01-01T00:00:00.000Z"),
                (false, false) => page(1, 1_000, "2026-01-01T00:00:00.000Z"),
            }
        },
        windows,
    )
    .await;
    let error = liar.client.users().await.unwrap_err();
    assert!(matches!(error, Error::ListingUnstable { declared: 200, read: 100, .. }), "{error:?}");
}

/// A tenant of so many users, and what it says about an export. `HERE` in it is where it is.
struct Exporter {
    total: Value,
    job: &'static str,
    file: Raw,
}

impl Exporter {
    async fn liar(self) -> Liar {
        let Self { total, job, file } = self;
        Liar::with(
            move |it| {
                let host = it.text.lines().find_map(|it| it.strip_prefix("host: ")).unwrap_or_default();
                match it.line.split(['?', ' ']).nth(1).unwrap() {
                    "/api/v2/users" => ok(&json!({ "users": [], "total": total })),
                    "/api/v2/connections" => ok(&json!({ "connections": [{
                        "id": "con_1", "name": "Username-Password-Authentication", "strategy": "auth0",
                    }] })),
                    "/api/v2/jobs/users-exports" => ok(&json!({ "id": "job_1", "status": "pending" })),
                    "/api/v2/jobs/job_1" => Raw::answer(200, "", job.replace("HERE", host)),
                    _ => {
                        assert!(
                            !it.text.to_lowercase().contains("authorization"),
                            "the token stays with Auth0"
                        );
                        file.clone()
                    }
                }
            },
            export,
        )
        .await
    }
}

const DONE: &str = r#"{"id":"job_1","status":"completed","location":"http://HERE/file?Signature=hush"}"#;

fn packed(users: usize) -> Raw {
    let mut file = GzEncoder::new(Vec::new(), Compression::fast());
    for it in 0..users {
        let connection = "Username-Password-Authentication";
        let user = json!({ "user_id": format!("auth0|{it}"), "identities": [{ "connection": connection }] });
        writeln!(file, "{user}").unwrap();
    }
    Raw::answer(200, "", file.finish().unwrap())
}

#[tokio::test]
async fn a_file_of_fewer_users_than_there_must_be_is_an_error() {
    let honest = Exporter { total: json!(1_200), job: DONE, file: packed(1_200) }.liar().await;
    assert_eq!(honest.client.users().await.unwrap().users.len(), 1_200);
    for (total, users) in [(1_200, 1_199), (1_200, 0), (1_200, 1_201), (1_000, 999), (1_000, 0)] {
        let liar = Exporter { total: json!(total), job: DONE, file: packed(users) }.liar().await;
        let error = liar.client.users().await.unwrap_err();
        assert!(matches!(error, Error::ListingUnstable { .. }), "{total} {users}: {error:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_something_else_is_an_error_that_shows_nothing_of_it() {
    let Raw { bytes, .. } = packed(1_200);
    let mut told = Vec::new();
    for file in [
        Raw::answer(200, "", "<html>ada@example.com</html>"),
        Raw::answer(200, "", "{\"user_id\":\"auth0|1\",\"email\":[\"ada@example.com\"]}"),
        Raw::answer(302, "location: https://elsewhere.example/?Signature=hush\r\n", ""),
        Raw::answer(403, "", "<Error>ada@example.com</Error>"),
        Raw::bytes(&bytes[..bytes.len() - 20]),
    ] {
        let liar = Exporter { total: json!(1_200), job: DONE, file }.liar().await;
        let error = liar.client.users().await.unwrap_err();
        assert!(matches!(error, Error::Export { .. }), "{error:?}");
        told.push(read(&error));
    }
    let told = told.join("\n");
    assert!(!told.contains("ada@") && !told.contains("hush"), "{told}");
    insta::assert_snapshot!(told);
}

#[tokio::test]
async fn a_job_that_leads_elsewhere_is_not_followed() {
    let mut told = Vec::new();
    for job in [
        r#"{"id":"job_1","status":"completed","location":"http://files.example/file"}"#,
        r#"{"id":"job_1","status":"completed","location":"file:///etc/passwd"}"#,
        r#"{"id":"job_1","status":"completed","location":"not an address, ada@example.com"}"#,
        r#"{"id":"job_1","status":"completed","location":7}"#,
        r#"{"id":"","status":"completed"}"#,
    ] {
        let liar = Exporter { total: json!(1_200), job, file: packed(0) }.liar().await;
        told.push(read(&liar.client.users().await.unwrap_err()));
    }
    insta::assert_snapshot!(told.join("\n"));
}

/// Time stands still but for waits, so that they cost nothing; the wire is real.
#[tokio::test(start_paused = true)]
async fn a_job_without_an_end_is_given_up() {
    for job in [r#"{"id":"job_1","status":"pending"}"#, r#"{"id":"job_1","status":"completed"}"#] {
        let liar = Exporter { total: json!(1_200), job, file: packed(0) }.liar().await;
        let error = liar.client.users().await.unwrap_err();
        insta::allow_duplicates! {
            insta::assert_snapshot!(error, @r#"the export of the users cannot be read: the job is not done after 60 minutes; try again, or set many_users = "windows" in [auth0]"#);
        }
    }
}

#[tokio::test]
async fn a_file_that_drips_is_bounded_as_a_whole_and_not_by_the_byte() {
    let head = Raw::bytes("HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n");
    let file = head.then(Then::Forever(vec![0x1f], Duration::from_millis(10)));
    let liar = Exporter { total: json!(1_200), job: DONE, file }.liar().await;
    let error = liar.client.users().await.unwrap_err();
    insta::assert_snapshot!(error, @r#"the export of the users cannot be read: error decoding response body; try again, or set many_users = "windows" in [auth0]"#);
}
