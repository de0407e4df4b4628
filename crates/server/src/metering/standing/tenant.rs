//! What is asked of the tenant, and how fast it may be.

use diff::{Bucket, Group};
use engine::Engine;
use metrics::{counter, gauge};

use super::count;

pub(super) fn read(engine: &Engine) {
    let usage = engine.usage();
    for group in Group::ALL {
        let calls = usage.calls.get(&group).copied().unwrap_or_default();
        counter!("auth0_api_requests_total", "group" => word(group)).absolute(calls);
        let refused = usage.refused.get(&group).copied().unwrap_or_default();
        counter!("auth0_api_refused_total", "group" => word(group)).absolute(refused);
    }
    counter!("auth0_api_requests_total", "group" => "authentication").absolute(usage.authentication);
    counter!("auth0_api_refused_total", "group" => "authentication").absolute(usage.authentication_refused);
    counter!("auth0_rate_waited_seconds_total").absolute(usage.waited.as_secs());
    gauge!("auth0_api_in_flight").set(count(engine.in_flight()));
    let limits = engine.limits();
    if let Some(bucket) = limits.global {
        permitted("global", bucket);
    }
    for group in Group::ALL {
        if let Some(bucket) = limits.of(group) {
            permitted(word(group), bucket);
        }
    }
}

fn permitted(group: &'static str, bucket: Bucket) {
    gauge!("auth0_rate_permitted_per_second", "group" => group).set(f64::from(bucket.per_minute) / 60.0);
}

pub(in crate::metering) fn word(group: Group) -> &'static str {
    match group {
        Group::ReadUsers => "read_users",
        Group::WriteUsers => "write_users",
        Group::ReadConnections => "read_connections",
        Group::Other => "other",
    }
}
