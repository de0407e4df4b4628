//! The searchable attributes of a user: their names, how they compare, and where they are.

use serde_json::{Map, Value};

use crate::{
    clock::Timestamp,
    state::{Identity, User},
};

/// An attribute that a query or a sort names.
#[derive(Debug, Clone)]
pub(crate) enum Field {
    /// Compared without case: addresses and names.
    Folded(fn(&User) -> Option<&str>),
    /// Compared with case.
    Exact(fn(&User) -> Option<&str>),
    EmailDomain,
    Flag(fn(&User) -> Option<bool>),
    Time(fn(&User) -> Option<Timestamp>),
    LoginsCount,
    Identity(fn(&Identity) -> &str),
    AppMetadata(Vec<String>),
    /// Neither ranges nor wildcards.
    UserMetadata(Vec<String>),
    /// Not searchable: matches nobody.
    Unknown,
}

/// One value of an attribute; arrays have several.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Datum {
    Text(String),
    Number(f64),
    Time(Timestamp),
}

impl Field {
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "email" => Self::Folded(|it| it.email.as_deref()),
            "name" => Self::Folded(|it| it.name.as_deref()),
            "given_name" => Self::Folded(|it| it.given_name.as_deref()),
            "family_name" => Self::Folded(|it| it.family_name.as_deref()),
            "nickname" => Self::Folded(|it| it.nickname.as_deref()),
            "email.domain" => Self::EmailDomain,
            "username" => Self::Exact(|it| it.username.as_deref()),
            "user_id" => Self::Exact(|it| Some(&it.user_id)),
            "phone_number" => Self::Exact(|it| it.phone_number.as_deref()),
            "last_ip" => Self::Exact(|it| it.last_ip.as_deref()),
            "email_verified" => Self::Flag(|it| it.email_verified),
            "phone_verified" => Self::Flag(|it| it.phone_verified),
            "blocked" => Self::Flag(|it| it.blocked),
            "created_at" => Self::Time(|it| it.created_at),
            "updated_at" => Self::Time(|it| it.updated_at),
            "last_login" => Self::Time(|it| it.last_login),
            "logins_count" => Self::LoginsCount,
            "identities.connection" => Self::Identity(|it| &it.connection),
            "identities.provider" => Self::Identity(|it| &it.provider),
            "identities.user_id" => Self::Identity(|it| &it.user_id),
            _ => Self::metadata(name),
        }
    }

    fn metadata(name: &str) -> Self {
        let path = |rest: &str| rest.split('.').map(str::to_owned).collect();
        if let Some(rest) = name.strip_prefix("app_metadata.") {
            return Self::AppMetadata(path(rest));
        }
        match name.strip_prefix("user_metadata.") {
            Some(rest) => Self::UserMetadata(path(rest)),
            None => Self::Unknown,
        }
    }

    pub(crate) fn folds_case(&self) -> bool {
        matches!(self, Self::Folded(_) | Self::EmailDomain)
    }

    pub(crate) fn data(&self, user: &User) -> Vec<Datum> {
        let text = |it: &str| Datum::Text(it.to_owned());
        match self {
            Self::Folded(read) => read(user).map(|it| Datum::Text(it.to_lowercase())).into_iter().collect(),
            Self::Exact(read) => read(user).map(text).into_iter().collect(),
            Self::EmailDomain => {
                let domain = user.email.as_deref().and_then(|it| it.rsplit_once('@'));
                domain.map(|(_, it)| Datum::Text(it.to_lowercase())).into_iter().collect()
            }
            Self::Flag(read) => read(user).map(|it| Datum::Text(it.to_string())).into_iter().collect(),
            Self::Time(read) => read(user).map(Datum::Time).into_iter().collect(),
            #[expect(clippy::cast_precision_loss, reason = "nobody logs in 2^53 times")]
            Self::LoginsCount => user.logins_count.map(|it| Datum::Number(it as f64)).into_iter().collect(),
            Self::Identity(read) => user.identities.iter().map(|it| text(read(it))).collect(),
            Self::AppMetadata(path) => at_path(user.app_metadata.as_ref(), path),
            Self::UserMetadata(path) => at_path(user.user_metadata.as_ref(), path),
            Self::Unknown => Vec::new(),
        }
    }
}

/// What stands at a path; an array on the way or at the end means each of its items.
fn at_path(root: Option<&Map<String, Value>>, path: &[String]) -> Vec<Datum> {
    let Some((first, rest)) = path.split_first() else { return Vec::new() };
    let Some(value) = root.and_then(|it| it.get(first)) else { return Vec::new() };
    let mut found = Vec::new();
    collect(value, rest, &mut found);
    found
}

fn collect(value: &Value, path: &[String], found: &mut Vec<Datum>) {
    match (value, path.split_first()) {
        (Value::Array(items), _) => items.iter().for_each(|it| collect(it, path, found)),
        (Value::Object(map), Some((key, rest))) => {
            if let Some(inner) = map.get(key) {
                collect(inner, rest, found);
            }
        }
        (Value::String(text), None) => found.push(Datum::Text(text.clone())),
        (Value::Number(number), None) => found.extend(number.as_f64().map(Datum::Number)),
        (Value::Bool(flag), None) => found.push(Datum::Text(flag.to_string())),
        // Null is not indexed, so that it looks like an absent key.
        (Value::Null | Value::Object(_), None)
        | (Value::Null | Value::String(_) | Value::Number(_) | Value::Bool(_), Some(_)) => {}
    }
}
