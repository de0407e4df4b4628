//! Claims: an approved plan becomes a run, once.

use chrono::{DateTime, Utc};
use diff::{ApprovalError, ApprovedPlan, EmployeeId, PlanId, Policy, RunId, Tenant, missing};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, EntityTrait as _, QueryFilter as _,
};

use crate::again::again;
use crate::entities::{plans, runs};
use crate::error::Error;
use crate::hold::{Hold, is_live};
use crate::open::Store;
use crate::plans::PlanState;
use crate::review::{Refusal, refusal};
use crate::runs::RunState;
use crate::words::ms;

/// A plan taken to be applied, and the run that does it.
#[derive(Debug, PartialEq)]
pub struct Claim {
    /// The run, in whose name every call is journalled.
    pub run: RunId,
    /// What to do; the digest was checked again.
    pub plan: ApprovedPlan,
}

/// Why a plan cannot be claimed.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// The plan does not stand where a claim could take it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The plan is of another tenant than the lease.
    #[error("plan {id} is of the tenant {plan}, and the lease of {lease}")]
    OtherTenant {
        /// The plan.
        id: PlanId,
        /// Its tenant.
        plan: Tenant,
        /// The lease's tenant.
        lease: Tenant,
    },
    /// The plan changes others than the employee who is held.
    #[error("plan {id} changes employee {other}, and only employee {held} is held")]
    OtherEmployee {
        /// The plan.
        id: PlanId,
        /// Who is held.
        held: EmployeeId,
        /// Another one whom the plan changes.
        other: EmployeeId,
    },
    /// The lease ran out or somebody else took it.
    #[error("the lease of {0} is lost: take it again")]
    LeaseLost(Tenant),
    /// An earlier run died and nobody found out yet what its open calls did.
    #[error("run {0} was abandoned and is not settled yet")]
    Unsettled(RunId),
    /// What is stored is not what was approved.
    #[error(transparent)]
    Changed(#[from] ApprovalError),
}

impl From<Error> for ClaimError {
    fn from(error: Error) -> Self {
        Self::Refused(Refusal::Store(error))
    }
}

impl Store {
    /// Takes an approved plan to be applied: `Approved → Applying`, or a run that ended or died
    /// half-way taken up again. One conditional UPDATE decides between two at once.
    ///
    /// It takes the tenant's lease, or the claim of the one employee whom the plan is about. Who must have
    /// said yes is asked again, by the rules as they are now.
    pub async fn claim(
        &self,
        id: PlanId,
        hold: impl Into<Hold<'_>>,
        policy: &Policy,
        now: DateTime<Utc>,
    ) -> Result<Claim, ClaimError> {
        let hold = hold.into();
        self.expire_plans(now).await?;
        let stored = self.plan(id).await?;
        if stored.plan.tenant() != hold.tenant() {
            let (plan, lease) = (stored.plan.tenant().clone(), hold.tenant().clone());
            return Err(ClaimError::OtherTenant { id, plan, lease });
        }
        if let Some(employee) = hold.employee()
            && let Some(other) = stored.plan.changes().iter().find(|it| it.employee != *employee)
        {
            let other = other.employee.clone();
            return Err(ClaimError::OtherEmployee { id, held: employee.clone(), other });
        }
        if let Some(run) = self.running(hold).await?.first() {
            return Err(ClaimError::Unsettled(RunId(run.id)));
        }
        let waits = missing(&stored.plan, policy, &stored.approvals);
        let is_reviewed = !stored.approvals.is_empty() && is_reviewable(stored.state);
        if let (Some(missing), true) = (waits, is_reviewed) {
            return Err(Refusal::Waits { id, missing }.into());
        }
        if !is_claimable(stored.state) {
            return Err(refusal(&stored).into());
        }
        let approved = stored.plan.approve(stored.approvals, policy)?;
        match again(Error::may_pass, || self.start(id, hold, ms(now))).await? {
            Started::Run(run) => Ok(Claim { run, plan: approved }),
            Started::LeaseLost => Err(ClaimError::LeaseLost(hold.tenant().clone())),
            Started::PlanTaken => Err(refusal(&self.plan(id).await?).into()),
        }
    }

    async fn start(&self, id: PlanId, hold: Hold<'_>, now: DateTime<Utc>) -> Result<Started, Error> {
        let doing = Error::doing("claim the plan");
        let transaction = self.begin().await?;
        if !is_live(&transaction, hold, now).await? {
            return Ok(Started::LeaseLost);
        }
        let claimable = CLAIMABLE.map(PlanState::word);
        let claimed = plans::Entity::update_many()
            .col_expr(plans::Column::State, Expr::value(PlanState::Applying.word()))
            .filter(plans::Column::Id.eq(id.0))
            .filter(plans::Column::State.is_in(claimable))
            .exec(&transaction)
            .await
            .map_err(&doing)?;
        if claimed.rows_affected == 0 {
            return Ok(Started::PlanTaken);
        }
        let row = runs::ActiveModel {
            id: NotSet,
            plan: Set(id.0),
            tenant: Set(hold.tenant().as_str().to_owned()),
            state: Set(RunState::Running.word().to_owned()),
            holder: Set(hold.holder().to_owned()),
            fence: Set(hold.fence()),
            started_at: Set(now),
            ended_at: Set(None),
            report: Set(None),
            employee: Set(hold.employee().map(|it| it.as_str().to_owned())),
        };
        let run = runs::Entity::insert(row).exec(&transaction).await.map_err(&doing)?.last_insert_id;
        transaction.commit().await.map_err(doing)?;
        Ok(Started::Run(RunId(run)))
    }
}

enum Started {
    Run(RunId),
    LeaseLost,
    PlanTaken,
}

/// From where a claim takes a plan. One that is `Applying` has a run, and settling that makes it
/// `Incomplete`.
const CLAIMABLE: [PlanState; 2] = [PlanState::Approved, PlanState::Incomplete];

fn is_claimable(state: PlanState) -> bool {
    CLAIMABLE.contains(&state)
}

/// Where a further yes would help.
fn is_reviewable(state: PlanState) -> bool {
    is_claimable(state) || state == PlanState::Proposed
}
