//! The tenant: scopes, connection, roles, users, domains, mails, limits, and how new people get in.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{SCOPES, ails, company, configure, set_up, troubles, well};
use crate::cli::Desk;

#[test]
fn roles_that_are_missing_are_made() {
    let mut desk = well();
    desk.in_auth0(|it| it["roles"].as_array_mut().unwrap().retain(|it| it["name"] != "manager"));
    ails(&mut desk, "a role is missing", 1);
    assert!(desk.writes().is_empty(), "only looking");
    desk.run("plan");
    desk.run("doctor --fix");
    assert_eq!(desk.writes(), ["POST /api/v2/roles"]);
    assert_eq!(desk.run("doctor").code, 0);
    assert_snapshot!(desk.transcript());
}

#[test]
fn roles_that_may_not_be_made() {
    let scopes: Vec<&str> = SCOPES.into_iter().filter(|it| *it != "create:roles").collect();
    let mut desk = Desk::ready(&company().application("maker", "maker-secret", &scopes), &[]);
    set_up(&mut desk);
    desk.set("AUTH0_CLIENT_ID", "maker");
    desk.set("AUTH0_CLIENT_SECRET", "maker-secret");
    desk.in_auth0(|it| it["roles"] = json!([]));
    desk.remark("the application may not make roles");
    assert_eq!(desk.run("doctor --fix").code, 1);
    assert_snapshot!(troubles(&desk));
}

#[test]
fn scopes_that_are_too_few_or_too_many() {
    let without = |prefix: &str| SCOPES.into_iter().filter(|it| !it.starts_with(prefix)).collect::<Vec<_>>();
    let company = company()
        .application("reader", "reader-secret", &["read:users", "read:roles", "read:connections"])
        .application("no-sessions", "no-sessions-secret", &without("delete:"))
        .application("blind", "blind-secret", &without("read:"))
        .application(
            "least",
            "least-secret",
            &SCOPES
                .into_iter()
                .filter(|it| {
                    ![
                        "create:roles",
                        "read:connections_options",
                        "read:custom_domains",
                        "read:email_provider",
                    ]
                    .contains(it)
                })
                .collect::<Vec<_>>(),
        );
    let mut desk = Desk::ready(&company, &[]);
    set_up(&mut desk);
    for (id, secret, code) in [
        ("reader", "reader-secret", 1),
        ("no-sessions", "no-sessions-secret", 1),
        ("blind", "blind-secret", 1),
        ("least", "least-secret", 0),
        ("simulator-client", crate::world::SECRET, 0),
    ] {
        desk.set("AUTH0_CLIENT_ID", id);
        desk.set("AUTH0_CLIENT_SECRET", secret);
        ails(&mut desk, &format!("as {id}"), code);
    }
    assert_snapshot!(troubles(&desk));
}

#[test]
fn features_that_are_off_need_no_scope() {
    let few =
        ["create:users", "read:connections", "read:role_members", "read:roles", "read:users", "update:users"];
    let company = company().application("few", "few-secret", &few);
    let mut desk = Desk::ready(&company, &[]);
    set_up(&mut desk);
    desk.set("AUTH0_CLIENT_ID", "few");
    desk.set("AUTH0_CLIENT_SECRET", "few-secret");
    desk.set("AUTH0_ENABLE_ROLE_ASSIGNMENT", "false");
    configure(&desk, "[leavers]\naction = \"report\"\n");
    ails(&mut desk, "nobody is blocked, and no role is granted", 0);
    assert_snapshot!(troubles(&desk));
}

#[test]
fn connections_in_which_no_account_can_be_made() {
    let mut desk = well();
    let mut connection = |what: &str, change: &dyn Fn(&mut Value)| {
        desk.in_auth0(|it| change(&mut it["connections"][0]));
        ails(&mut desk, what, 1);
    };
    connection("it is switched off everywhere", &|it| it["enabled_clients"] = json!([]));
    connection("it asks for a username", &|it| {
        it["enabled_clients"] = json!(["simulator-web-app"]);
        it["options"]["requires_username"] = json!(true);
    });
    connection("it takes two users with one address", &|it| {
        it["options"] = json!({ "attributes": { "email": { "unique": false }, "username": {} } });
    });
    connection("it is no database", &|it| it["strategy"] = json!("samlp"));
    connection("it is not there", &|it| it["name"] = json!("Another"));
    assert_snapshot!(troubles(&desk));
}

#[test]
fn break_glass_accounts_that_protect_nobody() {
    let mut desk = well();
    desk.in_auth0(|it| it["users"][1]["blocked"] = json!(true));
    ails(&mut desk, "it is blocked", 0);
    desk.in_auth0(|it| it["users"] = json!([]));
    ails(&mut desk, "it is not there", 1);
    assert_snapshot!(troubles(&desk));
}

#[test]
fn domains_and_mails() {
    let mut desk = well();
    let domain = |name: &str| json!({ "domain": name });
    desk.in_auth0(|it| it["custom_domains"] = json!([domain("login.example.com"), domain("id.example.com")]));
    ails(&mut desk, "two domains, and no default", 1);
    desk.in_auth0(|it| it["custom_domains"][0]["is_default"] = json!(true));
    desk.in_auth0(|it| it["email_provider"]["enabled"] = json!(false));
    ails(&mut desk, "one is the default, and the provider is off", 0);
    desk.in_auth0(|it| it["email_provider"] = json!(null));
    ails(&mut desk, "there is no provider", 0);
    configure(&desk, "[limits]\nmails = 10\n");
    ails(&mut desk, "and there are few mails", 0);
    desk.set("AUTH0_SEND_VERIFICATION_EMAIL", "false");
    ails(&mut desk, "and none is sent", 0);
    assert_snapshot!(troubles(&desk));
}

#[test]
fn new_people_need_a_way_in() {
    let mut desk = well();
    let onboarding = |desk: &Desk, text: &str| desk.write("rollcall.toml", &format!("[onboarding]\n{text}"));
    onboarding(&desk, "");
    ails(&mut desk, "nothing is said", 0);
    onboarding(&desk, "client_id = \"web-app\"");
    ails(&mut desk, "an application that is not there", 1);
    onboarding(&desk, "client_id = \"rollcall\"");
    ails(&mut desk, "our own application", 1);
    assert_snapshot!(troubles(&desk));
}

#[test]
fn limits_that_are_not_those_configured() {
    let mut desk = Desk::ready(&company(), &["--plan", "professional"]);
    set_up(&mut desk);
    for plan in ["professional", "free", "enterprise", "private-cloud-500"] {
        desk.set("AUTH0_RATE_PLAN", plan);
        ails(&mut desk, &format!("configured is {plan}"), 0);
    }
    assert_snapshot!(troubles(&desk));
}

#[test]
fn two_people_must_be_able_to_say_yes() {
    let mut desk = well();
    let more = "[review]\ntwo_approvers = [\"override\", \"admin-grants\"]\n[review.accounts]\ngrace-at-night = \"1\"\ngrace = \"1\"\n";
    configure(&desk, more);
    ails(&mut desk, "nobody has a token", 1);
    let token = |desk: &mut Desk, name: &str, role: &str| {
        assert_eq!(
            desk.command(&format!("token create --name {name} --role {role}")).status().unwrap().code(),
            Some(0)
        );
    };
    token(&mut desk, "vera", "viewer");
    token(&mut desk, "grace", "operator");
    token(&mut desk, "grace-at-night", "approver");
    ails(&mut desk, "one person has two, and another may only look", 1);
    token(&mut desk, "linus", "approver");
    ails(&mut desk, "another person may", 0);
    assert_snapshot!(troubles(&desk));
    assert!(desk.transcript().contains("2 people may: grace, grace-at-night, linus"));
}
