//! Plans: whole ones, and lines of a list.

use std::collections::BTreeSet;

use diff::{Approval, Breach, Digest, EmployeeId, Limit, Missing, PlanId, Policy, missing};
use serde::Serialize;
use serde_json::{Value, json};
use store::{PlanState, PlanSummary, StoredPlan};

use crate::timestamp;

/// A plan with what is known about it beside the document itself. A struct and no `Value`, which
/// would hold a large plan twice.
#[derive(Debug, Serialize)]
pub struct PlanDocument<'a> {
    id: Option<PlanId>,
    digest: Digest,
    breaches: Vec<Exceeded<'a>>,
    /// The command that accepts all of them, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    accept: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    review: Option<Review<'a>>,
    plan: &'a diff::Plan,
}

/// A limit that the plan exceeds.
#[derive(Debug, Serialize)]
struct Exceeded<'a> {
    limit: &'a Limit,
    /// As `--accept` takes it.
    name: String,
    /// Whether it is the table that looks wrong.
    suspect: bool,
    found: usize,
    allowed: usize,
    people: &'a BTreeSet<EmployeeId>,
    ways_out: Vec<String>,
}

/// How far the review of a stored plan has come.
#[derive(Debug, Serialize)]
pub struct Review<'a> {
    state: PlanState,
    expires_at: String,
    approvals: &'a [Approval],
    missing: Option<String>,
}

impl<'a> PlanDocument<'a> {
    /// A plan, stored or not.
    pub fn of(id: Option<PlanId>, plan: &'a diff::Plan, breaches: &'a [Breach]) -> Self {
        let accept = (!breaches.is_empty()).then(|| diff::acceptance(plan, breaches, id));
        let breaches = breaches.iter().map(|breach| {
            let Breach { limit, found, allowed, people } = breach;
            Exceeded {
                limit,
                name: limit.to_string(),
                suspect: breach.is_suspect(),
                found: *found,
                allowed: *allowed,
                people,
                ways_out: diff::ways_out(plan, breach, id),
            }
        });
        Self { id, digest: plan.digest(), breaches: breaches.collect(), accept, review: None, plan }
    }

    /// A stored plan, with its review.
    pub fn stored(stored: &'a StoredPlan, missing: Option<&Missing>) -> Self {
        let review = Review {
            state: stored.state,
            expires_at: timestamp(stored.expires_at),
            approvals: &stored.approvals,
            missing: missing.map(ToString::to_string),
        };
        Self { review: Some(review), ..Self::of(Some(stored.id), &stored.plan, &stored.breaches) }
    }
}

/// A plan of a list, and what its approval lacks.
pub fn plan_summary(plan: &PlanSummary, missing: Option<&Missing>) -> Value {
    let PlanSummary {
        id,
        tenant,
        digest,
        scope,
        state,
        proposed_at,
        expires_at,
        approved_by,
        decision,
        figures,
    } = plan;
    json!({
        "id": id,
        "tenant": tenant,
        "digest": digest,
        "scope": scope,
        "state": state,
        "proposed_at": timestamp(*proposed_at),
        "expires_at": timestamp(*expires_at),
        "approved_by": approved_by.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "missing": missing.map(ToString::to_string),
        "decided_by": decision.as_ref().map(|it| it.by.to_string()),
        "decided_at": decision.as_ref().map(|it| timestamp(it.at)),
        "reason": decision.as_ref().and_then(|it| it.reason.clone()),
        "figures": figures,
    })
}

/// What a plan lacks by the present rules; none where nobody is asked any more.
pub fn waits_for(stored: &StoredPlan, policy: &Policy) -> Option<Missing> {
    match stored.state {
        PlanState::Proposed | PlanState::Approved | PlanState::Incomplete => {
            missing(&stored.plan, policy, &stored.approvals)
        }
        PlanState::Rejected
        | PlanState::Superseded
        | PlanState::Expired
        | PlanState::Applying
        | PlanState::Applied => None,
    }
}
