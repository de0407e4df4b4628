//! Roles, members and their two ways of paging.

use std::time::Duration;

use serde_json::{Value, json};
use simulator::Switches;

use crate::client::Tenant;

fn crowd(count: usize) -> Value {
    let ids: Vec<String> = (0..count).map(|it| format!("auth0|{it:05}")).collect();
    let users: Vec<Value> = ids.iter().map(|it| json!({"user_id": it})).collect();
    json!({"users": users, "roles": [{"id": "rol_0123456789abcdef", "name": "crowd", "members": ids}]})
}

const MEMBERS: &str = "/api/v2/roles/rol_0123456789abcdef/users";

#[tokio::test]
async fn a_fresh_tenant_has_the_four_roles() {
    let tenant = Tenant::fresh().await;
    let roles = tenant.get("/api/v2/roles").await.body;
    let names: Vec<&str> = roles.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["production_associate", "team_lead", "manager", "admin"]);
    let taken = tenant.post("/api/v2/roles", json!({"name": "admin"})).await;
    assert_eq!(
        taken.body,
        json!({"statusCode": 409, "error": "Conflict", "message": "The role already exists."})
    );
}

#[tokio::test]
async fn checkpoints_reach_everybody_and_offsets_only_a_thousand() {
    let tenant = Tenant::of(crowd(1_050)).await;
    let mut seen = Vec::new();
    let mut path = format!("{MEMBERS}?take=100");
    loop {
        let page = tenant.get(&path).await.body;
        seen.extend(page["users"].as_array().unwrap().iter().map(|it| it["user_id"].to_string()));
        assert!(page.get("total").is_none());
        let Some(next) = page["next"].as_str() else { break };
        path = format!("{MEMBERS}?take=100&from={}", crate::client::encoded(next));
    }
    assert_eq!(seen.len(), 1_050);
    assert!(seen.is_sorted());
    let last = tenant.get(&format!("{MEMBERS}?page=9&per_page=100&include_totals=true")).await.body;
    assert_eq!((last["users"].as_array().unwrap().len(), &last["total"]), (100, &json!(1050)));
    let beyond = tenant.get(&format!("{MEMBERS}?page=10&per_page=100")).await;
    assert_eq!(beyond.status, 400);
    assert_eq!(
        beyond.body["message"],
        "Requesting page 10 exceeds the allowed maximum of 1000 records. To fetch results beyond 1000, use the \
         checkpoint pagination method."
    );
}

#[tokio::test]
async fn granting_is_by_batch_or_by_user_and_repeating_it_is_harmless() {
    let tenant = Tenant::of(json!({"users": [{"user_id": "auth0|1"}, {"user_id": "auth0|2"}]})).await;
    let roles = tenant.get("/api/v2/roles").await.body;
    let (admin, lead) = (roles[3]["id"].as_str().unwrap(), roles[1]["id"].as_str().unwrap());
    let members = format!("/api/v2/roles/{admin}/users");
    for _ in 0..2 {
        let granted = tenant.post(&members, json!({"users": ["auth0|1", "auth0|2"]})).await;
        assert_eq!((granted.status.as_u16(), granted.body), (200, json!({})));
    }
    let of_user = "/api/v2/users/auth0%7C1/roles";
    assert_eq!(tenant.post(of_user, json!({"roles": [lead]})).await.status, 204);
    assert_eq!(tenant.get(of_user).await.body.as_array().unwrap().len(), 2);
    for _ in 0..2 {
        assert_eq!(tenant.delete_with(of_user, json!({"roles": [admin, lead]})).await.status, 204);
    }
    assert_eq!(tenant.get(of_user).await.body, json!([]));
    assert_eq!(tenant.get(&members).await.body.as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_batch_is_all_or_nothing() {
    let tenant = Tenant::of(json!({"users": [{"user_id": "auth0|1"}]})).await;
    let roles = tenant.get("/api/v2/roles").await.body;
    let members = format!("/api/v2/roles/{}/users", roles[0]["id"].as_str().unwrap());
    let refused = tenant.post(&members, json!({"users": ["auth0|1", "auth0|9"]})).await;
    assert_eq!(
        refused.body,
        json!({"statusCode": 404, "error": "Not Found", "message": "One or more of the users do not exist."})
    );
    assert_eq!(tenant.get(&members).await.body, json!([]));
    let none = tenant.post("/api/v2/users/auth0%7C1/roles", json!({"roles": []})).await;
    assert_eq!(
        none.body["message"],
        "Payload validation error: 'Array is too short (0), minimum 1' on property roles (List of roles IDs to \
         associated with the user)."
    );
}

#[tokio::test]
async fn deleting_a_user_or_a_role_takes_the_assignment_along() {
    let tenant = Tenant::of(crowd(2)).await;
    assert_eq!(tenant.delete("/api/v2/users/auth0%7C00000").await.status, 204);
    assert_eq!(tenant.get(MEMBERS).await.body.as_array().unwrap().len(), 1);
    assert_eq!(tenant.delete("/api/v2/roles/rol_0123456789abcdef").await.status, 200);
    assert_eq!(tenant.get("/api/v2/users/auth0%7C00001/roles").await.body, json!([]));
}

#[tokio::test]
async fn with_the_switch_the_list_of_members_lags() {
    let tenant = Tenant::of(json!({"users": [{"user_id": "auth0|1"}]})).await;
    tenant.simulator.set_switches(Switches { role_members_lag_ms: 300, ..Switches::default() });
    let roles = tenant.get("/api/v2/roles").await.body;
    let (role, of_user) = (&roles[0]["id"], "/api/v2/users/auth0%7C1/roles");
    let members = format!("/api/v2/roles/{}/users?take=50", role.as_str().unwrap());
    let shown = async || tenant.get(&members).await.body["users"].as_array().unwrap().len();
    tenant.post(of_user, json!({"roles": [role]})).await;
    assert_eq!((shown().await, tenant.get(of_user).await.body.as_array().unwrap().len()), (0, 1));
    tokio::time::timeout(Duration::from_secs(5), async { while shown().await == 0 {} }).await.unwrap();
    tenant.delete_with(of_user, json!({"roles": [role]})).await;
    assert_eq!(shown().await, 1, "still shown for a while");
    tokio::time::timeout(Duration::from_secs(5), async { while shown().await == 1 {} }).await.unwrap();
}

#[tokio::test]
async fn a_user_holds_fifty_roles_at_most() {
    let roles: Vec<Value> = (0..51).map(|it| json!({"name": format!("role {it}")})).collect();
    let tenant = Tenant::of(json!({"users": [{"user_id": "auth0|1"}], "roles": roles})).await;
    let all = tenant.get("/api/v2/roles?per_page=100").await.body;
    let ids: Vec<&Value> = all.as_array().unwrap().iter().map(|it| &it["id"]).collect();
    let path = "/api/v2/users/auth0%7C1/roles";
    assert_eq!(tenant.post(path, json!({"roles": ids})).await.status, 400);
    assert_eq!(tenant.post(path, json!({"roles": ids[..50]})).await.status, 204);
    assert_eq!(tenant.post(path, json!({"roles": ids[50..]})).await.status, 400);
    assert_eq!(tenant.post(path, json!({"roles": ids[..1]})).await.status, 204, "held already");
}
