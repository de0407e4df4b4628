//! The way to the tenant: names, certificates, tokens, clocks, and trouble half way.

use insta::assert_snapshot;
use serde_json::json;

use super::{ails, company, set_up, tls, troubles, well};
use crate::cli::Desk;

#[test]
fn nobody_answers() {
    let mut desk = well();
    desk.set("AUTH0_REQUEST_TIMEOUT", "1");
    desk.set("AUTH0_MAX_RETRIES", "0");
    let (_listener, address) = tls::mute();
    for (what, domain) in [
        ("nobody answers in time", format!("http://{address}")),
        ("it speaks plain http", format!("https://{}", desk.address())),
        ("the name cannot be found", "tenant.invalid".to_owned()),
    ] {
        desk.set("AUTH0_DOMAIN", &domain);
        ails(&mut desk, what, 1);
    }
    desk.set("AUTH0_DOMAIN", &format!("http://{}", desk.address()));
    desk.stop_tenant();
    ails(&mut desk, "nobody listens", 1);
    assert_snapshot!(troubles(&desk));
}

#[test]
fn certificates_that_are_not_the_tenants() {
    let mut desk = well();
    desk.set("AUTH0_MAX_RETRIES", "0");
    desk.set("AUTH0_DOMAIN", &format!("https://{}", tls::pretender("good.pem")));
    ails(&mut desk, "nobody whom we trust has signed it", 1);
    desk.set("SSL_CERT_FILE", tls::file("authority.pem").to_str().unwrap());
    for (what, certificate) in [
        ("it has expired", "expired.pem"),
        ("it is not valid yet", "early.pem"),
        ("it is another name's", "other.pem"),
        ("it is good, but who has it is not Auth0", "good.pem"),
    ] {
        desk.set("AUTH0_DOMAIN", &format!("https://{}", tls::pretender(certificate)));
        ails(&mut desk, what, 1);
    }
    assert_snapshot!(troubles(&desk));
}

#[test]
fn credentials_that_do_not_work() {
    let company = company().application("empty", "empty-secret", &[]);
    let mut desk = Desk::ready(&company, &[]);
    set_up(&mut desk);
    for (id, secret) in [("nobody", "nothing"), ("rollcall", "wrong"), ("empty", "empty-secret")] {
        desk.set("AUTH0_CLIENT_ID", id);
        desk.set("AUTH0_CLIENT_SECRET", secret);
        ails(&mut desk, &format!("as {id}"), 1);
    }
    assert_snapshot!(troubles(&desk));
}

#[test]
fn trouble_on_the_way() {
    let mut desk = well();
    desk.set("RUST_LOG", "error");
    let everywhere =
        |path: &str, trouble: &str| json!([{ "match": { "path": path }, "times": 99, "do": trouble }]);
    for (what, path, trouble) in [
        ("too many requests, from the start", "/oauth/token", "429"),
        ("a fault of the service, from the start", "/oauth/token", "500"),
        ("a page of HTML, from the start", "/oauth/token", "garbage"),
        ("too many requests, half way", "/api/v2/roles", "429"),
        ("a fault of the service, half way", "/api/v2/roles", "500"),
        ("a page of HTML, half way", "/api/v2/roles", "garbage"),
        ("the connection is cut, half way", "/api/v2/roles", "reset"),
    ] {
        desk.faults(&everywhere(path, trouble));
        ails(&mut desk, what, 1);
    }
    assert_snapshot!(troubles(&desk));
}

#[test]
fn a_clock_that_is_wrong() {
    let mut desk = well();
    for (what, ahead_s) in [
        ("a little behind, as clocks are", 20),
        ("ahead by five minutes", -330),
        ("behind by half an hour", 1_830),
        ("ahead by more than a day", -95_000),
    ] {
        desk.switches(&json!({ "clock_ahead_s": ahead_s }));
        ails(&mut desk, what, 0);
    }
    assert_snapshot!(troubles(&desk));
}
