//! Employees: who they are, why their account is what it is, and what is done about one of them at once.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use diff::{Approver, EmployeeId, Kind as ChangeKind, Mail, Scope, UserId, standing};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{Page, Paging};
use crate::app::{App, employee_id};
use crate::callers::{Decides, Looks};
use crate::create::{self, Account, Made, Waiting, Wish};
use crate::metering;
use crate::operations::Operation;
use crate::parts::{Body, Query};
use crate::problem::{self, Kind, Problem};
use crate::work;

/// The rows of the employee table, by id.
#[utoipa::path(get, path = "/api/employees", tag = "employees", params(Paging),
    responses((status = 200, body = Page), (status = "default", body = problem::Body)))]
pub(crate) async fn list(
    _: Looks,
    State(app): State<Arc<App>>,
    Query(paging): Query<Paging>,
) -> Result<Json<Page>, Problem> {
    let engine = app.engine();
    let (limit, from) = (paging.limit()?, paging.from::<String>()?);
    let rows = engine.store().employees().await?;
    let links = engine.store().links(engine.tenant()).await?;
    let from = from.map(|it| employee_id(&it)).transpose()?;
    let mut rest = rows.iter().filter(|it| from.as_ref().is_none_or(|from| it.id > *from));
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let page: Vec<&diff::Employee> = rest.by_ref().take(limit).collect();
    let next = rest.next().and(page.last()).map(|it| it.id.to_string());
    let (policy, today) = (engine.policy(), engine.today());
    let items = page.into_iter().map(|row| {
        let user = links.of(&row.id).map(|it| it.user.as_str());
        documents::employee(row, &standing(row, policy, today), user)
    });
    Ok(Json(Page { items: items.collect(), next }))
}

/// One person's story, from the database alone.
#[utoipa::path(get, path = "/api/employees/{id}", tag = "employees", params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 404, body = problem::Body), (status = "default", body = problem::Body)))]
pub(crate) async fn show(
    _: Looks,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let id = employee_id(&id)?;
    let story = app.engine().story(&id).await?.ok_or_else(|| unknown(&id))?;
    Ok(Json(documents::story(&story)))
}

/// Why the person's account is, or is not, what it is, and what is due. Reads the tenant, and writes nothing.
#[utoipa::path(get, path = "/api/employees/{id}/explain", tag = "employees", params(("id" = String, Path)),
    responses((status = 200, body = Object), (status = 404, body = problem::Body), (status = "default", body = problem::Body)))]
pub(crate) async fn explain(
    _: Looks,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let id = employee_id(&id)?;
    let explanation = app.engine().explain(&id).await?.ok_or_else(|| unknown(&id))?;
    Ok(Json(documents::explanation(&explanation)))
}

/// Makes the person's account, or finds their own: roles, write-back and record included. Goes ahead of a run under
/// way. What needs an approver is proposed as a plan.
#[utoipa::path(post, path = "/api/admin/employees/{id}/create-auth0", tag = "employees",
    params(("id" = String, Path), ("Prefer" = Option<String>, Header, description = "`respond-async`: do not wait"),
        ("Idempotency-Key" = Option<String>, Header, description = "the same key gives the same answer")),
    responses((status = 200, description = "The account exists, and is the person's", body = Account),
        (status = 201, description = "The account was made", body = Account),
        (status = 202, description = "A plan waits for an approver, or the request was queued", body = Object),
        (status = 404, description = "No such row", body = problem::Body),
        (status = 409, description = "Ambiguous, or it cannot be done as things stand", body = problem::Body),
        (status = 422, description = "The row is not fit for it", body = problem::Body),
        (status = 429, description = "The tenant's rate limit is used up", body = problem::Body),
        (status = 503, description = "The tenant or a database does not answer", body = problem::Body),
        (status = "default", body = problem::Body)))]
pub(crate) async fn create_auth0(
    Decides(caller): Decides,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Box::pin(act(app, employee_id(&id)?, Wish::Account, caller.approver, &headers)).await
}

/// Brings the person's account in line with the row at once.
#[utoipa::path(post, path = "/api/employees/{id}/sync", tag = "employees",
    params(("id" = String, Path), ("Prefer" = Option<String>, Header, description = "`respond-async`: do not wait")),
    responses((status = 200, body = Account), (status = 201, body = Account), (status = 202, body = Object),
        (status = "default", body = problem::Body)))]
pub(crate) async fn sync(
    Decides(caller): Decides,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Box::pin(act(app, employee_id(&id)?, Wish::InLine, caller.approver, &headers)).await
}

/// Done while the caller waits, or queued. Either goes on when the caller hangs up.
async fn act(
    app: Arc<App>,
    id: EmployeeId,
    wish: Wish,
    by: Approver,
    headers: &HeaderMap,
) -> Result<Response, Problem> {
    if !wants_no_answer(headers) {
        let acting = Arc::clone(&app);
        let done = app.work.finish(Box::pin(async move { make(&acting, &id, wish, &by).await })).await?;
        return Ok(done?.into_response());
    }
    let operation = app.operations.begin(Utc::now());
    let (acting, number) = (Arc::clone(&app), operation.id.clone());
    app.work
        .spawn(async move {
            let response = match make(&acting, &id, wish, &by).await {
                Ok(made) => made.into_response(),
                Err(problem) => problem.into_response(),
            };
            let (status, body) = work::taken_apart(response).await;
            acting.operations.end(&number, status, body);
        })
        .await;
    Ok(queued(operation))
}

async fn make(app: &App, id: &EmployeeId, wish: Wish, by: &Approver) -> Result<Made, Problem> {
    let begun = Instant::now();
    let made = create::create(&app.engine(), id, wish, by, &app.holder, app.work.stop()).await?;
    if made.is_new() {
        metering::made(begun.elapsed());
    }
    app.telling.look_soon();
    Ok(made)
}

fn queued(operation: Operation) -> Response {
    let place = HeaderValue::from_str(&format!("/api/operations/{}", operation.id));
    let mut response = (StatusCode::ACCEPTED, Json(operation)).into_response();
    response.headers_mut().insert("preference-applied", HeaderValue::from_static("respond-async"));
    if let Ok(place) = place {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

fn wants_no_answer(headers: &HeaderMap) -> bool {
    let preferences = headers.get_all("prefer").iter().filter_map(|it| it.to_str().ok());
    preferences.flat_map(|it| it.split(',')).any(|it| it.trim().eq_ignore_ascii_case("respond-async"))
}

/// Proposes one plan: an account for every employed person without one.
#[utoipa::path(post, path = "/api/admin/employees/create-auth0", tag = "employees",
    responses((status = 200, description = "Nobody is without an account", body = Object),
        (status = 202, description = "The plan waits for an approver", body = Waiting),
        (status = "default", body = problem::Body)))]
pub(crate) async fn create_all(_: Decides, State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let engine = app.engine();
    let scope = Scope { only: [ChangeKind::Create].into(), ..Scope::everybody() };
    let preview = engine.preview(&scope, false).await?;
    create::proposed(&app, &engine, &preview).await
}

/// Whose user it is.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct LinkTo {
    /// The user's id in Auth0.
    user: String,
}

/// Ties the employee to a user, by a person's decision.
#[utoipa::path(put, path = "/api/employees/{id}/link", tag = "employees", params(("id" = String, Path)),
    request_body = LinkTo,
    responses((status = 204), (status = 404, body = problem::Body), (status = 409, body = problem::Body),
        (status = "default", body = problem::Body)))]
pub(crate) async fn link(
    Decides(caller): Decides,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Body(LinkTo { user }): Body<LinkTo>,
) -> Result<StatusCode, Problem> {
    app.engine().link(&employee_id(&id)?, &UserId::new(user), &caller.approver).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Unties the employee from its user, which stays as it is.
#[utoipa::path(delete, path = "/api/employees/{id}/link", tag = "employees", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = problem::Body), (status = "default", body = problem::Body)))]
pub(crate) async fn unlink(
    Decides(caller): Decides,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    app.engine().unlink(&employee_id(&id)?, &caller.approver).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Which mail.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct Resend {
    /// `invitation` or `verification`; as the policy greets newcomers where nothing is said.
    #[serde(default)]
    mail: Option<String>,
}

/// Sends the person a mail once more.
#[utoipa::path(post, path = "/api/employees/{id}/resend", tag = "employees", params(("id" = String, Path)),
    request_body = Resend,
    responses((status = 200, body = Account), (status = 409, body = problem::Body), (status = "default", body = problem::Body)))]
pub(crate) async fn resend(
    Decides(caller): Decides,
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Body(Resend { mail }): Body<Resend>,
) -> Result<Response, Problem> {
    let mail = match mail.as_deref() {
        None => Mail::AsConfigured,
        Some("invitation") => Mail::Invitation,
        Some("verification") => Mail::Verification,
        Some(other) => {
            return Err(Problem::new(Kind::BadRequest, format!("there is no mail {other:?}"))
                .next("write \"invitation\" or \"verification\""));
        }
    };
    let id = employee_id(&id)?;
    let acting = Arc::clone(&app);
    let done = app.work.finish(Box::pin(async move {
        let engine = acting.engine();
        let synced =
            engine.resend(&id, mail, &caller.approver, &acting.holder, acting.work.stop(), &|_| ()).await?;
        let link = engine.store().link_of(engine.tenant(), &id).await?;
        create::answer(&id, &synced, link)
    }));
    Ok(done.await??.into_response())
}

fn unknown(id: &EmployeeId) -> Problem {
    Problem::new(Kind::NotFound, format!("there is no employee {id} in the table"))
}
