//! Refusals in Auth0's words, in one place so that they can be held against the recordings.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::answer::Answer;

/// An error answer: Management-shaped (`statusCode`, `error`, `message`, sometimes `errorCode`) or, from the
/// Authentication API, OAuth-shaped (`error`, `error_description`).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    status: StatusCode,
    body: Value,
    challenge: Option<String>,
}

impl Refusal {
    /// A Management error without `errorCode`, as roles and some others have it.
    pub(crate) fn bare(status: StatusCode, message: &str) -> Self {
        let error = status.canonical_reason().unwrap_or("Error");
        let body = json!({"statusCode": status.as_u16(), "error": error, "message": message});
        Self { status, body, challenge: None }
    }

    pub(crate) fn coded(status: StatusCode, message: &str, code: &str) -> Self {
        Self::bare(status, message).with_code(code)
    }

    pub(crate) fn bad_request(message: &str, code: &str) -> Self {
        Self::coded(StatusCode::BAD_REQUEST, message, code)
    }

    pub(crate) fn invalid_body(message: &str) -> Self {
        Self::bad_request(message, "invalid_body")
    }

    pub(crate) fn oauth(status: StatusCode, error: &str, description: &str) -> Self {
        let body = json!({"error": error, "error_description": description});
        Self { status, body, challenge: None }
    }

    /// What the web framework answers where no route is.
    pub(crate) fn no_such_path() -> Self {
        Self::bare(StatusCode::NOT_FOUND, "Not Found")
    }

    pub(crate) fn no_such_user() -> Self {
        Self::coded(StatusCode::NOT_FOUND, "The user does not exist.", "inexistent_user")
    }

    pub(crate) fn no_such_role() -> Self {
        Self::bare(StatusCode::NOT_FOUND, "The role does not exist.")
    }

    pub(crate) fn no_such_job() -> Self {
        Self::coded(StatusCode::NOT_FOUND, "The job does not exist", "inexistent_job")
    }

    pub(crate) fn missing_authentication() -> Self {
        let mut refusal = Self::bare(StatusCode::UNAUTHORIZED, "Missing authentication");
        refusal.challenge = Some("Bearer".to_owned());
        refusal
    }

    /// A token that is not accepted: the reason stands in the message, in `attributes` and in the challenge.
    pub(crate) fn unauthorized(reason: &str) -> Self {
        let mut refusal = Self::bare(StatusCode::UNAUTHORIZED, reason);
        refusal.body["attributes"] = json!({"error": reason});
        refusal.challenge = Some(format!("Bearer error=\"{reason}\""));
        refusal
    }

    pub(crate) fn insufficient_scope(expected: &str) -> Self {
        let message = format!("Insufficient scope, expected {expected}");
        Self::coded(StatusCode::FORBIDDEN, &message, "insufficient_scope")
    }

    pub(crate) fn not_in_plan() -> Self {
        let message = "This feature is not enabled for this tenant.";
        Self::coded(StatusCode::FORBIDDEN, message, "insufficient_entitlement")
    }

    pub(crate) fn paging_ceiling() -> Self {
        let message = "You can only page through the first 1000 records. \
                       See https://auth0.com/docs/users/search/v3/view-search-results-by-page#limitation";
        Self::bad_request(message, "invalid_paging")
    }

    pub(crate) fn too_many_requests(message: &str) -> Self {
        Self::coded(StatusCode::TOO_MANY_REQUESTS, message, "too_many_requests")
    }

    pub(crate) fn server_error() -> Self {
        Self::bare(StatusCode::INTERNAL_SERVER_ERROR, "An internal server error occurred")
    }

    pub(crate) fn payload_too_large() -> Self {
        let message = "Payload content length greater than maximum allowed: 1048576";
        let mut refusal = Self::bare(StatusCode::PAYLOAD_TOO_LARGE, message);
        refusal.body["error"] = json!("Request Entity Too Large");
        refusal
    }

    pub(crate) fn with_code(mut self, code: &str) -> Self {
        self.body["errorCode"] = json!(code);
        self
    }

    pub(crate) fn with_uri(mut self, uri: &str) -> Self {
        self.body["error_uri"] = json!(uri);
        self
    }

    #[cfg(test)]
    pub(crate) fn message(&self) -> &str {
        self.body["message"].as_str().or_else(|| self.body["error_description"].as_str()).unwrap_or_default()
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        let Refusal { status, body, challenge } = refusal;
        let answer = Self::json(status, &body);
        match challenge {
            Some(challenge) => answer.with_header("www-authenticate", challenge),
            None => answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_that_is_not_there_has_no_error_code() {
        let expected =
            json!({"statusCode": 404, "error": "Not Found", "message": "The role does not exist."});
        assert_eq!(Refusal::no_such_role().body, expected);
    }

    #[test]
    fn a_bad_token_is_named_three_times() {
        let refusal = Refusal::unauthorized("Invalid token");
        assert_eq!(refusal.body["attributes"]["error"], "Invalid token");
        assert_eq!(refusal.challenge.as_deref(), Some("Bearer error=\"Invalid token\""));
    }
}
