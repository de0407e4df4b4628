//! `create-auth0`: every answer that it gives.

use serde_json::json;
use simulator::{Options, Trouble};

use super::served::{As, Served, linked, proposed};
use crate::world::{Company, World, account, fault};

const CREATE: &str = "/api/admin/employees/1/create-auth0";

/// A newcomer among settled people, with their role in the tenant.
fn newcomer() -> Company {
    Company::new().row(1, "Ana Silva", "Packing", "associate").staff(5)
}

#[tokio::test]
async fn an_account_is_made_once_and_found_again() {
    let served = Served::with(newcomer()).await;
    let made = served.post(CREATE).send().await;
    assert_eq!(made.status, 201, "{made}");
    assert_eq!((&made.body["employee"], &made.body["created"]), (&json!("1"), &json!(true)));
    assert_eq!(made.body["user"].as_str(), linked(&served.world, 1).await.as_deref());
    let again = served.post(CREATE).send().await;
    assert_eq!(again.status, 200, "{again}");
    assert_eq!((&again.body["user"], &again.body["created"]), (&made.body["user"], &json!(false)));
    let audited = served.audited("&employee=1").await;
    let events: Vec<_> = audited.iter().rev().map(|it| format!("{} by {}", it["event"], it["by"])).collect();
    insta::assert_snapshot!(events.join("\n"), @r#"
    "auth0_user_created" by "operator"
    "auth0_roles_assigned" by "operator"
    "#);
    served.world.assert_settled().await;
}

#[tokio::test]
async fn a_user_with_the_address_waits_for_an_approver_and_is_linked_then() {
    let company = newcomer().user("auth0|1", account(1, "Ana Silva", "Packing", "associate"));
    let served = Served::with(company).await;
    let waits = served.post(CREATE).send().await;
    insta::assert_snapshot!(waits, @r#"
    202
    content-type: application/json
    location: /api/plans/1
    {
      "changes": [
        "link 1 Ana Silva (auth0|1): not linked yet · found by employee id and address",
        "grant 1 Ana Silva (auth0|1): production_associate (role_code = associate) · found by employee id and address"
      ],
      "next": "somebody with the role approver approves it: POST /api/plans/1/approve",
      "plan": 1
    }
    "#);
    assert_eq!(linked(&served.world, 1).await, None);
    let plan = waits.body["plan"].as_i64().unwrap();
    let approved = served.post(&format!("/api/plans/{plan}/approve")).by(As::Approver).send().await;
    assert_eq!(approved.body, json!({ "approved": true, "missing": null, "applying": true }));
    served.until(&format!("/api/plans/{plan}"), |it| it.body["review"]["state"] == "applied").await;
    let found = served.post(CREATE).send().await;
    assert_eq!((found.status, &found.body["user"]), (200, &json!("auth0|1")), "{found}");
    served.world.assert_settled().await;
}

#[tokio::test]
async fn an_admin_role_waits_for_an_approver() {
    let served =
        Served::with(newcomer().cell(1, "role_code", "admin").settled(2, "Ben Okoye", "IT", "admin")).await;
    let waits = served.post(CREATE).send().await;
    insta::assert_snapshot!(waits, @r#"
    202
    content-type: application/json
    location: /api/plans/1
    {
      "changes": [
        "create 1 Ana Silva: ana.silva@example.com · employed, no account yet",
        "grant 1 Ana Silva: admin (role_code = admin)"
      ],
      "next": "somebody with the role approver approves it: POST /api/plans/1/approve",
      "plan": 1
    }
    "#);
}

#[tokio::test]
async fn nobody_of_that_number_is_not_found() {
    let served = Served::with(newcomer()).await;
    let none = served.post("/api/admin/employees/404/create-auth0").send().await;
    insta::assert_snapshot!(none, @r#"
    404
    content-type: application/problem+json
    {
      "detail": "there is no employee 404 in the table; there is 104",
      "status": 404,
      "title": "Not found",
      "type": "urn:rollcall:problem:not-found"
    }
    "#);
    let bad = served.post("/api/admin/employees/%20/create-auth0").send().await;
    assert_eq!((bad.status, bad.problem()), (400, "bad-request"), "{bad}");
}

#[tokio::test]
async fn several_users_who_may_be_the_person_are_named() {
    let mut marked = account(1, "Ana Silva", "Packing", "associate");
    marked["email"] = json!("ana.old@example.com");
    let mut addressed = account(1, "Ana Silva", "Packing", "associate");
    addressed["app_metadata"] = json!({});
    let company = newcomer().user("auth0|marked", marked).user("auth0|addressed", addressed);
    let served = Served::with(company).await;
    let ambiguous = served.post(CREATE).send().await;
    insta::assert_snapshot!(ambiguous, @r#"
    409
    content-type: application/problem+json
    {
      "candidates": [
        "auth0|addressed",
        "auth0|marked"
      ],
      "detail": "more than one user may be this person: auth0|addressed or auth0|marked",
      "next": "rollcall employee link 1 USER, one of 'auth0|addressed', 'auth0|marked'",
      "status": 409,
      "title": "A person must say whose account it is",
      "type": "urn:rollcall:problem:ambiguous"
    }
    "#);
}

#[tokio::test]
async fn a_row_that_is_unfit_is_told_by_its_fields() {
    let served = Served::with(newcomer().cell(1, "email", "ana.silva@")).await;
    let unfit = served.post(CREATE).send().await;
    insta::assert_snapshot!(unfit, @r#"
    422
    content-type: application/problem+json
    {
      "detail": "the address \"ana.silva@\" is not of the form name@domain",
      "fields": [
        {
          "field": "email",
          "problem": "the address \"ana.silva@\" is not of the form name@domain"
        }
      ],
      "next": "in the employee table: write the person's address",
      "status": 422,
      "title": "The row is not fit for it",
      "type": "urn:rollcall:problem:unfit"
    }
    "#);
}

#[tokio::test]
async fn whoever_has_left_gets_no_account() {
    let company = newcomer().cell(1, "status", "terminated").settled(2, "Ben Okoye", "Packing", "associate");
    let served = Served::with(company).await;
    let left = served.post(CREATE).send().await;
    insta::assert_snapshot!(left, @r#"
    409
    content-type: application/problem+json
    {
      "detail": "employee 1 has left, so that no account is due",
      "next": "GET /api/employees/1 tells what became of theirs",
      "status": 409,
      "title": "It cannot be done as things stand",
      "type": "urn:rollcall:problem:conflict"
    }
    "#);
    served.world.hr(2, "status", "terminated").await;
    let linked = served.post("/api/admin/employees/2/create-auth0").send().await;
    assert_eq!((linked.status, linked.problem()), (409, "conflict"), "{linked}");
}

#[tokio::test]
async fn a_tenant_that_is_out_of_requests_says_when_to_come_back() {
    let mut world = World::with(newcomer()).await;
    world.without_retries();
    let served = Served::over(world, |_| (), Vec::new()).await;
    served.world.faults(vec![fault("GET", "/api/v2/users", 1, 0, Trouble::TooManyRequests)]);
    let limited = served.post(CREATE).send().await;
    assert_eq!((limited.status, limited.problem()), (429, "tenant-limit"), "{limited}");
    assert!(limited.header("retry-after").parse::<u64>().unwrap() > 0);
    served.world.faults(Vec::new());
    assert_eq!(served.post(CREATE).send().await.status, 201);
    served.world.assert_settled().await;
}

#[tokio::test]
async fn a_tenant_that_does_not_answer_is_asked_again_later() {
    let mut world = World::with(newcomer()).await;
    world.without_retries();
    let served = Served::over(world, |_| (), Vec::new()).await;
    for trouble in [Trouble::ServerError, Trouble::Reset] {
        served.world.faults(vec![fault("POST", "/api/v2/users", 1, 0, trouble)]);
        let down = served.post(CREATE).send().await;
        assert_eq!((down.status, down.problem()), (503, "unavailable"), "{down}");
        assert!(down.header("retry-after").parse::<u64>().unwrap() > 0);
    }
    served.world.faults(Vec::new());
    assert_eq!(served.post(CREATE).send().await.status, 201);
    served.world.assert_settled().await;
}

#[tokio::test]
async fn who_does_not_want_to_wait_gets_a_place_to_look() {
    let served = Served::with(newcomer()).await;
    let queued = served.post(CREATE).header("prefer", "respond-async, wait=1").send().await;
    assert_eq!((queued.status, queued.header("preference-applied")), (202, "respond-async"), "{queued}");
    let place = queued.header("location").to_owned();
    let done = served.until(&place, |it| it.body["state"] == "done").await;
    assert_eq!(
        (&done.body["status"], &done.body["answer"]["created"]),
        (&json!(201), &json!(true)),
        "{done}"
    );
    assert_eq!(served.get("/api/operations/nothing").send().await.status, 404);
    served.world.assert_settled().await;
}

#[tokio::test]
async fn one_person_goes_ahead_of_a_run() {
    let crowd =
        (20..60).fold(newcomer(), |it, id| it.row(id, &format!("Joiner {id}"), "Packing", "associate"));
    let world = World::at(crowd, Options { latency_ms: 30, ..Options::default() }).await;
    let mut served = Served::over(world, |_| (), Vec::new()).await;
    let everybody_else: Vec<String> = (20..60).map(|it| it.to_string()).collect();
    let wish = json!({ "employees": everybody_else, "first_sync": true });
    let waits = served.post("/api/plans").json(&wish).send().await;
    let plan = waits.body["plan"].as_i64().unwrap();
    served.post(&format!("/api/plans/{plan}/approve")).send().await;
    served.until("/api/runs", |it| it.items().iter().any(|it| it["state"] == "running")).await;
    let made = served.post(CREATE).send().await;
    assert_eq!(made.status, 201, "{made}");
    let runs = served.get("/api/runs").send().await;
    let whole = runs.items().iter().find(|it| it["plan"] == plan).unwrap().clone();
    assert_eq!(whole["state"], "running", "the run of everybody else is under way: {runs}");
    served.until(&format!("/api/runs/{}", whole["id"]), |it| it.body["state"] == "applied").await;
    served.world.assert_settled().await;
    assert!(served.stop().await);
}

#[tokio::test]
async fn all_who_have_no_account_are_one_plan() {
    let company = newcomer().row(2, "Ben Okoye", "Packing", "associate").cell(101, "department", "Shipping");
    let served = Served::with(company).await;
    let waits = served.post("/api/admin/employees/create-auth0").send().await;
    insta::assert_snapshot!(waits, @r#"
    202
    content-type: application/json
    location: /api/plans/1
    {
      "changes": [
        "create 1 Ana Silva: ana.silva@example.com · employed, no account yet",
        "create 2 Ben Okoye: ben.okoye@example.com · employed, no account yet",
        "grant 1 Ana Silva: production_associate (role_code = associate)",
        "grant 2 Ben Okoye: production_associate (role_code = associate)"
      ],
      "next": "somebody with the role approver approves it: POST /api/plans/1/approve",
      "plan": 1
    }
    "#);
    served.post(&format!("/api/plans/{}/approve", waits.body["plan"])).send().await;
    served.until("/api/runs", |it| it.items().iter().any(|it| it["state"] == "applied")).await;
    let nobody = served.post("/api/admin/employees/create-auth0").send().await;
    assert_eq!((nobody.status, &nobody.body), (200, &json!({ "outcome": "nothing" })), "{nobody}");
    let rest = proposed(&served).await;
    let plan = served.get(&format!("/api/plans/{rest}")).send().await;
    assert_eq!(plan.body["plan"]["changes"].as_array().unwrap().len(), 1, "one has moved: {plan}");
}
