//! The journal: what was about to be asked of Auth0, and what became of it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diff::{ChangeId, EmployeeId, Outcome, Request, RunId, Tenant, UserId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait as _, ConnectionTrait, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};
use serde_json::Value;

use crate::employee_claim::acting;
use crate::entities::{calls, outcomes, runs};
use crate::error::Error;
use crate::hold::going_on;
use crate::open::Store;

use crate::words::{BATCH, from_json, ms, to_json, words};

words! {
    /// Where a call stands.
    CallState as "the state of a call" {
        /// About to be made, or made when its process died.
        Intended = "intended",
        /// Auth0 did it, or held it already.
        Done = "done",
        /// Auth0 refused, or it never got there.
        Failed = "failed",
        /// It was sent and no answer came.
        Unanswered = "unanswered",
    }
}

impl CallState {
    /// Whether nobody knows if Auth0 did it.
    pub fn is_open(self) -> bool {
        match self {
            Self::Intended | Self::Unanswered => true,
            Self::Done | Self::Failed => false,
        }
    }
}

/// A call of a run, by its number in it. The caller numbers them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId {
    /// The run.
    pub run: RunId,
    /// Its number, unique in the run.
    pub seq: i64,
}

/// A call about to be made.
#[derive(Clone, Copy, Debug)]
pub struct Intent<'a> {
    /// Its number.
    pub id: CallId,
    /// What is asked. There is no password in it: the client makes one and forgets it.
    pub request: &'a Request<UserId>,
    /// The changes that it carries.
    pub carries: &'a [ChangeId],
    /// Ours, sent along and logged.
    pub correlation_id: &'a str,
}

/// What became of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallEnd {
    /// Which call.
    pub id: CallId,
    /// Where it stands now.
    pub state: CallState,
    /// The HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// What of the answer is worth keeping: ids and messages, nothing secret.
    pub answer: Option<Value>,
    /// The user that it made.
    pub made: Option<UserId>,
    /// Auth0's name for the request, for its support and its logs.
    pub auth0_request_id: Option<String>,
    /// What it makes of the changes that it carries.
    pub outcomes: BTreeMap<ChangeId, Outcome>,
}

/// A call as it stands in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalledCall {
    /// Its run and number.
    pub id: CallId,
    /// What was asked.
    pub request: Request<UserId>,
    /// The changes that it carries.
    pub carries: Vec<ChangeId>,
    /// Ours.
    pub correlation_id: String,
    /// Where it stands.
    pub state: CallState,
    /// When it was about to be made.
    pub intended_at: DateTime<Utc>,
    /// When it was over.
    pub ended_at: Option<DateTime<Utc>>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// What was kept of the answer.
    pub answer: Option<Value>,
    /// The user that it made.
    pub made: Option<UserId>,
    /// Auth0's name for it.
    pub auth0_request_id: Option<String>,
}

impl Store {
    /// Journals calls before they are made, all or none.
    ///
    /// A run that is over ([`Error::RunOver`]), or whose lease somebody else has taken
    /// ([`Error::LeaseLost`]), gets no more: the call must not be made then. Nor must it while somebody
    /// acts on an employee concerned ([`Error::ClaimedBy`]); that is worth another try in a moment.
    pub async fn intend(&self, intents: &[Intent<'_>], now: DateTime<Utc>) -> Result<(), Error> {
        let doing = Error::doing("journal what is about to be asked");
        let transaction = self.begin().await?;
        let runs: BTreeSet<RunId> = intents.iter().map(|it| it.id.run).collect();
        for run in runs {
            let runs::Model { tenant, employee, .. } = going_on(&transaction, run).await?;
            let of_run = || intents.iter().filter(|it| it.id.run == run);
            if employee.is_none() {
                let changes = of_run().flat_map(|it| it.carries);
                if let Some(claimed) = acting(&transaction, &tenant, changes, now).await? {
                    return Err(claimed);
                }
            }
            let rows: Vec<_> = of_run().map(|it| intended(it, &tenant, ms(now))).collect();
            for rows in rows.chunks(BATCH) {
                let insert = calls::Entity::insert_many(rows.iter().cloned());
                insert.exec_without_returning(&transaction).await.map_err(&doing)?;
            }
        }
        transaction.commit().await.map_err(doing)
    }

    /// Journals what became of calls, with the outcomes, all or none. What is concluded already stays:
    /// the first to know is right. That holds for a run that was lost or settled as well: an answer that
    /// comes late tells the truth, and nothing follows from it.
    pub async fn conclude(&self, ends: &[CallEnd], now: DateTime<Utc>) -> Result<(), Error> {
        let transaction = self.begin().await?;
        for end in ends {
            if conclude_one(&transaction, end, ms(now)).await? {
                insert_outcomes(&transaction, end.id.run, Some(end.id.seq), &end.outcomes).await?;
            }
        }
        transaction.commit().await.map_err(Error::doing("journal what became of a call"))
    }

    /// Stores outcomes that no call made: stale, not tried, or so without a call.
    pub async fn record(&self, run: RunId, outcomes: &BTreeMap<ChangeId, Outcome>) -> Result<(), Error> {
        let transaction = self.begin().await?;
        going_on(&transaction, run).await?;
        insert_outcomes(&transaction, run, None, outcomes).await?;
        transaction.commit().await.map_err(Error::doing("store outcomes"))
    }

    /// The run's calls, by number.
    pub async fn calls(&self, run: RunId) -> Result<Vec<JournalledCall>, Error> {
        let rows =
            calls::Entity::find().filter(calls::Column::Run.eq(run.0)).order_by_asc(calls::Column::Seq);
        let rows = rows.all(&self.db).await.map_err(Error::doing("read the journal"))?;
        rows.into_iter().map(journalled).collect()
    }

    /// What is known of each change: the report where the run is over, else what its calls said so far.
    /// Of two calls that carry one change, whatever went wrong stands.
    pub async fn outcomes(&self, run: RunId) -> Result<BTreeMap<ChangeId, Outcome>, Error> {
        if let Some(report) = self.run(run).await?.report {
            return Ok(report.outcomes);
        }
        let rows = outcomes::Entity::find()
            .filter(outcomes::Column::Run.eq(run.0))
            .order_by_asc(outcomes::Column::Id);
        let rows = rows.all(&self.db).await.map_err(Error::doing("read a run's outcomes"))?;
        let mut known: BTreeMap<ChangeId, Outcome> = BTreeMap::new();
        for row in rows {
            let outcome: Outcome = from_json("an outcome", &row.outcome)?;
            let change = ChangeId::new(row.change_id);
            let outcome = match known.remove(&change) {
                Some(before) => before.and(outcome),
                None => outcome,
            };
            known.insert(change, outcome);
        }
        Ok(known)
    }

    /// Calls made since then, in their order: Auth0's search may not show yet what they did.
    pub async fn recent_writes(
        &self,
        tenant: &Tenant,
        since: DateTime<Utc>,
    ) -> Result<Vec<JournalledCall>, Error> {
        let rows = calls::Entity::find()
            .filter(calls::Column::Tenant.eq(tenant.as_str()))
            .filter(calls::Column::IntendedAt.gte(ms(since)))
            .order_by_asc(calls::Column::Run)
            .order_by_asc(calls::Column::Seq);
        let rows = rows.all(&self.db).await.map_err(Error::doing("read what was written lately"))?;
        rows.into_iter().map(journalled).collect()
    }

    /// Employees for whom a create was sent of which nobody knows what became: a user that turns up
    /// with their mark is ours.
    pub async fn open_creates(&self, tenant: &Tenant) -> Result<BTreeSet<EmployeeId>, Error> {
        let open = [CallState::Intended, CallState::Unanswered].map(CallState::word);
        let rows = calls::Entity::find()
            .filter(calls::Column::Tenant.eq(tenant.as_str()))
            .filter(calls::Column::State.is_in(open));
        let rows = rows.all(&self.db).await.map_err(Error::doing("read which creates are open"))?;
        let mut employees = BTreeSet::new();
        for row in rows {
            if let Request::Create { employee, .. } = journalled(row)?.request {
                employees.insert(employee);
            }
        }
        Ok(employees)
    }
}

fn intended(intent: &Intent<'_>, tenant: &str, now: DateTime<Utc>) -> calls::ActiveModel {
    let Intent { id: CallId { run, seq }, request, carries, correlation_id } = intent;
    calls::ActiveModel {
        run: Set(run.0),
        seq: Set(*seq),
        tenant: Set(tenant.to_owned()),
        request: Set(to_json(request)),
        carries: Set(to_json(carries)),
        correlation_id: Set((*correlation_id).to_owned()),
        state: Set(CallState::Intended.word().to_owned()),
        intended_at: Set(now),
        ended_at: Set(None),
        status: Set(None),
        answer: Set(None),
        made_user: Set(None),
        auth0_request_id: Set(None),
    }
}

async fn conclude_one(db: &impl ConnectionTrait, end: &CallEnd, now: DateTime<Utc>) -> Result<bool, Error> {
    let CallEnd { id, state, status, answer, made, auth0_request_id, outcomes: _ } = end;
    let open = [CallState::Intended, CallState::Unanswered].map(CallState::word);
    let concluded = calls::Entity::update_many()
        .col_expr(calls::Column::State, Expr::value(state.word()))
        .col_expr(calls::Column::EndedAt, Expr::value(now))
        .col_expr(calls::Column::Status, Expr::value(status.map(i64::from)))
        .col_expr(calls::Column::Answer, Expr::value(answer.as_ref().map(to_json)))
        .col_expr(calls::Column::MadeUser, Expr::value(made.as_ref().map(|it| it.as_str().to_owned())))
        .col_expr(calls::Column::Auth0RequestId, Expr::value(auth0_request_id.clone()))
        .filter(calls::Column::Run.eq(id.run.0))
        .filter(calls::Column::Seq.eq(id.seq))
        .filter(calls::Column::State.is_in(open))
        .exec(db)
        .await
        .map_err(Error::doing("journal what became of a call"))?;
    Ok(concluded.rows_affected == 1)
}

async fn insert_outcomes(
    db: &impl ConnectionTrait,
    run: RunId,
    seq: Option<i64>,
    outcomes: &BTreeMap<ChangeId, Outcome>,
) -> Result<(), Error> {
    let rows = outcomes.iter().map(|(change, outcome)| outcomes::ActiveModel {
        id: NotSet,
        run: Set(run.0),
        seq: Set(seq),
        change_id: Set(change.as_str().to_owned()),
        outcome: Set(to_json(outcome)),
    });
    let rows: Vec<_> = rows.collect();
    for rows in rows.chunks(BATCH) {
        let insert = outcomes::Entity::insert_many(rows.iter().cloned());
        insert.exec_without_returning(db).await.map_err(Error::doing("store outcomes"))?;
    }
    Ok(())
}

fn journalled(row: calls::Model) -> Result<JournalledCall, Error> {
    let calls::Model {
        run,
        seq,
        tenant: _,
        request,
        carries,
        correlation_id,
        state,
        intended_at,
        ended_at,
        ..
    } = row;
    Ok(JournalledCall {
        id: CallId { run: RunId(run), seq },
        request: from_json("a journalled request", &request)?,
        carries: from_json("a journalled call's changes", &carries)?,
        correlation_id,
        state: CallState::read(&state)?,
        intended_at,
        ended_at,
        status: row.status.and_then(|it| u16::try_from(it).ok()),
        answer: row.answer.map(|it| from_json("a journalled answer", &it)).transpose()?,
        made: row.made_user.map(UserId::new),
        auth0_request_id: row.auth0_request_id,
    })
}
