//! The way of one request: journal, faults, rate, token, scope, handler, and back.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    extract::{ConnectInfo, Request, State as Shared},
    http::{HeaderMap, Response, StatusCode, header, request::Parts},
};

use crate::{
    answer::Answer,
    call::Call,
    clock::Clock,
    conditions::{Conditions, Dice},
    control,
    error::Refusal,
    faults::{Faults, Trouble},
    ids,
    journal::{Journal, JournalLine, Kept, redacted},
    limits::{Group, Limits, Verdict},
    logs::Write,
    params::Query,
    router::{self, Access, NO_ROUTE, Route},
    saving::Unsaved,
    tenant::Tenant,
    tokens::Grant,
    wire::Wire,
};

/// Everything that requests share. Each lock is held for moments only, never across a wait.
pub(crate) struct Hub {
    pub(crate) clock: Clock,
    pub(crate) tenant: Mutex<Tenant>,
    pub(crate) limits: Mutex<Limits>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) journal: Mutex<Journal>,
    pub(crate) unsaved: Unsaved,
    pub(crate) conditions: Mutex<Conditions>,
    pub(crate) dice: Dice,
    /// `http://ADDR`, where requests do not name the host.
    pub(crate) origin: String,
}

/// A lock that a panicking holder left behind still guards usable data: every handler checks before it changes.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What Auth0 takes in one request.
const BODY_MAX: usize = 1 << 20;
/// What our own control takes: whole tenants.
const CONTROL_BODY_MAX: usize = 1 << 30;

/// Answers every request. The work runs in a task of its own, so that a caller who hangs up does not undo it: a
/// real server does not notice either.
pub(crate) async fn serve(
    Shared(hub): Shared<Arc<Hub>>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request,
) -> Response<Body> {
    let work = tokio::spawn(async move { answer(&hub, &wire, request).await });
    match work.await {
        Ok(answer) => answer.into_response().await,
        Err(error) => {
            tracing::error!(%error, "a request could not be answered");
            Answer::from(Refusal::server_error()).into_response().await
        }
    }
}

async fn answer(hub: &Hub, wire: &Wire, request: Request) -> Answer {
    let (parts, body) = request.into_parts();
    if parts.uri.path().starts_with(control::PREFIX) {
        return match axum::body::to_bytes(body, CONTROL_BODY_MAX).await {
            Ok(body) => control::answer(hub, &parts, &body),
            Err(_) => Refusal::payload_too_large().into(),
        };
    }
    let body = axum::body::to_bytes(body, BODY_MAX).await;
    let path = parts.uri.path();
    let found = router::find(parts.method.as_str(), path);
    let template = found.as_ref().map_or(NO_ROUTE, |(route, _)| route.template);
    let line = Kept::of(line(hub, &parts, body.as_ref().ok()));
    let slot = lock(&hub.journal).arrived(line);
    let struck = lock(&hub.faults).strike(parts.method.as_str(), path, template);
    let answer = match body {
        Ok(body) => work(hub, wire, &parts, body, found, struck).await,
        Err(_) => Some(Refusal::payload_too_large().into()),
    };
    let status = answer.as_ref().map(|it| it.status.as_u16());
    let fault = struck.map(|(trouble, _)| trouble);
    lock(&hub.journal).answered(slot, template, status, fault, hub.clock.now().wall);
    // A cut connection carries nothing, so it does not matter what is returned for it.
    let answer = finish(answer.unwrap_or_else(Answer::no_content));
    let ahead_s = lock(&hub.tenant).switches.clock_ahead_s;
    if ahead_s == 0 { answer } else { answer.with_header("date", hub.clock.now().wall.http_date(ahead_s)) }
}

fn line(hub: &Hub, parts: &Parts, body: Option<&Bytes>) -> JournalLine {
    let correlation_id = parts.headers.get("x-correlation-id").and_then(|it| it.to_str().ok());
    JournalLine {
        at: hub.clock.now().wall,
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path_and_query().map_or("/", |it| it.as_str()).to_owned(),
        status: None,
        ms: 0,
        correlation_id: correlation_id.map(str::to_owned),
        body: body.and_then(|it| redacted(&parts.headers, it)),
        fault: None,
    }
}

type Found = Option<(&'static Route, Vec<String>)>;

/// `None` when the connection is cut.
async fn work(
    hub: &Hub,
    wire: &Wire,
    parts: &Parts,
    body: Bytes,
    found: Found,
    struck: Option<(Trouble, u64)>,
) -> Option<Answer> {
    let conditions = *lock(&hub.conditions);
    let wait = hub.dice.wait(&conditions) + Duration::from_millis(struck.map_or(0, |(_, ms)| ms));
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    match struck.map(|(trouble, _)| trouble) {
        None | Some(Trouble::Delay) => Some(dispatch(hub, parts, body, found)),
        Some(Trouble::Reset) => {
            wire.cut();
            None
        }
        Some(Trouble::Truncate) => Some(dispatch(hub, parts, body, found).halved()),
        Some(Trouble::LostAnswer) => {
            dispatch(hub, parts, body, found);
            wire.cut();
            None
        }
        Some(Trouble::TooManyRequests) => {
            let group = found.map_or(Group::Unlimited, |(route, _)| route.group);
            let tenant = lock(&hub.tenant);
            Some(lock(&hub.limits).pretend(group, &tenant.switches, hub.clock.now()))
        }
        Some(Trouble::ServerError) => Some(Refusal::server_error().into()),
        Some(Trouble::Garbage) => Some(Answer::text(
            "text/html; charset=utf-8",
            "<html><body>Sorry, something went wrong.</body></html>",
        )),
    }
}

fn dispatch(hub: &Hub, parts: &Parts, body: Bytes, found: Found) -> Answer {
    let Some((route, params)) = found else { return Refusal::no_such_path().into() };
    let now = hub.clock.now();
    let mut tenant = lock(&hub.tenant);
    let verdict = lock(&hub.limits).judge(route.group, &tenant.switches, now);
    if let Verdict::Refused { standing, message } = verdict {
        return standing.refuse(&message, &tenant.switches);
    }
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    let origin = origin(&parts.headers).unwrap_or_else(|| hub.origin.clone());
    let headers = parts.headers.clone();
    let mut call = Call { params, query, headers, body, origin, grant: Grant::default(), now };
    let answer = match handle(&mut tenant, route, &mut call) {
        Ok(answer) => {
            written(hub, &mut tenant, route, parts, &call, answer.status);
            answer
        }
        Err(refusal) => refusal.into(),
    };
    match verdict {
        Verdict::Admitted(standing) => standing.mark(answer),
        Verdict::Unlimited | Verdict::Refused { .. } => answer,
    }
}

fn handle(tenant: &mut Tenant, route: &Route, call: &mut Call) -> Result<Answer, Refusal> {
    match route.access {
        Access::Open => {}
        Access::Scopes(_) => call.grant = tenant.tokens.bearer(&call.headers, call.now.wall)?,
    }
    route.access.check(&call.grant)?;
    (route.handler)(tenant, call)
}

/// A write is logged by the tenant, and the state file has to follow.
fn written(hub: &Hub, tenant: &mut Tenant, route: &Route, parts: &Parts, call: &Call, status: StatusCode) {
    if !route.title.is_empty() {
        let write = Write { title: route.title, method: route.method, path: parts.uri.path(), status };
        tenant.logs.record(call, &write);
    }
    if !route.title.is_empty() || matches!(route.access, Access::Open) {
        hub.unsaved.mark();
    }
}

/// How the caller reached us.
fn origin(headers: &HeaderMap) -> Option<String> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    Some(format!("http://{host}"))
}

/// What every answer of Auth0 carries.
fn finish(answer: Answer) -> Answer {
    answer
        .with_header("cache-control", "no-cache".to_owned())
        .with_header("ot-baggage-auth0-request-id", ids::secret(16).to_lowercase())
}
