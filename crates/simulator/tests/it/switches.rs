//! The open points, each decided the other way.

use serde_json::{Value, json};
use simulator::{
    EmailChange, HiddenGlobal, Options, RatePlan, Refill, Refused, RepeatedRole, Reset, SessionApi, Switches,
    Totals, UncertainCodes, UnchangedEmail, UserWrites,
};

use crate::client::{Tenant, new_user};

const ADA: &str = "/api/v2/users/auth0%7C1";

async fn ada(plan: RatePlan, switches: Switches) -> Tenant {
    let state = json!({
        "users": [
            {"user_id": "auth0|1", "email": "ada@example.com", "email_verified": true},
            {"user_id": "auth0|2", "email": "bo@example.com"}
        ],
        "roles": [{"id": "rol_0123456789abcdef", "name": "crowd", "members": ["auth0|1"]}],
        "sessions": [{"user_id": "auth0|1"}],
    });
    let state = serde_json::from_value(state).unwrap();
    Tenant::with(Options { plan, state: Some(state), switches, search_lag_ms: 0, ..Options::default() }).await
}

async fn unlimited(switches: Switches) -> Tenant {
    ada(RatePlan::Unlimited, switches).await
}

/// Answers until the first refusal, and that.
async fn until_refused(tenant: &Tenant, path: &str) -> (usize, crate::client::Read) {
    for admitted in 0..200 {
        let answer = tenant.get(path).await;
        if answer.status == 429 {
            return (admitted, answer);
        }
    }
    panic!("{path} was never refused");
}

fn number(read: &crate::client::Read, header: &str) -> i64 {
    read.headers[header].to_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn reset_is_the_full_bucket_or_the_next_token() {
    for (reset, waits) in [(Reset::BucketFull, 3..=5), (Reset::NextToken, 1..=2)] {
        let tenant = ada(RatePlan::Professional, Switches { reset, ..Switches::default() }).await;
        let (_, refused) = until_refused(&tenant, "/api/v2/roles").await;
        let now = tenant.simulator.journal().pop().unwrap().at.millis() / 1000;
        let wait = number(&refused, "x-ratelimit-reset") - now;
        assert!(waits.contains(&wait), "{reset:?}: {wait}");
    }
}

#[tokio::test]
async fn a_fixed_window_names_its_end() {
    let switches = Switches { refill: Refill::FixedWindow, ..Switches::default() };
    let tenant = ada(RatePlan::Professional, switches).await;
    let first = tenant.get("/api/v2/roles").await;
    assert_eq!(number(&first, "x-ratelimit-reset") % 60, 0, "the top of the next minute");
}

#[tokio::test]
async fn a_refused_request_may_cost_a_token() {
    let tenant = ada(RatePlan::Free, Switches { refused: Refused::CostsAToken, ..Switches::default() }).await;
    let (_, refused) = until_refused(&tenant, "/api/v2/roles").await;
    assert_eq!(refused.headers["x-ratelimit-remaining"], "0");
    assert_eq!(refused.headers.get("retry-after"), None);
}

#[tokio::test]
async fn a_group_refuses_in_its_own_words_and_a_hidden_bucket_globally() {
    let switches = Switches { group_limit_message: "Group limit".to_owned(), ..Switches::default() };
    let tenant = ada(RatePlan::Essentials, switches).await;
    let (admitted, refused) = until_refused(&tenant, "/api/v2/connections").await;
    assert_eq!((admitted, &refused.body["message"]), (5, &json!("Group limit")));
    let switches = Switches { hidden_global: HiddenGlobal::Burst50, ..Switches::default() };
    let tenant = ada(RatePlan::Essentials, switches).await;
    until_refused(&tenant, "/api/v2/users").await;
    let other = tenant.get("/api/v2/logs").await;
    assert!(number(&other, "x-ratelimit-remaining") < 10, "it has lost tokens to another group's calls");
}

#[tokio::test]
async fn deletions_drain_the_bucket_of_writes_where_it_is_shared() {
    for (user_writes, left) in [(UserWrites::OneBucketEach, 19), (UserWrites::OneShared, 18)] {
        let tenant = ada(RatePlan::Professional, Switches { user_writes, ..Switches::default() }).await;
        tenant.patch(ADA, json!({"name": "Ada"})).await;
        let deleted = tenant.delete(ADA).await;
        assert_eq!(number(&deleted, "x-ratelimit-remaining"), left, "{user_writes:?}");
    }
}

#[tokio::test]
async fn totals_may_stop_at_a_thousand() {
    for (totals, total) in [(Totals::Exact, 1_001), (Totals::CappedAt1000, 1_000)] {
        let switches = Switches { totals, ..Switches::default() };
        let tenant = Tenant::with(Options { users: 1_001, switches, ..Options::default() }).await;
        let q = "q=identities.connection:\"Username-Password-Authentication\"";
        for q in ["", q, "q=email_verified:true"] {
            let page = tenant.get(&format!("/api/v2/users?include_totals=true&per_page=1&{q}")).await.body;
            assert_eq!(page["total"], total, "{totals:?} {q}");
        }
    }
}

#[tokio::test]
async fn pages_may_be_smaller() {
    let tenant = unlimited(Switches { per_page_max: 50, ..Switches::default() }).await;
    assert_eq!(tenant.get("/api/v2/users?per_page=50").await.status, 200);
    let refused = tenant.get("/api/v2/users?per_page=51").await;
    assert_eq!(
        refused.body["message"],
        "Query validation error: 'Value 51 is greater than maximum 50' on property per_page (Number of results per \
         page)."
    );
}

#[tokio::test]
async fn batches_may_be_bounded() {
    let members = "/api/v2/roles/rol_0123456789abcdef/users";
    let two = json!({"users": ["auth0|1", "auth0|2"]});
    let tenant = unlimited(Switches { role_batch_max: Some(1), ..Switches::default() }).await;
    let refused = tenant.post(members, two.clone()).await;
    assert_eq!((refused.status.as_u16(), &refused.body["errorCode"]), (400, &json!("invalid_body")));
    assert!(refused.body["message"].as_str().unwrap().contains("Array is too long (2), maximum 1"));
    assert_eq!(tenant.post(members, json!({"users": ["auth0|2"]})).await.status, 200);
    let tenant = unlimited(Switches::default()).await;
    assert_eq!(tenant.post(members, two).await.status, 200);
}

#[tokio::test]
async fn granting_what_is_held_may_be_refused() {
    let switches = Switches { repeated_role: RepeatedRole::Refused, ..Switches::default() };
    let tenant = unlimited(switches).await;
    let roles = json!({"roles": ["rol_0123456789abcdef"]});
    let of_ada = format!("{ADA}/roles");
    assert_eq!(tenant.post(&of_ada, roles.clone()).await.status, 400);
    let batch = json!({"users": ["auth0|1", "auth0|2"]});
    assert_eq!(tenant.post("/api/v2/roles/rol_0123456789abcdef/users", batch).await.status, 400);
    assert_eq!(tenant.get("/api/v2/users/auth0%7C2/roles").await.body, json!([]), "all or nothing");
    assert_eq!(tenant.delete_with(&of_ada, roles.clone()).await.status, 204);
    assert_eq!(tenant.delete_with(&of_ada, roles).await.status, 400);
}

#[tokio::test]
async fn some_refusals_may_carry_a_code() {
    for (uncertain_codes, carried) in [(UncertainCodes::Absent, false), (UncertainCodes::Present, true)] {
        let tenant = unlimited(Switches { uncertain_codes, ..Switches::default() }).await;
        let mut weak = new_user("cy@example.com");
        weak["password"] = json!("weak");
        for refused in [
            tenant.post("/api/v2/users", weak).await,
            tenant.patch(ADA, json!({"email": "cy@example.com", "password": "aG00dEnough!Password"})).await,
            tenant.patch(ADA, json!({"email": "bo@example.com"})).await,
        ] {
            assert_eq!((refused.status.as_u16(), refused.body.get("errorCode").is_some()), (400, carried));
        }
    }
}

#[tokio::test]
async fn a_new_address_may_stay_verified() {
    for (email_change, verified) in [(EmailChange::Unverifies, false), (EmailChange::KeepsVerified, true)] {
        let tenant = unlimited(Switches { email_change, ..Switches::default() }).await;
        let patched = tenant.patch(ADA, json!({"email": "cy@example.com"})).await;
        assert_eq!(patched.body["email_verified"], verified, "{email_change:?}");
    }
}

#[tokio::test]
async fn the_same_address_again_may_end_sessions() {
    for (unchanged_email, left) in [(UnchangedEmail::Nothing, 1), (UnchangedEmail::EndsSessions, 0)] {
        let tenant = unlimited(Switches { unchanged_email, ..Switches::default() }).await;
        tenant.patch(ADA, json!({"email": "ada@example.com"})).await;
        assert_eq!(tenant.simulator.state().sessions.len(), left, "{unchanged_email:?}");
    }
}

#[tokio::test]
async fn sessions_may_be_ended_on_every_plan() {
    for (session_api, status) in [(SessionApi::ByPlan, 403), (SessionApi::Always, 202)] {
        let tenant = ada(RatePlan::Free, Switches { session_api, ..Switches::default() }).await;
        assert_eq!(tenant.delete(&format!("{ADA}/sessions")).await.status, status, "{session_api:?}");
    }
}

#[tokio::test]
async fn names_may_be_shorter() {
    let tenant = unlimited(Switches { name_max: 150, nickname_max: 10, ..Switches::default() }).await;
    for (field, longest) in [("name", 150), ("nickname", 10)] {
        for (length, status) in [(longest, 200), (longest + 1, 400)] {
            let patched = tenant.patch(ADA, json!({field: "x".repeat(length)})).await;
            assert_eq!(patched.status, status, "{field} of {length}");
        }
    }
}

/// A switch that is added needs a test here or beside what it changes, and a line in this list.
#[test]
fn every_switch_is_known_here() {
    let Value::Object(all) = serde_json::to_value(Switches::default()).unwrap() else { panic!("no object") };
    let elsewhere = [
        "absent_user_delete",
        "clock_ahead_s",
        "export_end",
        "export_link_ms",
        "export_ms",
        "export_store",
        "exports_max",
        "retry_after",
        "role_members_lag_ms",
    ];
    let here = [
        "email_change",
        "group_limit_message",
        "hidden_global",
        "name_max",
        "nickname_max",
        "per_page_max",
        "refill",
        "refused",
        "repeated_role",
        "reset",
        "role_batch_max",
        "session_api",
        "totals",
        "uncertain_codes",
        "unchanged_email",
        "user_writes",
    ];
    let mut known = [&elsewhere[..], &here].concat();
    known.sort_unstable();
    assert_eq!(all.keys().map(String::as_str).collect::<Vec<_>>(), known);
}
