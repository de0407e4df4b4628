//! Custom domains: which there are, and whether a request that may mail has to name one.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::{
    answer::Answer,
    call::Call,
    error::Refusal,
    ids::Ids,
    params::Fields,
    state::{CustomDomain, CustomDomainStatus},
    tenant::Tenant,
};

/// Gives an id to those that have none.
pub(crate) fn load(domains: Vec<CustomDomain>, ids: &mut Ids) -> Vec<CustomDomain> {
    let mut domains = domains;
    for domain in domains.iter_mut().filter(|it| it.custom_domain_id.is_empty()) {
        domain.custom_domain_id = ids.prefixed("cd_");
    }
    domains
}

/// `GET /custom-domains`
pub(crate) fn list(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let fields = Fields::read(&call.query)?;
    let domains: Vec<Value> = tenant.custom_domains.iter().map(|it| fields.cut(view(it))).collect();
    if call.query.integer("take", (1, 100), "Number of results per page. Defaults to 50")?.is_some() {
        return Ok(Answer::ok(&json!({"custom_domains": domains})));
    }
    Ok(Answer::ok(&domains))
}

fn view(domain: &CustomDomain) -> Value {
    let CustomDomain { custom_domain_id, domain, status, is_default } = domain;
    json!({
        "custom_domain_id": custom_domain_id,
        "domain": domain,
        "primary": false,
        "is_default": is_default,
        "status": status,
        "type": "auth0_managed_certs",
    })
}

/// With several verified domains and no default among them, a request that may mail must name one (FACTS §3).
pub(crate) fn check(tenant: &Tenant, call: &Call) -> Result<(), Refusal> {
    let ready = || tenant.custom_domains.iter().filter(|it| it.status == CustomDomainStatus::Ready);
    let named = call.header("auth0-custom-domain").is_some();
    if named || ready().count() < 2 || ready().any(|it| it.is_default) {
        return Ok(());
    }
    let message = "The tenant has multiple verified custom domains.";
    Err(Refusal::coded(StatusCode::CONFLICT, message, "custom_domain_conflict"))
}
