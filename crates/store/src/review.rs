//! Decisions about plans, and why one is refused.

use chrono::{DateTime, Utc};
use diff::{Approval, ApprovalError, Approver, PlanId};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::entities::plans;
use crate::error::Error;
use crate::open::Store;
use crate::plans::{PLAN_LIFETIME, PlanState, StoredPlan};
use crate::words::{ms, to_json};

/// Why a plan cannot be decided about, or claimed, as it stands; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// Not decided yet.
    #[error("plan {0} is not approved: look at it, then run `rollcall plan approve {0}`")]
    NotApproved(PlanId),
    /// Somebody said yes already.
    #[error("plan {id} is approved already, by {by}: run `rollcall apply {id}`")]
    AlreadyApproved {
        /// The plan.
        id: PlanId,
        /// Who.
        by: Approver,
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
    /// A newer plan took its place.
    #[error("plan {id} is superseded: look at {}", newer.map_or_else(|| "the newest plan".to_owned(), |it| format!("plan {it}")))]
    Superseded {
        /// The plan.
        id: PlanId,
        /// The newer one.
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
    /// A person's yes to the digest that the person saw. It stands for [`PLAN_LIFETIME`].
    pub async fn approve(&self, id: PlanId, approval: Approval, now: DateTime<Utc>) -> Result<(), Refusal> {
        self.expire_plans(now).await?;
        let stored = self.plan(id).await?;
        if stored.state != PlanState::Proposed {
            return Err(refusal(&stored));
        }
        let approved = stored.plan.approve(approval)?;
        let approval = approved.approval();
        let yes = Said { by: &approval.by, reason: approval.reason.as_deref(), approval: Some(approval) };
        self.decide(id, PlanState::Approved, yes, now).await
    }

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
        let no = Said { by: &by, reason: reason.as_deref(), approval: None };
        self.decide(id, PlanState::Rejected, no, now).await
    }

    /// The one arrow out of `Proposed` that people take; of two at once, one takes it.
    async fn decide(
        &self,
        id: PlanId,
        state: PlanState,
        said: Said<'_>,
        now: DateTime<Utc>,
    ) -> Result<(), Refusal> {
        let Said { by, reason, approval } = said;
        let verified = match by {
            Approver::Verified { .. } => true,
            Approver::Unverified { .. } => false,
        };
        let decided = plans::Entity::update_many()
            .col_expr(plans::Column::State, Expr::value(state.word()))
            .col_expr(plans::Column::OpenScope, Expr::value(None::<String>))
            .col_expr(plans::Column::DecidedBy, Expr::value(by.name()))
            .col_expr(plans::Column::DecidedVerified, Expr::value(verified))
            .col_expr(plans::Column::DecidedAt, Expr::value(ms(now)))
            .col_expr(plans::Column::DecisionReason, Expr::value(reason.map(str::to_owned)))
            .col_expr(plans::Column::Approval, Expr::value(approval.map(to_json)))
            .col_expr(plans::Column::ExpiresAt, Expr::value(ms(now + PLAN_LIFETIME)))
            .filter(plans::Column::Id.eq(id.0))
            .filter(plans::Column::State.eq(PlanState::Proposed.word()))
            .filter(plans::Column::ExpiresAt.gt(ms(now)))
            .exec(&self.db)
            .await
            .map_err(Error::doing("store the decision"))?;
        if decided.rows_affected == 0 {
            return Err(refusal(&self.plan(id).await?));
        }
        Ok(())
    }
}

/// What a person said, as it is stored.
struct Said<'a> {
    by: &'a Approver,
    reason: Option<&'a str>,
    approval: Option<&'a Approval>,
}

/// What the state means for somebody who wanted to go on from another one.
pub(crate) fn refusal(stored: &StoredPlan) -> Refusal {
    let id = stored.id;
    let by = || {
        let unknown = Approver::Unverified { name: "somebody".to_owned() };
        stored.decision.as_ref().map_or(unknown, |it| it.by.clone())
    };
    match stored.state {
        PlanState::Proposed => Refusal::NotApproved(id),
        PlanState::Approved => Refusal::AlreadyApproved { id, by: by() },
        PlanState::Rejected => {
            let reason = stored.decision.as_ref().and_then(|it| it.reason.clone());
            Refusal::Rejected { id, by: by(), reason }
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
