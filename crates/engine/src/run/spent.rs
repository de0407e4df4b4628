//! What a run took, for putting beside its forecast.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use diff::{Group, Spent};
use store::JournalledCall;

use crate::Engine;

impl Engine {
    /// What a run took that began then, by the count of its own client.
    pub(super) fn spent(&self, since: DateTime<Utc>) -> Spent {
        let auth0::Usage {
            calls,
            authentication,
            refused,
            authentication_refused: _,
            ended: _,
            failed: _,
            took: _,
            waited,
            limited,
            used,
        } = self.auth0.usage();
        Spent {
            calls,
            refused,
            authentication,
            waited_ms: ms(waited),
            took_ms: (self.now() - since).num_milliseconds().unsigned_abs(),
            limited_ms: ms(limited),
            used_ms: ms(used),
            from_journal: false,
        }
    }
}

/// What a run took whose process ended, as far as its journal tells.
pub(crate) fn journalled(calls: &[JournalledCall]) -> Spent {
    let mut by_group: BTreeMap<Group, u64> = BTreeMap::new();
    let mut authentication = 0;
    for call in calls {
        match call.request.group() {
            Some(group) => *by_group.entry(group).or_default() += 1,
            None => authentication += 1,
        }
    }
    Spent { calls: by_group, authentication, from_journal: true, ..Spent::default() }
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
