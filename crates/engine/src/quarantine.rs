//! The quarantine: counted when a run ends, heeded when a plan is made, decided on by hand.
//!
//! A plan leaves out what is parked; applying an older plan does not. Somebody who applies again what an
//! earlier run left undone wants it tried, and the try is counted like any other.

use std::collections::{BTreeMap, BTreeSet};

use diff::{Approver, EmployeeId, Kind, Plan, Quarantined, Report, Tally, moot, tally};
use serde_json::json;

use crate::Engine;
use crate::audit::About;
use crate::preview::Preview;
use crate::run::chain;

/// A change that failed when it was tried last, as people look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// What the table calls the person; empty where it has no such row, or cannot be read.
    pub name: String,
    /// The change.
    pub change: Quarantined,
    /// Whether a plan made now leaves it out.
    pub parked: bool,
}

/// Whose changes are released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's.
    All,
    /// Those of some; each must have something there.
    Of(BTreeSet<EmployeeId>),
}

/// What a release came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Released {
    /// The next plan has them again.
    pub released: Vec<Quarantined>,
    /// They were not parked: the next plan would have had them anyway.
    pub due: Vec<Quarantined>,
}

/// Why nothing was decided.
#[derive(Debug, thiserror::Error)]
pub enum QuarantineError {
    /// The database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Nothing of the employee has failed.
    #[error("nothing of employee {0} is in quarantine")]
    NobodyThere(EmployeeId),
    /// Other kinds of the employee's changes may have.
    #[error("no {kind} of employee {employee} is in quarantine")]
    NothingThere {
        /// Whose.
        employee: EmployeeId,
        /// Which kind was asked for.
        kind: Kind,
    },
    /// Nobody keeps access because somebody gave up on a failure.
    #[error(
        "the {kind} of employee {employee} takes access away: it is tried in every run, and never given up"
    )]
    NeverDropped {
        /// Whose.
        employee: EmployeeId,
        /// What takes access away.
        kind: Kind,
        /// What else of the employee is in quarantine, and may be dropped by its kind.
        others: Vec<Kind>,
    },
}

impl Engine {
    /// Everything in quarantine: first what leaves somebody with access, then by employee and kind.
    ///
    /// # Errors
    /// The store. A table that cannot be read costs the names only.
    pub async fn quarantine(&self) -> Result<Vec<Failing>, store::Error> {
        let known = self.store.quarantine(self.tenant()).await?;
        let names = if known.is_empty() { BTreeMap::new() } else { self.names().await };
        let name = |it: &Quarantined| names.get(&it.employee).cloned().unwrap_or_default();
        let mut failing: Vec<Failing> = known.into_values().map(|it| self.failing(name(&it), it)).collect();
        failing.sort_by_key(|it| it.change.kind.can_be_parked());
        Ok(failing)
    }

    /// What of one employee is in quarantine, without the name.
    ///
    /// # Errors
    /// The store.
    pub async fn failing_of(&self, employee: &EmployeeId) -> Result<Vec<Failing>, store::Error> {
        let known = self.store.quarantine_of(self.tenant(), employee).await?;
        Ok(known.into_values().map(|it| self.failing(String::new(), it)).collect())
    }

    fn failing(&self, name: String, change: Quarantined) -> Failing {
        Failing { name, parked: change.is_parked(self.now()), change }
    }

    /// Lets the next plan have what of the employee is parked, if anything is.
    pub(crate) async fn try_again(&self, employee: &EmployeeId, by: &Approver) -> Result<(), store::Error> {
        let known = self.store.quarantine_of(self.tenant(), employee).await?;
        if !known.values().any(|it| it.is_parked(self.now())) {
            return Ok(());
        }
        match self.release(&Whose::Of([employee.clone()].into()), None, by).await {
            Err(QuarantineError::Store(error)) => Err(error),
            // Another act has dealt with it meanwhile.
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Lets the next plan have what is parked. The count stays: one more failure parks it again.
    ///
    /// # Errors
    /// Somebody named has nothing there; then nothing is released.
    pub async fn release(
        &self,
        whose: &Whose,
        kind: Option<Kind>,
        by: &Approver,
    ) -> Result<Released, QuarantineError> {
        let mut chosen = Vec::new();
        match whose {
            Whose::All => {
                let known = self.store.quarantine(self.tenant()).await?;
                chosen.extend(known.into_values().filter(|it| kind.is_none_or(|kind| it.kind == kind)));
            }
            Whose::Of(employees) => {
                for employee in employees {
                    chosen.extend(self.chosen(employee, kind).await?);
                }
            }
        }
        let now = self.now();
        let (parked, due) = chosen.into_iter().partition(|it| it.is_parked(now));
        let parked: Vec<Quarantined> = parked;
        let mut released = Vec::with_capacity(parked.len());
        for it in parked {
            let it = it.released(now);
            if self.store.set_next_try(self.tenant(), &it).await? {
                let body = json!({ "kind": it.kind, "failures": it.failures });
                self.record(by, "change_released", About::employee(&it.employee).with(body)).await?;
                released.push(it);
            }
        }
        Ok(Released { released, due })
    }

    /// Gives up on what failed: it is not tried any more until it is released, or until the row asks for
    /// something else. Every plan tells who gave it up, and why.
    ///
    /// # Errors
    /// Nothing is there, or some of it takes access away; then nothing is dropped.
    pub async fn drop_failing(
        &self,
        employee: &EmployeeId,
        kind: Option<Kind>,
        why: &str,
        by: &Approver,
    ) -> Result<Vec<Quarantined>, QuarantineError> {
        let mut dropped = Vec::new();
        let chosen = self.chosen(employee, kind).await?;
        for it in &chosen {
            dropped.push(it.clone().dropped(by, why).ok_or_else(|| never_dropped(it, &chosen))?);
        }
        for it in &dropped {
            self.store.set_next_try(self.tenant(), it).await?;
            let body = json!({ "kind": it.kind, "failures": it.failures, "reason": why });
            self.record(by, "change_given_up", About::employee(employee).with(body)).await?;
        }
        Ok(dropped)
    }

    /// Counts what a run's report says. A database that fails now costs one count: the change is tried once
    /// more than it had to be, which is no reason to hide what the run did.
    pub(crate) async fn remember_failures(&self, plan: &Plan, report: &Report) {
        if let Err(error) = self.count(plan, report).await {
            tracing::warn!(run_id = %report.run, error = chain(&error), "what failed could not be counted");
        }
    }

    async fn count(&self, plan: &Plan, report: &Report) -> Result<(), store::Error> {
        let before = self.store.quarantine(self.tenant()).await?;
        let tally = tally(plan, report, &before, self.now());
        if tally == Tally::default() {
            return Ok(());
        }
        self.store.count_failures(self.tenant(), &tally).await?;
        for it in &tally.failed {
            if it.is_parked(self.now()) {
                let Quarantined { employee, kind, failures, next, .. } = it;
                tracing::warn!(employee_id = %employee, %kind, failures, "change parked: {next}");
            }
        }
        Ok(())
    }

    /// Forgets what a whole and trustworthy plan does not ask for any more.
    pub(crate) async fn forget_moot(&self, preview: &Preview) -> Result<(), store::Error> {
        if !preview.breaches.is_empty() {
            return Ok(()); // a source that has shrunk asks for less than it should
        }
        let known = self.store.quarantine(self.tenant()).await?;
        let over = moot(&preview.plan, &known);
        if over.is_empty() {
            return Ok(());
        }
        self.store.count_failures(self.tenant(), &Tally { over, ..Tally::default() }).await
    }

    async fn chosen(
        &self,
        employee: &EmployeeId,
        kind: Option<Kind>,
    ) -> Result<Vec<Quarantined>, QuarantineError> {
        let known = self.store.quarantine_of(self.tenant(), employee).await?;
        if known.is_empty() {
            return Err(QuarantineError::NobodyThere(employee.clone()));
        }
        let Some(kind) = kind else { return Ok(known.into_values().collect()) };
        let one = known.into_values().find(|it| it.kind == kind);
        Ok(vec![one.ok_or_else(|| QuarantineError::NothingThere { employee: employee.clone(), kind })?])
    }

    async fn names(&self) -> BTreeMap<EmployeeId, String> {
        match self.store.employees().await {
            Ok(rows) => rows.into_iter().map(|it| (it.id, it.full_name)).collect(),
            Err(error) => {
                tracing::warn!(error = chain(&error), "the names could not be read");
                BTreeMap::new()
            }
        }
    }
}

fn never_dropped(change: &Quarantined, chosen: &[Quarantined]) -> QuarantineError {
    let others = chosen.iter().map(|it| it.kind).filter(|it| it.can_be_parked()).collect();
    QuarantineError::NeverDropped { employee: change.employee.clone(), kind: change.kind, others }
}
