//! PodFactory plays itself: it knows nothing of Rollcall, reads Auth0's users with an application of its own, and
//! finds its people by address, then by name.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use simulator::Options;

use crate::world::{Company, World};

/// What PodFactory keeps of an employee.
struct Person {
    id: i64,
    email: &'static str,
    name: &'static str,
}

const PEOPLE: [Person; 6] = [
    Person { id: 1, email: "Ana.Costa@Example.com", name: "Ana Silva" },
    Person { id: 2, email: "ben.okoye@example.com", name: "Ben Okoye" },
    Person { id: 4, email: "dora.novak@example.com", name: "Dora Novak" },
    Person { id: 5, email: "eva.berg@example.com", name: "Eva Berg" },
    // PodFactory has an address that Auth0 cannot have yet: the name must do.
    Person { id: 6, email: "taken@example.com", name: "Finn Lund" },
    Person { id: 7, email: "Gül.Öz@example.com", name: "Gül Öz" },
];

fn company() -> Company {
    Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .cell(1, "email", "Ana.Costa@Example.com")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .settled(3, "Cem Aydin", "Packing", "associate")
        .cell(3, "status", "terminated")
        .row(4, "Dora Novak", "IT", "manager")
        .row(5, "Eva Berg", "IT", "associate")
        .user("auth0|55", json!({ "email": "eva.berg@example.com", "name": "eva" }))
        .settled(6, "Finn Lund", "IT", "associate")
        .cell(6, "email", "taken@example.com")
        .user("auth0|99", json!({ "email": "taken@example.com", "name": "Somebody Else" }))
        .row(7, "Gül Öz", "IT", "associate")
        .cell(7, "email", "guel.oez@example.com")
        .application("podfactory", "podfactory-secret", &["read:users"])
}

#[tokio::test]
async fn podfactory_finds_everybody_who_works_here() {
    // PodFactory reads at noon, long after the search has caught up.
    let world = World::at(company(), Options { search_lag_ms: 0, ..Options::default() }).await;
    world.carry_on().await;
    let users = read_users(&world.simulator.url()).await;
    let mut found = BTreeMap::new();
    for person in &PEOPLE {
        let user = by_email(&users, person.email).or_else(|| by_name(&users, person.name));
        let user = user.unwrap_or_else(|| panic!("PodFactory does not find {}", person.name));
        assert_ne!(user["blocked"], json!(true), "{}", person.name);
        found.insert(person.id, user["user_id"].as_str().unwrap().to_owned());
    }
    for (id, user) in &found {
        let linked = world.linked(*id).await.unwrap();
        // Finn's address is a stranger's in the tenant, as the plan says: PodFactory finds the stranger.
        if *id != 6 {
            assert_eq!(linked.as_str(), user, "employee {id}");
        }
    }
    let gone = by_email(&users, "cem.aydin@example.com").unwrap();
    assert_eq!(gone["blocked"], json!(true));
}

fn by_email<'a>(users: &'a [Value], email: &str) -> Option<&'a Value> {
    users.iter().find(|it| it["email"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(email)))
}

fn by_name<'a>(users: &'a [Value], name: &str) -> Option<&'a Value> {
    users.iter().find(|it| it["name"] == name)
}

/// All pages, as any client of the Management API reads them.
async fn read_users(url: &str) -> Vec<Value> {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let body = json!({
        "grant_type": "client_credentials",
        "client_id": "podfactory",
        "client_secret": "podfactory-secret",
        "audience": format!("{url}/api/v2/"),
    });
    let token: Value =
        http.post(format!("{url}/oauth/token")).json(&body).send().await.unwrap().json().await.unwrap();
    let mut users = Vec::new();
    for page in 0.. {
        let asked = format!("{url}/api/v2/users?per_page=3&page={page}&sort=email:1&search_engine=v3");
        let answer =
            http.get(asked).bearer_auth(token["access_token"].as_str().unwrap()).send().await.unwrap();
        let page: Vec<Value> = answer.json().await.unwrap();
        if page.is_empty() {
            break;
        }
        users.extend(page);
    }
    users
}
