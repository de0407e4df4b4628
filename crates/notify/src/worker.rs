//! The task of one channel: sends one notice after the other, and tries again.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::board::End;
use crate::channel::Channel;
use crate::errand::Errand;
use crate::failure::Failure;
use crate::shared::Shared;

/// Until the notifier is closed and nothing waits.
pub(crate) async fn work(lane: usize, channel: Channel, shared: Arc<Shared>) {
    loop {
        match shared.next(lane) {
            Some(mut errand) => {
                let end = carry(lane, &channel, &shared, &mut errand).await;
                shared.end(lane, &errand, end);
            }
            None if shared.is_closing() => return,
            None => shared.woken(lane).await,
        }
    }
}

/// Sends until it is taken, refused for good, or of no use any more.
async fn carry(lane: usize, channel: &Channel, shared: &Shared, errand: &mut Errand) -> End {
    let limit = shared.patience.attempt;
    while let Some(message) = shared.message(lane, errand) {
        errand.turn(message.told.state);
        let sent = timeout(limit, channel.sender.send(&message, errand)).await;
        let failure = match sent {
            Ok(Ok(())) => {
                log_sent(channel, errand);
                return End::Sent;
            }
            Ok(Err(failure)) => failure,
            Err(_) => Failure::TooSlow(limit),
        };
        errand.failed += 1;
        if failure.may_have_arrived() || !errand.reached.is_empty() {
            shared.perhaps(lane, errand);
        }
        let wait = shared.patience.wait(errand.failed, failure.asked_wait(), errand.since.elapsed());
        let Some(wait) = wait.filter(|_| failure.may_pass()) else {
            log_failed(channel, errand, &failure);
            return End::GivenUp;
        };
        log_wait(channel, errand, &failure, wait);
        pause(lane, shared, errand, wait).await;
    }
    End::Needless
}

/// Waits, but not for what is of no use any more.
async fn pause(lane: usize, shared: &Shared, errand: &Errand, wait: Duration) {
    let until = Instant::now() + wait;
    while shared.message(lane, errand).is_some() {
        tokio::select! {
            () = tokio::time::sleep_until(until) => return,
            () = shared.woken(lane) => {}
        }
    }
}

fn log_sent(channel: &Channel, errand: &Errand) {
    let Errand { key, refused, .. } = errand;
    tracing::debug!(channel = channel.name, event = %key.kind, subject = %key.subject, "notice sent");
    for (at, failure) in refused {
        // By number: an address is somebody's.
        let recipient = at + 1;
        tracing::warn!(channel = channel.name, recipient, reason = %failure, "a recipient cannot be reached");
    }
}

fn log_wait(channel: &Channel, errand: &Errand, failure: &Failure, wait: Duration) {
    let Errand { key, failed, .. } = errand;
    let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    tracing::warn!(
        channel = channel.name, event = %key.kind, subject = %key.subject, attempt = failed, wait_ms,
        reason = %failure, "notice not sent yet; it is tried again"
    );
}

fn log_failed(channel: &Channel, errand: &Errand, failure: &Failure) {
    let Errand { key, failed, .. } = errand;
    tracing::error!(
        channel = channel.name, event = %key.kind, subject = %key.subject, attempts = failed,
        reason = %failure, "notice not sent, and given up"
    );
}
