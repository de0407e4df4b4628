//! Whether the audit record is whole: read from end to end, so not at every look, and once for all who ask.

use std::time::{Duration, Instant};

use engine::Engine;
use store::{AuditVerdict, ChainFault};
use tokio::sync::Mutex;

use crate::faults::chain;

/// How often it is read.
const EVERY: Duration = Duration::from_hours(1);
/// How soon again, where it could not be read.
const AGAIN: Duration = Duration::from_mins(5);

/// What is known of the audit record.
#[derive(Default)]
pub(crate) struct AuditChain(Mutex<Known>);

#[derive(Default)]
struct Known {
    next: Option<Instant>,
    misfits: Option<u64>,
}

impl AuditChain {
    /// How many entries did not fit when it was read last. Whoever asks while it is being read waits for that. None
    /// where it was never read.
    pub(crate) async fn misfits(&self, engine: &Engine) -> Option<u64> {
        let mut known = self.0.lock().await;
        if known.next.is_some_and(|it| Instant::now() < it) {
            return known.misfits;
        }
        let wait = match engine.store().verify_audit(&[]).await {
            Ok(verdict) => {
                known.misfits = Some(count(&verdict));
                EVERY
            }
            Err(error) => {
                tracing::warn!(error = chain(&error), "the audit record could not be verified");
                AGAIN
            }
        };
        known.next = Some(Instant::now() + wait);
        known.misfits
    }
}

fn count(verdict: &AuditVerdict) -> u64 {
    let entries = |it: &ChainFault| it.last.abs_diff(it.first).saturating_add(1);
    let of_chains =
        verdict.chains.iter().map(|it| it.faults.iter().map(entries).sum::<u64>() + it.more_faults);
    of_chains.sum::<u64>() + verdict.lost.len() as u64
}
