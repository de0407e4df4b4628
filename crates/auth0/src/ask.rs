//! A request to Auth0, before there is a token for it.

use diff::Group;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde_json::Value;

use crate::error::Asked;
use crate::failure::Repeat;
use crate::pace::Lane;

/// What stands for itself in a path segment. User ids hold a `|`, and custom ones may hold a `/`.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What of a body may be shown again: it is configured, or says what kind of thing is asked for.
const PUBLIC: [&str; 7] = ["connection", "client_id", "audience", "grant_type", "roles", "users", "user_id"];

/// How much of a correlation id Auth0 keeps.
const CORRELATION_CHARS: usize = 64;

/// Everything about a request but the token. Its body may hold a password or the client secret, so that
/// it has no `Debug`; [`Ask::name`] is what errors and logs show.
pub(crate) struct Ask {
    pub(crate) method: Method,
    /// Encoded, from the root of the domain.
    pub(crate) path: String,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
    /// None for the token itself, which nothing may hold up.
    pub(crate) lane: Option<Lane>,
    pub(crate) repeat: Repeat,
    pub(crate) correlation_id: Option<String>,
    name: String,
}

impl Ask {
    /// A request of the Management API. Each segment is one, whatever characters it has.
    pub(crate) fn management(method: Method, group: Group, segments: &[&str]) -> Self {
        let repeat = if method == Method::GET { Repeat::Safe } else { Repeat::OnlyIfNotDone };
        let encoded = segments.iter().map(|it| format!("/{}", utf8_percent_encode(it, SEGMENT)));
        Self {
            path: format!("/api/v2{}", encoded.collect::<String>()),
            name: format!("{method} /{}", segments.join("/")),
            method,
            query: Vec::new(),
            body: None,
            lane: Some(Lane::Management(group)),
            repeat,
            correlation_id: None,
        }
    }

    /// A request of the Authentication API, which needs no token.
    pub(crate) fn authentication(path: &'static str, lane: Option<Lane>, body: Value) -> Self {
        Self {
            method: Method::POST,
            path: path.to_owned(),
            query: Vec::new(),
            body: Some(body),
            lane,
            repeat: Repeat::OnlyIfNotDone,
            correlation_id: None,
            name: format!("POST {path}"),
        }
    }

    pub(crate) fn get(group: Group, segments: &[&str]) -> Self {
        Self::management(Method::GET, group, segments)
    }

    pub(crate) fn query(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.query.push((key, value.into()));
        self
    }

    pub(crate) fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    pub(crate) fn repeat(mut self, repeat: Repeat) -> Self {
        self.repeat = repeat;
        self
    }

    pub(crate) fn correlation_id(mut self, id: &str) -> Self {
        self.correlation_id = Some(id.chars().take(CORRELATION_CHARS).collect());
        self
    }

    /// The group whose bucket it draws from.
    pub(crate) fn group(&self) -> Option<Group> {
        match self.lane {
            Some(Lane::Management(group)) => Some(group),
            Some(Lane::Authentication) | None => None,
        }
    }

    /// Whether it goes with a token.
    pub(crate) fn needs_token(&self) -> bool {
        self.group().is_some()
    }

    /// The texts that are sent and must not come back in an error: passwords, secrets, names, addresses.
    pub(crate) fn private(&self) -> Vec<&str> {
        let mut found = Vec::new();
        for (key, value) in self.body.iter().filter_map(Value::as_object).flatten() {
            if !PUBLIC.contains(&key.as_str()) {
                texts(value, &mut found);
            }
        }
        found.extend(self.query.iter().filter(|(key, _)| *key == "email").map(|(_, it)| it.as_str()));
        found
    }

    /// Method and path, ids in it, without the query, which may hold an address.
    pub(crate) fn name(&self) -> Asked {
        Asked(self.name.clone())
    }
}

fn texts<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(items) => items.iter().for_each(|it| texts(it, found)),
        Value::Object(fields) => fields.values().for_each(|it| texts(it, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_segments_are_encoded_and_shown_plainly() {
        let ask = Ask::get(Group::ReadUsers, &["users", "auth0|a/b?c#é"]).query("email", "jo@example.com");
        assert_eq!(ask.path, "/api/v2/users/auth0%7Ca%2Fb%3Fc%23%C3%A9");
        assert_eq!(ask.name().to_string(), "GET /users/auth0|a/b?c#é");
    }

    #[test]
    fn what_is_sent_about_somebody_is_private_and_what_is_configured_is_not() {
        let body = serde_json::json!({
            "connection": "Staff", "password": "p4ss", "verify_email": false,
            "user_metadata": { "department": "Sales", "desk": "4b", "tags": ["left-handed"] },
        });
        let ask = Ask::get(Group::ReadUsers, &["users"]).query("email", "jo@example.com").body(body);
        assert_eq!(ask.private(), ["p4ss", "Sales", "4b", "left-handed", "jo@example.com"]);
    }

    #[test]
    fn a_correlation_id_is_cut_to_what_is_kept() {
        let ask = Ask::get(Group::Other, &["roles"]).correlation_id(&"x".repeat(100));
        assert_eq!(ask.correlation_id.unwrap().len(), 64);
    }
}
