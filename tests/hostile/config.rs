//! The reader of `rollcall.toml` and of the environment.

use std::path::Path;

use cli::config::{Config, Env, Place, Problems, TEMPLATE};
use proptest::prelude::*;
use proptest::sample::select;

use super::{bytes, is_harmless, mutated};
use crate::properties::config;

/// The template with every setting on, and a file in which everything is wrong.
fn documents() -> Vec<Vec<u8>> {
    let is_setting = |it: &str| it.starts_with('#') && it.chars().nth(1).is_some_and(char::is_alphanumeric);
    let on = TEMPLATE.lines().map(|it| if is_setting(it) { &it[1..] } else { it });
    let on = on.collect::<Vec<_>>().join("\n");
    vec![on.into_bytes(), include_bytes!("../../crates/cli/src/config/problems.toml").to_vec()]
}

const VARIABLES: [&str; 14] = [
    "DATABASE_URL",
    "ROLLCALL_STORE_URL",
    "AUTH0_DOMAIN",
    "AUTH0_CLIENT_ID",
    "AUTH0_CLIENT_SECRET",
    "AUTH0_CLIENT_SECRET_FILE",
    "AUTH0_ENABLE_ROLE_ASSIGNMENT",
    "AUTH0_SEND_VERIFICATION_EMAIL",
    "AUTH0_AUTO_VERIFY_EXTERNAL_USERS",
    "AUTH0_TOKEN_REFRESH_BUFFER",
    "AUTH0_REQUEST_TIMEOUT",
    "AUTH0_MAX_RETRIES",
    "AUTH0_RETRY_BACKOFF",
    "AUTH0_RATE_PLAN",
];

proptest! {
    #![proptest_config(config())]

    #[test]
    fn anything_at_all_is_read_or_refused_with_its_lines(bytes in bytes()) {
        told(&bytes)?;
    }

    #[test]
    fn a_damaged_file_is_read_or_refused_with_its_lines(
        bytes in select(documents()).prop_flat_map(mutated),
    ) {
        told(&bytes)?;
    }

    #[test]
    fn whatever_a_variable_says_it_is_used_or_refused_by_name(
        name in select(&VARIABLES[..]),
        value in prop_oneof![
            any::<String>(),
            any::<i128>().prop_map(|it| it.to_string()),
            "[a-z]{1,8}://[ -~]{0,30}",
            "https?://[ -~]{0,20}",
        ],
    ) {
        match Config::parse(None, &Env::of([(name, &value)])) {
            Ok(config) => drop((config.databases(), config.tenant(), format!("{config:?}"))),
            Err(problems) => {
                let text = problems.to_string();
                prop_assert!(text.contains(name), "{text}");
                prop_assert!(is_harmless(&text), "{text:?}");
            }
        }
    }
}

fn told(bytes: &[u8]) -> Result<(), TestCaseError> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Ok(()) };
    let Err(problems) = parse(text) else { return Ok(()) };
    let lines = text.matches('\n').count() + 1;
    for problem in problems.iter() {
        if let Place::Line { file, line } = &problem.place {
            prop_assert!(file == "rollcall.toml" && (1..=lines).contains(line), "{problem}");
        }
    }
    prop_assert!(is_harmless(&problems.to_string()), "{:?}", problems.to_string());
    Ok(())
}

fn parse(text: &str) -> Result<Config, Problems> {
    Config::parse(Some((Path::new("rollcall.toml"), text)), &Env::empty())
}

#[test]
fn depth_beyond_all_reason_is_refused() {
    for text in [
        format!("a = {}", "[".repeat(100_000)),
        format!("a = {}1{}", "[".repeat(100_000), "]".repeat(100_000)),
        format!("a = {}", "{ b = ".repeat(50_000)),
        format!("{}a = 1", "b.".repeat(50_000)),
        format!("[{}a]\nb = 1", "b.".repeat(50_000)),
        "[[a]]\n".repeat(10_000),
    ] {
        assert!(parse(&text).is_err(), "{}", &text[..20]);
    }
}

#[test]
fn a_file_with_a_problem_in_every_line_is_told_by_the_first() {
    let unknown = (0..5_000).map(|it| format!("setting{it} = {it}")).collect::<Vec<_>>().join("\n");
    let broken = "what is this\n".repeat(5_000);
    for text in [unknown, broken] {
        let problems = parse(&text).unwrap_err();
        let shown = problems.to_string();
        assert!(problems.iter().count() >= 1_000 && shown.lines().count() < 300, "{}", shown.lines().count());
        assert!(shown.ends_with(" more"), "{shown}");
    }
}

#[test]
fn figures_beyond_all_reason_are_refused() {
    for text in [
        "[auth0]\nshare = 1e-300",
        "[auth0]\nshare = 1e400",
        "[auth0]\nshare = nan",
        "[auth0]\nshare = -0.0",
        "[auth0]\nrequest_timeout_seconds = 0",
        "[auth0]\nrequest_timeout_seconds = 99999999999999999999999",
        "[auth0]\nretry_backoff_seconds = 0xffffffffffffffff",
        "[auth0]\nmax_in_flight = 1_000_000_000",
        "[auth0]\nrate_plan = { burst = 0, per_minute = 0 }",
        "[limits]\nmails = 18446744073709551616",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
    for (name, value) in [
        ("AUTH0_REQUEST_TIMEOUT", "0"),
        ("AUTH0_REQUEST_TIMEOUT", "18446744073709551615"),
        ("AUTH0_RETRY_BACKOFF", "99999999999999999999"),
        ("AUTH0_MAX_RETRIES", "4294967296"),
        ("AUTH0_TOKEN_REFRESH_BUFFER", "-1"),
    ] {
        assert!(Config::parse(None, &Env::of([(name, value)])).is_err(), "{name} {value}");
    }
}
