//! What people read, condition by condition.

use std::fmt::Write as _;
use std::time::Duration;

use notify::{Condition, Kind};

/// One of each, in the order of their kinds.
fn all() -> Vec<Condition> {
    vec![
        Condition::PlanWaits { plan: 7, changes: 12, lose_access: 2, admin_grants: 1 },
        Condition::LimitBreached {
            plan: 8,
            breaches: vec!["blocks: 31 of at most 25".into(), "mails: 412 of at most 200".into()],
        },
        Condition::RunIncomplete { run: 3, failed: 2, stale: 0, not_tried: 40 },
        Condition::FailureRate { failed: 13, calls: 240 },
        Condition::ApiSlow { took: Duration::from_millis(7_340), limit: Duration::from_secs(5) },
        Condition::TokenFailures { failures: 3 },
        Condition::RateLimited { refused: 1 },
        Condition::LeaverPending { employee: "42".into(), since: Duration::from_hours(26) },
        Condition::AuditBroken { entries: 1 },
    ]
}

#[test]
fn every_condition_says_what_happened_and_which_command_is_next() {
    let mut said = String::new();
    for it in all() {
        let (kind, subject, severity) = (it.kind(), it.subject(), it.severity());
        writeln!(said, "{kind} of {subject}, {severity}: {}\n  {}\n  {}", it.title(), it.text(), it.next())
            .unwrap();
        assert!(it.next().contains("`rollcall "), "{kind} names a command");
        assert!(!it.title().ends_with('.') && !it.next().ends_with('.'), "{kind} is a part of a sentence");
    }
    insta::assert_snapshot!(said, @"
    plan_waits of plan 7, info: Plan 7 waits for a yes or no
      It has 12 changes: 2 people lose access and 1 admin role is granted. Nothing is changed before somebody approves it.
      read it with `rollcall plan show 7`, which names the command that approves it
    limit_breached of plan 8, warning: Plan 8 exceeds 2 limits, and nothing is written
      More would change than is usual:
    - blocks: 31 of at most 25
    - mails: 412 of at most 200
      see `rollcall plan show 8`, which names the command that accepts each limit
    run_incomplete of run 3, warning: Run 3 ended incomplete
      Of its changes 2 failed and 40 were not tried. What is still due is in the next plan.
      see `rollcall run show 3`, and `rollcall quarantine` for what fails again and again
    failure_rate of tenant, warning: 6 % of calls to Auth0 failed in the last hour
      13 of 240 calls failed. Whom they were about waits until they succeed.
      see `rollcall runs` for which run, and `rollcall doctor` for why
    api_slow of tenant, warning: Auth0 takes 7.3 s to answer
      More than 5 s is too slow: runs take longer, and calls may time out.
      see `rollcall doctor`, and Auth0's status page
    token_failures of tenant, critical: Auth0 gives no token
      It was asked 3 times in a row. Nothing can be read or changed, so nobody who leaves loses access.
      run `rollcall doctor`: the client's secret may have been changed, or its grant taken away
    rate_limited of tenant, warning: Auth0 refused 1 call over its rate limit in the last hour
      Calls wait and are sent again. The rate plan may be set higher than the tenant's, or another application uses up the rest.
      run `rollcall doctor`, and compare `rate_plan` with the tenant's
    leaver_pending of employee 42, critical: Employee 42 has left and still has access
      Their row has said so for 26 hours, and their Auth0 user is not blocked.
      see `rollcall employee explain 42`, then block them with `rollcall employee sync 42`
    audit_broken of audit, critical: The audit record does not fit together
      1 entry was changed, missing or moved. Somebody may have altered the record.
      copy the store, and run `rollcall audit verify --head HEAD` with the head of the last notice before this
    ");
}

#[test]
fn every_kind_is_written_in_json_as_it_is_in_logs() {
    for it in all() {
        let kind = it.kind();
        assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        assert_eq!(serde_json::from_value::<Kind>(kind.as_str().into()).unwrap(), kind);
    }
}

#[test]
fn few_and_many_read_as_they_are_said() {
    let plan = |changes, lose_access, admin_grants| {
        Condition::PlanWaits { plan: 1, changes, lose_access, admin_grants }.text()
    };
    let since = |minutes| {
        Condition::LeaverPending { employee: "1".into(), since: Duration::from_mins(minutes) }.text()
    };
    let said = [
        plan(1, 0, 0),
        plan(5, 5, 0),
        since(0),
        since(1),
        since(2_879),
        since(2_880),
        Condition::FailureRate { failed: 0, calls: 0 }.title(),
        Condition::AuditBroken { entries: 2 }.text(),
        Condition::LeaverPending { employee: "E 42`".into(), since: Duration::ZERO }.next(),
    ];
    insta::assert_snapshot!(said.join("\n"), @"
    It has 1 change. Nothing is changed before somebody approves it.
    It has 5 changes: 5 people lose access. Nothing is changed before somebody approves it.
    Their row has said so for less than a minute, and their Auth0 user is not blocked.
    Their row has said so for 1 minute, and their Auth0 user is not blocked.
    Their row has said so for 47 hours, and their Auth0 user is not blocked.
    Their row has said so for 2 days, and their Auth0 user is not blocked.
    0 % of calls to Auth0 failed in the last hour
    2 entries were changed, missing or moved. Somebody may have altered the record.
    see `rollcall employee explain 'E 42`'`, then block them with `rollcall employee sync 'E 42`'`
    ");
}
