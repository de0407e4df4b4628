//! Quick runs: a plan for those whose row has changed since a plan last dealt with it.
//!
//! A row counts as dealt with once nothing is left to do for it, or what is left waits for a person
//! ([`diff::dealt_with`]): what failed, broke off or would take access away is due again. Nobody else is looked at,
//! so nobody whose row is gone is planned for, and what somebody changed in Auth0 is found by the next whole run,
//! which tells whom it concerns. Where every row is due, as in the first quick run and after a change of the policy,
//! a quick run is a whole one.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diff::{Digest, EmployeeId, Limit, Scope, Seen, changed, dealt_with, fingerprints, missed};
use store::Look;

use crate::Engine;
use crate::error::{ReadError, SyncError};
use crate::preview::Preview;
use crate::sync::{SyncOutcome, Synced, so};

/// What a look at the changed rows gave.
pub enum Changed {
    /// None has changed, and nobody was asked for anything.
    Nothing {
        /// Since when: the last look.
        since: Option<DateTime<Utc>>,
    },
    /// A plan for those that have.
    Planned(Box<Preview>),
}

/// The rows of a plan, as they were seen before it and when it was made.
pub(crate) struct Looked {
    look: Option<Look>,
    seen: BTreeMap<EmployeeId, Seen>,
    /// The fingerprints of the rows in the plan's scope.
    rows: BTreeMap<EmployeeId, Digest>,
    pub(crate) missed: BTreeSet<EmployeeId>,
}

impl Engine {
    /// Plans for those whose row has changed, in whichever way of reading takes fewer calls. Writes nothing, to
    /// nobody.
    ///
    /// # Errors
    /// As for [`Self::preview`].
    pub async fn preview_changed(&self) -> Result<Changed, ReadError> {
        self.check_bound().await?;
        let (policy, employees) = self.read_source().await?;
        let due = changed(
            &fingerprints(&employees, &policy, self.today()),
            &self.store.rows_seen(self.tenant()).await?,
        );
        if due.is_empty() {
            return Ok(Changed::Nothing { since: self.store.looks(self.tenant()).await?.last() });
        }
        let mut preview = if due.len() == employees.len() {
            self.preview(&Scope::everybody(), false).await?
        } else {
            let listing =
                listing_calls(self.store.links(self.tenant()).await?.len(), policy.roles.managed().len());
            let scope = Scope { employees: due, ..Scope::everybody() };
            self.preview_cheaply(&scope, listing).await?
        };
        preview.look.get_or_insert(Look::Quick);
        Ok(Changed::Planned(Box::new(preview)))
    }

    /// Shares of a company are of all of it: before anybody is told that a limit is exceeded, everybody is read.
    async fn preview_cheaply(&self, scope: &Scope, listing: usize) -> Result<Preview, ReadError> {
        if scope.employees.len().saturating_mul(CALLS_EACH) <= listing {
            let rows = self.rows_whole().await?;
            let preview = self.preview_few(scope, rows).await?;
            if !preview.breaches.iter().any(|it| is_share(&it.limit)) {
                return Ok(preview);
            }
        }
        self.preview(scope, false).await
    }

    /// Remembers that a quick run found nothing to look at.
    ///
    /// # Errors
    /// The database.
    pub async fn looked_quickly(&self) -> Result<(), SyncError> {
        let noted = self.store.note_look(self.tenant(), Look::Quick, self.now()).await;
        noted.map_err(|it| SyncError::Apply(it.into()))
    }

    /// What was seen before the plan, to be compared with what becomes of it.
    pub(crate) async fn looked(&self, preview: &Preview) -> Result<Looked, SyncError> {
        let seen = self.store.rows_seen(self.tenant()).await.map_err(ReadError::from)?;
        let looks = self.store.looks(self.tenant()).await.map_err(ReadError::from)?;
        let Preview { plan, read, look, .. } = preview;
        let scope = &plan.document().scope;
        let in_scope = read.employees.iter().filter(|it| scope.contains(it));
        let rows = fingerprints(in_scope, &read.policy, self.today());
        let tells = *look == Some(Look::Whole) && looks.is_quick_since();
        let missed = if tells { missed(plan, &rows, &seen) } else { BTreeSet::new() };
        Ok(Looked { look: *look, seen, rows, missed })
    }

    /// Stores what the plan has dealt with. Where that fails its rows are looked at once more, which costs a few
    /// calls and changes nothing.
    pub(crate) async fn remember_look(&self, looked: &Looked, synced: &Synced) {
        let Looked { look, seen, rows, missed: _ } = looked;
        let (done, waits) = match &synced.outcome {
            SyncOutcome::Nothing => (BTreeSet::new(), false),
            SyncOutcome::Proposed(_) => (BTreeSet::new(), true),
            SyncOutcome::Applied(report) => (so(report), false),
            SyncOutcome::Breached(_) => return, // nothing at all is written
        };
        let now = dealt_with(&synced.plan, rows, &done, waits);
        let is_gone = |id: &&EmployeeId| {
            let was_read = rows.contains_key(*id) || *look == Some(Look::Whole);
            was_read && !now.contains_key(*id)
        };
        let forgotten: BTreeSet<EmployeeId> = seen.keys().filter(is_gone).cloned().collect();
        let news: BTreeMap<EmployeeId, Seen> =
            now.into_iter().filter(|(id, it)| seen.get(id) != Some(it)).collect();
        let tenant = self.tenant();
        let stored = async {
            self.store.store_rows_seen(tenant, &news, &forgotten).await?;
            match look {
                Some(look) => self.store.note_look(tenant, *look, self.now()).await,
                None => Ok(()),
            }
        };
        if let Err(error) = stored.await {
            tracing::warn!(%error, "what was seen of the rows is not stored, and they are looked at again");
        }
    }
}

/// What reading one employee takes at least: the user, or a look for one, and its roles.
const CALLS_EACH: usize = 2;

/// What a page of a listing holds.
const PAGE: usize = 100;

/// Up to so many users are read by pages.
const PAGES_UP_TO: usize = 1_000;

/// What an export takes beside the role members: a total before and after, the job, and some looks at it.
const EXPORT_CALLS: usize = 6;

/// About how many calls a listing takes where so many are linked and so many roles are managed.
fn listing_calls(linked: usize, roles: usize) -> usize {
    let pages = linked.div_ceil(PAGE).max(1);
    let users = if linked < PAGES_UP_TO { pages } else { EXPORT_CALLS };
    users + roles.max(pages)
}

/// Whether the limit is a share of what the whole company has, or of a role.
fn is_share(limit: &Limit) -> bool {
    match limit {
        Limit::Blocks
        | Limit::Revocations
        | Limit::RevocationsOf(_)
        | Limit::Updates
        | Limit::Grants
        | Limit::Creates
        | Limit::AdminsLeft(_) => true,
        Limit::AdminGrants | Limit::Mails | Limit::SourceRows | Limit::SourceEmployees => false,
    }
}
