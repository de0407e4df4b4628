//! What goes back over the wire, before it is an HTTP response.

use std::fmt;

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
};
use serde::Serialize;

/// An answer that is still plain data, so that the journal can look at it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    content_type: Option<&'static str>,
    body: Payload,
    headers: Vec<(&'static str, String)>,
}

/// A body, or how to make it once nobody else has to wait for it.
enum Payload {
    Ready(Vec<u8>),
    Later(Maker),
}

/// Makes a body that takes time.
pub(crate) type Maker = Box<dyn FnOnce() -> Vec<u8> + Send>;

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Later(_) => f.write_str("made later"),
        }
    }
}

impl Answer {
    pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).expect("our own documents have string keys and no failing parts");
        Self::rendered(body).with_status(status)
    }

    /// 200 with what is JSON already.
    pub(crate) fn rendered(json: Vec<u8>) -> Self {
        Self::bytes("application/json; charset=utf-8", json)
    }

    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn ok(body: &impl Serialize) -> Self {
        Self::json(StatusCode::OK, body)
    }

    pub(crate) fn no_content() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            content_type: None,
            body: Payload::Ready(Vec::new()),
            headers: Vec::new(),
        }
    }

    pub(crate) fn bytes(content_type: &'static str, body: Vec<u8>) -> Self {
        Self {
            status: StatusCode::OK,
            content_type: Some(content_type),
            body: Payload::Ready(body),
            headers: Vec::new(),
        }
    }

    /// An answer whose body is made after the tenant's lock is released.
    pub(crate) fn later(content_type: &'static str, body: Maker) -> Self {
        let body = Payload::Later(body);
        Self { status: StatusCode::OK, content_type: Some(content_type), body, headers: Vec::new() }
    }

    pub(crate) fn text(content_type: &'static str, body: &str) -> Self {
        Self::bytes(content_type, body.as_bytes().to_vec())
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// With the first half of its body.
    pub(crate) fn halved(self) -> Self {
        let half = |mut body: Vec<u8>| {
            body.truncate(body.len() / 2);
            body
        };
        let body = match self.body {
            Payload::Ready(body) => Payload::Ready(half(body)),
            Payload::Later(make) => Payload::Later(Box::new(move || half(make()))),
        };
        Self { body, ..self }
    }

    pub(crate) async fn into_response(self) -> Response<Body> {
        let Self { status, content_type, body, headers } = self;
        let body = match body {
            Payload::Ready(body) => body,
            Payload::Later(make) => tokio::task::spawn_blocking(make).await.unwrap_or_default(),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = status;
        let map = response.headers_mut();
        if let Some(content_type) = content_type {
            map.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        for (name, value) in headers {
            // A value that HTTP cannot carry (a role's name in a message, say) is left out rather than failing.
            if let Ok(value) = HeaderValue::from_str(&value) {
                map.insert(HeaderName::from_static(name), value);
            }
        }
        response
    }
}
