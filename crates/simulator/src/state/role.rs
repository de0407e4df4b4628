//! Roles as they stand in documents.

use serde::{Deserialize, Serialize};

/// A role and who holds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// `rol_` and 16 letters and digits; made when absent.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub id: String,
    /// Unique in the tenant.
    pub name: String,
    /// Shown in the dashboard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// User ids, in the order of their assignment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<String>,
}

impl Role {
    /// The four roles of the design, with fixed ids.
    pub fn defaults() -> Vec<Self> {
        let role = |id: &str, name: &str, description: &str| Self {
            id: id.to_owned(),
            name: name.to_owned(),
            description: Some(description.to_owned()),
            members: Vec::new(),
        };
        vec![
            role("rol_Pr0dAss0c1ate001", "production_associate", "Works in production"),
            role("rol_TeamLead00000002", "team_lead", "Leads a team"),
            role("rol_Manager000000003", "manager", "Manages a department"),
            role("rol_Admin00000000004", "admin", "Administers everything"),
        ]
    }
}
