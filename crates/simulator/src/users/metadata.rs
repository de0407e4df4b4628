//! How metadata is checked, merged and wiped.

use serde_json::{Map, Value};

use crate::error::Refusal;

/// Root attributes that may not be hidden in `app_metadata`.
const RESERVED: [&str; 17] = [
    "__tenant",
    "_id",
    "blocked",
    "clientID",
    "created_at",
    "email_verified",
    "email",
    "globalClientID",
    "global_client_id",
    "identities",
    "lastIP",
    "lastLogin",
    "loginsCount",
    "metadata",
    "multifactor_last_modified",
    "multifactor",
    "updated_at",
];

/// Refuses keys that Auth0 cannot store.
pub(crate) fn check(name: &str, metadata: &Map<String, Value>) -> Result<(), Refusal> {
    for key in metadata.keys() {
        if key.contains('.') || key.starts_with('$') {
            let why = format!("Invalid key '{key}' in {name}: keys must not contain '.' or start with '$'");
            return Err(Refusal::invalid_body(&why));
        }
        if name == "app_metadata" && (RESERVED.contains(&key.as_str()) || key == "user_id") {
            let why = format!("The following app_metadata properties are reserved and cannot be used: {key}");
            return Err(Refusal::invalid_body(&why));
        }
    }
    Ok(())
}

/// The first level is merged: a key's value is replaced whole, `null` deletes the key, and `{}` wipes everything.
pub(crate) fn merge(old: Option<Map<String, Value>>, change: Map<String, Value>) -> Map<String, Value> {
    if change.is_empty() {
        return Map::new();
    }
    let mut merged = old.unwrap_or_default();
    for (key, value) in change {
        if value.is_null() {
            merged.remove(&key);
        } else {
            merged.insert(key, value);
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn only_the_first_level_is_merged() {
        let old = map(json!({"keep": 1, "inner": {"a": 1, "b": 2}, "gone": true}));
        let merged = merge(Some(old.clone()), map(json!({"inner": {"a": 3}, "gone": null})));
        assert_eq!(Value::Object(merged), json!({"keep": 1, "inner": {"a": 3}}));
        assert!(merge(Some(old), Map::new()).is_empty());
    }

    #[test]
    fn keys_that_cannot_be_stored_are_refused() {
        assert!(check("user_metadata", &map(json!({"a.b": 1}))).is_err());
        assert!(check("app_metadata", &map(json!({"email": "x"}))).is_err());
        assert!(check("user_metadata", &map(json!({"email": "x"}))).is_ok());
    }
}
