//! What went wrong, as a caller reads it: `application/problem+json` (RFC 9457).

use std::collections::BTreeSet;
use std::fmt;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use diff::{PlanId, UserId};
use serde::Serialize;
use utoipa::ToSchema;

/// What kind of thing went wrong. The word of each is a part of the API and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nobody said who asks, or said it in a way that proves nothing.
    Unauthenticated,
    /// Whoever asks may not do this.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// The path is there, and not with this method.
    Method,
    /// The request makes no sense.
    BadRequest,
    /// The body is larger than is read.
    TooLarge,
    /// The body is not JSON.
    MediaType,
    /// More than one account may be this person's: a person must say which.
    Ambiguous,
    /// What is there stands against it.
    Conflict,
    /// Somebody else is at it right now.
    Busy,
    /// The row does not say what an account needs.
    Unfit,
    /// The key was used for another request.
    KeyReused,
    /// Too many failed attempts from this address.
    TooManyAttempts,
    /// The tenant's rate limit is used up.
    TenantLimit,
    /// The tenant refuses what we ask of it: our configuration or its, and no caller can mend it.
    TenantRefuses,
    /// A limit of the policy, or a table that looks wrong, stands against it.
    LimitExceeded,
    /// Something that we need does not answer.
    Unavailable,
    /// It took too long.
    Timeout,
    /// A fault of ours.
    Internal,
}

impl Kind {
    fn parts(self) -> (&'static str, &'static str, StatusCode) {
        match self {
            Self::Unauthenticated => ("unauthenticated", "Say who you are", StatusCode::UNAUTHORIZED),
            Self::Forbidden => ("forbidden", "Not allowed", StatusCode::FORBIDDEN),
            Self::NotFound => ("not-found", "Not found", StatusCode::NOT_FOUND),
            Self::Method => ("method-not-allowed", "Method not allowed", StatusCode::METHOD_NOT_ALLOWED),
            Self::BadRequest => ("bad-request", "The request makes no sense", StatusCode::BAD_REQUEST),
            Self::TooLarge => ("too-large", "The body is too large", StatusCode::PAYLOAD_TOO_LARGE),
            Self::MediaType => ("media-type", "Send JSON", StatusCode::UNSUPPORTED_MEDIA_TYPE),
            Self::Ambiguous => ("ambiguous", "A person must say whose account it is", StatusCode::CONFLICT),
            Self::Conflict => ("conflict", "It cannot be done as things stand", StatusCode::CONFLICT),
            Self::Busy => ("busy", "Somebody else is at it", StatusCode::CONFLICT),
            Self::Unfit => ("unfit", "The row is not fit for it", StatusCode::UNPROCESSABLE_ENTITY),
            Self::KeyReused => {
                ("idempotency-key-reused", "The key was used before", StatusCode::UNPROCESSABLE_ENTITY)
            }
            Self::TooManyAttempts => {
                ("too-many-attempts", "Too many failed attempts", StatusCode::TOO_MANY_REQUESTS)
            }
            Self::TenantLimit => {
                ("tenant-limit", "Auth0's rate limit is used up", StatusCode::TOO_MANY_REQUESTS)
            }
            Self::TenantRefuses => ("tenant-refuses", "Auth0 refuses it", StatusCode::BAD_GATEWAY),
            Self::LimitExceeded => ("limit-exceeded", "A limit stands against it", StatusCode::CONFLICT),
            Self::Unavailable => ("unavailable", "Not available", StatusCode::SERVICE_UNAVAILABLE),
            Self::Timeout => ("timeout", "It took too long", StatusCode::GATEWAY_TIMEOUT),
            Self::Internal => ("internal", "A fault of ours", StatusCode::INTERNAL_SERVER_ERROR),
        }
    }

    /// All of them, for the document of the API.
    pub(crate) const ALL: [Self; 19] = [
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::Method,
        Self::BadRequest,
        Self::TooLarge,
        Self::MediaType,
        Self::Ambiguous,
        Self::Conflict,
        Self::Busy,
        Self::Unfit,
        Self::KeyReused,
        Self::TooManyAttempts,
        Self::TenantLimit,
        Self::TenantRefuses,
        Self::LimitExceeded,
        Self::Unavailable,
        Self::Timeout,
        Self::Internal,
    ];

    /// What stands under `type`.
    pub(crate) fn urn(self) -> String {
        format!("urn:rollcall:problem:{}", self.parts().0)
    }

    pub(crate) fn status(self) -> StatusCode {
        self.parts().2
    }
}

/// What went wrong.
#[derive(Debug)]
pub(crate) struct Problem {
    kind: Kind,
    /// Boxed, because every answer has room for one.
    said: Box<Said>,
    /// In so many seconds another try makes sense.
    retry_after: Option<u64>,
}

#[derive(Debug, Default)]
struct Said {
    detail: String,
    next: Option<String>,
    candidates: BTreeSet<UserId>,
    fields: Vec<UnfitField>,
    plan: Option<PlanId>,
}

/// What is wrong with a field of the row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct UnfitField {
    /// The column.
    pub(crate) field: String,
    /// What is wrong with it.
    pub(crate) problem: String,
}

/// The body.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Body {
    /// Names the kind of problem: `urn:rollcall:problem:` and a word that never changes.
    #[serde(rename = "type")]
    kind: String,
    /// The kind in words.
    title: &'static str,
    /// The status of the answer.
    status: u16,
    /// What happened here.
    detail: String,
    /// What to do now.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// Users one of whom may be the person's own.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    #[schema(value_type = Vec<String>)]
    candidates: BTreeSet<UserId>,
    /// What is wrong with the row.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<UnfitField>,
    /// The plan that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    plan: Option<PlanId>,
}

impl Problem {
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let said = Said { detail: detail.into(), ..Said::default() };
        Self { kind, said: Box::new(said), retry_after: None }
    }

    /// Whether nobody knows who asks.
    pub(crate) fn is_unauthenticated(&self) -> bool {
        self.kind == Kind::Unauthenticated
    }

    /// What to do now.
    pub(crate) fn next(mut self, next: impl Into<String>) -> Self {
        self.said.next = Some(next.into());
        self
    }

    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds.max(1));
        self
    }

    pub(crate) fn candidates(mut self, candidates: BTreeSet<UserId>) -> Self {
        self.said.candidates = candidates;
        self
    }

    pub(crate) fn fields(mut self, fields: Vec<UnfitField>) -> Self {
        self.said.fields = fields;
        self
    }

    pub(crate) fn plan(mut self, plan: PlanId) -> Self {
        self.said.plan = Some(plan);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.parts().1, self.said.detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (_, title, status) = self.kind.parts();
        let Said { detail, next, candidates, fields, plan } = *self.said;
        if status.is_server_error() {
            tracing::warn!(%status, detail, "a request failed");
        }
        let kind = self.kind.urn();
        let body = Body { kind, title, status: status.as_u16(), detail, next, candidates, fields, plan };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
