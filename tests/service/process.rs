//! The real program: its signals, its end, and another that goes on where it was killed.

use std::io::{BufRead, BufReader, Read as _};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

use sea_orm::{ConnectionTrait as _, Database};
use serde_json::Value;

use crate::cli::Desk;
use crate::cli::desk::until;
use crate::world::{Company, Server};

/// A desk, the service on it, and a token.
struct Office {
    desk: Desk,
    process: Child,
    url: String,
    token: String,
    /// What the database is reached by, past the program.
    database: String,
}

const SETTINGS: &str =
    "[auth0]\nmax_in_flight = 1\n\n[server]\nlisten = \"127.0.0.1:0\"\nstop_within_seconds = 20\n";

fn many() -> Company {
    (1..=9).fold(Company::new(), |it, id| it.row(id, &format!("Staff {id}"), "Packing", "associate"))
}

impl Office {
    /// Where the database is; in a file of the desk where nothing is said.
    fn with(company: &Company, tenant: &[&str], database: Option<&str>) -> Self {
        let mut desk = Desk::with(company, tenant);
        if let Some(url) = database {
            desk.set("DATABASE_URL", url);
        }
        desk.write("rollcall.toml", SETTINGS);
        for setup in ["migrate", "employees import employees.csv"] {
            let said = desk.run(setup);
            assert_eq!(said.code, 0, "{}", said.stderr);
        }
        let token = desk.run("token create --name grace --role operator").stdout.trim().to_owned();
        let file = format!("sqlite:{}", desk.path().join("rollcall.db").display());
        let database = database.map_or(file, |it| it.replacen("mariadb:", "mysql:", 1));
        let (process, url) = served(&desk);
        Self { desk, process, url, token, database }
    }

    async fn get(&self, path: &str) -> Value {
        let _first_wins = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let answer = http.get(format!("{}{path}", self.url)).bearer_auth(&self.token).send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// Nine joiners are approved, and the first three have been made.
    fn in_the_middle(&mut self) {
        assert_eq!(self.desk.run("plan").code, 0);
        assert_eq!(self.desk.run("plan approve 1").code, 0);
        until("three accounts are made", || self.desk.writes().len() >= 3);
    }

    /// Ends it by a signal: its exit code, and the rest of what it said.
    fn end(&mut self, name: &str) -> (Option<i32>, String) {
        let stderr = self.process.stderr.take().unwrap();
        signal(&self.process, name);
        let code = self.process.wait().unwrap().code();
        (code, rest(stderr))
    }

    fn users(&self) -> usize {
        self.desk.get("/_simulator/state")["users"].as_array().unwrap().len()
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn signal(process: &Child, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), process.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

fn rest(mut stderr: ChildStderr) -> String {
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    said
}

/// The service on a desk, once it listens; its address is on stdout.
fn served(desk: &Desk) -> (Child, String) {
    let mut process = desk.command("serve").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut url = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
    assert!(!url.is_empty(), "it does not serve: {}", rest(process.stderr.take().unwrap()));
    (process, url.trim().to_owned())
}

#[tokio::test]
async fn sigterm_in_the_middle_of_a_run_finishes_what_is_under_way() {
    let mut office = Office::with(&many(), &["--latency-ms", "300"], None);
    office.in_the_middle();
    let (code, said) = office.end("TERM");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("stopping: calls under way are finished and recorded"), "{said}");
    let made = office.users();
    assert!((3..9).contains(&made), "{made}");
    let open = office.desk.run("run show 1");
    assert!(open.stdout.contains("incomplete"), "{}", open.stdout);
    assert_eq!(office.desk.run("apply 1").code, 0);
    assert_eq!(office.users(), 9);
    assert_eq!(office.desk.run("plan --detailed-exitcode").code, 0);
    assert_eq!(office.desk.run("audit verify").code, 0);
}

#[tokio::test]
async fn another_goes_on_where_one_was_killed() {
    another_goes_on(None).await;
}

#[tokio::test]
async fn another_goes_on_where_one_was_killed_on_postgresql() {
    let Some(own) = Server::Postgres.database().await else { return };
    another_goes_on(Some(&own.url)).await;
}

#[tokio::test]
async fn another_goes_on_where_one_was_killed_on_mariadb() {
    let Some(own) = Server::MySql.database().await else { return };
    another_goes_on(Some(&own.url)).await;
}

async fn another_goes_on(database: Option<&str>) {
    let mut office = Office::with(&many(), &["--latency-ms", "300"], database);
    let (mut replica, _) = served(&office.desk);
    office.in_the_middle();
    // Either of the two may have begun the run: both are killed, and a third one finds what is left.
    office.end("KILL");
    replica.kill().unwrap();
    replica.wait().unwrap();
    let made = office.users();
    assert!((1..9).contains(&made), "{made}"); // the third was under way
    let db = Database::connect(&office.database).await.unwrap();
    for table in ["rollcall_leases", "rollcall_claims"] {
        let fifteen_seconds_later = format!("UPDATE {table} SET expires_at = '1970-01-02 00:00:00'");
        db.execute_unprepared(&fifteen_seconds_later).await.unwrap();
    }
    (office.process, office.url) = served(&office.desk);
    until("the run is finished", || office.users() == 9);
    while office.get("/api/runs").await["items"][0]["state"] != "applied" {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (code, said) = office.end("TERM");
    assert_eq!(code, Some(0), "{said}");
    let again = office.desk.run("plan --detailed-exitcode");
    assert_eq!(again.code, 0, "{}\n{}", again.stdout, office.desk.run("runs").stdout);
    assert_eq!(office.desk.run("audit verify").code, 0);
}

#[tokio::test]
async fn sighup_reads_the_configuration_again_or_refuses_it_as_a_whole() {
    let mut office = Office::with(&many(), &[], None);
    let mut said = BufReader::new(office.process.stderr.take().unwrap()).lines();
    let mut heard = |word: &str| {
        let mut all = String::new();
        while !all.contains(word) {
            all += &said.next().unwrap_or_else(|| panic!("it says {word:?}: {all}")).unwrap();
            all.push('\n');
        }
        all
    };
    assert_eq!(office.get("/api/schedules").await.as_array().unwrap().len(), 0);
    let nightly = "\n[[schedules]]\nname = \"nightly\"\ncron = \"30 2 * * *\"\n";
    office.desk.write("rollcall.toml", &format!("{SETTINGS}{nightly}"));
    signal(&office.process, "HUP");
    heard("the configuration was read again");
    assert_eq!(office.get("/api/schedules").await[0]["name"], "nightly");
    office.desk.write(
        "rollcall.toml",
        &format!("{SETTINGS}{nightly}time_zone = \"Europe/Madird\"\nplan = \"yes\"\n"),
    );
    signal(&office.process, "HUP");
    let refused = heard("all goes on as before");
    assert!(refused.contains("Europe/Madrid") && refused.contains("\"yes\""), "both are told: {refused}");
    assert_eq!(office.get("/api/schedules").await[0]["name"], "nightly");
    office.desk.write("rollcall.toml", &SETTINGS.replace("127.0.0.1:0", "127.0.0.2:0"));
    signal(&office.process, "HUP");
    heard("listen takes effect at the next start");
    assert_eq!(office.get("/api/schedules").await.as_array().unwrap().len(), 0);
    signal(&office.process, "TERM");
    assert_eq!(office.process.wait().unwrap().code(), Some(0));
}

#[test]
fn what_could_not_work_is_not_begun() {
    let mut desk = Desk::with(&many(), &[]);
    desk.write("rollcall.toml", "[server]\nlisten = \"0.0.0.0:0\"\n");
    let open = desk.run("serve");
    desk.write(
        "rollcall.toml",
        "[server]\nlisten = \"127.0.0.1:0\"\ncertificate = \"none.crt\"\ncertificate_key = \"none.key\"\n",
    );
    let unmade = desk.run("serve");
    assert_eq!(desk.run("migrate").code, 0);
    let uncertified = desk.run("serve");
    desk.write("rollcall.toml", "[server]\nlisten = \"198.51.100.1:8600\"\n");
    let elsewhere = desk.run("serve --insecure-listen");
    let said = [open, unmade, uncertified, elsewhere].map(|it| {
        let lines = it.stderr.lines().filter(|it| !it.contains(" INFO "));
        format!("{} {}\n", it.code, lines.collect::<Vec<_>>().join("\n"))
    });
    insta::assert_snapshot!(said.join("\n"));
}
