//! The tenant's log: an event for each write over the Management API.

use std::collections::VecDeque;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    answer::Answer,
    call::Call,
    clock::Timestamp,
    error::Refusal,
    params::{Fields, Page},
    tenant::Tenant,
};

/// Older events are dropped, as retention does at Auth0.
const KEPT: usize = 10_000;
/// How far a search reaches.
const CEILING: u64 = 1000;

/// The newest events, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Logs {
    events: VecDeque<Event>,
    written: u64,
}

#[derive(Debug, Clone)]
struct Event {
    log_id: String,
    at: Timestamp,
    title: &'static str,
    method: String,
    path: String,
    status: u16,
    client_id: String,
    user_id: Option<String>,
    correlation_id: Option<String>,
}

/// What the log remembers of a write. Bodies are left out: they hold people's data.
pub(crate) struct Write<'a> {
    pub(crate) title: &'static str,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) status: StatusCode,
}

impl Logs {
    pub(crate) fn record(&mut self, call: &Call, write: &Write<'_>) {
        self.written += 1;
        let at = call.now.wall;
        let digits: String = at.to_string().chars().filter(char::is_ascii_digit).collect();
        // As real ones: 900, the time, and a number that only grows.
        let log_id = format!("900{digits}{:036}", self.written);
        let is_user = call.id().contains('|');
        self.events.push_back(Event {
            log_id,
            at,
            title: write.title,
            method: write.method.to_lowercase(),
            path: write.path.to_owned(),
            status: write.status.as_u16(),
            client_id: call.grant.client_id.clone(),
            user_id: is_user.then(|| call.id().to_owned()),
            // Auth0 keeps the first 64 characters.
            correlation_id: call.header("x-correlation-id").map(|it| it.chars().take(64).collect()),
        });
        while self.events.len() > KEPT {
            self.events.pop_front();
        }
    }
}

impl Event {
    fn view(&self) -> Value {
        let mut view = json!({
            "_id": self.log_id,
            "log_id": self.log_id,
            "date": self.at,
            "type": "sapi",
            "description": self.title,
            "connection": null,
            "connection_id": null,
            "organization_id": null,
            "organization_name": null,
            "client_id": self.client_id,
            "client_name": "",
            "ip": "127.0.0.1",
            "hostname": null,
            "details": {
                "request": {
                    "auth": {"credentials": {}, "strategy": "jwt", "user": {}},
                    "body": {},
                    "channel": "api",
                    "ip": "127.0.0.1",
                    "method": self.method,
                    "path": self.path,
                    "query": {},
                    "userAgent": "",
                },
                "response": {"statusCode": self.status, "body": {}},
            },
            "user_id": self.user_id,
            "user_name": null,
            "user_agent": "Other 0.0.0 / Other 0.0.0",
            "audience": null,
            "strategy": null,
            "strategy_type": null,
            "isMobile": false,
            "location_info": null,
        });
        if let Some(correlation_id) = &self.correlation_id {
            view["references"] = json!({"correlation_id": correlation_id});
        }
        view
    }
}

/// `GET /logs`: by checkpoint (`from`, `take`) oldest first, else a page of the newest.
pub(crate) fn list(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let fields = Fields::read(&call.query)?;
    let events = &tenant.logs.events;
    if call.query.get("from").is_some() || call.query.get("take").is_some() {
        let take = call.query.integer("take", (0, 100), "Number of entries to retrieve")?.unwrap_or(50);
        let take = usize::try_from(take).expect("at most 100");
        let from = call.query.get("from").unwrap_or_default();
        let after: Vec<&Event> = events.iter().filter(|it| it.log_id.as_str() > from).take(take).collect();
        let next = after.last().map_or(from, |it| it.log_id.as_str());
        // An empty page repeats its link, so that it can be polled.
        let link = format!("<{}/api/v2/logs?from={next}&take={take}>; rel=\"next\"", call.origin);
        let views: Vec<Value> = after.into_iter().map(|it| fields.cut(it.view())).collect();
        return Ok(Answer::ok(&views).with_header("link", link));
    }
    page(call, events.iter().rev(), &fields)
}

/// `GET /users/{id}/logs`
pub(crate) fn of_user(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let events = tenant.logs.events.iter().rev().filter(|it| it.user_id.as_deref() == Some(call.id()));
    page(call, events, &Fields::default())
}

fn page<'a>(
    call: &Call,
    events: impl Iterator<Item = &'a Event>,
    fields: &Fields,
) -> Result<Answer, Refusal> {
    let page = Page::read(&call.query, 0, 100, 50)?;
    if page.is_beyond(CEILING) {
        return Err(Refusal::paging_ceiling());
    }
    let shown: Vec<&Event> = page.slice(events.collect());
    let views: Vec<Value> = shown.into_iter().map(|it| fields.cut(it.view())).collect();
    let length = views.len();
    let mut answer = page.wrap("logs", views, length);
    if page.totals {
        answer["length"] = json!(length);
    }
    Ok(Answer::ok(&answer))
}

/// `GET /logs/{id}`
pub(crate) fn get(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let event = tenant.logs.events.iter().find(|it| it.log_id == call.id());
    let none = || Refusal::bare(StatusCode::NOT_FOUND, "Log not found.");
    Ok(Answer::ok(&event.ok_or_else(none)?.view()))
}
