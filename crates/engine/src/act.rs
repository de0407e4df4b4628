//! One employee at once, beside the tenant's run: a few calls, and no waiting for anybody else's.
//!
//! An act holds its employee and not the tenant. What it plans goes the way of every other plan: proposed,
//! approved, claimed, applied, audited.

use std::time::Duration;

use diff::{Approver, EmployeeId, Mail, NoMail, Scope, resend};
use store::LeaseError;

use crate::Engine;
use crate::error::{ApplyError, ReadError, SyncError};
use crate::preview::Preview;
use crate::progress::{Progress, Stop};
use crate::run::{Held, TERM};
use crate::sync::{Running, Synced, Word};

/// How often an act looks whether the employee is free: for two seconds, longer than most calls take.
const LOOKS: usize = 40;

/// How long it waits in between.
const LOOK_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// Why nothing was done about an employee.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// The person must not get a mail, or it would be of no use.
    #[error("could not send a mail")]
    NoMail(#[from] NoMail),
    /// Reading, planning or applying.
    #[error(transparent)]
    Sync(#[from] SyncError),
}

/// Who asks for an act, and how it is followed.
struct Asked<'a> {
    by: &'a Approver,
    holder: &'a str,
    stop: &'a Stop,
    progress: &'a (dyn Fn(Progress) + Sync),
    word: Word,
}

impl Engine {
    /// Makes the employee's account what the row asks for, as far as that needs no review and exceeds no
    /// limit; anything else is proposed.
    ///
    /// # Errors
    /// Somebody else acts on the employee; a side could not be read; a phase that failed before anything
    /// was applied.
    pub async fn sync_employee(
        &self,
        employee: &EmployeeId,
        by: &Approver,
        holder: &str,
        stop: &Stop,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Synced, ActError> {
        self.bring_in_line(employee, &Asked { by, holder, stop, progress, word: Word::ForAll }).await
    }

    /// The same on the word of a system that asks for an account: whose a user is that was there before, a person
    /// must look at, so that links are proposed. What failed before is tried again, since somebody waits for it.
    ///
    /// # Errors
    /// As for [`Self::sync_employee`].
    pub async fn create_account(
        &self,
        employee: &EmployeeId,
        by: &Approver,
        holder: &str,
        stop: &Stop,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Synced, ActError> {
        self.try_again(employee, by).await.map_err(applying)?;
        self.bring_in_line(employee, &Asked { by, holder, stop, progress, word: Word::NotForLinks }).await
    }

    async fn bring_in_line(&self, employee: &EmployeeId, asked: &Asked<'_>) -> Result<Synced, ActError> {
        let Asked { by, holder, stop, progress, word } = *asked;
        let ahead = self.ahead();
        let held = ahead.begin_act(employee, holder).await?;
        let run = Running { by, holder, stop, progress, held: Some(&held), word };
        let acted = ahead.while_held(&held, async {
            let scope = only(employee);
            let rows = ahead.rows_of(&scope.employees).await.map_err(SyncError::from)?;
            let preview = ahead.preview_few(&scope, rows).await.map_err(SyncError::from)?;
            let written_back = match preview.breaches.as_slice() {
                [] => ahead.mirror_row(&preview.read, employee).await.map_err(applying)?,
                _ => 0, // a breach means that nothing at all is written
            };
            Ok(ahead.carry_on(preview, written_back, &run).await?)
        });
        let acted = Box::pin(acted).await; // it holds a whole run
        held.release(&ahead.store).await;
        acted
    }

    /// Sends somebody a mail once more.
    ///
    /// # Errors
    /// The person must not get one, or it would be of no use; else as for [`Self::sync_employee`].
    pub async fn resend(
        &self,
        employee: &EmployeeId,
        mail: Mail,
        by: &Approver,
        holder: &str,
        stop: &Stop,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Synced, ActError> {
        let ahead = self.ahead();
        let held = ahead.begin_act(employee, holder).await?;
        let run = Running { by, holder, stop, progress, held: Some(&held), word: Word::ForAll };
        let acted = ahead.while_held(&held, async {
            let scope = only(employee);
            let rows = ahead.rows_of(&scope.employees).await.map_err(SyncError::from)?;
            let (read, _) = ahead.read_few(&scope, rows).await.map_err(SyncError::from)?;
            let plan = resend(&ahead.situation(&read, &scope, false), employee, mail)?;
            let breaches = read.policy.limits.breaches(&plan, &read.policy.roles);
            Ok(ahead.carry_on(Preview { plan, breaches, read, look: None }, 0, &run).await?)
        });
        let acted = Box::pin(acted).await; // it holds a whole run
        held.release(&ahead.store).await;
        acted
    }

    /// The same engine, whose calls go before those of a run under way: somebody waits for this one person.
    fn ahead(&self) -> Self {
        Self { auth0: self.auth0.interactive(), store: self.store.for_an_act(), ..self.clone() }
    }

    /// Holds the employee, for whom the store is bound to our tenant.
    async fn begin_act(&self, employee: &EmployeeId, holder: &str) -> Result<Held, ActError> {
        self.store.bind(self.tenant(), self.now()).await.map_err(applying)?;
        Ok(self.hold(employee, holder).await.map_err(SyncError::Apply)?)
    }

    /// Acts while the employee is held. What is lost meanwhile ends the act at once.
    async fn while_held(
        &self,
        held: &Held,
        act: impl Future<Output = Result<Synced, ActError>>,
    ) -> Result<Synced, ActError> {
        tokio::select! {
            acted = act => acted,
            lost = held.keep(&self.store, self.settings.clock) => Err(SyncError::Apply(lost).into()),
        }
    }

    /// Holds the employee. Somebody else's call is over in a moment, and then what it did is seen.
    async fn hold(&self, employee: &EmployeeId, holder: &str) -> Result<Held, ApplyError> {
        for _ in 1..LOOKS {
            match self.store.claim_employee(self.tenant(), employee, holder, self.now(), TERM).await {
                Err(LeaseError::EmployeeHeldBy { .. }) => tokio::time::sleep(LOOK_AGAIN_AFTER).await,
                other => return Ok(other?.into()),
            }
        }
        Ok(self.store.claim_employee(self.tenant(), employee, holder, self.now(), TERM).await?.into())
    }
}

fn only(employee: &EmployeeId) -> Scope {
    Scope { employees: [employee.clone()].into(), ..Scope::everybody() }
}

fn applying(error: store::Error) -> SyncError {
    SyncError::Apply(error.into())
}

impl From<ReadError> for ActError {
    fn from(error: ReadError) -> Self {
        Self::Sync(error.into())
    }
}
