//! A person's yes to one digest, and the one door through which a plan gets applied.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits::Breach;
use crate::plan::{Digest, Plan};

/// A person's yes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The digest that the person saw.
    pub digest: Digest,
    /// Who.
    pub by: Approver,
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// Why, where the person said so.
    pub reason: Option<String>,
    /// The limits that the person lets this plan exceed, once, by name ([`crate::Limit`]'s text).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub accepts: BTreeSet<String>,
}

/// Who approves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "as", rename_all = "snake_case")]
pub enum Approver {
    /// Named by an API token or a login: nobody else can be this.
    Verified {
        /// The name.
        name: String,
    },
    /// `os-user@host`, as the command line sees it.
    Unverified {
        /// The name.
        name: String,
    },
}

/// A plan that a person said yes to. It is made by [`Plan::approve`] alone, so that whoever takes
/// one need not ask.
#[derive(Clone, Debug, PartialEq)]
pub struct ApprovedPlan {
    plan: Plan,
    approval: Approval,
}

/// Why an approval does not make a plan an approved one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalError {
    /// The person saw another plan.
    #[error("the approval is of {approved}, and the plan is {plan}: look at it again")]
    OtherPlan {
        /// What was approved.
        approved: Digest,
        /// What the plan is.
        plan: Digest,
    },
    /// There is nothing to say yes to.
    #[error("the plan has no changes")]
    Empty,
}

impl Plan {
    /// The one door: what was approved is what runs.
    ///
    /// # Errors
    /// The approval names another digest, or the plan is empty.
    pub fn approve(self, approval: Approval) -> Result<ApprovedPlan, ApprovalError> {
        if self.is_empty() {
            return Err(ApprovalError::Empty);
        }
        let digest = self.digest();
        if approval.digest != digest {
            return Err(ApprovalError::OtherPlan { approved: approval.digest, plan: digest });
        }
        Ok(ApprovedPlan { plan: self, approval })
    }
}

impl Approval {
    /// The breaches that the person did not accept by name.
    pub fn unaccepted(&self, breaches: Vec<Breach>) -> Vec<Breach> {
        breaches.into_iter().filter(|it| !self.accepts.contains(&it.limit.to_string())).collect()
    }
}

impl ApprovedPlan {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The yes.
    pub fn approval(&self) -> &Approval {
        &self.approval
    }
}

impl Approver {
    /// The name, verified or not.
    pub fn name(&self) -> &str {
        match self {
            Self::Verified { name } | Self::Unverified { name } => name,
        }
    }
}

impl fmt::Display for Approver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Verified { name } => f.write_str(name),
            Self::Unverified { name } => write!(f, "{name} (unverified)"),
        }
    }
}
