//! Proposals: a plan is stored for review, once for each situation.

use chrono::{DateTime, Utc};
use diff::{Breach, Digest, Plan, PlanId, Scope, Tenant};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};

use crate::again::again;
use crate::entities::{plan_parts, plans};
use crate::error::Error;
use crate::open::Store;
use crate::plans::{PLAN_LIFETIME, PlanFigures, PlanState, StoredPlan};
use crate::words::{from_json, ms, to_json};

/// Bytes in one piece of a document: below the smallest packet that a MySQL server takes by default.
const PART_BYTES: usize = 512 * 1024;

/// What became of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The plan's number.
    pub id: PlanId,
    /// Whether it is new.
    pub standing: ProposalStanding,
}

/// Whether a proposal is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProposalStanding {
    /// It was stored, and took the place of another one of its scope, if there was one.
    New,
    /// The same digest is proposed or approved already, and stands.
    SameAsBefore,
}

impl Store {
    /// Stores a plan for review, made by this client of Auth0. The same digest of the same client that is
    /// still open stands as it is; otherwise the open proposal of the same scope is superseded.
    pub async fn propose(
        &self,
        plan: &Plan,
        breaches: &[Breach],
        client: &str,
        now: DateTime<Utc>,
    ) -> Result<Proposal, Error> {
        self.expire_plans(now).await?;
        self.propose_made(plan, breaches, Made { client: Some(client), at: ms(now) }).await
    }

    /// Stores what is left of a plan as a plan of its own. It is as old as the one that it comes from,
    /// because it was made from the same reading.
    pub async fn propose_rest(
        &self,
        of: &StoredPlan,
        rest: &Plan,
        breaches: &[Breach],
        now: DateTime<Utc>,
    ) -> Result<Proposal, Error> {
        self.expire_plans(now).await?;
        self.propose_made(rest, breaches, Made { client: of.client.as_deref(), at: of.proposed_at }).await
    }

    /// Closes the open proposal of a scope for which nothing is left to do, and tells which it was.
    pub async fn supersede_open(
        &self,
        tenant: &Tenant,
        scope: &Scope,
        now: DateTime<Utc>,
    ) -> Result<Option<PlanId>, Error> {
        self.expire_plans(now).await?;
        let open = open_of(&self.db, &scope_digest(tenant, scope)).await?;
        Ok(again(Error::may_pass, || supersede(&self.db, open)).await?.map(PlanId))
    }

    async fn propose_made(
        &self,
        plan: &Plan,
        breaches: &[Breach],
        made: Made<'_>,
    ) -> Result<Proposal, Error> {
        again(Error::may_pass, || self.try_propose(plan, breaches, made)).await
    }

    async fn try_propose(&self, plan: &Plan, breaches: &[Breach], made: Made<'_>) -> Result<Proposal, Error> {
        let doing = Error::doing("store the plan");
        let transaction = self.begin().await?;
        // Before its digest is looked for: what somebody else proposes in between is found by that, and not
        // superseded by its like.
        let before = open_of(&transaction, &scope_digest(plan.tenant(), &plan.document().scope)).await?;
        let open = plans::Entity::find()
            .filter(plans::Column::Tenant.eq(plan.tenant().as_str()))
            .filter(plans::Column::Digest.eq(plan.digest().as_str()))
            .filter(plans::Column::Client.eq(made.client))
            .filter(plans::Column::State.is_in([PlanState::Proposed.word(), PlanState::Approved.word()]))
            .order_by_desc(plans::Column::Id)
            .one(&transaction)
            .await
            .map_err(&doing)?;
        if let Some(open) = open
            && says_the_same(&open, breaches)?
        {
            return Ok(Proposal { id: PlanId(open.id), standing: ProposalStanding::SameAsBefore });
        }
        let row = row(plan, breaches, made);
        let old = supersede(&transaction, before).await?;
        let id = plans::Entity::insert(row).exec(&transaction).await.map_err(&doing)?.last_insert_id;
        if let Some(old) = old {
            plans::Entity::update_many()
                .col_expr(plans::Column::SupersededBy, Expr::value(id))
                .filter(plans::Column::Id.eq(old))
                .exec(&transaction)
                .await
                .map_err(&doing)?;
        }
        insert_document(&transaction, id, &to_json(plan)).await?;
        transaction.commit().await.map_err(doing)?;
        Ok(Proposal { id: PlanId(id), standing: ProposalStanding::New })
    }
}

/// Whether an open plan of this digest says of the table what is to be said now. A digest knows changes and
/// no rows; but where the table looks wrong, people say yes to its figures.
fn says_the_same(open: &plans::Model, breaches: &[Breach]) -> Result<bool, Error> {
    let before: Vec<Breach> = from_json("a plan's breaches", &open.breaches)?;
    Ok(before.iter().filter(|it| it.is_suspect()).eq(breaches.iter().filter(|it| it.is_suspect())))
}

/// By whom and when a plan was made.
#[derive(Clone, Copy)]
struct Made<'a> {
    client: Option<&'a str>,
    at: DateTime<Utc>,
}

/// Of what there is one open proposal.
fn scope_digest(tenant: &Tenant, scope: &Scope) -> String {
    Digest::of(&(tenant, scope)).as_str().to_owned()
}

fn row(plan: &Plan, breaches: &[Breach], made: Made<'_>) -> plans::ActiveModel {
    let scope = &plan.document().scope;
    let scope_digest = scope_digest(plan.tenant(), scope);
    let figures = PlanFigures {
        changes: plan.counts(),
        notes: plan.notes().len(),
        held: plan.held(),
        mails: plan.mails(),
        breaches: breaches.len(),
    };
    plans::ActiveModel {
        id: NotSet,
        tenant: Set(plan.tenant().as_str().to_owned()),
        digest: Set(plan.digest().as_str().to_owned()),
        scope: Set(to_json(scope)),
        scope_digest: Set(scope_digest.clone()),
        summary: Set(to_json(&figures)),
        breaches: Set(to_json(&breaches)),
        state: Set(PlanState::Proposed.word().to_owned()),
        open_scope: Set(Some(scope_digest)),
        proposed_at: Set(made.at),
        expires_at: Set(made.at + PLAN_LIFETIME),
        decided_by: Set(None),
        decided_verified: Set(None),
        decided_at: Set(None),
        decision_reason: Set(None),
        superseded_by: Set(None),
        client: Set(made.client.map(str::to_owned)),
    }
}

/// The open proposal of a scope.
async fn open_of(db: &impl ConnectionTrait, scope_digest: &str) -> Result<Option<i64>, Error> {
    let open = plans::Entity::find().filter(plans::Column::OpenScope.eq(scope_digest)).one(db).await;
    Ok(open.map_err(Error::doing("look for the plan before"))?.map(|it| it.id))
}

/// Closes a proposal, unless somebody has decided about it; then it is none any more.
async fn supersede(db: &impl ConnectionTrait, open: Option<i64>) -> Result<Option<i64>, Error> {
    let Some(open) = open else { return Ok(None) };
    let closed = plans::Entity::update_many()
        .col_expr(plans::Column::State, Expr::value(PlanState::Superseded.word()))
        .col_expr(plans::Column::OpenScope, Expr::value(None::<String>))
        .filter(plans::Column::Id.eq(open))
        .filter(plans::Column::State.eq(PlanState::Proposed.word()))
        .exec(db)
        .await
        .map_err(Error::doing("supersede the plan before"))?;
    Ok((closed.rows_affected == 1).then_some(open))
}

async fn insert_document(db: &impl ConnectionTrait, plan: i64, document: &str) -> Result<(), Error> {
    let mut rest = document;
    for part in 0.. {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(PART_BYTES));
        let row =
            plan_parts::ActiveModel { plan: Set(plan), part: Set(part), document: Set(piece.to_owned()) };
        let inserted = plan_parts::Entity::insert(row).exec_without_returning(db).await;
        inserted.map_err(Error::doing("store the plan's document"))?;
        if after.is_empty() {
            break;
        }
        rest = after;
    }
    Ok(())
}
