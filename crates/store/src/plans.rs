//! Plans as they are stored: read, listed, expired.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use diff::{Approval, Approver, Breach, Digest, Kind, Plan, PlanId, Scope, Tenant};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _, QueryOrder as _, QuerySelect as _,
    Select,
};
use serde::{Deserialize, Serialize};

use crate::again::again;
use crate::approvals::{approvals_of, approvals_of_all};
use crate::entities::{plan_parts, plans};
use crate::error::Error;
use crate::open::Store;
use crate::words::{from_json, ms, to_json, words};

/// How long a proposal, then an approval, and then what a run left undone, stands.
pub const PLAN_LIFETIME: TimeDelta = TimeDelta::hours(24);

words! {
    /// Where a plan stands. Each arrow from one to the next is one conditional UPDATE.
    PlanState as "the state of a plan" {
        /// Waits for a person.
        Proposed = "proposed",
        /// A person said yes.
        Approved = "approved",
        /// A person said no.
        Rejected = "rejected",
        /// A newer plan of the same scope took its place, or there was nothing left to plan.
        Superseded = "superseded",
        /// Nobody applied it in time.
        Expired = "expired",
        /// A run is under way, or was when its process died.
        Applying = "applying",
        /// All of it is so.
        Applied = "applied",
        /// A run ended without all of it; it can be claimed again.
        Incomplete = "incomplete",
    }
}

/// A plan with everything that is known about it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredPlan {
    /// Its number.
    pub id: PlanId,
    /// The document.
    pub plan: Plan,
    /// The limits that it exceeds.
    pub breaches: Vec<Breach>,
    /// Where it stands.
    pub state: PlanState,
    /// Since when.
    pub proposed_at: DateTime<Utc>,
    /// Until when it may be decided about, and once approved, claimed.
    pub expires_at: DateTime<Utc>,
    /// The application of Auth0 that read the tenant for it; unknown of plans from before it was kept.
    pub client: Option<String>,
    /// Every yes so far, in the order in which they were given.
    pub approvals: Vec<Approval>,
    /// What ended the review.
    pub decision: Option<Decision>,
    /// The plan that took its place.
    pub superseded_by: Option<PlanId>,
}

/// A rejection, or the yes that completed the approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Who.
    pub by: Approver,
    /// When.
    pub at: DateTime<Utc>,
    /// Why, where the person said so.
    pub reason: Option<String>,
}

/// A plan in a list, without its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanSummary {
    /// Its number.
    pub id: PlanId,
    /// The tenant.
    pub tenant: Tenant,
    /// Its digest.
    pub digest: Digest,
    /// Whom it is about.
    pub scope: Scope,
    /// Where it stands.
    pub state: PlanState,
    /// Since when.
    pub proposed_at: DateTime<Utc>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
    /// Who said yes so far.
    pub approved_by: Vec<Approver>,
    /// What ended the review.
    pub decision: Option<Decision>,
    /// The figures.
    pub figures: PlanFigures,
}

/// What a list tells about a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanFigures {
    /// Changes by kind.
    pub changes: BTreeMap<Kind, usize>,
    /// Notes.
    pub notes: usize,
    /// Employees that wait for a person.
    pub held: usize,
    /// Mails that applying it sends.
    pub mails: usize,
    /// Limits that it exceeds.
    pub breaches: usize,
}

impl Store {
    /// Whatever was proposed, approved or left incomplete and has not been claimed in time is expired now.
    /// It is done before every proposal, decision and claim; lists that shall show it do it too.
    pub async fn expire_plans(&self, now: DateTime<Utc>) -> Result<u64, Error> {
        again(Error::may_pass, || self.try_expire(ms(now))).await
    }

    /// Looks first: nearly always there is nothing to expire, and then nothing is locked.
    async fn try_expire(&self, now: DateTime<Utc>) -> Result<u64, Error> {
        let doing = Error::doing("expire old plans");
        let due = Condition::all()
            .add(plans::Column::State.is_in(EXPIRING.map(PlanState::word)))
            .add(plans::Column::ExpiresAt.lte(now));
        let found = plans::Entity::find().filter(due.clone()).all(&self.db).await.map_err(&doing)?;
        if found.is_empty() {
            return Ok(0);
        }
        let expired = plans::Entity::update_many()
            .col_expr(plans::Column::State, Expr::value(PlanState::Expired.word()))
            .col_expr(plans::Column::OpenScope, Expr::value(None::<String>))
            .filter(plans::Column::Id.is_in(found.iter().map(|it| it.id)))
            .filter(due)
            .exec(&self.db)
            .await
            .map_err(doing)?;
        Ok(expired.rows_affected)
    }

    /// A plan with its document.
    pub async fn plan(&self, id: PlanId) -> Result<StoredPlan, Error> {
        let row = plans::Entity::find_by_id(id.0).one(&self.db).await.map_err(Error::doing("read a plan"))?;
        let row = row.ok_or(Error::NoPlan(id))?;
        stored_plan(row, self.document(id).await?, approvals_of(&self.db, id).await?)
    }

    /// The document alone, which never changes.
    pub(crate) async fn document(&self, id: PlanId) -> Result<Plan, Error> {
        let parts = plan_parts::Entity::find()
            .filter(plan_parts::Column::Plan.eq(id.0))
            .order_by_asc(plan_parts::Column::Part)
            .all(&self.db)
            .await
            .map_err(Error::doing("read a plan"))?;
        if parts.is_empty() {
            return Err(Error::NoPlan(id));
        }
        let document: String = parts.into_iter().map(|it| it.document).collect();
        from_json("a plan", &document)
    }

    /// The newest plans, the newest first, without their documents.
    pub async fn plans(&self, limit: u64) -> Result<Vec<PlanSummary>, Error> {
        self.plans_before(None, limit).await
    }

    /// The same, of those that are older than one.
    pub async fn plans_before(&self, before: Option<PlanId>, limit: u64) -> Result<Vec<PlanSummary>, Error> {
        let mut query = plans::Entity::find().order_by_desc(plans::Column::Id).limit(limit);
        if let Some(before) = before {
            query = query.filter(plans::Column::Id.lt(before.0));
        }
        self.summaries(query).await
    }

    /// The tenant's plans that somebody decides about, or that are applied or not to their end; the newest first.
    pub async fn open_plans(&self, tenant: &Tenant) -> Result<Vec<PlanSummary>, Error> {
        let query = plans::Entity::find()
            .filter(plans::Column::Tenant.eq(tenant.as_str()))
            .filter(plans::Column::State.is_in(OPEN.map(PlanState::word)))
            .order_by_desc(plans::Column::Id);
        self.summaries(query).await
    }

    async fn summaries(&self, query: Select<plans::Entity>) -> Result<Vec<PlanSummary>, Error> {
        let rows = query.all(&self.db).await;
        let rows = rows.map_err(Error::doing("list the plans"))?;
        let ids: Vec<i64> = rows.iter().map(|it| it.id).collect();
        let mut approvals = approvals_of_all(&self.db, &ids).await?;
        rows.into_iter().map(|row| summary(approvals.remove(&row.id).unwrap_or_default(), row)).collect()
    }
}

/// The states in which nothing is under way and somebody is waited for.
const EXPIRING: [PlanState; 3] = [PlanState::Proposed, PlanState::Approved, PlanState::Incomplete];

/// The states from which a plan may still go on.
const OPEN: [PlanState; 4] =
    [PlanState::Proposed, PlanState::Approved, PlanState::Applying, PlanState::Incomplete];

/// What the three tables say about one plan.
pub(crate) fn stored_plan(
    row: plans::Model,
    plan: Plan,
    approvals: Vec<Approval>,
) -> Result<StoredPlan, Error> {
    Ok(StoredPlan {
        id: PlanId(row.id),
        plan,
        breaches: from_json("a plan's breaches", &row.breaches)?,
        state: PlanState::read(&row.state)?,
        proposed_at: row.proposed_at,
        expires_at: row.expires_at,
        client: row.client.clone(),
        approvals,
        superseded_by: row.superseded_by.map(PlanId),
        decision: decision(row),
    })
}

fn summary(approvals: Vec<Approval>, row: plans::Model) -> Result<PlanSummary, Error> {
    Ok(PlanSummary {
        id: PlanId(row.id),
        tenant: Tenant::new(row.tenant.as_str()),
        digest: digest(&row.digest)?,
        scope: from_json("a plan's scope", &row.scope)?,
        state: PlanState::read(&row.state)?,
        proposed_at: row.proposed_at,
        expires_at: row.expires_at,
        approved_by: approvals.into_iter().map(|it| it.by).collect(),
        figures: from_json("a plan's figures", &row.summary)?,
        decision: decision(row),
    })
}

/// Digests are made by the core alone; ours came from there.
pub(crate) fn digest(text: &str) -> Result<Digest, Error> {
    from_json("a plan's digest", &to_json(&text))
}

fn decision(row: plans::Model) -> Option<Decision> {
    let (name, verified, at) = (row.decided_by?, row.decided_verified?, row.decided_at?);
    Some(Decision { by: approver(name, verified), at, reason: row.decision_reason })
}

/// Who it was, as two columns hold it.
pub(crate) fn approver(name: String, verified: bool) -> Approver {
    match verified {
        true if name == Approver::POLICY => Approver::Policy,
        true => Approver::Verified { name },
        false => Approver::Unverified { name },
    }
}
