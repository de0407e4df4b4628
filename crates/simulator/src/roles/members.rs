//! Who holds a role: listing in two ways of paging, and granting to a batch.

use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    answer::Answer,
    call::Call,
    error::Refusal,
    params::Page,
    roles::Cursor,
    state::User,
    switches::RepeatedRole,
    tenant::Tenant,
    validate::{Extras, Kind, Property, Schema},
};

/// How far offset paging reaches.
const CEILING: u64 = 1000;
/// Roles that one user may hold.
pub(crate) const ROLES_PER_USER: usize = 50;

/// `GET /roles/{id}/users`: by checkpoint when `take` or `from` is sent, else by offset.
pub(crate) fn list(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let by_checkpoint = call.query.get("take").is_some() || call.query.get("from").is_some();
    tenant.roles.get(call.id()).ok_or_else(Refusal::no_such_role)?;
    if by_checkpoint { by_checkpoint_page(tenant, call) } else { by_offset(tenant, call) }
}

fn by_checkpoint_page(tenant: &Tenant, call: &Call) -> Result<Answer, Refusal> {
    let take =
        call.query.integer("take", (1, 100), "Number of results per page. Defaults to 50")?.unwrap_or(50);
    let take = usize::try_from(take).expect("at most 100");
    let from = match call.query.get("from") {
        Some(text) => Some(Cursor::decode(text).ok_or_else(invalid_checkpoint)?),
        None => None,
    };
    let mut members = members(tenant, call, from.as_ref(), take + 1);
    let more = members.len() > take;
    members.truncate(take);
    let users = members.iter().filter_map(|it| card(tenant, it)).collect();
    // The last page has no `next`, and no page has totals.
    let next = members.last().filter(|_| more).map(Cursor::encode);
    Ok(Answer::ok(&Checkpoint { users, next }))
}

fn by_offset(tenant: &Tenant, call: &Call) -> Result<Answer, Refusal> {
    let page = Page::read(&call.query, 1, 100, 50)?;
    if page.is_beyond(CEILING) {
        let message = format!(
            "Requesting page {} exceeds the allowed maximum of 1000 records. To fetch results beyond 1000, use the \
             checkpoint pagination method.",
            page.page
        );
        return Err(Refusal::bad_request(&message, "invalid_paging"));
    }
    let reach = usize::try_from(page.start() + page.per_page).expect("at most 1000");
    let members = members(tenant, call, None, reach);
    let cards = page.slice(members);
    let cards = cards.iter().filter_map(|it| card(tenant, it));
    let users = cards.map(|it| json!(it)).collect();
    let total = tenant.roles.get(call.id()).map_or(0, crate::roles::RoleEntry::member_count);
    Ok(Answer::ok(&page.wrap("users", users, total)))
}

/// At most `count` members behind the cursor, as of now or, with the switch, some time ago.
fn members(tenant: &Tenant, call: &Call, from: Option<&Cursor>, count: usize) -> Vec<Cursor> {
    let Some(role) = tenant.roles.get(call.id()) else { return Vec::new() };
    let lag = i64::try_from(tenant.switches.role_members_lag_ms).unwrap_or(i64::MAX);
    if lag == 0 {
        return role.members_after(from).take(count).cloned().collect();
    }
    let members = role.members_at(call.now.wall.plus_millis(-lag)).into_iter();
    members.filter(|it| from.is_none_or(|from| it > from)).take(count).collect()
}

#[derive(Serialize)]
struct Checkpoint<'a> {
    users: Vec<Card<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A member as the listing shows it, which is less than all there is.
#[derive(Serialize)]
struct Card<'a> {
    user_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

fn card<'a>(tenant: &'a Tenant, member: &Cursor) -> Option<Card<'a>> {
    let User { user_id, email, picture, name, .. } = &***tenant.users.get(&member.user_id)?;
    let (email, picture, name) = (email.as_deref(), picture.as_deref(), name.as_deref());
    Some(Card { user_id, email, picture, name })
}

fn invalid_checkpoint() -> Refusal {
    Refusal::bad_request("The 'from' parameter is not a valid checkpoint.", "invalid_query_string")
}

/// `POST /roles/{id}/users`: all or nothing.
pub(crate) fn assign(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let max_items = tenant.switches.role_batch_max.unwrap_or(usize::MAX);
    let about = "user_id's of the users to assign the role to";
    let users = Property::new("users", Kind::Texts { min_items: 0, max_items }, about);
    let schema = Schema { required: &["users"], properties: vec![users], extras: Extras::Refused };
    let body = schema.check(call.json()?)?;
    tenant.roles.get(call.id()).ok_or_else(|| Refusal::bare(StatusCode::NOT_FOUND, "Role not found."))?;
    let users: Vec<&str> = body["users"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if users.iter().any(|it| tenant.users.get(it).is_none()) {
        return Err(Refusal::bare(StatusCode::NOT_FOUND, "One or more of the users do not exist."));
    }
    for user in &users {
        may_hold(tenant, user, &[call.id()])?;
    }
    tenant.roles.assign(call.id(), &users, call.now.wall);
    Ok(Answer::ok(&json!({})))
}

/// Whether a user may be given these roles on top of what they hold.
pub(crate) fn may_hold(tenant: &Tenant, user_id: &str, roles: &[&str]) -> Result<(), Refusal> {
    let added = roles.iter().filter(|it| !tenant.roles.holds(user_id, it)).count();
    if added < roles.len() && tenant.switches.repeated_role == RepeatedRole::Refused {
        let message = "The user already has one or more of the roles.";
        return Err(Refusal::bare(StatusCode::BAD_REQUEST, message));
    }
    if added > 0 && tenant.roles.held_count(user_id) + added > ROLES_PER_USER {
        let message = "The user has reached the maximum number of roles.";
        return Err(Refusal::bare(StatusCode::BAD_REQUEST, message));
    }
    Ok(())
}
