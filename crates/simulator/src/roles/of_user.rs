//! The roles of one user: reading, granting, removing.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use crate::{
    answer::Answer,
    call::Call,
    error::Refusal,
    params::Page,
    roles::{RoleEntry, members::may_hold},
    switches::RepeatedRole,
    tenant::Tenant,
    validate::{Extras, Kind, Property, Schema},
};

/// `GET /users/{id}/roles`
pub(crate) fn list(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    tenant.users.get(call.id()).ok_or_else(Refusal::no_such_user)?;
    let page = Page::read(&call.query, 1, 100, 50)?;
    let roles: Vec<Value> = tenant.roles.of_user(call.id()).into_iter().map(RoleEntry::view).collect();
    let total = roles.len();
    Ok(Answer::ok(&page.wrap("roles", page.slice(roles), total)))
}

/// `GET /users/{id}/effective-roles`: here all are direct, as this tenant has no groups.
pub(crate) fn effective(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    tenant.users.get(call.id()).ok_or_else(Refusal::no_such_user)?;
    let view = |it: &RoleEntry| {
        json!({
            "id": it.id,
            "name": it.name,
            "description": it.description.clone().unwrap_or_default(),
            "sources": ["direct"],
        })
    };
    let roles: Vec<Value> = tenant.roles.of_user(call.id()).into_iter().map(view).collect();
    Ok(Answer::ok(&json!({"roles": roles})))
}

fn checked(call: &Call, about: &'static str) -> Result<Map<String, Value>, Refusal> {
    let roles = Property::new("roles", Kind::Texts { min_items: 1, max_items: usize::MAX }, about);
    let schema = Schema { required: &["roles"], properties: vec![roles], extras: Extras::Refused };
    schema.check(call.json()?)
}

fn role_ids(body: &Map<String, Value>) -> Vec<&str> {
    body["roles"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// `POST /users/{id}/roles`: 204; all or nothing.
pub(crate) fn assign(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let body = checked(call, "List of roles IDs to associated with the user")?;
    let roles = role_ids(&body);
    tenant.users.get(call.id()).ok_or_else(Refusal::no_such_user)?;
    if roles.iter().any(|it| tenant.roles.get(it).is_none()) {
        return Err(Refusal::no_such_role());
    }
    may_hold(tenant, call.id(), &roles)?;
    for role in roles {
        tenant.roles.assign(role, &[call.id()], call.now.wall);
    }
    Ok(Answer::no_content())
}

/// `DELETE /users/{id}/roles`, with a body.
pub(crate) fn remove(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let body = checked(call, "List of roles IDs to remove from the user")?;
    let roles = role_ids(&body);
    tenant.users.get(call.id()).ok_or_else(Refusal::no_such_user)?;
    let not_held = roles.iter().any(|it| !tenant.roles.holds(call.id(), it));
    if not_held && tenant.switches.repeated_role == RepeatedRole::Refused {
        let message = "The user does not have one or more of the roles.";
        return Err(Refusal::bare(StatusCode::BAD_REQUEST, message));
    }
    for role in roles {
        tenant.roles.unassign(role, call.id(), call.now.wall);
    }
    Ok(Answer::no_content())
}
