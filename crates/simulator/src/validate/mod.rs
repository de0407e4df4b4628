//! Request bodies against a small schema, with the wording of the validator that Auth0 uses.
//!
//! Every failure is reported, joined by ` (also) `, as real tenants do.

mod format;

use serde_json::{Map, Value};

use crate::error::Refusal;

pub(crate) use format::Format;

/// What an object may hold.
#[derive(Debug)]
pub(crate) struct Schema {
    pub(crate) required: &'static [&'static str],
    pub(crate) properties: Vec<Property>,
    pub(crate) extras: Extras,
}

/// What happens to a key that the schema does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extras {
    /// It is let pass and has no effect.
    Ignored,
    Refused,
    /// Refused, with the advice that users get.
    RefusedForUsers,
}

#[derive(Debug)]
pub(crate) struct Property {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) nullable: bool,
    /// The description from Auth0's document, without the full stop at its end.
    pub(crate) about: &'static str,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Flag,
    Integer {
        min: u64,
    },
    Object,
    /// An array of objects, whose own keys are not checked.
    Objects,
    Text {
        min: usize,
        max: usize,
        format: Option<Format>,
    },
    Texts {
        min_items: usize,
        max_items: usize,
    },
}

impl Property {
    pub(crate) const fn new(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self { name, kind, nullable: false, about }
    }

    pub(crate) const fn or_null(mut self) -> Self {
        self.nullable = true;
        self
    }
}

/// Text of one character or more.
pub(crate) const fn text(max: usize) -> Kind {
    Kind::Text { min: 1, max, format: None }
}

pub(crate) const fn formatted(max: usize, format: Format) -> Kind {
    Kind::Text { min: 0, max, format: Some(format) }
}

impl Schema {
    /// The object's keys, when all of them are as they should be.
    pub(crate) fn check(&self, body: Value) -> Result<Map<String, Value>, Refusal> {
        let Value::Object(map) = body else {
            let found = type_of(&body);
            return Err(refuse(&[format!("'Expected type object but found type {found}'.")]));
        };
        let mut failures = Vec::new();
        for name in self.required.iter().filter(|it| !map.contains_key(**it)) {
            failures.push(format!("'Missing required property: {name}'."));
        }
        failures.extend(self.unknown(&map));
        for property in &self.properties {
            if let Some(why) = map.get(property.name).and_then(|it| property.failure(it)) {
                failures.push(format!("'{why}' on property {} ({}).", property.name, property.about));
            }
        }
        if failures.is_empty() { Ok(map) } else { Err(refuse(&failures)) }
    }

    fn unknown(&self, map: &Map<String, Value>) -> Option<String> {
        let known = |name: &str| self.properties.iter().any(|it| it.name == name);
        let unknown: Vec<&str> = map.keys().map(String::as_str).filter(|it| !known(it)).collect();
        if unknown.is_empty() {
            return None;
        }
        let names = unknown.join(",");
        match self.extras {
            Extras::Ignored => None,
            Extras::Refused => Some(format!("'Additional properties not allowed: {names}'.")),
            Extras::RefusedForUsers => Some(format!(
                "'Additional properties not allowed: {names} (consider storing them in app_metadata or \
                 user_metadata. See \"Users Metadata\" in https://auth0.com/docs/api/v2/changes for more details)'."
            )),
        }
    }
}

fn refuse(failures: &[String]) -> Refusal {
    let messages: Vec<String> = failures.iter().map(|it| format!("Payload validation error: {it}")).collect();
    Refusal::invalid_body(&messages.join(" (also) "))
}

impl Property {
    fn failure(&self, value: &Value) -> Option<String> {
        if value.is_null() && self.nullable {
            return None;
        }
        match (self.kind, value) {
            (Kind::Flag, Value::Bool(_)) | (Kind::Object, Value::Object(_)) => None,
            (Kind::Integer { min }, Value::Number(number)) if number.is_i64() || number.is_u64() => {
                let low = number.as_u64().is_none_or(|it| it < min);
                low.then(|| format!("Value {number} is less than minimum {min}"))
            }
            (Kind::Objects, Value::Array(items)) => {
                items.iter().find(|it| !it.is_object()).map(|it| mismatch("object", it))
            }
            (Kind::Texts { min_items, max_items }, Value::Array(items)) => texts(items, min_items, max_items),
            (Kind::Text { min, max, format }, Value::String(text)) => text_failure(text, min, max, format),
            (kind, value) => Some(mismatch(&self.expected(kind), value)),
        }
    }

    fn expected(&self, kind: Kind) -> String {
        let name = match kind {
            Kind::Flag => "boolean",
            Kind::Integer { .. } => "integer",
            Kind::Object => "object",
            Kind::Objects | Kind::Texts { .. } => "array",
            Kind::Text { .. } => "string",
        };
        if self.nullable { format!("{name},null") } else { name.to_owned() }
    }
}

fn mismatch(expected: &str, value: &Value) -> String {
    format!("Expected type {expected} but found type {}", type_of(value))
}

fn texts(items: &[Value], min_items: usize, max_items: usize) -> Option<String> {
    let count = items.len();
    if count < min_items {
        return Some(format!("Array is too short ({count}), minimum {min_items}"));
    }
    if count > max_items {
        return Some(format!("Array is too long ({count}), maximum {max_items}"));
    }
    items.iter().find_map(|it| match it.as_str() {
        None => Some(mismatch("string", it)),
        Some("") => Some("String is too short (0 chars), minimum 1".to_owned()),
        Some(_) => None,
    })
}

fn text_failure(text: &str, min: usize, max: usize, format: Option<Format>) -> Option<String> {
    // The validator counts UTF-16 units, as its language does.
    let length = text.encode_utf16().count();
    if length < min {
        return Some(format!("String is too short ({length} chars), minimum {min}"));
    }
    if length > max {
        return Some(format!("String is too long ({length} chars), maximum {max}"));
    }
    format.and_then(|it| it.failure(text))
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Schema {
        Schema {
            required: &["connection"],
            properties: vec![
                Property::new("connection", text(100), "Name of the connection"),
                Property::new("email", formatted(254, Format::Email), "The user's email"),
                Property::new("name", text(300), "The user's full name").or_null(),
            ],
            extras: Extras::Refused,
        }
    }

    fn message(body: Value) -> String {
        schema().check(body).unwrap_err().message().to_owned()
    }

    #[test]
    fn wording_is_auth0s() {
        assert_eq!(message(json!({})), "Payload validation error: 'Missing required property: connection'.");
        assert_eq!(
            message(json!({"connection": "c", "email": "nobody"})),
            "Payload validation error: 'Object didn't pass validation for format email: nobody' on property email \
             (The user's email)."
        );
        assert_eq!(
            message(json!({"connection": "c", "a": 1, "b": 2})),
            "Payload validation error: 'Additional properties not allowed: a,b'."
        );
        assert_eq!(
            message(json!({"connection": "c", "name": 7})),
            "Payload validation error: 'Expected type string,null but found type integer' on property name \
             (The user's full name)."
        );
    }

    #[test]
    fn several_failures_come_in_one_message() {
        assert_eq!(
            message(json!({"connection": "", "name": ""})),
            "Payload validation error: 'String is too short (0 chars), minimum 1' on property connection \
             (Name of the connection). (also) Payload validation error: 'String is too short (0 chars), minimum 1' \
             on property name (The user's full name)."
        );
    }
}
