//! `create-auth0`: one person's account, and what the answer says about it.

use std::collections::BTreeSet;
use std::time::Instant;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use diff::{
    Approver, Blame, EmployeeId, Held, Kind as ChangeKind, Note, Outcome, Plan, PlanId, Reason, Report,
    RunId, UserId,
};
use engine::{Engine, Preview, Stop, SyncOutcome, Synced};
use serde::Serialize;
use serde_json::json;
use store::StoredLink;
use utoipa::ToSchema;

use crate::app::App;
use crate::metering;
use crate::problem::{Kind, Problem, UnfitField};

/// When a tenant that was in trouble is asked again.
const LATER: u64 = 30;

/// Somebody's account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Account {
    /// Whose.
    #[schema(value_type = String)]
    employee: EmployeeId,
    /// The user's id in Auth0.
    #[schema(value_type = String)]
    user: UserId,
    /// Whether this request made it.
    created: bool,
    /// Whether Rollcall made it, now or before.
    created_by_us: bool,
    /// When Auth0 made it, where that is known.
    created_at: Option<String>,
    /// The run that did something, where there was something to do.
    #[schema(value_type = Option<i64>)]
    run: Option<RunId>,
    /// What is left alone about the person, and why.
    notes: Vec<String>,
}

/// A plan that waits for an approver.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Waiting {
    /// Its number.
    #[schema(value_type = i64)]
    plan: PlanId,
    /// What it would do, a sentence a change.
    changes: Vec<String>,
    /// What to do next.
    next: String,
}

/// What became of the wish for an account.
pub(crate) enum Made {
    Account(Account),
    Waiting(Waiting),
}

impl Made {
    /// Whether this request made the account.
    pub(crate) fn is_new(&self) -> bool {
        matches!(self, Self::Account(it) if it.created)
    }
}

impl IntoResponse for Made {
    fn into_response(self) -> Response {
        match self {
            Self::Account(it) if it.created => (StatusCode::CREATED, Json(it)).into_response(),
            Self::Account(it) => Json(it).into_response(),
            Self::Waiting(it) => {
                let place = HeaderValue::from_str(&format!("/api/plans/{}", it.plan));
                let mut response = (StatusCode::ACCEPTED, Json(it)).into_response();
                if let Ok(place) = place {
                    response.headers_mut().insert(header::LOCATION, place);
                }
                response
            }
        }
    }
}

/// What somebody wants for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// An account to work with, which whoever has left does not get.
    Account,
    /// That the account is as the row asks for.
    InLine,
}

/// Makes the account, or finds the person's own; with roles, write-back and record.
pub(crate) async fn create(
    engine: &Engine,
    employee: &EmployeeId,
    wish: Wish,
    by: &Approver,
    holder: &str,
    stop: &Stop,
) -> Result<Made, Problem> {
    let begun = Instant::now();
    let synced = match wish {
        Wish::Account => Box::pin(engine.create_account(employee, by, holder, stop, &|_| ())).await?,
        Wish::InLine => Box::pin(engine.sync_employee(employee, by, holder, stop, &|_| ())).await?,
    };
    metering::synced(&synced, begun.elapsed());
    if wish == Wish::Account && synced.plan.document().source.left > 0 {
        return Err(Problem::new(
            Kind::Conflict,
            format!("employee {employee} has left, so that no account is due"),
        )
        .next(format!("GET /api/employees/{employee} tells what became of theirs")));
    }
    let link = engine.store().link_of(engine.tenant(), employee).await?;
    answer(employee, &synced, link)
}

/// Proposes what was planned: 202 with the plan, or 200 where there is nothing to do.
pub(crate) async fn proposed(app: &App, engine: &Engine, preview: &Preview) -> Result<Response, Problem> {
    let Some(proposal) = engine.propose(preview).await? else {
        return Ok(Json(json!({ "outcome": "nothing" })).into_response());
    };
    app.telling.look_soon();
    Ok(Made::Waiting(Waiting::of(proposal.id, &preview.plan)).into_response())
}

/// What a sync of one person says.
pub(crate) fn answer(
    employee: &EmployeeId,
    synced: &Synced,
    link: Option<StoredLink>,
) -> Result<Made, Problem> {
    let (created, run) = match &synced.outcome {
        SyncOutcome::Proposed(plan) => return Ok(Made::Waiting(Waiting::of(*plan, &synced.plan))),
        SyncOutcome::Breached(plan) => {
            let said: Vec<String> = synced.breaches.iter().map(ToString::to_string).collect();
            return Err(Problem::new(
                Kind::LimitExceeded,
                format!("a limit is exceeded: {}", said.join("; ")),
            )
            .next(format!("look at plan {plan}"))
            .plan(*plan));
        }
        SyncOutcome::Applied(report) => {
            if let Some(problem) = failed(report) {
                return Err(problem);
            }
            (made(synced, report), Some(report.run))
        }
        SyncOutcome::Nothing => (false, None),
    };
    match link {
        Some(link) if !is_gone(synced) => Ok(Made::Account(account(link, created, run, synced))),
        Some(_) | None => Err(no_account(employee, synced)),
    }
}

fn account(link: StoredLink, created: bool, run: Option<RunId>, synced: &Synced) -> Account {
    Account {
        employee: link.employee,
        user: link.user,
        created,
        created_by_us: link.created_by_us,
        created_at: link.created_at.map(documents::timestamp),
        run,
        notes: notes(synced).map(|it| it.reason.to_string()).collect(),
    }
}

impl Waiting {
    /// A proposed plan.
    pub(crate) fn of(id: PlanId, plan: &Plan) -> Self {
        let changes = plan.changes().iter().map(diff::sentence).collect();
        let next = format!("somebody with the role approver approves it: POST /api/plans/{id}/approve");
        Self { plan: id, changes, next }
    }
}

fn made(synced: &Synced, report: &Report) -> bool {
    let creates = synced.plan.changes().iter().filter(|it| it.kind() == ChangeKind::Create);
    creates.into_iter().any(|it| report.outcomes.get(&it.id) == Some(&Outcome::Applied))
}

fn notes(synced: &Synced) -> impl Iterator<Item = &Note> {
    synced.plan.document().notes.iter()
}

fn is_gone(synced: &Synced) -> bool {
    notes(synced).any(|it| matches!(it.reason, Reason::UserGone { .. }))
}

/// What of the run did not come to be. The worst counts, and the tenant's trouble is worth another try.
fn failed(report: &Report) -> Option<Problem> {
    let mut failures = report.outcomes.values().filter(|it| !it.is_so());
    let first = failures.next()?;
    let detail = format!("not all was done, in run {}: {first}", report.run);
    Some(match first {
        Outcome::Failed { why, blame: Blame::Trouble } if why.contains("429") => {
            Problem::new(Kind::TenantLimit, detail).retry_after(LATER)
        }
        Outcome::Failed { blame: Blame::Trouble | Blame::Run, .. } | Outcome::NotTried { .. } => {
            Problem::new(Kind::Unavailable, detail).retry_after(LATER)
        }
        Outcome::Failed { blame: Blame::Change, .. } | Outcome::Stale { .. } => {
            Problem::new(Kind::Conflict, detail).next("look at the run, and ask once more")
        }
        Outcome::Applied | Outcome::AlreadySo => return None,
    })
}

/// Why the person has no account after all.
fn no_account(employee: &EmployeeId, synced: &Synced) -> Problem {
    let mut fields = Vec::new();
    let mut candidates = BTreeSet::new();
    let mut said = Vec::new();
    let mut next = None;
    for note in notes(synced) {
        said.push(note.reason.to_string());
        next = next.or_else(|| note.remedy().map(|it| it.to_string()));
        fields.extend(unfit(&note.reason));
        candidates.extend(may_be(&note.reason));
    }
    let detail = if said.is_empty() {
        format!("employee {employee} is not employed, so that no account is due")
    } else {
        said.join("; ")
    };
    let kind = match (fields.is_empty(), candidates.is_empty()) {
        (false, _) => Kind::Unfit,
        (true, false) => Kind::Ambiguous,
        (true, true) => Kind::Conflict,
    };
    let problem = Problem::new(kind, detail).fields(fields).candidates(candidates);
    problem.next(
        next.unwrap_or_else(|| format!("GET /api/employees/{employee}/explain tells all about the person")),
    )
}

/// What is wrong with the row.
fn unfit(reason: &Reason) -> Option<UnfitField> {
    let field = match reason {
        Reason::Held { held } => match held {
            Held::Status { .. } => "status",
            Held::Date { column, .. } => column,
            Held::Email { .. } | Held::Domain { .. } => "email",
            Held::TooLong { field, .. } => field,
        },
        Reason::SharedEmail { .. } => "email",
        Reason::UnknownRoleCode { .. } => "role_code",
        Reason::Upcoming { .. } => "starts_on",
        Reason::OpenAccess { .. }
        | Reason::LeaverUnclear { .. }
        | Reason::LeaverReported { .. }
        | Reason::LeaverBreakGlass { .. }
        | Reason::Absent { .. }
        | Reason::SeveralUsers { .. }
        | Reason::SeveralEmployees { .. }
        | Reason::LinkedElsewhere { .. }
        | Reason::LeaversAddress { .. }
        | Reason::MarkDisagrees { .. }
        | Reason::MarkedForOther { .. }
        | Reason::UserGone { .. }
        | Reason::OtherClaimant { .. }
        | Reason::ColumnDisagrees { .. }
        | Reason::BlockedByOther { .. }
        | Reason::EmailTaken { .. }
        | Reason::EmailCycle { .. }
        | Reason::Federated { .. }
        | Reason::BreakGlass { .. }
        | Reason::IgnoredEmployee { .. }
        | Reason::IgnoredUser { .. }
        | Reason::Parked { .. }
        | Reason::NotUndone { .. }
        | Reason::StillAsked { .. } => return None,
    };
    Some(UnfitField { field: field.to_owned(), problem: reason.to_string() })
}

/// Which users may be the person's.
fn may_be(reason: &Reason) -> Vec<UserId> {
    match reason {
        Reason::SeveralUsers { candidates } | Reason::LeaverUnclear { candidates } => {
            candidates.iter().cloned().collect()
        }
        Reason::SeveralEmployees { user, .. }
        | Reason::LinkedElsewhere { user, .. }
        | Reason::LeaversAddress { user, .. }
        | Reason::MarkDisagrees { user }
        | Reason::MarkedForOther { user, .. }
        | Reason::EmailTaken { user, .. } => vec![user.clone()],
        Reason::OpenAccess { .. }
        | Reason::LeaverReported { .. }
        | Reason::LeaverBreakGlass { .. }
        | Reason::Absent { .. }
        | Reason::Held { .. }
        | Reason::SharedEmail { .. }
        | Reason::UserGone { .. }
        | Reason::OtherClaimant { .. }
        | Reason::ColumnDisagrees { .. }
        | Reason::BlockedByOther { .. }
        | Reason::EmailCycle { .. }
        | Reason::UnknownRoleCode { .. }
        | Reason::Federated { .. }
        | Reason::Upcoming { .. }
        | Reason::BreakGlass { .. }
        | Reason::IgnoredEmployee { .. }
        | Reason::IgnoredUser { .. }
        | Reason::Parked { .. }
        | Reason::NotUndone { .. }
        | Reason::StillAsked { .. } => Vec::new(),
    }
}
