//! The plans that there are in the model's world, and what is said about them.

use diff::{
    Action, Approval, Approver, Cause, Change, ChangeId, Digest, Draft, EmployeeId, Forecast, Kind, Leaving,
    Matched, Outcome, PLAN_VERSION, Plan, PlanId, Report, RunId, Scope, SourceSummary, Tenant, UserId,
    UsersSummary,
};

use super::KINDS;

pub(super) fn tenant() -> Tenant {
    Tenant::new("colore.eu.auth0.com")
}

pub(super) fn grace() -> Approver {
    Approver::Verified { name: "grace".to_owned() }
}

pub(super) fn yes(plan: &Plan) -> Approval {
    Approval {
        digest: plan.digest(),
        by: grace(),
        at: "2026-11-23T08:00:00Z".to_owned(),
        reason: None,
        accepts: [].into(),
    }
}

/// A plan that blocks some people.
pub(super) fn plan(kind: usize) -> Plan {
    let (leavers, alone) = KINDS[kind];
    let employees = leavers.iter().filter(|_| alone).map(|it| EmployeeId::from(*it)).collect();
    let block = |employee: &i64| Change {
        id: Change::id_of(Kind::Block, &(*employee).into()),
        employee: (*employee).into(),
        name: String::new(),
        action: Action::Block { user: UserId::new(format!("auth0|{employee}")), end_sessions: false },
        cause: Cause::Left { leaving: Leaving::Status { status: "terminated".to_owned() } },
        matched: Matched::Link,
        needs: Vec::new(),
    };
    Plan::new(Draft {
        version: PLAN_VERSION,
        tenant: tenant(),
        scope: Scope { employees, ..Scope::everybody() },
        policy: Digest::of(&"policy"),
        today: "2026-11-23".parse().expect("a day"),
        first_sync: false,
        source: SourceSummary::default(),
        users: UsersSummary::default(),
        changes: leavers.iter().map(block).collect(),
        notes: Vec::new(),
        forecast: Forecast::default(),
    })
    .expect("blocks need nothing")
}

pub(super) fn report(run: RunId, plan: PlanId, all: bool) -> Report {
    let missing = Outcome::NotTried { why: "it ended".to_owned() };
    let outcomes = if all { [].into() } else { [(ChangeId::new("block-1"), missing)].into() };
    Report { run, plan, outcomes, stopped: None, spent: None }
}
