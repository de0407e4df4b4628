//! `POST /jobs/users-exports`, and the signed link to the file.

use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::{
    answer::Answer,
    call::Call,
    clock::Timestamp,
    error::Refusal,
    ids,
    jobs::{
        Job, Work,
        file::{self, Column, Shape},
    },
    state::Connection,
    switches::{ExportEnd, ExportStore},
    tenant::Tenant,
    users::record::Record,
    validate::{Extras, Format, Kind, Property, Schema, formatted},
};

/// What a spreadsheet takes.
const CSV_COLUMNS_MAX: usize = 30;

/// An export: who is in it is settled when it is asked for.
#[derive(Debug)]
pub(crate) struct Export {
    request: Map<String, Value>,
    connection: Option<String>,
    users: Arc<[Arc<Record>]>,
    shape: Shape,
    asked_at: Timestamp,
    done_at: Timestamp,
    end: ExportEnd,
    /// The links that were given out: signature and end.
    links: Vec<(String, Timestamp)>,
}

impl Export {
    pub(super) fn is_done(&self, now: Timestamp) -> bool {
        self.done_at <= now
    }

    /// Where the job stands; it fails when it would have been done.
    pub(super) fn status(&self, now: Timestamp) -> &'static str {
        match self.end {
            _ if !self.is_done(now) => "pending",
            ExportEnd::Completes => "completed",
            ExportEnd::Fails => "failed",
        }
    }

    /// The job as it is shown: what was asked for comes back.
    fn describe(&self, mut view: Value) -> Value {
        for key in ["connection_id", "format", "limit", "fields"] {
            if let Some(value) = self.request.get(key) {
                view[key] = value.clone();
            }
        }
        view["connection"] = json!(self.connection.clone().unwrap_or_default());
        view
    }

    /// The job and how far it has come. Each reading of a completed one gives another link.
    pub(super) fn report(&mut self, view: Value, call: &Call, link_ms: u64) -> Value {
        let mut view = self.describe(view);
        let now = call.now.wall;
        match (self.is_done(now), self.end) {
            (false, ExportEnd::Completes | ExportEnd::Fails) => {
                let (passed, whole) =
                    (now.millis() - self.asked_at.millis(), self.done_at.millis() - self.asked_at.millis());
                view["percentage_done"] = json!(passed * 100 / whole.max(1));
                view["time_left_seconds"] = json!((whole - passed + 999) / 1000);
            }
            (true, ExportEnd::Completes) => {
                view["percentage_done"] = json!(100);
                view["location"] = json!(self.fresh_link(call, link_ms));
            }
            (true, ExportEnd::Fails) => view["status_details"] = json!("The export could not be completed."),
        }
        view
    }

    fn fresh_link(&mut self, call: &Call, link_ms: u64) -> String {
        let link_ms = i64::try_from(link_ms).unwrap_or(i64::MAX);
        let (expires, signature) = (call.now.wall.plus_millis(link_ms), ids::secret(40));
        self.links.retain(|(_, until)| *until > call.now.wall);
        self.links.push((signature.clone(), expires));
        let extension = self.shape.extension();
        let seconds = expires.millis() / 1000;
        format!(
            "{}/exports/{}/tenant.{extension}.gz?Expires={seconds}&Signature={signature}",
            call.origin,
            call.id()
        )
    }
}

/// `POST /jobs/users-exports`: 200, and a job that takes its time.
pub(crate) fn create(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let body = schema().check(call.json()?)?;
    let connection = connection(tenant, &body)?;
    let shape = shape(&body)?;
    refuse_too_many(tenant, call)?;
    let users = users(tenant, call, connection.as_deref(), &body);
    let id = tenant.ids.prefixed("job_");
    let done_at = call.now.wall.plus_millis(i64::try_from(tenant.switches.export_ms).unwrap_or(i64::MAX));
    let (asked_at, end) = (call.now.wall, tenant.switches.export_end);
    let export =
        Export { request: body, connection, users, shape, asked_at, done_at, end, links: Vec::new() };
    let job = Job { id: id.clone(), created_at: asked_at, work: Work::Export(export) };
    let mut view = job.view("pending");
    if let Work::Export(export) = &job.work {
        view = export.describe(view);
    }
    tenant.jobs.retain(|_, it| it.is_kept(asked_at));
    tenant.jobs.insert(id, job);
    Ok(Answer::ok(&view))
}

fn schema() -> Schema {
    let any = Kind::Text { min: 0, max: 100, format: None };
    let properties = vec![
        Property::new(
            "connection_id",
            formatted(20, Format::ConnectionId),
            "connection_id of the connection from which users will be exported",
        ),
        Property::new("format", any, "Format of the file. Must be `json` or `csv`"),
        Property::new("limit", Kind::Integer { min: 1 }, "Limit the number of records"),
        Property::new("fields", Kind::Objects, "List of fields to be included in the CSV"),
    ];
    Schema { required: &[], properties, extras: Extras::Refused }
}

fn connection(tenant: &Tenant, body: &Map<String, Value>) -> Result<Option<String>, Refusal> {
    let Some(id) = body.get("connection_id").and_then(Value::as_str) else { return Ok(None) };
    let missing = || Refusal::bad_request("The connection does not exist.", "inexistent_connection");
    tenant.connections.with_id(id).map(|it: &Connection| Some(it.name.clone())).ok_or_else(missing)
}

fn shape(body: &Map<String, Value>) -> Result<Shape, Refusal> {
    let invalid = |why: &str, on: &str| {
        Refusal::invalid_body(&format!("Payload validation error: '{why}' on property {on}."))
    };
    let fields = body.get("fields").and_then(Value::as_array);
    let columns = match fields {
        Some(fields) => fields.iter().map(Column::read).collect::<Option<Vec<Column>>>(),
        None => Some(Column::defaults()),
    };
    let columns = columns.ok_or_else(|| invalid("Missing required property: name", "fields"))?;
    match body.get("format").and_then(Value::as_str) {
        Some("json") => Ok(Shape::json(columns)),
        None | Some("csv") if columns.len() > CSV_COLUMNS_MAX => {
            Err(invalid(&format!("Array is too long ({}), maximum 30", columns.len()), "fields"))
        }
        None | Some("csv") => Ok(Shape::Csv(columns)),
        Some(other) => Err(invalid(&format!("No enum match for: {other}"), "format")),
    }
}

fn refuse_too_many(tenant: &Tenant, call: &Call) -> Result<(), Refusal> {
    let is_running = |it: &&Job| matches!(&it.work, Work::Export(export) if !export.is_done(call.now.wall));
    let running = tenant.jobs.values().filter(is_running).count();
    if tenant.switches.exports_max.is_none_or(|most| running < most) {
        return Ok(());
    }
    let message = format!(
        "There are {running} active export users jobs, please wait until some of them are finished and try again"
    );
    Err(Refusal::bare(StatusCode::TOO_MANY_REQUESTS, &message))
}

/// Those who are in it, in no order unless only so many of the oldest are.
fn users(
    tenant: &mut Tenant,
    call: &Call,
    connection: Option<&str>,
    body: &Map<String, Value>,
) -> Arc<[Arc<Record>]> {
    let limit = body.get("limit").and_then(Value::as_u64).and_then(|it| usize::try_from(it).ok());
    let wanted = |it: &&Arc<Record>| {
        connection.is_none_or(|name| it.identities.iter().any(|it| it.connection == name))
    };
    let mut users: Vec<Arc<Record>> = match tenant.switches.export_store {
        ExportStore::Primary => tenant.users.all().filter(wanted).cloned().collect(),
        ExportStore::Search => tenant.users.searchable(call.now).all().filter(wanted).cloned().collect(),
    };
    if let Some(limit) = limit {
        users.sort_by(|a, b| (a.created_at, &a.user_id).cmp(&(b.created_at, &b.user_id)));
        users.truncate(limit);
    }
    users.into()
}

/// `GET /exports/{id}/…`: what the link leads to. No token, but a signature, and 60 seconds unless switched.
pub(crate) fn download(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let denied = || Refusal::bare(StatusCode::FORBIDDEN, "Access denied");
    let Some(Job { work: Work::Export(export), .. }) = tenant.jobs.get(call.id()) else {
        return Err(denied());
    };
    let signature = call.query.get("Signature").unwrap_or_default();
    if !export.links.iter().any(|(it, until)| it == signature && *until > call.now.wall) {
        return Err(denied());
    }
    let (users, shape) = (Arc::clone(&export.users), export.shape.clone());
    // The file is made after the tenant is let go: it may hold a hundred thousand people.
    Ok(Answer::later("application/gzip", Box::new(move || file::gzip(&users, &shape))))
}
