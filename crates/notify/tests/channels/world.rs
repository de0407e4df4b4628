//! A notifier at a fixed time, quick to try again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use notify::{Announced, Channel, Condition, Kind, Notifier, Origin, Patience, Settings, Subject};

use crate::http_sink::HttpSink;

/// No test waits for longer.
const BOUND: Duration = Duration::from_secs(20);

/// Whatever is waited for happens, or the test fails.
pub(crate) async fn in_time<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(BOUND, what).await.expect("it happens in time")
}

/// A night in November; every look at the clock is a minute later, and the audit has an entry more.
pub(crate) fn origin() -> Origin {
    let looks = Arc::new(AtomicUsize::new(0));
    let start: DateTime<Utc> = "2026-11-23T02:00:00Z".parse().unwrap();
    let heads = Arc::clone(&looks);
    Origin::new("acme.eu.auth0.com")
        .with_clock(move || {
            let minute = looks.fetch_add(1, Ordering::Relaxed);
            start + Duration::from_mins(minute as u64)
        })
        .with_audit_head(move || Some(format!("{}:4be0a7", 1_203 + heads.load(Ordering::Relaxed))))
}

pub(crate) fn settings() -> Settings {
    let patience = Patience {
        attempt: Duration::from_secs(10),
        first_wait: Duration::from_millis(4),
        longest_wait: Duration::from_millis(40),
        give_up_after: Duration::from_secs(15),
    };
    Settings { room: 20, patience }
}

/// The same, giving up so soon after.
pub(crate) fn hasty(give_up_after: Duration) -> Settings {
    let settings = settings();
    Settings { patience: Patience { give_up_after, ..settings.patience }, ..settings }
}

pub(crate) fn notifier(channels: Vec<Channel>) -> Notifier {
    with(settings(), channels)
}

pub(crate) fn with(settings: Settings, channels: Vec<Channel>) -> Notifier {
    Notifier::new(origin(), settings, channels).unwrap()
}

pub(crate) fn json(name: &str, sink: &HttpSink) -> Channel {
    Channel::webhook(name, &sink.url.as_str().into()).unwrap()
}

pub(crate) fn slack(name: &str, sink: &HttpSink) -> Channel {
    Channel::slack(name, &sink.url.as_str().into()).unwrap()
}

/// A plan that waits.
pub(crate) fn plan(plan: i64) -> Condition {
    Condition::PlanWaits { plan, changes: 12, lose_access: 2, admin_grants: 1 }
}

/// Somebody who left.
pub(crate) fn leaver(employee: &str) -> Condition {
    Condition::LeaverPending { employee: employee.into(), since: Duration::from_hours(3) }
}

pub(crate) fn clear(notifier: &Notifier, condition: &Condition) {
    notifier.clear(condition.kind(), &condition.subject());
}

/// Until a channel has told, or given up, or dropped everything.
pub(crate) async fn settled(notifier: &Notifier, channel: &str) {
    let mut changes = notifier.changes();
    in_time(async {
        while notifier.stats()[channel].waiting > 0 {
            changes.changed().await.unwrap();
        }
    })
    .await;
}

/// What is known of it.
pub(crate) fn known(notifier: &Notifier, kind: Kind, subject: &Subject) -> Option<Announced> {
    let announced = notifier.announced();
    announced.into_iter().find(|it| it.notice.kind() == kind && it.notice.subject() == subject)
}

/// Stops, with everything sent.
pub(crate) async fn end(notifier: &Notifier) {
    assert_eq!(in_time(notifier.close(BOUND)).await, []);
}
