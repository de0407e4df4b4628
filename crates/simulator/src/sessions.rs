//! Sessions and refresh tokens: what a user is logged in to.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    answer::Answer,
    call::Call,
    clock::Timestamp,
    error::Refusal,
    ids::Ids,
    options::RatePlan,
    state::{RefreshToken, Session},
    switches::SessionApi,
    tenant::Tenant,
};

/// Things that belong to users and can be ended: sessions, refresh tokens.
#[derive(Debug)]
pub(crate) struct Live<T> {
    by_user: BTreeMap<String, Vec<T>>,
}

impl<T> Default for Live<T> {
    fn default() -> Self {
        Self { by_user: BTreeMap::new() }
    }
}

/// What sessions and refresh tokens have in common.
pub(crate) trait Ends: Clone {
    /// Whether a page that shows everything still has a `next`, which then leads to an empty one.
    const ALWAYS_NEXT: bool;
    fn complete(self, ids: &mut Ids, now: Timestamp) -> Self;
    fn id(&self) -> &str;
    fn user_id(&self) -> &str;
    fn view(&self) -> Value;
}

impl<T: Ends> Live<T> {
    pub(crate) fn load(items: Vec<T>, ids: &mut Ids, now: Timestamp) -> Self {
        let mut live = Self::default();
        for item in items {
            let item = item.complete(ids, now);
            live.by_user.entry(item.user_id().to_owned()).or_default().push(item);
        }
        live
    }

    pub(crate) fn save(&self) -> Vec<T> {
        self.by_user.values().flatten().cloned().collect()
    }

    pub(crate) fn end_all(&mut self, user_id: &str) {
        self.by_user.remove(user_id);
    }

    fn of(&self, user_id: &str) -> &[T] {
        self.by_user.get(user_id).map_or(&[], Vec::as_slice)
    }

    fn find(&self, id: &str) -> Option<&T> {
        self.by_user.values().flatten().find(|it| it.id() == id)
    }

    fn end(&mut self, id: &str) {
        for items in self.by_user.values_mut() {
            items.retain(|it| it.id() != id);
        }
    }

    /// A checkpoint page; the cursor is the id of the last item seen.
    fn page(&self, call: &Call, key: &str) -> Result<Value, Refusal> {
        let take =
            call.query.integer("take", (1, 100), "Number of results per page. Defaults to 50")?.unwrap_or(50);
        let take = usize::try_from(take).expect("at most 100");
        let items = self.of(call.id());
        let start = match call.query.get("from") {
            Some(from) => items.iter().position(|it| it.id() == from).map_or(items.len(), |it| it + 1),
            None => 0,
        };
        let shown: Vec<&T> = items.iter().skip(start).take(take).collect();
        let mut page = json!({});
        let more = T::ALWAYS_NEXT || start + shown.len() < items.len();
        if let (true, Some(last)) = (more, shown.last()) {
            page["next"] = json!(last.id());
        }
        page[key] = shown.into_iter().map(Ends::view).collect();
        if call.query.get("include_totals") == Some("true") {
            page["total"] = json!(items.len());
        }
        Ok(page)
    }
}

impl Ends for Session {
    const ALWAYS_NEXT: bool = false;

    fn complete(mut self, ids: &mut Ids, now: Timestamp) -> Self {
        if self.id.is_empty() {
            self.id = ids.prefixed("ses_");
        }
        self.created_at = self.created_at.or(Some(now));
        self
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn user_id(&self) -> &str {
        &self.user_id
    }

    fn view(&self) -> Value {
        let created = self.created_at.unwrap_or_default();
        let day_ms = 86_400_000;
        json!({
            "id": self.id,
            "user_id": self.user_id,
            "created_at": created,
            "updated_at": created,
            "authenticated_at": created,
            "last_interacted_at": created,
            "idle_expires_at": created.plus_millis(3 * day_ms),
            "expires_at": created.plus_millis(7 * day_ms),
            "clients": [{"client_id": self.client_id}],
            "authentication": {"methods": [{"name": "pwd", "timestamp": created}]},
        })
    }
}

impl Ends for RefreshToken {
    /// As recorded.
    const ALWAYS_NEXT: bool = true;

    fn complete(mut self, ids: &mut Ids, now: Timestamp) -> Self {
        if self.id.is_empty() {
            self.id = ids.prefixed("rt_");
        }
        self.created_at = self.created_at.or(Some(now));
        self
    }

    fn id(&self) -> &str {
        &self.id
    }

    fn user_id(&self) -> &str {
        &self.user_id
    }

    fn view(&self) -> Value {
        json!({
            "id": self.id,
            "user_id": self.user_id,
            "created_at": self.created_at,
            "idle_expires_at": null,
            "expires_at": null,
            "client_id": self.client_id,
            "session_id": null,
            "rotating": false,
            "resource_servers": [{"audience": "https://api.example.com", "scopes": "openid profile offline_access"}],
        })
    }
}

/// These calls come with the Enterprise plans.
fn in_plan(tenant: &Tenant) -> Result<(), Refusal> {
    match (tenant.switches.session_api, tenant.plan) {
        (SessionApi::Always, _)
        | (
            SessionApi::ByPlan,
            RatePlan::Unlimited
            | RatePlan::Enterprise
            | RatePlan::EnterpriseDev
            | RatePlan::PrivateCloudDev
            | RatePlan::PrivateCloud(_),
        ) => Ok(()),
        (SessionApi::ByPlan, RatePlan::Free | RatePlan::Essentials | RatePlan::Professional) => {
            Err(Refusal::not_in_plan())
        }
    }
}

fn known_user(tenant: &Tenant, call: &Call) -> Result<(), Refusal> {
    in_plan(tenant)?;
    tenant.users.get(call.id()).map(|_| ()).ok_or_else(Refusal::no_such_user)
}

/// Deletions are accepted, not done: 202. Here they are done at once.
fn accepted() -> Answer {
    Answer::json(StatusCode::ACCEPTED, &json!({}))
}

/// `GET /users/{user_id}/sessions`
pub(crate) fn of_user(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    known_user(tenant, call)?;
    Ok(Answer::ok(&tenant.sessions.page(call, "sessions")?))
}

/// `DELETE /users/{user_id}/sessions`
pub(crate) fn delete_of_user(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    known_user(tenant, call)?;
    tenant.end_sessions(call.id());
    Ok(accepted())
}

/// `GET /users/{user_id}/refresh-tokens`
pub(crate) fn tokens_of_user(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    known_user(tenant, call)?;
    Ok(Answer::ok(&tenant.refresh_tokens.page(call, "tokens")?))
}

/// `DELETE /users/{user_id}/refresh-tokens`
pub(crate) fn delete_tokens_of_user(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    known_user(tenant, call)?;
    tenant.refresh_tokens.end_all(call.id());
    Ok(accepted())
}

/// `POST /users/{id}/revoke-access`
pub(crate) fn revoke_access(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    known_user(tenant, call)?;
    let body = call.json()?;
    match body["session_id"].as_str() {
        Some(session) => tenant.sessions.end(session),
        None => tenant.end_sessions(call.id()),
    }
    if body["preserve_refresh_tokens"] != json!(true) {
        tenant.refresh_tokens.end_all(call.id());
    }
    Ok(accepted())
}

/// `GET /sessions/{id}`
pub(crate) fn get(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    in_plan(tenant)?;
    let none = || Refusal::bare(StatusCode::NOT_FOUND, "The session does not exist.");
    Ok(Answer::ok(&tenant.sessions.find(call.id()).ok_or_else(none)?.view()))
}

/// `DELETE /sessions/{id}`
pub(crate) fn delete(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    in_plan(tenant)?;
    tenant.sessions.end(call.id());
    Ok(accepted())
}

/// `GET /refresh-tokens/{id}`
pub(crate) fn get_token(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    in_plan(tenant)?;
    let none = || Refusal::bare(StatusCode::NOT_FOUND, "The refresh token does not exist.");
    Ok(Answer::ok(&tenant.refresh_tokens.find(call.id()).ok_or_else(none)?.view()))
}

/// `DELETE /refresh-tokens/{id}`
pub(crate) fn delete_token(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    in_plan(tenant)?;
    tenant.refresh_tokens.end(call.id());
    Ok(accepted())
}
