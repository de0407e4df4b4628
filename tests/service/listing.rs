//! Lists, page by page; people, one by one; and requests that make no sense.

use reqwest::Method;
use serde_json::{Value, json};
use simulator::Trouble;

use super::served::{As, Served, linked};
use crate::world::{Company, World};

fn company() -> Company {
    Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .row(2, "Ben Okoye", "Packing", "associate")
        .staff(7)
}

/// All of a list, three at a time.
async fn all(served: &Served, path: &str) -> Vec<Value> {
    let (mut items, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = served.get(&format!("{path}?limit=3{cursor}")).by(As::Viewer).send().await;
        assert!(page.items().len() <= 3, "{page}");
        items.extend_from_slice(page.items());
        match page.body["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return items,
        }
    }
}

#[tokio::test]
async fn pages_together_are_the_list_and_nothing_twice() {
    let served = Served::with(company()).await;
    for only in ["create", "link", "grant", "block"] {
        served.post("/api/plans").json(&json!({ "only": [only] })).send().await;
    }
    served.post("/api/admin/employees/2/create-auth0").send().await;
    for path in ["/api/employees", "/api/plans", "/api/runs", "/api/audit"] {
        let whole = served.get(&format!("{path}?limit=500")).send().await;
        assert_eq!(whole.body["next"], Value::Null, "{path}");
        assert_eq!(all(&served, path).await, whole.items(), "{path}");
        for bad in ["limit=0", "limit=501", "limit=x"] {
            let refused = served.get(&format!("{path}?{bad}")).send().await;
            assert_eq!((refused.status, refused.problem()), (400, "bad-request"), "{path}?{bad}: {refused}");
        }
    }
    let refused = served.get("/api/plans?cursor=yesterday").send().await;
    insta::assert_snapshot!(refused, @r#"
    400
    content-type: application/problem+json
    {
      "detail": "\"yesterday\" is no cursor",
      "next": "take `next` of the page before",
      "status": 400,
      "title": "The request makes no sense",
      "type": "urn:rollcall:problem:bad-request"
    }
    "#);
}

#[tokio::test]
async fn a_person_is_shown_and_explained() {
    let served = Served::with(company()).await;
    let shown = served.get("/api/employees/1").by(As::Viewer).send().await;
    assert_eq!((shown.status, &shown.body["row"]["full_name"]), (200, &json!("Ana Silva")), "{shown}");
    let explained = served.get("/api/employees/2/explain").by(As::Viewer).send().await;
    assert_eq!(explained.status, 200, "{explained}");
    let changes: Vec<&str> =
        explained.body["changes"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
    assert_eq!(changes, ["create-2", "grant-2"], "{explained}");
    for path in ["/api/employees/404", "/api/employees/404/explain"] {
        let none = served.get(path).send().await;
        assert_eq!((none.status, none.problem()), (404, "not-found"), "{path}: {none}");
    }
    let wrote = served
        .world
        .simulator
        .journal()
        .into_iter()
        .find(|it| it.method != "GET" && it.path != "/oauth/token");
    assert_eq!(wrote, None, "looking writes nothing");
}

#[tokio::test]
async fn a_link_is_made_and_untied_by_hand() {
    let served = Served::with(company().user("auth0|9", crate::world::account(9, "Ben Okoye", "", ""))).await;
    let tie = |user: &str| served.ask(Method::PUT, "/api/employees/2/link").json(&json!({ "user": user }));
    let nobody = tie("auth0|404").by(As::Approver).send().await;
    assert!((400..500).contains(&nobody.status), "{nobody}");
    let taken = tie("auth0|1").send().await;
    assert_eq!((taken.status, taken.problem()), (409, "conflict"), "{taken}");
    assert_eq!(tie("auth0|9").send().await.status, 204);
    assert_eq!(linked(&served.world, 2).await.as_deref(), Some("auth0|9"));
    let untied = served.ask(Method::DELETE, "/api/employees/2/link").send().await;
    assert_eq!((untied.status, linked(&served.world, 2).await), (204, None));
    let again = served.ask(Method::DELETE, "/api/employees/2/link").send().await;
    assert!((400..500).contains(&again.status), "{again}");
    let events: Vec<Value> =
        served.audited("&employee=2").await.iter().map(|it| it["event"].clone()).collect();
    assert_eq!(events, ["employee_unlinked", "employee_linked"]);
}

#[tokio::test]
async fn a_mail_is_sent_once_more() {
    let mut company = company();
    company.policy.onboarding.welcome =
        diff::Welcome::Invitation { client_id: simulator::PUBLIC_APPLICATION.to_owned() };
    let served = Served::with(company).await;
    let before = served.world.simulator.mails().len();
    let sent = served.post("/api/employees/1/resend").json(&json!({ "mail": "invitation" })).send().await;
    assert_eq!(sent.status, 200, "{sent}");
    assert_eq!(served.world.simulator.mails().len(), before + 1);
    let other = served.post("/api/employees/1/resend").json(&json!({ "mail": "postcard" })).send().await;
    assert_eq!((other.status, other.problem()), (400, "bad-request"), "{other}");
    let nobody = served.post("/api/employees/2/resend").json(&json!({})).send().await;
    assert!((400..500).contains(&nobody.status), "{nobody}");
}

#[tokio::test]
async fn what_failed_is_listed_and_released() {
    let mut world = World::with(company()).await;
    world.without_retries();
    let served = Served::over(world, |_| (), Vec::new()).await;
    let refusal = crate::world::fault("POST", "/api/v2/users", 1, 0, Trouble::Garbage);
    served.world.faults(vec![refusal]);
    served.post("/api/admin/employees/2/create-auth0").send().await;
    served.world.faults(Vec::new());
    let failing = served.get("/api/quarantine").by(As::Viewer).send().await;
    assert_eq!(failing.status, 200, "{failing}");
    let released = served.post("/api/quarantine/2/release").by(As::Approver).json(&json!({})).send().await;
    assert!([200, 404].contains(&released.status), "{released}");
    let none = served.post("/api/quarantine/404/release").json(&json!({})).send().await;
    assert!((400..500).contains(&none.status), "{none}");
}

#[tokio::test]
async fn requests_that_make_no_sense_are_told_why() {
    let served = Served::over(World::with(company()).await, |it| it.longest_body = 1_000, Vec::new()).await;
    let mut said = Vec::new();
    for (what, asking) in [
        ("no JSON", served.post("/api/plans").header("content-type", "application/json").raw("{")),
        ("another type", served.post("/api/plans").header("content-type", "text/plain").raw("{}")),
        ("an unknown field", served.post("/api/plans").json(&json!({ "limitt": 3 }))),
        ("an unknown kind", served.post("/api/plans").json(&json!({ "only": ["delete"] }))),
        ("too long", served.post("/api/plans").json(&json!({ "employees": ["1".repeat(2_000)] }))),
        ("another method", served.ask(Method::DELETE, "/api/plans")),
        ("nothing there", served.get("/api/plan")),
        ("no number", served.get("/api/plans/seven")),
        ("nobody in the table", served.post("/api/plans").json(&json!({ "employees": ["404"] }))),
    ] {
        said.push(format!("# {what}\n{}", asking.send().await));
    }
    insta::assert_snapshot!(said.join("\n\n"));
}

#[tokio::test]
async fn a_request_keeps_its_id_and_bad_ones_get_another() {
    let served = Served::with(company()).await;
    let named = served.get("/api/plans").header("x-request-id", "nightly-7").send().await;
    assert_eq!(named.header("x-request-id"), "nightly-7");
    let bad = served.get("/api/plans").header("x-request-id", "a b").send().await;
    assert_eq!(bad.header("x-request-id").len(), 16);
}

#[tokio::test]
async fn the_document_of_the_api_is_openapi_and_what_it_was() {
    let served = Served::with(company()).await;
    let path = format!("{}/../fixtures/openapi/openapi-3.1.schema.json", env!("CARGO_MANIFEST_DIR"));
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::options().build(&schema).unwrap();
    let document = served.contract.document();
    let errors: Vec<String> = validator.iter_errors(document).map(|it| it.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    let operations: Vec<String> =
        served.contract.operations().iter().map(|(it, path)| format!("{it} {path}")).collect();
    insta::assert_snapshot!(operations.join("\n"));
    insta::assert_snapshot!(document["info"]["description"].as_str().unwrap());
}
