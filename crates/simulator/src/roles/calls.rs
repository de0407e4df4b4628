//! The calls about roles themselves.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    answer::Answer,
    call::Call,
    error::Refusal,
    params::Page,
    roles::RoleEntry,
    tenant::Tenant,
    validate::{Extras, Kind, Property, Schema},
};

impl RoleEntry {
    pub(crate) fn view(&self) -> Value {
        let mut view = json!({"id": self.id, "name": self.name});
        if let Some(description) = &self.description {
            view["description"] = json!(description);
        }
        view
    }
}

/// `GET /roles`
pub(crate) fn list(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let page = Page::read(&call.query, 1, 100, 50)?;
    let filter = call.query.get("name_filter").unwrap_or_default().to_lowercase();
    let wanted = |it: &&RoleEntry| it.name.to_lowercase().contains(&filter);
    let found: Vec<Value> = tenant.roles.all().filter(wanted).map(RoleEntry::view).collect();
    let total = found.len();
    Ok(Answer::ok(&page.wrap("roles", page.slice(found), total)))
}

fn schema(required: &'static [&'static str]) -> Schema {
    let any = Kind::Text { min: 0, max: 1 << 20, format: None };
    let properties = vec![
        Property::new("name", any, "Name of the role"),
        Property::new("description", any, "Description of the role"),
    ];
    Schema { required, properties, extras: Extras::Refused }
}

/// `POST /roles`: 200, not 201.
pub(crate) fn create(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let body = schema(&["name"]).check(call.json()?)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let name = text("name").unwrap_or_default();
    if tenant.roles.named(&name).is_some() {
        return Err(Refusal::bare(StatusCode::CONFLICT, "The role already exists."));
    }
    let id = tenant.ids.prefixed("rol_");
    Ok(Answer::ok(&tenant.roles.add(id, name, text("description")).view()))
}

/// `GET /roles/{id}`
pub(crate) fn get(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let role = tenant.roles.get(call.id()).ok_or_else(Refusal::no_such_role)?;
    Ok(Answer::ok(&role.view()))
}

/// `PATCH /roles/{id}`
pub(crate) fn patch(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let body = schema(&[]).check(call.json()?)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    tenant.roles.get(call.id()).ok_or_else(Refusal::no_such_role)?;
    tenant.roles.rename(call.id(), text("name"), text("description"));
    get(tenant, call)
}

/// `DELETE /roles/{id}`: 200 with an empty object, as recorded.
pub(crate) fn delete(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    if tenant.roles.remove(call.id()) { Ok(Answer::ok(&json!({}))) } else { Err(Refusal::no_such_role()) }
}

/// `GET /roles/{id}/permissions`: none here, in the right shape.
pub(crate) fn permissions(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    tenant.roles.get(call.id()).ok_or_else(Refusal::no_such_role)?;
    let page = Page::read(&call.query, 1, 100, 50)?;
    Ok(Answer::ok(&page.wrap("permissions", Vec::new(), 0)))
}
