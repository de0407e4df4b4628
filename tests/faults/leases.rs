//! A process that slept, or was held up, while its lease ran out.

use engine::{ApplyError, Engine, Stop};
use insta::assert_snapshot;
use simulator::{Fault, Trouble};

use crate::world::{Company, World, fault, person, until};

fn company() -> Company {
    Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .row(3, "Cem Aydin", "Packing", "associate")
        .cell(1, "department", "IT")
        .cell(2, "status", "terminated")
}

async fn approved() -> (World, crate::world::Hands) {
    let mut world = World::with(company()).await;
    world.plan().await;
    world.approve_as("grace").await;
    let hands = world.ticking();
    (world, hands)
}

fn slow(method: &str, path: &str) -> Fault {
    Fault { ms: 400, ..fault(method, path, 1, 1, Trouble::Delay) }
}

async fn apply(world: &World, engine: &Engine, holder: &str) -> Result<diff::Report, ApplyError> {
    engine.apply(world.latest(), &person("op"), holder, &Stop::new(), &|_| ()).await
}

/// Waits until a request of the path is under way.
async fn under_way(world: &World, path: &str) {
    until(|| world.simulator.journal().iter().any(|it| it.path == path && it.status.is_none())).await;
}

#[tokio::test]
async fn a_lease_that_is_stolen_between_intent_and_call_sends_nothing() {
    let (world, hands) = approved().await;
    world.faults(vec![slow("POST", "/oauth/token")]); // the first call waits for its token, as for a bucket
    let (sleeper, thief) = (world.another(|_| ()), world.another(|_| ()));
    let theft = async {
        under_way(&world, "/oauth/token").await;
        hands.pass(20);
        apply(&world, &thief, "host:2").await
    };
    let (slept, stolen) = tokio::join!(apply(&world, &sleeper, "host:1"), theft);
    assert!(stolen.unwrap().is_complete());
    let slept = slept.unwrap_err();
    assert!(matches!(slept, ApplyError::LeaseLost), "{slept}");
    assert_snapshot!(slept, @"the lease was lost to another process; what was done is in the journal");
    assert_snapshot!(world.writes(), @r#"
    PATCH /users/auth0|2 {"app_metadata":{"rollcall_blocked":true},"blocked":true} → 200
    DELETE /users/auth0|2/sessions → 202
    DELETE /users/auth0|2/refresh-tokens → 202
    DELETE /users/auth0|2/roles {"roles":["[production_associate]"]} → 204
    PATCH /users/auth0|1 {"user_metadata":{"department":"IT"}} → 200
    POST /users {"app_metadata":{"employee_id":3,"role_code":"associate"},"connection":"Username-Password-Authentication","email":"cem.aydin@example.com","email_verified":false,"name":"Cem Aydin","password":"[redacted]","user_metadata":{"department":"Packing","employee_id":3,"full_name":"Cem Aydin"},"verify_email":true} → 201
    POST /users/auth0|[cem.aydin]/roles {"roles":["[production_associate]"]} → 204
    "#);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_process_that_slept_and_lost_nothing_goes_on() {
    let (world, hands) = approved().await;
    world.faults(vec![slow("POST", "/oauth/token")]);
    let sleeper = world.another(|_| ());
    let sleep = async {
        under_way(&world, "/oauth/token").await;
        hands.pass(20);
    };
    let (report, ()) = tokio::join!(apply(&world, &sleeper, "host:1"), sleep);
    let report = report.unwrap();
    assert!(report.is_complete(), "{}", world.said(&report));
    let calls = world.engine.store().calls(report.run).await.unwrap();
    let told: Vec<String> = calls
        .iter()
        .map(|it| {
            format!(
                "{} {}{}",
                it.id.seq,
                it.state,
                it.answer.as_ref().map(|it| format!(": {it}")).unwrap_or_default()
            )
        })
        .collect();
    assert_snapshot!(told.join("\n"), @r#"
    1 failed: "it was not sent: the lease was about to end"
    2 done
    3 done
    4 done
    5 done
    6 done
    7 done
    8 done
    "#);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_lease_that_is_taken_between_two_calls_ends_the_run_before_the_next() {
    let (world, hands) = approved().await;
    world.simulator.clear_journal();
    world.faults(vec![slow("DELETE", "/api/v2/users/{user_id}/sessions")]);
    let sleeper = world.another(|_| ());
    let theft = async {
        under_way(&world, "/api/v2/users/auth0%7C2/sessions").await;
        hands.pass(20);
        let (store, tenant) = (world.engine.store(), world.engine.tenant());
        store.lease(tenant, "host:2", world.now(), chrono::TimeDelta::seconds(15)).await.unwrap()
    };
    let (slept, stolen) = tokio::join!(apply(&world, &sleeper, "host:1"), theft);
    assert!(matches!(slept.unwrap_err(), ApplyError::LeaseLost));
    assert_snapshot!(world.writes(), @r#"
    PATCH /users/auth0|2 {"app_metadata":{"rollcall_blocked":true},"blocked":true} → 200
    DELETE /users/auth0|2/sessions → 202
    "#);
    let run = &world.engine.store().runs(1).await.unwrap()[0];
    let states: Vec<String> =
        world.engine.store().calls(run.id).await.unwrap().iter().map(|it| it.state.to_string()).collect();
    assert_eq!(states, ["done", "done"], "the answer that came late stands in the journal");
    world.engine.store().release(stolen).await.unwrap();
    let report = world.try_apply().await.unwrap();
    assert!(report.is_complete(), "{}", world.said(&report));
    world.assert_settled().await;
}
