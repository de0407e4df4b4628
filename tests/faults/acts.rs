//! Somebody acts on one employee while, before or after a run is at it: one account, and nothing left to do.

use diff::{EmployeeId, Mail, Report};
use engine::{ActError, ApplyError, Engine, Stop, SyncError, SyncOutcome, Synced};
use insta::assert_snapshot;
use simulator::{Fault, Trouble};

use crate::world::{Company, World, fault, person, until};

fn company() -> Company {
    Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .row(3, "Cem Aydin", "Packing", "associate")
        .row(4, "Dora Novak", "Packing", "associate")
        .cell(1, "department", "IT")
}

async fn act(engine: &Engine, id: i64) -> Result<Synced, ActError> {
    Box::pin(engine.sync_employee(&id.into(), &person("clerk"), "clerk:1", &Stop::new(), &|_| ())).await
}

async fn acted(world: &World, id: i64) -> Synced {
    world.simulator.clear_journal();
    act(&world.another(|_| ()), id).await.unwrap()
}

fn applied(synced: &Synced) -> &Report {
    let SyncOutcome::Applied(report) = &synced.outcome else { panic!("{:?}", synced.outcome) };
    report
}

fn slow(method: &str, path: &str) -> Fault {
    Fault { ms: 400, ..fault(method, path, 1, 1, Trouble::Delay) }
}

async fn under_way(world: &World, method: &str, path: &str) {
    until(|| {
        let asked = world.simulator.journal();
        asked.iter().any(|it| it.method == method && it.path == path && it.status.is_none())
    })
    .await;
}

#[tokio::test]
async fn a_joiner_has_an_account_after_a_few_calls() {
    let world = World::with(company()).await;
    let synced = acted(&world, 3).await;
    assert_snapshot!(world.said(applied(&synced)), @"
    create-3: applied
    grant-3: applied
    ");
    assert_snapshot!(world.journal(), @r#"
    GET /roles?include_totals=true&per_page=100&page=0 → 200
    GET /users-by-email?email=cem.aydin%40example.com → 200
    GET /users?q=identities.connection%3A%22Username-Password-Authentication%22+AND+%28app_metadata.employee_id%3A%223%22+OR+app_metadata.employee_id%3A3%29&search_engine=v3&sort=created_at%3A1&include_totals=true&per_page=100&page=0 → 200
    POST /users {"app_metadata":{"employee_id":3,"role_code":"associate"},"connection":"Username-Password-Authentication","email":"cem.aydin@example.com","email_verified":false,"name":"Cem Aydin","password":"[redacted]","user_metadata":{"department":"Packing","employee_id":3,"full_name":"Cem Aydin"},"verify_email":true} → 201
    POST /users/auth0|[cem.aydin]/roles {"roles":["[production_associate]"]} → 204
    "#);
    let run = &world.engine.store().runs(1).await.unwrap()[0];
    assert_eq!(run.employee, Some(EmployeeId::from(3)));
    let columns = world.engine.store().written_back().await.unwrap();
    assert_eq!(columns[&3.into()].user, world.linked(3).await);
    assert_eq!(act(&world.engine, 3).await.unwrap().outcome, SyncOutcome::Nothing);
    world.carry_on().await;
    world.assert_settled().await;
}

#[tokio::test]
async fn nobody_else_is_looked_at_or_changed() {
    let company = company().settled(5, "Eva Berg", "Packing", "associate").cell(5, "status", "terminated");
    let world = World::with(company).await;
    let synced = acted(&world, 1).await;
    assert_snapshot!(world.said(applied(&synced)), @"update-1: applied");
    assert_snapshot!(world.journal(), @r#"
    GET /roles?include_totals=true&per_page=100&page=0 → 200
    GET /users/auth0|1 → 200
    GET /users/auth0|1/roles?include_totals=true&per_page=100 → 200
    PATCH /users/auth0|1 {"user_metadata":{"department":"IT"}} → 200
    "#);
    assert_eq!(world.user("auth0|5").blocked, None, "that is for the next run");
}

#[tokio::test]
async fn a_leaver_is_blocked_at_once_even_the_second_last_admin() {
    let company =
        (1..=3).fold(Company::new().staff(4), |it, id| it.settled(id, &format!("Admin {id}"), "IT", "admin"));
    let company = company.policy(|it| it.roles.admin = [diff::RoleName::new("admin")].into());
    let world = World::with(company.cell(1, "status", "terminated")).await;
    let synced = acted(&world, 1).await;
    assert!(applied(&synced).is_complete(), "two admins are left: {}", world.said(applied(&synced)));
    assert_eq!(world.user("auth0|1").blocked, Some(true));
    world.hr(2, "status", "terminated").await;
    let refused = acted(&world, 2).await;
    assert!(matches!(refused.outcome, SyncOutcome::Breached(_)), "{:?}", refused.outcome);
    assert_eq!(world.user("auth0|2").blocked, None);
}

#[tokio::test]
async fn an_account_under_a_former_address_is_found_by_its_mark() {
    let company = company().user(
        "auth0|33",
        serde_json::json!({
            "email": "cem.former@example.com", "name": "Somebody Else", "app_metadata": { "employee_id": 3 },
        }),
    );
    let world = World::with(company).await;
    let synced = acted(&world, 3).await;
    assert_eq!(synced.outcome, SyncOutcome::Nothing);
    assert_snapshot!(world.writes(), @"");
    assert_eq!(synced.plan.document().notes.len(), 1, "a person must say whose it is");
}

#[tokio::test]
async fn an_act_that_comes_while_a_run_asks_waits_and_finds_it_done() {
    let mut world = World::with(company()).await;
    world.plan().await;
    world.approve_as("grace").await;
    world.in_flight(4);
    world.simulator.clear_journal();
    world.faults(vec![slow("POST", "/api/v2/users")]);
    let clerk = world.another(|_| ());
    let (by, stop) = (person("op"), Stop::new());
    let run = world.engine.apply(world.latest(), &by, "host:1", &stop, &|_| ());
    let acts = async {
        under_way(&world, "POST", "/api/v2/users").await;
        let made =
            world.simulator.journal().into_iter().find(|it| it.status.is_none() && it.method == "POST");
        let first = made.and_then(|it| it.body).unwrap()["app_metadata"]["employee_id"].as_i64().unwrap();
        act(&clerk, first).await
    };
    let (report, synced) = tokio::join!(run, acts);
    let (report, synced) = (report.unwrap(), synced.unwrap());
    assert!(report.is_complete(), "{}", world.said(&report));
    assert!(!matches!(synced.outcome, SyncOutcome::Proposed(_) | SyncOutcome::Breached(_)));
    assert_eq!(world.count("POST /api/v2/users"), 2);
    world.assert_settled().await;
}

#[tokio::test]
async fn a_run_that_comes_while_somebody_acts_waits_and_finds_it_done() {
    let world = World::with(company()).await;
    world.plan().await;
    world.approve_as("grace").await;
    world.simulator.clear_journal();
    world.faults(vec![slow("POST", "/api/v2/users")]);
    let clerk = world.another(|_| ());
    let (by, stop) = (person("op"), Stop::new());
    let runs = async {
        under_way(&world, "POST", "/api/v2/users").await;
        world.engine.apply(world.latest(), &by, "host:1", &stop, &|_| ()).await
    };
    let (synced, report) = tokio::join!(act(&clerk, 3), runs);
    assert!(applied(&synced.unwrap()).is_complete());
    assert_snapshot!(world.said(&report.unwrap()), @"
    create-3: already so
    create-4: applied
    grant-3: applied
    grant-4: applied
    update-1: applied
    ");
    assert_eq!(world.users_with("cem.aydin@example.com").len(), 1);
    assert!(!world.journal().contains("→ 409"), "{}", world.journal());
    world.assert_settled().await;
}

#[tokio::test]
async fn what_somebody_made_between_plan_and_run_is_already_so_and_the_rest_follows() {
    let world = World::with(company()).await;
    world.plan().await;
    world.approve_as("grace").await;
    assert!(applied(&acted(&world, 3).await).is_complete());
    let report = world.try_apply().await.unwrap();
    assert_snapshot!(world.said(&report), @"
    create-3: already so
    create-4: applied
    grant-3: applied
    grant-4: applied
    update-1: applied
    ");
    world.assert_settled().await;
}

#[tokio::test]
async fn whoever_is_acted_on_for_long_is_refused_by_name() {
    let world = World::with(company()).await;
    let (store, tenant) = (world.engine.store(), world.engine.tenant());
    let term = chrono::TimeDelta::seconds(15);
    let _held = store.claim_employee(tenant, &3.into(), "clerk:2", world.now(), term).await.unwrap();
    let refused = act(&world.engine, 3).await.err().unwrap();
    let ActError::Sync(SyncError::Apply(ApplyError::Lease(why))) = &refused else { panic!("{refused}") };
    assert_snapshot!(why, @"act on employee 3: clerk:2 does until 08:00:15 UTC at the latest; try again in a moment");
    assert_eq!(world.writes(), "");
    act(&world.engine, 4).await.unwrap();
}

#[tokio::test]
async fn an_act_that_died_is_settled_by_the_next_act_and_by_the_next_run() {
    for next_is_a_run in [false, true] {
        let mut world = World::with(company()).await;
        world.simulator.clear_journal();
        world.faults(vec![slow("POST", "/api/v2/users")]);
        let dead = world.another(|_| ());
        tokio::select! {
            ended = act(&dead, 3) => panic!("{:?}", ended.map(|it| it.outcome)),
            () = under_way(&world, "POST", "/api/v2/users") => {}
        }
        until(|| world.simulator.journal().iter().all(|it| it.status.is_some())).await;
        assert_eq!(world.linked(3).await, None, "nobody has heard of it");
        world.clock("2026-11-23T08:01:00Z");
        if next_is_a_run {
            world.sync().await;
            world.sync().await;
        } else {
            act(&world.engine, 3).await.unwrap();
            act(&world.engine, 3).await.unwrap();
            world.carry_on().await;
        }
        assert_eq!(world.users_with("cem.aydin@example.com").len(), 1);
        let runs = world.engine.store().runs(10).await.unwrap();
        assert!(runs.iter().all(|it| it.ended_at.is_some()), "next is a run: {next_is_a_run}");
        world.assert_settled().await;
    }
}

fn inviting() -> Company {
    let client_id = simulator::PUBLIC_APPLICATION.to_owned();
    company().policy(|it| it.onboarding.welcome = diff::Welcome::Invitation { client_id })
}

async fn resent(world: &World, id: i64, mail: Mail) -> Result<Synced, ActError> {
    let (by, stop) = (person("clerk"), Stop::new());
    Box::pin(world.engine.resend(&id.into(), mail, &by, "clerk:1", &stop, &|_| ())).await
}

#[tokio::test]
async fn a_mail_is_sent_once_more_on_demand_and_stands_in_the_record() {
    let world = World::with(inviting()).await;
    world.carry_on().await;
    assert_eq!(world.simulator.mails().len(), 2);
    for _ in 0..2 {
        let synced = resent(&world, 3, Mail::AsConfigured).await.unwrap();
        assert_eq!(world.said(applied(&synced)), "invite-3: applied");
    }
    resent(&world, 3, Mail::Verification).await.unwrap();
    assert_eq!(world.simulator.mails().len(), 5);
    world.assert_settled().await;
    let about = store::AuditFilter { employee: Some(3.into()), ..store::AuditFilter::default() };
    let record = world.engine.store().audit_entries(&about).await.unwrap();
    let told: Vec<&str> =
        record.iter().map(|it| it.entry.event.as_str()).filter(|it| it.contains("sent")).collect();
    assert_eq!(told.len(), 4, "{told:?}");
}

#[tokio::test]
async fn nobody_gets_a_mail_who_must_not_or_could_do_nothing_with_it() {
    let company = inviting()
        .settled(5, "Eva Berg", "Packing", "associate")
        .settled(6, "Finn Holm", "Packing", "associate")
        .settled(7, "Gita Rao", "Packing", "associate")
        .settled(8, "Hugo Lind", "Packing", "associate")
        .cell(5, "status", "terminated")
        .cell(6, "status", "who knows")
        .edit("auth0|7", |it| it.blocked = Some(true))
        .cell(8, "email", "hugo.new@example.com");
    let mut world = World::with(company).await;
    let mut said = Vec::new();
    for (id, mail) in [
        (3, Mail::AsConfigured),
        (5, Mail::AsConfigured),
        (6, Mail::Invitation),
        (7, Mail::Invitation),
        (8, Mail::Invitation),
        (2, Mail::Verification),
        (99, Mail::Invitation),
    ] {
        said.push(world.chain(&resent(&world, id, mail).await.err().unwrap()));
    }
    world.policy(|it| it.onboarding.welcome = diff::Welcome::Verification);
    said.push(world.chain(&resent(&world, 2, Mail::Invitation).await.err().unwrap()));
    world.policy(|it| it.onboarding.verification_mails = false);
    said.push(world.chain(&resent(&world, 2, Mail::Verification).await.err().unwrap()));
    assert_snapshot!(said.join("\n"), @r#"
    could not send a mail: employee 3 has no account yet
    could not send a mail: employee 5 is not employed (left: status is terminated), and only who is gets a mail
    could not send a mail: employee 6 is not employed (held: the status "who knows" is none that the policy knows), and only who is gets a mail
    could not send a mail: auth0|7 is blocked: a mail would not let anybody in
    could not send a mail: the row of employee 8 has another address than auth0|8
    could not send a mail: the address of auth0|2 is verified already
    there is no employee 99 in the table
    could not send a mail: there is no invitation to send: [onboarding] of rollcall.toml names no client_id
    could not send a mail: mails are switched off by AUTH0_SEND_VERIFICATION_EMAIL or [onboarding] of rollcall.toml
    "#);
    assert_eq!(world.simulator.mails().len(), 0);
}
