//! Every yes to a plan, and the one door from `Proposed` to `Approved`.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diff::{Approval, Missing, Plan, PlanId, Policy, missing, weigh};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DatabaseTransaction, EntityTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use crate::again::again;
use crate::entities::{approvals, plans};
use crate::error::Error;
use crate::open::Store;
use crate::plans::{PlanState, StoredPlan, stored_plan};
use crate::review::{Refusal, Said, decide, refusal};
use crate::words::{from_json, ms, to_json};

/// What a yes made of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// It is approved, and may be applied.
    Enough,
    /// The yes is kept, and more is needed.
    Waits(Missing),
}

impl Store {
    /// A person's yes to the digest that the person saw. The one that completes what the policy's review
    /// asks for makes the plan an approved one, for [`crate::PLAN_LIFETIME`]. An approved plan takes a
    /// further yes where the rules have become stricter since.
    ///
    /// # Errors
    /// A yes that would change nothing, of another digest, or to a plan that is decided about.
    pub async fn approve(
        &self,
        id: PlanId,
        approval: Approval,
        policy: &Policy,
        now: DateTime<Utc>,
    ) -> Result<Given, Refusal> {
        self.expire_plans(now).await?;
        let plan = self.document(id).await?;
        again(Refusal::may_pass, || self.try_approve(id, &plan, &approval, policy, now)).await
    }

    async fn try_approve(
        &self,
        id: PlanId,
        plan: &Plan,
        approval: &Approval,
        policy: &Policy,
        now: DateTime<Utc>,
    ) -> Result<Given, Refusal> {
        let transaction = self.begin().await?;
        let stored = locked(&transaction, id, plan).await?;
        let given = weighed(&stored, approval, policy)?;
        insert(&transaction, id, approval, now).await?;
        if given == Given::Enough && stored.state == PlanState::Proposed {
            let yes = Said { by: &approval.by, reason: approval.reason.as_deref() };
            if !decide(&transaction, id, PlanState::Approved, &yes, now).await? {
                return Err(Refusal::Expired { id, at: stored.expires_at });
            }
        }
        transaction.commit().await.map_err(Error::doing("store the approval"))?;
        Ok(given)
    }
}

/// The plan as it stands, its row locked until the transaction ends: of two who approve at once the second
/// sees the first's yes, and one of them completes the approval.
async fn locked(transaction: &DatabaseTransaction, id: PlanId, plan: &Plan) -> Result<StoredPlan, Error> {
    let row = plans::Entity::find_by_id(id.0).lock_exclusive().one(transaction).await;
    let row = row.map_err(Error::doing("read the plan's state"))?.ok_or(Error::NoPlan(id))?;
    stored_plan(row, plan.clone(), approvals_of(transaction, id).await?)
}

/// What the yes makes of the plan, if it may be given at all.
fn weighed(stored: &StoredPlan, approval: &Approval, policy: &Policy) -> Result<Given, Refusal> {
    let id = stored.id;
    match stored.state {
        PlanState::Proposed => {}
        // Approved by fewer than the present rules ask for.
        PlanState::Approved | PlanState::Incomplete
            if missing(&stored.plan, policy, &stored.approvals).is_some() => {}
        PlanState::Approved
        | PlanState::Incomplete
        | PlanState::Rejected
        | PlanState::Superseded
        | PlanState::Expired
        | PlanState::Applying
        | PlanState::Applied => return Err(refusal(stored)),
    }
    let weight = weigh(&stored.plan, policy, &stored.approvals, approval);
    if let Some(missing) = weight.map_err(|why| Refusal::NoYes { id, why })? {
        return Ok(Given::Waits(missing));
    }
    let approvals = stored.approvals.iter().chain([approval]).cloned().collect();
    stored.plan.clone().approve(approvals, policy)?;
    Ok(Given::Enough)
}

async fn insert(
    db: &impl ConnectionTrait,
    id: PlanId,
    approval: &Approval,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let row = approvals::ActiveModel {
        plan: Set(id.0),
        name: Set(approval.by.name().to_owned()),
        verified: Set(approval.by.is_verified()),
        at: Set(ms(now)),
        approval: Set(to_json(approval)),
    };
    let inserted = approvals::Entity::insert(row).exec_without_returning(db).await;
    inserted.map(drop).map_err(Error::doing("store the approval"))
}

/// Every yes to a plan, in the order in which they were given.
pub(crate) async fn approvals_of(db: &impl ConnectionTrait, id: PlanId) -> Result<Vec<Approval>, Error> {
    Ok(approvals_of_all(db, &[id.0]).await?.remove(&id.0).unwrap_or_default())
}

/// The same for several plans, by number.
pub(crate) async fn approvals_of_all(
    db: &impl ConnectionTrait,
    ids: &[i64],
) -> Result<BTreeMap<i64, Vec<Approval>>, Error> {
    let rows = approvals::Entity::find()
        .filter(approvals::Column::Plan.is_in(ids.iter().copied()))
        .order_by_asc(approvals::Column::At)
        .order_by_asc(approvals::Column::Name)
        .all(db)
        .await
        .map_err(Error::doing("read who approved"))?;
    let mut of: BTreeMap<i64, Vec<Approval>> = BTreeMap::new();
    for row in rows {
        of.entry(row.plan).or_default().push(from_json("an approval", &row.approval)?);
    }
    Ok(of)
}
