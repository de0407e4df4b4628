//! One request as its handler sees it.

use axum::{
    body::Bytes,
    http::{HeaderMap, header},
};
use serde_json::{Map, Value};

use crate::{clock::Moment, error::Refusal, params::Query, tokens::Grant};

/// A request that has passed the gate: its route is found, its token checked, its body read.
#[derive(Debug)]
pub(crate) struct Call {
    /// The decoded variable segments of the path, in order.
    pub(crate) params: Vec<String>,
    pub(crate) query: Query,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// How the caller reached us, e.g. `http://127.0.0.1:4010`; links are built on it.
    pub(crate) origin: String,
    pub(crate) grant: Grant,
    pub(crate) now: Moment,
}

impl Call {
    /// The path's first variable segment: the id of the thing that the call is about.
    pub(crate) fn id(&self) -> &str {
        self.params.first().map_or("", String::as_str)
    }

    /// The body as a JSON value: JSON, or a form whose values are then all strings.
    pub(crate) fn json(&self) -> Result<Value, Refusal> {
        read_body(&self.headers, &self.body)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|it| it.to_str().ok())
    }
}

/// Reads JSON or a form. An absent body is an empty object, as the SDKs send none where nothing is required.
pub(crate) fn read_body(headers: &HeaderMap, body: &Bytes) -> Result<Value, Refusal> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/x-www-form-urlencoded") {
        return Ok(form(body));
    }
    serde_json::from_slice(body).map_err(|_| {
        Refusal::bare(axum::http::StatusCode::BAD_REQUEST, "Invalid request payload JSON format")
    })
}

/// A form has no types, so `true` and `false` are taken as such: otherwise no flag could be sent in one.
fn form(body: &[u8]) -> Value {
    let pairs = url::form_urlencoded::parse(body).map(|(key, value)| {
        let value = match &*value {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => Value::String(value.into_owned()),
        };
        (key.into_owned(), value)
    });
    Value::Object(pairs.collect())
}
