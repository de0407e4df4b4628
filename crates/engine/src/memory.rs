//! What earlier runs found out, read for a plan, and what this reading of the table adds to it.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use diff::{Approval, Breach, Employee, Feature, Links, Memory, Scope, SourceSummary, absences, reading};
use store::StoredPlan;

use crate::Engine;
use crate::error::ApplyError;
use crate::rows::Rows;

/// A tenant may change its plan, so that what it lacks is found out again after so long.
pub(crate) const LACKS_FOR: TimeDelta = TimeDelta::days(30);

impl Engine {
    /// What planning must know of earlier runs. What is due to be tried again is not parked any more, and a
    /// row that was missing a moment ago was not missing twice.
    pub(crate) async fn memory(&self, scope: &Scope) -> Result<Memory, store::Error> {
        let (tenant, now) = (self.tenant(), self.now());
        let last_rows = match scope.of_rows() {
            Some(rows) => self.store.last_rows(tenant, &rows).await?,
            None => None,
        };
        let absent = self.store.absences(tenant).await?.into_iter();
        let quarantine = self.store.quarantine(tenant).await?;
        Ok(Memory {
            last_rows,
            absent: absent.map(|(employee, it)| (employee, it.readings_before(now))).collect(),
            parked: Memory::parked(&quarantine, now),
            lacks: self.lacks().await?,
        })
    }

    /// What the tenant's plan is known not to have.
    pub(crate) async fn lacks(&self) -> Result<BTreeSet<Feature>, store::Error> {
        self.store.lacks(self.tenant(), self.now() - LACKS_FOR).await
    }

    /// The table, read again for an approved plan. What somebody accepted in the plan is the measure, so that
    /// a table that has lost rows since the yes is refused.
    pub(crate) async fn check_source(
        &self,
        stored: &StoredPlan,
        rows: &Rows,
    ) -> Result<SourceSummary, ApplyError> {
        let document = stored.plan.document();
        let mut memory = self.memory(&document.scope).await?;
        for breach in accepted_of_source(stored) {
            memory.accept(&document.source, &breach.limit);
        }
        let summary = reading(&rows.employees, &rows.links, &memory, &document.scope);
        let breaches = rows.policy.limits.of_source(&summary);
        if breaches.is_empty() {
            Ok(summary)
        } else {
            Err(ApplyError::SourceSince { plan: stored.id, breaches })
        }
    }

    /// Takes in what a claim has read. What somebody accepted is the measure from now on, whatever becomes of
    /// the run.
    pub(crate) async fn remember_claim(
        &self,
        stored: &StoredPlan,
        source: &SourceSummary,
        employees: &[Employee],
        links: &Links,
    ) -> Result<(), store::Error> {
        let scope = &stored.plan.document().scope;
        if scope.of_rows().is_none() {
            return Ok(()); // it did not ask what rows say, or only what a few do
        }
        if accepted_of_source(stored).next().is_some() {
            self.remember_rows(scope, source.in_scope).await?;
        }
        self.count_absent(employees, links).await
    }

    /// Counts a reading of the table that looked right, or that somebody accepted, for those whose row is
    /// gone; whoever's row is back is forgotten. The table is read whole, whomever a plan is about.
    pub(crate) async fn count_absent(
        &self,
        employees: &[Employee],
        links: &Links,
    ) -> Result<(), store::Error> {
        let before = self.store.absences(self.tenant()).await?;
        let after = absences(&before, employees, links, self.now());
        if after == before { Ok(()) } else { self.store.store_absences(self.tenant(), &after).await }
    }

    /// Makes the number of rows what the scope's next readings are measured by.
    pub(crate) async fn remember_rows(&self, scope: &Scope, in_scope: usize) -> Result<(), store::Error> {
        match scope.of_rows() {
            Some(scope) => self.store.remember_rows(self.tenant(), &scope, in_scope, self.now()).await,
            None => Ok(()),
        }
    }
}

/// The breaches of the source that somebody accepted together with a yes to the plan.
fn accepted_of_source(stored: &StoredPlan) -> impl Iterator<Item = &Breach> {
    let unaccepted = Approval::unaccepted(&stored.approvals, stored.breaches.clone());
    stored.breaches.iter().filter(move |it| it.is_suspect() && !unaccepted.contains(it))
}
