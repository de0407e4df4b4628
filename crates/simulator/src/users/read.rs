//! Reading a user by id or by address, and deleting one.

use serde_json::{Value, json};

use crate::{
    answer::Answer, call::Call, error::Refusal, params::Fields, state::User, switches::AbsentUserDelete,
    tenant::Tenant,
};

/// `GET /users/{id}`: from the primary store, so it shows every write at once.
pub(crate) fn get(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let fields = Fields::read(&call.query)?;
    let user = tenant.users.get(call.id()).ok_or_else(Refusal::no_such_user)?;
    if fields.shows_all() {
        return Ok(Answer::rendered(user.json().into()));
    }
    Ok(Answer::ok(&view(user, &fields)))
}

/// `GET /users-by-email`: exactly and case-sensitively, from the primary store.
pub(crate) fn by_email(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let fields = Fields::read(&call.query)?;
    let email = call.query.required("email")?;
    let found: Vec<Value> = tenant.users.with_email(email).into_iter().map(|it| view(it, &fields)).collect();
    Ok(Answer::ok(&found))
}

/// `DELETE /users/{id}`: with everything that hangs on the user.
pub(crate) fn delete(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let user_id = call.id();
    let gone = tenant.users.remove(user_id, call.now);
    if gone.is_none() && tenant.switches.absent_user_delete == AbsentUserDelete::NotFound {
        return Err(Refusal::no_such_user());
    }
    tenant.roles.forget_user(user_id);
    tenant.end_sessions(user_id);
    tenant.refresh_tokens.end_all(user_id);
    tenant.brute_force_blocks.remove(user_id);
    Ok(Answer::no_content())
}

/// `GET /user-blocks/{id}`: locks by brute-force protection, which are not the administrator's `blocked`.
pub(crate) fn blocks(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let user = tenant.users.get(call.id()).ok_or_else(Refusal::no_such_user)?;
    let blocked_for: Vec<Value> = match &user.email {
        Some(email) if tenant.brute_force_blocks.contains(&user.user_id) => {
            vec![json!({"identifier": email, "ip": "198.51.100.7"})]
        }
        Some(_) | None => Vec::new(),
    };
    Ok(Answer::ok(&json!({"blocked_for": blocked_for})))
}

/// `DELETE /user-blocks/{id}`
pub(crate) fn unblock(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    tenant.users.get(call.id()).ok_or_else(Refusal::no_such_user)?;
    tenant.brute_force_blocks.remove(call.id());
    Ok(Answer::no_content())
}

/// `GET /users/{id}/organizations`: this tenant has none, and says so in the right shape.
pub(crate) fn organizations(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    tenant.users.get(call.id()).ok_or_else(Refusal::no_such_user)?;
    let page = crate::params::Page::read(&call.query, 1, 100, 50)?;
    Ok(Answer::ok(&page.wrap("organizations", Vec::new(), 0)))
}

pub(crate) fn view(user: &User, fields: &Fields) -> Value {
    fields.cut(serde_json::to_value(user).expect("a user has string keys and no failing parts"))
}
