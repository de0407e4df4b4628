//! Yeses to one digest, and the one door through which a plan gets applied.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits::{Breach, Limit};
use crate::plan::{Digest, Plan};
use crate::policy::Policy;
use crate::review::{Missing, missing};

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
    /// Nobody: [`crate::ReviewRules::auto_approve`] says that it need not wait.
    Policy,
}

/// A plan that was approved by whom its review asks for. It is made by [`Plan::approve`] alone, so that
/// whoever takes one need not ask.
#[derive(Clone, Debug, PartialEq)]
pub struct ApprovedPlan {
    plan: Plan,
    approvals: Vec<Approval>,
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
    /// Too few have said yes, or not those whose yes counts.
    #[error("the approval is not complete: {0}")]
    Missing(Missing),
}

impl Plan {
    /// The one door: what was approved is what runs, and by as many as the policy's review asks for now.
    ///
    /// # Errors
    /// The plan is empty, an approval names another digest, or the approvals are not enough.
    pub fn approve(self, approvals: Vec<Approval>, policy: &Policy) -> Result<ApprovedPlan, ApprovalError> {
        if self.is_empty() && !approvals.iter().any(Approval::accepts_source) {
            return Err(ApprovalError::Empty);
        }
        let digest = self.digest();
        if let Some(other) = approvals.iter().find(|it| it.digest != digest) {
            return Err(ApprovalError::OtherPlan { approved: other.digest.clone(), plan: digest });
        }
        match missing(&self, policy, &approvals) {
            Some(missing) => Err(ApprovalError::Missing(missing)),
            None => Ok(ApprovedPlan { plan: self, approvals }),
        }
    }
}

impl Approval {
    /// Whether it says that the table is right as it is. Then a plan without changes may run, for that alone.
    fn accepts_source(&self) -> bool {
        [Limit::SourceRows, Limit::SourceEmployees].iter().any(|it| self.accepts.contains(&it.to_string()))
    }

    /// The breaches that nobody of these accepted by name.
    pub fn unaccepted(approvals: &[Self], breaches: Vec<Breach>) -> Vec<Breach> {
        let accepted: BTreeSet<&String> = approvals.iter().flat_map(|it| &it.accepts).collect();
        breaches.into_iter().filter(|it| !accepted.contains(&it.limit.to_string())).collect()
    }
}

impl ApprovedPlan {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Every yes, in the order in which they were given; never empty.
    pub fn approvals(&self) -> &[Approval] {
        &self.approvals
    }

    /// Whose yes completed the approval.
    pub fn by(&self) -> &Approver {
        &self.approvals.last().expect("without a yes there is no approved plan").by
    }
}

impl Approver {
    /// The name that the policy's own yes is recorded by. No token may have it.
    pub const POLICY: &str = "policy";

    /// The name, verified or not.
    pub fn name(&self) -> &str {
        match self {
            Self::Verified { name } | Self::Unverified { name } => name,
            Self::Policy => Self::POLICY,
        }
    }

    /// Whether nobody else can be this.
    pub fn is_verified(&self) -> bool {
        match self {
            Self::Verified { .. } | Self::Policy => true,
            Self::Unverified { .. } => false,
        }
    }
}

impl fmt::Display for Approver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Verified { .. } | Self::Policy => f.write_str(self.name()),
            Self::Unverified { name } => write!(f, "{name} (unverified)"),
        }
    }
}
