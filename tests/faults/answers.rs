//! Answers that are lost, late, refused, or nonsense.

use insta::assert_snapshot;
use simulator::Trouble;

use crate::world::{Company, World, fault};

/// One of every kind of change, each a call of its own.
fn everything() -> Company {
    let invitation = diff::Welcome::Invitation { client_id: simulator::PUBLIC_APPLICATION.to_owned() };
    Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .settled(3, "Cem Aydin", "Packing", "associate")
        .row(4, "Dora Novak", "Packing", "associate")
        .cell(1, "email", "ana.costa@example.com")
        .cell(2, "role_code", "manager")
        .cell(3, "status", "terminated")
        .policy(|it| it.onboarding.welcome = invitation)
}

const WRITES: [(&str, &str); 7] = [
    ("POST", "/api/v2/users"),
    ("PATCH", "/api/v2/users/{id}"),
    ("DELETE", "/api/v2/users/{id}/roles"),
    ("POST", "/api/v2/users/{id}/roles"),
    ("DELETE", "/api/v2/users/{user_id}/sessions"),
    ("DELETE", "/api/v2/users/{user_id}/refresh-tokens"),
    ("POST", "/oauth/token"),
];

async fn approved(company: Company) -> World {
    let world = World::with(company).await;
    world.plan().await;
    world.approve_as("grace").await;
    world
}

#[tokio::test]
async fn a_created_user_whose_answer_was_lost_is_found_and_linked() {
    let world = approved(everything()).await;
    world.fault("POST", "/api/v2/users", Trouble::LostAnswer);
    let report = world.try_apply().await.unwrap();
    assert_snapshot!(world.said(&report), @"
    block-3: applied
    create-4: applied
    grant-2: applied
    grant-4: applied
    invite-4: applied
    revoke-2: applied
    revoke-3: applied
    update-1: applied
    update-2: applied
    ");
    assert_snapshot!(world.journal(), @r#"
    PATCH /users/auth0|3 {"app_metadata":{"rollcall_blocked":true},"blocked":true} → 200
    DELETE /users/auth0|3/sessions → 202
    DELETE /users/auth0|3/refresh-tokens → 202
    DELETE /users/auth0|3/roles {"roles":["[production_associate]"]} → 204
    DELETE /users/auth0|2/roles {"roles":["[production_associate]"]} → 204
    PATCH /users/auth0|1 {"email":"ana.costa@example.com","email_verified":false,"verify_email":true} → 200
    PATCH /users/auth0|2 {"app_metadata":{"role_code":"manager"}} → 200
    POST /users {"app_metadata":{"employee_id":4,"role_code":"associate"},"connection":"Username-Password-Authentication","email":"dora.novak@example.com","email_verified":false,"name":"Dora Novak","password":"[redacted]","user_metadata":{"department":"Packing","employee_id":4,"full_name":"Dora Novak"},"verify_email":false} → cut
    GET /users-by-email?email=dora.novak%40example.com → 200
    POST /users/auth0|2/roles {"roles":["[manager]"]} → 204
    POST /users/auth0|[dora.novak]/roles {"roles":["[production_associate]"]} → 204
    POST /dbconnections/change_password {"client_id":"simulator-web-app","connection":"Username-Password-Authentication","email":"dora.novak@example.com"} → 200
    "#);
    assert_eq!(world.users_with("dora.novak@example.com").len(), 1);
    world.assert_settled().await;
}

#[tokio::test]
async fn an_email_change_whose_answer_was_lost_is_not_repeated_blind() {
    let world = approved(everything()).await;
    world.fault("PATCH", "/api/v2/users/auth0%7C1", Trouble::LostAnswer);
    let report = world.try_apply().await.unwrap();
    assert!(report.is_complete(), "{}", world.said(&report));
    let about_ana: Vec<String> =
        world.journal().lines().filter(|it| it.contains("auth0|1")).map(str::to_owned).collect();
    assert_snapshot!(about_ana.join("\n"), @r#"
    PATCH /users/auth0|1 {"email":"ana.costa@example.com","email_verified":false,"verify_email":true} → cut
    GET /users/auth0|1 → 200
    "#);
    world.assert_settled().await;
}

#[tokio::test]
async fn trouble_that_passes_leaves_no_trace() {
    for trouble in [
        Trouble::TooManyRequests,
        Trouble::ServerError,
        Trouble::Reset,
        Trouble::LostAnswer,
        Trouble::Garbage,
        Trouble::Delay,
    ] {
        for (method, path) in WRITES {
            let mut world = approved(everything()).await;
            world.renew(|_| ()); // a process without a token
            world.fault(method, path, trouble);
            let report = world.try_apply().await.unwrap();
            assert!(report.is_complete(), "{trouble:?} {method} {path}: {}", world.said(&report));
            assert_eq!(world.users_with("dora.novak@example.com").len(), 1, "{trouble:?} {method} {path}");
            assert_eq!(world.simulator.mails().len(), 2, "{trouble:?} {method} {path}");
            world.assert_settled().await;
        }
    }
}

#[tokio::test]
async fn trouble_that_lasts_fails_one_change_and_the_next_run_mends_it() {
    for trouble in [Trouble::ServerError, Trouble::Garbage] {
        for (method, path) in &WRITES[..6] {
            let world = approved(everything()).await;
            world.faults(vec![fault(method, path, 1, 0, trouble)]);
            let report = world.try_apply().await.unwrap();
            assert!(!report.is_complete(), "{trouble:?} {method} {path}");
            assert_eq!(report.stopped, None, "{trouble:?} {method} {path}");
            world.faults(Vec::new());
            let report = world.try_apply().await.unwrap();
            assert!(report.is_complete(), "{trouble:?} {method} {path}: {}", world.said(&report));
            assert_eq!(world.users_with("dora.novak@example.com").len(), 1, "{trouble:?} {method} {path}");
            world.assert_settled().await;
        }
    }
}

#[tokio::test]
async fn what_failed_is_said_for_each_change() {
    let world = approved(everything()).await;
    world.faults(vec![fault("*", "/api/v2/users*", 1, 0, Trouble::ServerError)]);
    let report = world.try_apply().await.unwrap();
    assert_snapshot!(world.said(&report), @"
    block-3: failed: this was given up for now: PATCH /users/auth0|3: Auth0 answers 500 An internal server error occurred after 4 attempts; try again later
    create-4: not tried: could not look up what became of a call: GET /users/auth0|1: Auth0 answers 500 An internal server error occurred after 4 attempts; try again later
    grant-2: not tried: could not look up what became of a call: GET /users/auth0|1: Auth0 answers 500 An internal server error occurred after 4 attempts; try again later
    grant-4: not tried: could not look up what became of a call: GET /users/auth0|1: Auth0 answers 500 An internal server error occurred after 4 attempts; try again later
    invite-4: not tried: could not look up what became of a call: GET /users/auth0|1: Auth0 answers 500 An internal server error occurred after 4 attempts; try again later
    revoke-2: failed: this was given up for now: DELETE /users/auth0|2/roles: Auth0 answers 500 An internal server error occurred after 4 attempts; try again later
    revoke-3: failed: this was given up for now: DELETE /users/auth0|3/roles: Auth0 answers 500 An internal server error occurred after 4 attempts; try again later
    update-1: failed: it is not known whether this was done: PATCH /users/auth0|1: Auth0 answers 500 An internal server error occurred after 1 attempts; try again later
    update-2: not tried: could not look up what became of a call: GET /users/auth0|1: Auth0 answers 500 An internal server error occurred after 4 attempts; try again later
    stopped: could not look up what became of a call: GET /users/auth0|1: Auth0 answers 500 An internal server error occurred after 4 attempts; try again later; the block of 1 person is not complete
    ");
    assert_eq!(world.user("auth0|3").blocked, None);
}

#[tokio::test]
async fn reading_survives_what_passes_and_says_what_does_not() {
    let world = World::with(everything()).await;
    let mut said = Vec::new();
    for trouble in [Trouble::TooManyRequests, Trouble::ServerError, Trouble::Reset, Trouble::Garbage] {
        for path in ["/api/v2/users", "/api/v2/roles", "/api/v2/roles/{id}/users"] {
            world.fault("GET", path, trouble);
            world.engine.preview(&world.company.scope, false).await.unwrap();
        }
        world.faults(vec![fault("GET", "/api/v2/roles/{id}/users", 2, 0, trouble)]);
        let error = world.engine.preview(&world.company.scope, false).await.err().unwrap();
        // The roles are read side by side, and any of them may be the first to fail.
        let error = ["production_associate", "team_lead", "manager", "admin"]
            .iter()
            .fold(world.chain(&error), |it, role| it.replace(&format!("[{role}]"), "[role]"));
        said.push(error);
        world.faults(Vec::new());
    }
    assert_snapshot!(said.join("\n"), @"
    could not read the tenant's users and roles: GET /roles/[role]/users: Auth0 answers 429 Global limit has been reached (too_many_requests) after 10 attempts; try again later
    could not read the tenant's users and roles: GET /roles/[role]/users: Auth0 answers 500 An internal server error occurred after 4 attempts; try again later
    could not read the tenant's users and roles: GET /roles/[role]/users: no answer from [tenant] after 4 attempts; check the domain and the network: error sending request: client error (SendRequest): connection error: Connection reset by peer (os error 104)
    could not read the tenant's users and roles: GET /roles/[role]/users: the answer 200 cannot be read (it is a page of HTML); is there a proxy between Rollcall and Auth0?
    ");
}

#[tokio::test]
async fn an_invitation_whose_answer_was_lost_is_not_sent_twice() {
    let world = approved(everything()).await;
    world.fault("POST", "/dbconnections/change_password", Trouble::LostAnswer);
    let report = world.try_apply().await.unwrap();
    assert_snapshot!(report.outcomes[&diff::ChangeId::new("invite-4")], @"failed: the mail may have gone out or not, and is not sent twice: rollcall employee resend 4 --invitation sends another");
    world.apply().await;
    assert_eq!(world.count("POST /dbconnections/change_password"), 0);
    assert_eq!(world.simulator.mails().iter().filter(|it| it.to == "dora.novak@example.com").count(), 1);
    world.assert_settled().await;
}
