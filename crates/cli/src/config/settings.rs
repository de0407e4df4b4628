//! The settings that say where things are and how fast to go: nothing here decides about a person.

use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use auth0::{Domain, DomainError, ManyUsers, SMALLEST_SHARE};
use diff::{GRANT_BATCH, RatePlan};

use super::at::At;
use super::env::Env;
use super::problems::{Found, did_you_mean};
use super::secrets::{Names, SecretAt, secret};
use super::section::{Either, Section};

/// How to reach the tenant, as far as it was said.
#[derive(Debug, Clone)]
pub struct Auth0 {
    /// The tenant's domain, or the loopback address of a simulator.
    pub domain: Option<Domain>,
    /// The machine-to-machine application.
    pub client_id: Option<String>,
    /// Where its secret is.
    pub client_secret: Option<SecretAt>,
    /// Where it is not the domain's own, as with custom domains.
    pub audience: Option<String>,
    /// What the tenant's subscription allows.
    pub rate_plan: RatePlan,
    /// The part of it that we take; the rest is for logins and other applications.
    pub share: f64,
    /// How users are read where there are a thousand or more.
    pub many_users: ManyUsers,
    /// Calls in flight at once: enough that the rate limiter and not the latency sets the pace.
    pub max_in_flight: usize,
    /// A token is renewed so long before it expires.
    pub token_refresh_buffer: Duration,
    /// How long one request may take.
    pub request_timeout: Duration,
    /// How often a request is repeated that is safe to send twice.
    pub max_retries: u32,
    /// The first wait between two tries; it doubles.
    pub retry_backoff: Duration,
}

const CLIENT_SECRET: Names = Names {
    variable: "AUTH0_CLIENT_SECRET",
    plain: "client_secret",
    file: "client_secret_file",
    renew: "rotate the secret",
};

/// `[auth0]`, its `connection` apart, which is policy.
pub(super) fn auth0(section: &Section<'_>, env: &Env, folder: &Path) -> Auth0 {
    let found = section.found();
    let seconds = |variable: &str, key: &'static str, bounds: RangeInclusive<u64>, default: u64| {
        let given = env.number(variable, &bounds, found);
        Duration::from_secs(given.or(section.number(key, bounds)).map_or(default, |it| it.value))
    };
    Auth0 {
        domain: env.text("AUTH0_DOMAIN").or(section.text("domain")).and_then(|it| domain(&it, found)),
        client_id: env.text("AUTH0_CLIENT_ID").or(section.text("client_id")).map(|it| it.value),
        client_secret: secret(section, env, folder, &CLIENT_SECRET),
        audience: section.text("audience").map(|it| it.value),
        rate_plan: rate_plan(section, env).unwrap_or_default(),
        share: share(section),
        many_users: many_users(section),
        max_in_flight: in_flight(section),
        token_refresh_buffer: seconds(
            "AUTH0_TOKEN_REFRESH_BUFFER",
            "token_refresh_buffer_seconds",
            0..=DAY,
            300,
        ),
        request_timeout: seconds("AUTH0_REQUEST_TIMEOUT", "request_timeout_seconds", 1..=HOUR, 10),
        max_retries: retries(section, env),
        retry_backoff: seconds("AUTH0_RETRY_BACKOFF", "retry_backoff_seconds", 0..=HOUR, 1),
    }
}

const HOUR: u64 = 3_600;
const DAY: u64 = 86_400;

/// The default carries 16 requests a second, Enterprise's pace, at a latency of four seconds.
fn in_flight(section: &Section<'_>) -> usize {
    let written = section.number("max_in_flight", 1..=1000);
    written.map_or(64, |it| usize::try_from(it.value).expect("at most 1000, checked above"))
}

/// How many users one call gives a role to. Auth0 states no maximum; a request of a thousand ids is one of 30 KB.
pub(super) fn grant_batch(section: &Section<'_>) -> usize {
    let written = section.number("grant_batch", 1..=1000);
    written.map_or(GRANT_BATCH, |it| usize::try_from(it.value).expect("at most 1000, checked above"))
}

fn many_users(section: &Section<'_>) -> ManyUsers {
    let Some(text) = section.text("many_users") else { return ManyUsers::default() };
    match text.value.as_str() {
        "export" => ManyUsers::Export,
        "windows" => ManyUsers::Windows,
        other => {
            let fix = did_you_mean(other, ["export", "windows"])
                .unwrap_or_else(|| "write \"export\" or \"windows\"".to_owned());
            section.found().add(text.problem(format!("{other:?} is no way of reading users"), fix));
            ManyUsers::default()
        }
    }
}

fn retries(section: &Section<'_>, env: &Env) -> u32 {
    const BOUNDS: RangeInclusive<u64> = 0..=20;
    let written = section.number("max_retries", BOUNDS);
    let given = env.number("AUTH0_MAX_RETRIES", &BOUNDS, section.found());
    let retries = given.or(written).map_or(3, |it| it.value);
    u32::try_from(retries).unwrap_or(u32::MAX)
}

fn domain(text: &At<String>, found: &Found) -> Option<Domain> {
    text.value.parse().map_err(|error: DomainError| found.add(text.problem(error.to_string(), ""))).ok()
}

fn share(section: &Section<'_>) -> f64 {
    const DEFAULT: f64 = 0.8;
    match section.fraction("share") {
        Some(share) if (SMALLEST_SHARE..=1.0).contains(&share.value) => share.value,
        Some(share) => {
            section.found().add(share.problem(
                format!("{} is no share", share.value),
                format!("write a number from {SMALLEST_SHARE} to 1"),
            ));
            DEFAULT
        }
        None => DEFAULT,
    }
}

/// The name of a published plan, or `{ burst, per_minute }`.
fn rate_plan(section: &Section<'_>, env: &Env) -> Option<RatePlan> {
    let written = section.text_or_section("rate_plan");
    if let Some(text) = env.text("AUTH0_RATE_PLAN") {
        return named_plan(&text, section.found());
    }
    match written? {
        Either::Text(text) => named_plan(&text, section.found()),
        Either::Section(figures) => {
            let burst = figures.number("burst", 1..=100_000);
            let per_minute = figures.number("per_minute", 1..=6_000_000);
            let figure = |it: Option<At<u64>>| it.and_then(|it| u32::try_from(it.value).ok());
            let plan = figure(burst)
                .zip(figure(per_minute))
                .map(|(burst, per_minute)| RatePlan::Custom { burst, per_minute });
            if plan.is_none() {
                let fix = "write rate_plan = { burst = 10, per_minute = 120 }";
                section.found().add(figures.place().problem("needs both burst and per_minute", fix));
            }
            figures.close();
            plan
        }
    }
}

fn named_plan(text: &At<String>, found: &Found) -> Option<RatePlan> {
    const NAMES: [&str; 12] = [
        "free",
        "essentials",
        "professional",
        "enterprise",
        "enterprise-dev",
        "private-cloud-dev",
        "private-cloud-100",
        "private-cloud-500",
        "private-cloud-1500",
        "private-cloud-3000",
        "private-cloud-6000",
        "private-cloud-10000",
    ];
    text.value.parse().ok().or_else(|| {
        let fix =
            did_you_mean(&text.value, NAMES).unwrap_or_else(|| format!("write one of {}", NAMES.join(", ")));
        found.add(text.problem(format!("{:?} is no rate plan", text.value), fix));
        None
    })
}
