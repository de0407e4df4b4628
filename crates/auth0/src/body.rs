//! Request bodies for one user: what differs, in the one shape that Auth0 takes it.

use std::collections::BTreeMap;

use diff::{AccessChange, BLOCK_MARK, ConnectionName, EmailFlags, Field, FieldChange};
use serde_json::{Map, Value, json};

/// The body of `POST /users`.
///
/// `verify_email` is always there: absent, it would mean a mail to everybody whose address is not verified.
/// Nulls and empty texts are left out, since Auth0 refuses them here.
pub(crate) fn create(
    connection: &ConnectionName,
    fields: &BTreeMap<Field, Value>,
    email: EmailFlags,
    password: &str,
) -> Value {
    let mut body = Map::new();
    body.insert("connection".to_owned(), json!(connection.as_str()));
    body.insert("password".to_owned(), json!(password));
    put_flags(&mut body, email);
    for (field, value) in fields {
        if !value.is_null() && value.as_str() != Some("") {
            put(&mut body, field, value.clone());
        }
    }
    Value::Object(body)
}

/// The body of `PATCH /users/{id}`: the given fields and nothing else, because some users refuse even an
/// attribute that is sent unchanged. Null unsets an attribute and deletes a first-level key of metadata; `{}`,
/// which would wipe the whole of it, cannot come about. None if there is nothing to send.
pub(crate) fn patch(
    fields: &[FieldChange],
    email: Option<EmailFlags>,
    access: Option<AccessChange>,
) -> Option<Value> {
    let mut body = Map::new();
    for it in fields {
        let after = if it.after.as_str() == Some("") { Value::Null } else { it.after.clone() };
        put(&mut body, &it.field, after);
    }
    if let Some(flags) = email {
        put_flags(&mut body, flags);
    }
    let mark = Field::AppMetadata(BLOCK_MARK.to_owned());
    match access {
        Some(AccessChange::Block) => {
            body.insert("blocked".to_owned(), json!(true));
            put(&mut body, &mark, json!(true));
        }
        Some(AccessChange::Unblock) => {
            body.insert("blocked".to_owned(), json!(false));
            put(&mut body, &mark, Value::Null);
        }
        None => {}
    }
    (!body.is_empty()).then_some(Value::Object(body))
}

fn put_flags(body: &mut Map<String, Value>, flags: EmailFlags) {
    body.insert("email_verified".to_owned(), json!(flags.verified));
    body.insert("verify_email".to_owned(), json!(flags.send_verification));
}

fn put(body: &mut Map<String, Value>, field: &Field, value: Value) {
    let (object, key) = match field {
        Field::Email => (None, "email"),
        Field::Name => (None, "name"),
        Field::GivenName => (None, "given_name"),
        Field::FamilyName => (None, "family_name"),
        Field::UserMetadata(key) => (Some("user_metadata"), key.as_str()),
        Field::AppMetadata(key) => (Some("app_metadata"), key.as_str()),
    };
    let Some(object) = object else {
        body.insert(key.to_owned(), value);
        return;
    };
    let inner = body.entry(object).or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(inner) = inner {
        inner.insert(key.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(field: &str, before: Value, after: Value) -> FieldChange {
        let field = Field::try_from(field.to_owned()).unwrap();
        FieldChange { field, before, after, rule: String::new() }
    }

    #[test]
    fn a_create_is_explicit_about_mail_and_drops_what_is_empty() {
        let fields = [
            (Field::Email, json!("jo@example.com")),
            (Field::Name, json!("Jo Doe")),
            (Field::GivenName, Value::Null),
            (Field::FamilyName, json!("")),
            (Field::UserMetadata("department".into()), json!("Sales")),
            (Field::AppMetadata("employee_id".into()), json!(42)),
        ];
        let flags = EmailFlags { verified: false, send_verification: false };
        let connection = ConnectionName::new("Staff");
        let body = create(&connection, &fields.into_iter().collect(), flags, "pw");
        assert_eq!(
            body,
            json!({
                "connection": "Staff",
                "password": "pw",
                "email": "jo@example.com",
                "email_verified": false,
                "verify_email": false,
                "name": "Jo Doe",
                "user_metadata": { "department": "Sales" },
                "app_metadata": { "employee_id": 42 },
            })
        );
    }

    #[test]
    fn a_patch_holds_what_differs_and_nothing_else() {
        let fields = [
            change("given_name", json!("Jo"), Value::Null),
            change("user_metadata.department", json!("Sales"), json!("IT")),
            change("user_metadata.desk", json!("4b"), Value::Null),
        ];
        let expected = json!({ "given_name": null, "user_metadata": { "department": "IT", "desk": null } });
        assert_eq!(patch(&fields, None, None), Some(expected));
        assert_eq!(patch(&[], None, None), None);
    }

    #[test]
    fn an_email_goes_with_both_its_flags() {
        let fields = [change("email", json!("a@example.com"), json!("b@example.com"))];
        let flags = EmailFlags { verified: true, send_verification: false };
        let expected = json!({ "email": "b@example.com", "email_verified": true, "verify_email": false });
        assert_eq!(patch(&fields, Some(flags), None), Some(expected));
    }

    #[test]
    fn a_block_carries_its_mark_and_an_unblock_takes_it_away() {
        let fields = [change("app_metadata.role_code", json!("a"), json!("b"))];
        let blocked =
            json!({ "blocked": true, "app_metadata": { "role_code": "b", "rollcall_blocked": true } });
        assert_eq!(patch(&fields, None, Some(AccessChange::Block)), Some(blocked));
        let open = json!({ "blocked": false, "app_metadata": { "rollcall_blocked": null } });
        assert_eq!(patch(&[], None, Some(AccessChange::Unblock)), Some(open));
    }
}
