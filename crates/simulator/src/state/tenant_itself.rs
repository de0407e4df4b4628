//! What a tenant is set up with, as it stands in documents: domains of its own, and who sends its mails.

use serde::{Deserialize, Serialize};

/// A domain of the tenant's own, beside `TENANT.auth0.com`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomDomain {
    /// `cd_` and 16 letters and digits; made when absent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub custom_domain_id: String,
    /// Such as `login.example.com`.
    pub domain: String,
    /// Only one that is ready counts.
    #[serde(default)]
    pub status: CustomDomainStatus,
    /// Whether mails use it where a request names none.
    #[serde(default)]
    pub is_default: bool,
}

/// How far a custom domain is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomDomainStatus {
    /// Verified, and in use.
    #[default]
    Ready,
    /// Nobody has shown yet whose it is.
    PendingVerification,
    /// It could not be verified.
    Failed,
}

/// Who sends the tenant's mails, where it is not Auth0's own provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailProvider {
    /// `sendgrid`, `smtp`, `ses`, …
    pub name: String,
    /// Switched off, it sends nothing.
    #[serde(default = "enabled")]
    pub enabled: bool,
    /// The sender where a template names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_from_address: Option<String>,
}

fn enabled() -> bool {
    true
}
