//! The file and the environment become a configuration, or every problem at once.

use std::path::Path;

use diff::{Absent, Automatic, Concern, Leavers, Policy, RatePlan, Welcome};

use super::{Config, Env, Problems, SecretAt, TEMPLATE};

fn parse(text: &str, env: &Env) -> Result<Config, Problems> {
    Config::parse(Some((Path::new("rollcall.toml"), text)), env)
}

fn problems(text: &str, env: &Env) -> Problems {
    parse(text, env).unwrap_err()
}

/// The template with every setting's `#` taken away.
fn uncommented() -> String {
    let is_setting =
        |line: &str| line.starts_with('#') && line.chars().nth(1).is_some_and(char::is_alphanumeric);
    let lines = TEMPLATE.lines().map(|line| if is_setting(line) { &line[1..] } else { line });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn nothing_at_all_is_the_defaults() {
    let config = Config::parse(None, &Env::empty()).unwrap();
    assert_eq!(config.policy, Policy::default());
    assert_eq!(config.time_zone, chrono_tz::UTC);
    assert!(config.auth0.domain.is_none() && config.store.url.is_none());
}

#[test]
fn the_written_file_is_the_defaults_as_it_stands_and_with_every_setting_on() {
    let defaults = Config::parse(None, &Env::empty()).unwrap();
    for text in [TEMPLATE, &uncommented()] {
        let config = parse(text, &Env::empty()).unwrap();
        assert_eq!(config.policy, Policy::default());
        let without_file = Config { file: None, ..config };
        assert_eq!(format!("{without_file:?}"), format!("{defaults:?}"));
    }
    assert!(uncommented().contains("\nshare = 0.8\n"), "the test takes comments away");
}

#[test]
fn the_environment_wins_and_four_variables_are_enough() {
    let env = Env::of([
        ("DATABASE_URL", "sqlite://rollcall.db"),
        ("AUTH0_DOMAIN", "Acme.eu.auth0.com"),
        ("AUTH0_CLIENT_ID", "m2m"),
        ("AUTH0_CLIENT_SECRET", "hush-hush"),
        ("AUTH0_RATE_PLAN", "enterprise"),
        ("AUTH0_ENABLE_ROLE_ASSIGNMENT", "FALSE"),
        ("AUTH0_SEND_VERIFICATION_EMAIL", "0"),
        ("AUTH0_MAX_RETRIES", "5"),
    ]);
    let config =
        parse("[auth0]\ndomain = \"other.auth0.com\"\nrate_plan = \"free\"\n[roles]\nassign = true", &env)
            .unwrap();
    let tenant = config.tenant().unwrap();
    assert_eq!(tenant.domain.to_string(), "acme.eu.auth0.com");
    assert_eq!(config.auth0.rate_plan, RatePlan::Enterprise);
    assert_eq!(config.auth0.max_retries, 5);
    assert!(!config.policy.roles.assign);
    assert!(!config.policy.onboarding.verification_mails);
    assert!(config.databases().is_ok());
    let debug = format!("{config:?} {tenant:?} {:?}", config.databases());
    assert!(!debug.contains("hush-hush"), "{debug}");
}

#[test]
fn what_is_not_said_is_asked_for_by_the_commands_that_need_it() {
    let config =
        parse("[source]\nurl_env = \"HR_DATABASE\"", &Env::of([("DATABASE_URL", "sqlite://x.db")])).unwrap();
    let both = config.databases().unwrap_err().and(config.tenant().unwrap_err());
    insta::assert_snapshot!(both, @r"
    the configuration has 4 problems
      HR_DATABASE: no database is configured
          set HR_DATABASE, such as sqlite://rollcall.db
      AUTH0_CLIENT_ID: no application is configured
          set AUTH0_CLIENT_ID, or [auth0] client_id, to the machine-to-machine application's
      AUTH0_CLIENT_SECRET: no client secret is configured
          set AUTH0_CLIENT_SECRET in the environment, or [auth0] client_secret_file
      AUTH0_DOMAIN: no tenant is configured
          set AUTH0_DOMAIN, or [auth0] domain
    ");
}

#[test]
fn a_plain_http_tenant_is_loopback_only() {
    for domain in ["http://127.0.0.1:4000", "http://localhost:4000", "http://[::1]:4000"] {
        assert!(Config::parse(None, &Env::of([("AUTH0_DOMAIN", domain)])).is_ok(), "{domain}");
    }
    let refused = Config::parse(None, &Env::of([("AUTH0_DOMAIN", "http://acme.auth0.com")])).unwrap_err();
    insta::assert_snapshot!(refused, @r#"
    the configuration has a problem
      AUTH0_DOMAIN: "http://acme.auth0.com" would send the client secret unencrypted; plain http is for loopback addresses alone, so use https
    "#);
}

#[test]
fn mapping_is_laid_over_the_defaults_and_role_codes_replace_them() {
    let text = r#"
        [source.columns]
        full_name = "display_name"
        cost_centre = "kst"
        [mapping]
        name = { from = "{given_name} {family_name}", authority = "on_create" }
        [mapping.user_metadata]
        department = { authority = "unmanaged" }
        cost_centre = { from = "{cost_centre}", clear = true }
        [roles]
        default = "staff"
        [roles.by_code]
        staff = "everybody"
        [[roles.rules]]
        column = "cost_centre"
        equals = "4711"
        role = "auditor"
        [leavers]
        end_sessions = false
        [onboarding]
        client_id = "app"
    "#;
    let config = parse(text, &Env::empty()).unwrap();
    let rules: Vec<String> = config
        .policy
        .mapping
        .iter()
        .map(|(field, rule)| format!("{field} = {} {:?} clear={}", rule.from, rule.authority, rule.clear))
        .collect();
    insta::assert_snapshot!(rules.join("\n"), @r"
    email = {email} Always clear=false
    name = {given_name} {family_name} OnCreate clear=false
    user_metadata.cost_centre = {cost_centre} Always clear=true
    user_metadata.department = {department} Unmanaged clear=false
    user_metadata.employee_id = {id} Always clear=false
    user_metadata.full_name = {full_name} Always clear=false
    app_metadata.employee_id = {id} Always clear=false
    app_metadata.role_code = {role_code} Always clear=false
    ");
    let managed: Vec<String> = config.policy.roles.managed().iter().map(ToString::to_string).collect();
    assert_eq!(managed, ["auditor", "everybody"]);
    assert!(config.policy.roles.admin.is_empty(), "no rule gives the default admin role any more");
    assert_eq!(config.policy.leavers, Leavers::Block { end_sessions: false });
    assert_eq!(config.policy.onboarding.welcome, Welcome::Invitation { client_id: "app".to_owned() });
    assert_eq!(config.source.columns["full_name"], "display_name");
}

#[test]
fn who_must_say_yes_is_read_by_its_words() {
    let text = r#"
        [review]
        two_approvers = ["relink", "admin-grants", "override", "absent", "undo", "first-sync", "create"]
        auto_approve = ["block", "revoke"]
        [review.accounts]
        grace = "42"
        "hal@laptop" = "E-7"
    "#;
    let review = parse(text, &Env::empty()).unwrap().policy.review;
    let words = review.two_approvers.iter().map(|it| it.word()).collect::<Vec<_>>();
    assert_eq!(words, ["override", "admin-grants", "absent", "undo", "first-sync", "relink", "create"]);
    assert_eq!(review.auto_approve.into_iter().collect::<Vec<_>>(), Automatic::ALL);
    let accounts = review.accounts.iter().map(|(name, id)| format!("{name} = {id}")).collect::<Vec<_>>();
    assert_eq!(accounts, ["grace = 42", "hal@laptop = E-7"]);
    let policy = Policy::default();
    assert_eq!(parse(text, &Env::empty()).unwrap().policy.digest(), policy.digest(), "not what is done");
}

#[test]
fn every_word_for_two_approvers_is_explained_in_the_written_file() {
    for word in Concern::all().map(Concern::word) {
        assert!(TEMPLATE.contains(&format!("\"{word}\"")), "{word}");
    }
}

#[test]
fn vanished_rows_are_blocked_where_the_file_says_so_and_leavers_are() {
    let policy = |text: &str| parse(text, &Env::empty()).unwrap().policy;
    assert_eq!(policy("").absent, Absent::Report);
    assert_eq!(policy("[leavers]\nabsent = \"block\"").absent, Absent::Block);
    insta::assert_snapshot!(problems("[leavers]\naction = \"report\"\nabsent = \"block\"", &Env::empty()), @r#"
    the configuration has a problem
      rollcall.toml:3: [leavers] absent: nobody is blocked where leavers are only reported
          write "report", or action = "block"
    "#);
}

#[test]
fn limits_may_allow_none() {
    let text = "[limits]\nblocks = { percent = 0, at_least = 0, at_most = 0 }\nsource_shrinks_percent = 0\nmails = 0";
    let limits = parse(text, &Env::empty()).unwrap().policy.limits;
    assert_eq!([limits.blocks.of(0), limits.blocks.of(10_000)], [0, 0]);
    assert_eq!((limits.source_shrinks_percent, limits.mails), (0, 0));
}

#[test]
fn trusted_domains_count_only_when_told() {
    let text = "[email]\ntrusted_domains = [\"@Example.COM\"]";
    assert!(parse(text, &Env::empty()).unwrap().policy.onboarding.trusted_domains.is_empty());
    let env = Env::of([("AUTH0_AUTO_VERIFY_EXTERNAL_USERS", "true")]);
    let trusted = parse(text, &env).unwrap().policy.onboarding.trusted_domains;
    assert_eq!(trusted.into_iter().collect::<Vec<_>>(), ["example.com"]);
}

#[test]
fn paths_in_the_file_are_meant_from_where_the_file_is() {
    let text = "[auth0]\nclient_secret_file = \"secret\"\n[source]\nurl = \"sqlite://hr.db?mode=rwc\"";
    let config = Config::parse(Some((Path::new("/srv/roll/rollcall.toml"), text)), &Env::empty()).unwrap();
    let Some(SecretAt::File(path)) = &config.auth0.client_secret else { panic!("a file was named") };
    assert_eq!(path, Path::new("/srv/roll/secret"));
    let databases = config.databases().unwrap();
    assert_eq!(secrecy::ExposeSecret::expose_secret(&databases.store), "sqlite:///srv/roll/hr.db?mode=rwc");
}

#[test]
fn a_broken_file_tells_its_lines_and_nothing_else() {
    insta::assert_snapshot!(problems("[auth0\ndomain = acme\n[x]\ny = 1", &Env::empty()), @r"
    the configuration has a problem
      rollcall.toml:1: unclosed table, expected `]`
    ");
}

#[test]
fn every_problem_is_listed_at_once_with_its_place_and_a_suggestion() {
    let text = include_str!("problems.toml");
    let env = Env::of([
        ("DATABASE_URL", "postgress://somebody:hush-hush@db/hr"),
        ("AUTH0_MAX_RETRIES", "three"),
        ("AUTH0_ENABLE_ROLE_ASSIGNMENT", "perhaps"),
        ("AUTH0_RATE_PLAN", "enterprize"),
    ]);
    let problems = problems(text, &env).to_string();
    assert!(!problems.contains("hush-hush"));
    insta::assert_snapshot!(problems);
}

#[test]
fn schedules_are_read_with_the_policys_clock_where_they_name_none() {
    let text = r#"
        [policy]
        time_zone = "Europe/Madrid"
        [[schedules]]
        name = "nightly"
        cron = "30 2 * * *"
        freeze = ["12-20..01-02"]
        jitter_seconds = 300
        [[schedules]]
        name = "joiners"
        cron = "*/5 6-20 * * mon-fri"
        time_zone = "Asia/Tokyo"
        plan = "auto"
        only = ["create"]
        limit = 20
        where = { department = "IT" }
        paused = true
    "#;
    let schedules = parse(text, &Env::empty()).unwrap().schedules;
    let told: Vec<String> = schedules
        .iter()
        .map(|it| {
            let scope = serde_json::to_string(&it.scope).unwrap();
            format!(
                "{} {} {} {} {} {scope} {:?} {}",
                it.name, it.cron, it.zone, it.work, it.plan, it.jitter, it.paused
            )
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    nightly 30 2 * * * Europe/Madrid full review {} 300s false
    joiners */5 6-20 * * mon-fri Asia/Tokyo full auto {"where":{"department":"IT"},"only":["create"],"limit":20} 0ns true
    "#);
}

#[test]
fn what_is_wrong_with_the_service_is_told_at_once_with_its_place() {
    let text = r#"
        [server]
        listen = "localhost"
        certificate = "tls.crt"
        webhook_secret = "hush-hush"
        stop_within_seconds = 0
        [server.jwt]
        issuer = "acme.eu.auth0.com"
        audience = "https://rollcall.acme.com"
        [server.jwt.roles]
        admins = "king"
        [[schedules]]
        name = "Nightly"
        cron = "30 2 * *"
        time_zone = "Europe/Madird"
        plan = "automatic"
        freeze = ["christmas"]
        [[schedules]]
        cron = "0 0 30 2 *"
        where = { departement = "IT" }
        only = ["creates"]
        [[schedules]]
        name = "quick"
        cron = "*/5 * * * *"
        work = "quick"
        limit = 3
        [[schedules]]
        name = "quick"
        cron = "*/5 * * * *"
    "#;
    insta::assert_snapshot!(problems(text, &Env::of([("ROLLCALL_METRICS_LISTEN", "9600")])), @r#"
    the configuration has 18 problems
      rollcall.toml:3: [server] listen: "localhost" is no address to listen on
          write an IP address and a port, such as "127.0.0.1:8600"
      rollcall.toml:4: [server] certificate: needs the other
          write both certificate and certificate_key
      rollcall.toml:5: [server] webhook_secret: a secret does not belong into this file
          set ROLLCALL_WEBHOOK_SECRET in the environment, or write webhook_secret_file = "PATH"; and make another one, if others could read the file
      rollcall.toml:6: [server] stop_within_seconds: must be a whole number from 1 to 3600, and is 0
      rollcall.toml:7: [server.jwt]: "acme.eu.auth0.com" is no issuer: write it as `https://tenant.eu.auth0.com/`, with the slash at the end
      rollcall.toml:11: [server.jwt.roles] admins: "king" is no role: write viewer, approver or operator
      rollcall.toml:13: [schedules] name: "Nightly" is no name for a schedule: write up to 40 of a-z, 0-9 and -, as in "nightly"
      rollcall.toml:14: [schedules] cron: "30 2 * *" has 4 fields instead of five (minute, hour, day, month, weekday), or six with seconds before them
      rollcall.toml:15: [schedules] time_zone: "Europe/Madird" is no time zone
          did you mean "Europe/Madrid"?
      rollcall.toml:16: [schedules] plan: "automatic" is none of the possible words
          did you mean "auto"?
      rollcall.toml:17: [schedules] freeze: "christmas" is no freeze: write two dates, as in 2026-12-20..2027-01-02 or 12-20..01-02, two moments, as in 2026-12-20T18:00:00Z..2027-01-02T06:00:00Z, or two weekdays, as in fri 18:00..mon
      rollcall.toml:18: [schedules]: has no `name`
          write name = "nightly"
      rollcall.toml:19: [schedules] cron: "0 0 30 2 *" never comes
      rollcall.toml:20: [schedules.where] departement: there is no column "departement"
          did you mean "department"? if not, add departement = "its name in the source" under [source.columns]
      rollcall.toml:21: [schedules] only: "creates" is none of the possible words
          did you mean "create"?
      rollcall.toml:22: [schedules]: a quick schedule is about those whose row has changed, and can be about nobody else
          take only, limit, employees and where away
      rollcall.toml:27: [schedules]: two schedules are called "quick"
          give each a name of its own
      ROLLCALL_METRICS_LISTEN: "9600" is no address to listen on
          write an IP address and a port, such as "127.0.0.1:8600"
    "#);
}

#[test]
fn a_secret_for_webhooks_must_not_be_guessed_and_may_be_several() {
    let service = |secret: &str| {
        let env = Env::of([("ROLLCALL_WEBHOOK_SECRET", secret)]);
        Config::parse(None, &env).unwrap().service("host:1".to_owned())
    };
    let (one, other) = ("0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210");
    assert!(service(one).unwrap().webhooks.is_some());
    assert!(service(&format!("{one}\n{other}\n")).unwrap().webhooks.is_some());
    insta::assert_snapshot!(service("short").unwrap_err(), @"
    the configuration has a problem
      ROLLCALL_WEBHOOK_SECRET: a secret for webhooks is too short; write 32 characters or more
          write a random secret, such as `openssl rand -hex 32` makes, and nothing else
    ");
}

#[test]
fn where_the_service_listens_is_the_environments_to_say() {
    let env = Env::of([("ROLLCALL_LISTEN", "0.0.0.0:80")]);
    let config = parse("[server]\nlisten = \"127.0.0.1:1\"\nmetrics_listen = \"[::1]:2\"", &env).unwrap();
    let settings = config.service("host:1".to_owned()).unwrap();
    assert_eq!(settings.listen.to_string(), "0.0.0.0:80");
    assert_eq!(settings.metrics_listen.unwrap().to_string(), "[::1]:2");
}
