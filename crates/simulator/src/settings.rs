//! What a tenant says about itself.

use axum::http::StatusCode;
use serde_json::json;

use crate::{
    answer::Answer, call::Call, error::Refusal, params::Fields, state::EmailProvider, tenant::Tenant,
};

/// `GET /tenants/settings`
pub(crate) fn tenant(_: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let fields = Fields::read(&call.query)?;
    let settings = json!({
        "friendly_name": "Simulated tenant",
        "support_email": "support@example.com",
        "default_directory": "",
        "default_audience": "",
        "sandbox_version": "22",
        "session_lifetime": 168,
        "idle_session_lifetime": 72,
        "enabled_locales": ["en"],
        "flags": {"enable_client_connections": false},
    });
    Ok(Answer::ok(&fields.cut(settings)))
}

/// `GET /emails/provider`: without one of its own, mails go out through the built-in one.
pub(crate) fn email_provider(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let fields = Fields::read(&call.query)?;
    let Some(EmailProvider { name, enabled, default_from_address }) = &tenant.email_provider else {
        let message = "There is not a configured email provider";
        return Err(Refusal::coded(StatusCode::NOT_FOUND, message, "inexistent_email_provider"));
    };
    let mut provider = json!({"name": name, "enabled": enabled});
    if !fields.shows_all() {
        provider["settings"] = json!({});
        if let Some(from) = default_from_address {
            provider["default_from_address"] = json!(from);
        }
    }
    Ok(Answer::ok(&fields.cut(provider)))
}
