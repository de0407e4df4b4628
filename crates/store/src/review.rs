//! Decisions about plans, and why one is refused.

use chrono::{DateTime, Utc};
use diff::{ApprovalError, Approver, Missing, NoYes, PlanId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _};

use crate::again::again;
use crate::entities::plans;
use crate::error::Error;
use crate::open::Store;
use crate::plans::{PLAN_LIFETIME, PlanState, StoredPlan};
use crate::words::ms;

/// Why a plan cannot be decided about, or claimed, as it stands; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Not decided yet.
    #[error("plan {0} is not approved: look at it, then run `rollcall plan approve {0}`")]
    NotApproved(PlanId),
    /// Too few have said yes, or not those whose yes counts, by the rules as they are now.
    #[error("plan {id} is not approved yet: {missing}")]
    Waits {
        /// The plan.
        id: PlanId,
        /// What is missing.
        missing: Missing,
    },
    /// A yes that would change nothing.
    #[error("plan {id} is not approved by this: {why}")]
    NoYes {
        /// The plan.
        id: PlanId,
        /// Why.
        why: NoYes,
    },
    /// It is approved already.
    #[error("plan {id} is approved already, by {}: run `rollcall apply {id}`", list(by))]
    AlreadyApproved {
        /// The plan.
        id: PlanId,
        /// Who.
        by: Vec<Approver>,
    },
    /// Somebody said no.
    #[error("plan {id} was rejected by {by}{}: make a new plan", why(reason.as_deref()))]
    Rejected {
        /// The plan.
        id: PlanId,
        /// Who.
        by: Approver,
        /// Why.
        reason: Option<String>,
    },
    /// A newer plan took its place, or none was needed any more.
    #[error("plan {id} is superseded: {}", newer.map_or_else(|| "planned again, there was nothing left to do".to_owned(), |it| format!("look at plan {it}")))]
    Superseded {
        /// The plan.
        id: PlanId,
        /// The newer one; none where planning again gave nothing to do.
        newer: Option<PlanId>,
    },
    /// Nobody decided, or claimed, in time.
    #[error("plan {id} has expired on {}: make a new plan", at.format("%Y-%m-%d at %H:%M UTC"))]
    Expired {
        /// The plan.
        id: PlanId,
        /// When.
        at: DateTime<Utc>,
    },
    /// A run is under way.
    #[error("plan {0} is being applied: look at `rollcall runs`")]
    Applying(PlanId),
    /// It is done.
    #[error("plan {0} is applied already: make a new plan")]
    Applied(PlanId),
    /// It was approved and is half done: it can be claimed again, and not be decided about.
    #[error("plan {0} is approved and partly applied: run `rollcall apply {0}` to go on")]
    Incomplete(PlanId),
    /// The approval is not of this plan.
    #[error(transparent)]
    Digest(#[from] ApprovalError),
    /// The database.
    #[error(transparent)]
    Store(#[from] Error),
}

impl Store {
    /// A person's no.
    pub async fn reject(
        &self,
        id: PlanId,
        by: Approver,
        reason: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        self.expire_plans(now).await?;
        let stored = self.plan(id).await?;
        if stored.state != PlanState::Proposed {
            return Err(refusal(&stored));
        }
        let no = Said { by: &by, reason: reason.as_deref() };
        let rejected = again(Error::may_pass, || decide(&self.db, id, PlanState::Rejected, &no, now));
        if rejected.await? {
            return Ok(());
        }
        Err(refusal(&self.plan(id).await?))
    }
}

impl Refusal {
    /// What the plan's state means for somebody who wanted to go on from another one.
    pub fn of(stored: &StoredPlan) -> Self {
        refusal(stored)
    }

    /// Whether another try may succeed, as for [`Error::may_pass`].
    pub(crate) fn may_pass(&self) -> bool {
        matches!(self, Self::Store(error) if error.may_pass())
    }
}

/// What a person said, as it is stored.
pub(crate) struct Said<'a> {
    pub(crate) by: &'a Approver,
    pub(crate) reason: Option<&'a str>,
}

/// The one arrow out of `Proposed` that people take. Of two at once one takes it; tells whether it was
/// this one.
pub(crate) async fn decide(
    db: &impl ConnectionTrait,
    id: PlanId,
    state: PlanState,
    said: &Said<'_>,
    now: DateTime<Utc>,
) -> Result<bool, Error> {
    let Said { by, reason } = said;
    let decided = plans::Entity::update_many()
        .col_expr(plans::Column::State, Expr::value(state.word()))
        .col_expr(plans::Column::OpenScope, Expr::value(None::<String>))
        .col_expr(plans::Column::DecidedBy, Expr::value(by.name()))
        .col_expr(plans::Column::DecidedVerified, Expr::value(by.is_verified()))
        .col_expr(plans::Column::DecidedAt, Expr::value(ms(now)))
        .col_expr(plans::Column::DecisionReason, Expr::value(reason.map(str::to_owned)))
        .col_expr(plans::Column::ExpiresAt, Expr::value(ms(now + PLAN_LIFETIME)))
        .filter(plans::Column::Id.eq(id.0))
        .filter(plans::Column::State.eq(PlanState::Proposed.word()))
        .filter(plans::Column::ExpiresAt.gt(ms(now)))
        .exec(db)
        .await
        .map_err(Error::doing("store the decision"))?;
    Ok(decided.rows_affected == 1)
}

/// What the state means for somebody who wanted to go on from another one.
pub(crate) fn refusal(stored: &StoredPlan) -> Refusal {
    let id = stored.id;
    match stored.state {
        PlanState::Proposed => Refusal::NotApproved(id),
        PlanState::Approved => {
            Refusal::AlreadyApproved { id, by: stored.approvals.iter().map(|it| it.by.clone()).collect() }
        }
        PlanState::Rejected => {
            let unknown = Approver::Unverified { name: "somebody".to_owned() };
            let by = stored.decision.as_ref().map_or(unknown, |it| it.by.clone());
            let reason = stored.decision.as_ref().and_then(|it| it.reason.clone());
            Refusal::Rejected { id, by, reason }
        }
        PlanState::Superseded => Refusal::Superseded { id, newer: stored.superseded_by },
        PlanState::Expired => Refusal::Expired { id, at: stored.expires_at },
        PlanState::Applying => Refusal::Applying(id),
        PlanState::Applied => Refusal::Applied(id),
        PlanState::Incomplete => Refusal::Incomplete(id),
    }
}

fn why(reason: Option<&str>) -> String {
    reason.map_or_else(String::new, |it| format!(", because: {it}"))
}

fn list(by: &[Approver]) -> String {
    by.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
}
