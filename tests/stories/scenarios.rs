//! Every scenario folder once more, over HTTP: the plan is the one that files give, and one run settles.

use std::path::Path;

use diff::{Employee, RolesRead};
use simulator::State;

use crate::scenarios::{company, folder};
use crate::world::{Company, World};

#[tokio::test]
async fn every_scenario_plans_over_http_what_it_plans_from_files_and_settles() {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/scenarios");
    let mut folders: Vec<_> = std::fs::read_dir(folders).unwrap().map(|it| it.unwrap().path()).collect();
    folders.sort();
    for folder in folders.into_iter().filter(|it| it.join("scenario.json").exists()) {
        let (scenario, _) = folder::read(&folder);
        // Over HTTP roles are always read.
        if scenario.roles == RolesRead::Read {
            told_and_settled(&scenario, folder.file_name().unwrap().to_str().unwrap()).await;
        }
    }
}

async fn told_and_settled(scenario: &company::Company, name: &str) {
    let mut expected = scenario.plan();
    let world = World::with(over_http(scenario)).await;
    let runs = scenario.scope.limit.map_or(1, |it| scenario.rows.len().div_ceil(it));
    for _ in 0..runs {
        let proposed = world.plan().await;
        let changes: Vec<_> = proposed.plan.changes().iter().collect();
        assert_eq!(changes, expected.changes().iter().collect::<Vec<_>>(), "{name}");
        assert_eq!(proposed.plan.document().notes, expected.document().notes, "{name}");
        if proposed.plan.is_empty() {
            break;
        }
        if proposed.breaches.is_empty() {
            world.approve_as("grace").await;
            world.apply().await;
        } else {
            return; // refused as a whole; `review` tells what then
        }
        if runs > 1 {
            expected = world.preview().await.plan;
        }
    }
    if name == "column-disagrees" {
        // The column is unique: when the owner's row gets its user, the row that wrongly named it loses it, and
        // is a joiner in the next plan.
        world.carry_on().await;
    }
    world.assert_nothing_left().await;
}

/// The same people with a tenant that answers.
fn over_http(scenario: &company::Company) -> Company {
    let mut company = Company::new();
    company.rows = scenario.rows.iter().map(|it| (it.id.clone(), cells(it))).collect();
    company.source.id_type = scenario.policy.id_type;
    company.source.more = scenario.rows.iter().flat_map(|it| it.more.keys().cloned()).collect();
    company.mirrored = false;
    // Another table may let two rows name one user; ours does not.
    company.before_rows.push("DROP INDEX rollcall_employees_auth0_user_id".to_owned());
    company.now = format!("{}T08:00:00Z", scenario.today);
    company.tenant = tenant(scenario);
    company.links = scenario.links.clone();
    company.policy = scenario.policy.clone();
    company.scope = scenario.scope.clone();
    company.first_sync = scenario.first_sync;
    company
}

fn cells(row: &Employee) -> std::collections::BTreeMap<String, String> {
    let columns = Employee::COLUMNS.into_iter().map(str::to_owned).chain(row.more.keys().cloned());
    let mut cells: std::collections::BTreeMap<String, String> =
        columns.map(|it| (it.clone(), row.cell(&it).to_owned())).collect();
    if let Some(user) = &row.written_back {
        cells.insert("auth0_user_id".to_owned(), user.to_string());
    }
    cells
}

fn tenant(scenario: &company::Company) -> State {
    let mut state = State { roles: Vec::new(), ..State::default() };
    for user in scenario.tenant.users() {
        state.users.push(serde_json::from_value(serde_json::Value::Object(user.clone())).unwrap());
    }
    for user in &state.users {
        for identity in &user.identities {
            if !state.connections.iter().any(|it| it.name == identity.connection) {
                let json = serde_json::json!({ "name": identity.connection, "strategy": identity.provider });
                state.connections.push(serde_json::from_value(json).unwrap());
            }
        }
    }
    if let diff::Welcome::Invitation { client_id } = &scenario.policy.onboarding.welcome {
        state
            .applications
            .push(serde_json::from_value(serde_json::json!({ "client_id": client_id })).unwrap());
    }
    for (name, members) in scenario.tenant.members() {
        let json = serde_json::json!({ "name": name, "members": members });
        state.roles.push(serde_json::from_value(json).unwrap());
    }
    state
}
