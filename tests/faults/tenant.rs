//! Trouble that is about the tenant: the run stops, and the same plan can be finished.

use insta::assert_snapshot;
use simulator::{Fault, Trouble};

use crate::world::{Company, World, fault, until};

fn three_moves_and_a_joiner() -> Company {
    Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .settled(3, "Cem Aydin", "Packing", "associate")
        .row(4, "Dora Novak", "Packing", "associate")
        .cell(1, "department", "IT")
        .cell(2, "department", "IT")
        .cell(3, "status", "terminated")
}

async fn approved() -> World {
    let world = World::with(three_moves_and_a_joiner()).await;
    world.plan().await;
    world.approve_as("grace").await;
    world
}

#[tokio::test]
async fn a_tenant_that_goes_down_in_the_middle_leaves_the_rest_untried_and_the_plan_open() {
    let world = approved().await;
    world.faults(vec![fault("*", "*", 5, 0, Trouble::Reset)]);
    let report = world.try_apply().await.unwrap();
    assert_snapshot!(world.said(&report), @"
    block-3: applied
    create-4: not tried: the tenant cannot be worked with: PATCH /users/auth0|1: no answer from [tenant] after 4 attempts; check the domain and the network: error sending request: client error (SendRequest): connection error: Connection reset by peer (os error 104)
    grant-4: not tried: the tenant cannot be worked with: PATCH /users/auth0|1: no answer from [tenant] after 4 attempts; check the domain and the network: error sending request: client error (SendRequest): connection error: Connection reset by peer (os error 104)
    revoke-3: applied
    update-1: failed: the tenant cannot be worked with: PATCH /users/auth0|1: no answer from [tenant] after 4 attempts; check the domain and the network: error sending request: client error (SendRequest): connection error: Connection reset by peer (os error 104)
    update-2: not tried: the tenant cannot be worked with: PATCH /users/auth0|1: no answer from [tenant] after 4 attempts; check the domain and the network: error sending request: client error (SendRequest): connection error: Connection reset by peer (os error 104)
    stopped: the tenant cannot be worked with: PATCH /users/auth0|1: no answer from [tenant] after 4 attempts; check the domain and the network: error sending request: client error (SendRequest): connection error: Connection reset by peer (os error 104)
    ");
    assert_snapshot!(world.journal(), @r#"
    PATCH /users/auth0|3 {"app_metadata":{"rollcall_blocked":true},"blocked":true} → 200
    DELETE /users/auth0|3/sessions → 202
    DELETE /users/auth0|3/refresh-tokens → 202
    DELETE /users/auth0|3/roles {"roles":["[production_associate]"]} → 204
    PATCH /users/auth0|1 {"user_metadata":{"department":"IT"}} → cut
    PATCH /users/auth0|1 {"user_metadata":{"department":"IT"}} → cut
    PATCH /users/auth0|1 {"user_metadata":{"department":"IT"}} → cut
    PATCH /users/auth0|1 {"user_metadata":{"department":"IT"}} → cut
    "#);
    world.faults(Vec::new());
    world.apply().await;
    assert_snapshot!(world.journal(), @r#"
    GET /users/auth0|1 → 200
    GET /users/auth0|2 → 200
    PATCH /users/auth0|1 {"user_metadata":{"department":"IT"}} → 200
    PATCH /users/auth0|2 {"user_metadata":{"department":"IT"}} → 200
    POST /users {"app_metadata":{"employee_id":4,"role_code":"associate"},"connection":"Username-Password-Authentication","email":"dora.novak@example.com","email_verified":false,"name":"Dora Novak","password":"[redacted]","user_metadata":{"department":"Packing","employee_id":4,"full_name":"Dora Novak"},"verify_email":true} → 201
    POST /users/auth0|[dora.novak]/roles {"roles":["[production_associate]"]} → 204
    "#);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_token_that_is_refused_in_the_middle_is_renewed_once() {
    let world = approved().await;
    world.simulator.expire_tokens();
    world.apply().await;
    assert_eq!(world.count("POST /oauth/token"), 1);
    world.assert_settled().await;
}

#[tokio::test]
async fn credentials_that_are_taken_away_stop_the_run() {
    let mut world = approved().await;
    world.renew(|it| it.client_secret = "a-secret-of-yesterday".into());
    let report = world.try_apply().await.unwrap();
    assert_snapshot!(world.said(&report), @"
    block-3: failed: the tenant cannot be worked with: Auth0 gives no token: 401 Unauthorized (access_denied); check AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET
    create-4: not tried: the tenant cannot be worked with: Auth0 gives no token: 401 Unauthorized (access_denied); check AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET
    grant-4: not tried: the tenant cannot be worked with: Auth0 gives no token: 401 Unauthorized (access_denied); check AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET
    revoke-3: not tried: the tenant cannot be worked with: Auth0 gives no token: 401 Unauthorized (access_denied); check AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET
    update-1: not tried: the tenant cannot be worked with: Auth0 gives no token: 401 Unauthorized (access_denied); check AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET
    update-2: not tried: the tenant cannot be worked with: Auth0 gives no token: 401 Unauthorized (access_denied); check AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET
    stopped: the tenant cannot be worked with: Auth0 gives no token: 401 Unauthorized (access_denied); check AUTH0_CLIENT_ID and AUTH0_CLIENT_SECRET; the block of 1 person is not complete
    ");
    world.renew(|_| ());
    world.apply().await;
    world.assert_settled().await;
}

/// Two leavers; the token is revoked while the first loses access, and there is no other to be had.
#[tokio::test]
async fn a_token_that_is_revoked_in_the_middle_stops_even_the_blocks_and_that_is_said() {
    let company = three_moves_and_a_joiner().cell(2, "status", "terminated");
    let world = World::with(company).await;
    world.plan().await;
    world.approve_as("grace").await;
    world.simulator.clear_journal();
    world.faults(vec![Fault {
        ms: 300,
        ..fault("DELETE", "/api/v2/users/{user_id}/sessions", 1, 1, Trouble::Delay)
    }]);
    let (by, stop) = (crate::world::person("op"), engine::Stop::new());
    let revoked = async {
        until(|| world.simulator.journal().iter().any(|it| it.method == "DELETE" && it.status.is_none()))
            .await;
        world.simulator.expire_tokens();
        world.faults(vec![fault("POST", "/oauth/token", 1, 0, Trouble::ServerError)]);
    };
    let run = world.engine.apply(world.latest(), &by, "host:1", &stop, &|_| ());
    let (report, ()) = tokio::join!(run, revoked);
    assert_snapshot!(world.said(&report.unwrap()), @"
    block-2: failed: the tenant cannot be worked with: POST /oauth/token: Auth0 answers 500 An internal server error occurred after 4 attempts; try again later
    block-3: not tried: the tenant cannot be worked with: POST /oauth/token: Auth0 answers 500 An internal server error occurred after 4 attempts; try again later
    create-4: not tried: the tenant cannot be worked with: POST /oauth/token: Auth0 answers 500 An internal server error occurred after 4 attempts; try again later
    grant-4: not tried: the tenant cannot be worked with: POST /oauth/token: Auth0 answers 500 An internal server error occurred after 4 attempts; try again later
    revoke-2: not tried: the tenant cannot be worked with: POST /oauth/token: Auth0 answers 500 An internal server error occurred after 4 attempts; try again later
    revoke-3: not tried: the tenant cannot be worked with: POST /oauth/token: Auth0 answers 500 An internal server error occurred after 4 attempts; try again later
    update-1: not tried: the tenant cannot be worked with: POST /oauth/token: Auth0 answers 500 An internal server error occurred after 4 attempts; try again later
    stopped: the tenant cannot be worked with: POST /oauth/token: Auth0 answers 500 An internal server error occurred after 4 attempts; try again later; the blocks of 2 people are not complete
    ");
    assert_eq!(world.user("auth0|3").blocked, None, "the second leaver was not reached");
    world.faults(Vec::new());
    world.apply().await;
    assert_eq!(world.user("auth0|3").blocked, Some(true));
    world.assert_settled().await;
}

#[tokio::test]
async fn a_missing_scope_stops_the_run_and_is_named() {
    let scopes = ["read:users", "update:users", "read:roles", "read:role_members", "delete:role_members"];
    let company = three_moves_and_a_joiner().application("weak", "weak-secret", &scopes);
    let mut world = World::with(company).await;
    world.renew(|it| {
        it.client_id = "weak".to_owned();
        it.client_secret = "weak-secret".into();
    });
    world.plan().await;
    world.approve_as("grace").await;
    let report = world.try_apply().await.unwrap();
    assert_snapshot!(world.said(&report), @"
    block-3: failed: this was given up for now: DELETE /users/auth0|3/sessions: the application lacks the scope delete:sessions; grant it in Auth0 under Applications > APIs > Auth0 Management API > Machine to Machine Applications, then run `rollcall doctor`
    create-4: failed: the tenant cannot be worked with: POST /users: the application lacks the scope create:users; grant it in Auth0 under Applications > APIs > Auth0 Management API > Machine to Machine Applications, then run `rollcall doctor`
    grant-4: not tried: the tenant cannot be worked with: POST /users: the application lacks the scope create:users; grant it in Auth0 under Applications > APIs > Auth0 Management API > Machine to Machine Applications, then run `rollcall doctor`
    revoke-3: applied
    update-1: applied
    update-2: applied
    stopped: the tenant cannot be worked with: POST /users: the application lacks the scope create:users; grant it in Auth0 under Applications > APIs > Auth0 Management API > Machine to Machine Applications, then run `rollcall doctor`; the block of 1 person is not complete
    ");
    assert_eq!(world.user("auth0|3").blocked, Some(true), "access was taken away before that");
    // Its administrator grants the rest to the same application.
    world.in_auth0(|it| {
        let all = it.applications.iter().flat_map(|it| it.scopes.clone()).collect();
        it.applications.iter_mut().find(|it| it.client_id == "weak").unwrap().scopes = all;
    });
    world.apply().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn a_scope_that_reading_lacks_is_named_too() {
    let company = three_moves_and_a_joiner().application("weak", "weak-secret", &["read:users"]);
    let mut world = World::with(company).await;
    world.renew(|it| {
        it.client_id = "weak".to_owned();
        it.client_secret = "weak-secret".into();
    });
    let error = world.engine.preview(&world.company.scope, false).await.err().unwrap();
    assert_snapshot!(world.chain(&error), @"could not read the tenant's users and roles: GET /roles: the application lacks the scope read:roles; grant it in Auth0 under Applications > APIs > Auth0 Management API > Machine to Machine Applications, then run `rollcall doctor`");
}

#[tokio::test]
async fn somebody_who_asks_the_run_to_stop_is_heard_between_two_calls() {
    let world = approved().await;
    let stop = engine::Stop::new();
    let progress = |it: engine::Progress| {
        if it.done == 2 {
            stop.ask();
        }
    };
    let by = crate::world::person("op");
    world.simulator.clear_journal();
    let report = world.engine.apply(world.latest(), &by, "host:1", &stop, &progress).await.unwrap();
    assert_snapshot!(world.said(&report), @"
    block-3: failed: done in part: somebody asked the run to stop
    create-4: not tried: somebody asked the run to stop
    grant-4: not tried: somebody asked the run to stop
    revoke-3: not tried: somebody asked the run to stop
    update-1: not tried: somebody asked the run to stop
    update-2: not tried: somebody asked the run to stop
    stopped: somebody asked the run to stop; the block of 1 person is not complete
    ");
    assert_eq!(world.simulator.stats().total, 2);
    world.apply().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn what_waits_for_the_rate_limit_when_somebody_asks_the_run_to_stop_is_not_sent() {
    let options = simulator::Options { plan: "free".parse().unwrap(), ..simulator::Options::default() };
    let staff = Company::new().staff(22).policy(|it| it.limits.updates.at_least = 100);
    let company = (101..123).fold(staff, |it, id| it.cell(id, "department", "IT"));
    let mut world = World::at(company, options).await;
    world.in_flight(64);
    world.renew(|it| it.rate_plan = diff::RatePlan::Free);
    world.plan().await;
    world.approve_as("grace").await;
    let stop = engine::Stop::new();
    let progress = |it: engine::Progress| {
        if it.done == 2 {
            stop.ask();
        }
    };
    let by = crate::world::person("op");
    world.simulator.clear_journal();
    let report = world.engine.apply(world.latest(), &by, "host:1", &stop, &progress).await.unwrap();
    let asked = world.simulator.journal();
    let sent = asked.iter().filter(|it| it.method == "PATCH" && it.status == Some(200)).count();
    assert!(sent < 20, "the bucket holds few, and nobody waited for more tokens: {sent}");
    let applied = report.outcomes.values().filter(|it| it.is_so()).count();
    assert_eq!(applied, sent, "what was on its way has ended and is recorded");
    assert_eq!(report.stopped.as_deref(), Some("somebody asked the run to stop"));
    world.apply().await;
    world.assert_settled().await;
}
