//! A process that is killed, its database and its tenant, and what must hold whenever it was killed.

use std::collections::BTreeMap;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection, Statement};
use serde_json::{Value, json};
use simulator::{Fault, MailKind, Options, PUBLIC_APPLICATION};
use tempfile::TempDir;

use super::moments::Step;
use crate::cli::rollcall;
use crate::world::{Company, SECRET, Server, World};

/// A company with everything to do, and the program that does it.
pub(super) struct Victim {
    world: World,
    folder: TempDir,
    db: DatabaseConnection,
}

/// More starts than any life here takes.
const STARTS: usize = 20;

/// Two leavers who are logged in, an address that moves, a mover, a corrected name, four joiners who are
/// invited, and people about whom there is nothing to do.
fn company() -> Company {
    let mut company = Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .settled(3, "Cem Aydin", "Packing", "associate")
        .settled(4, "Dora Novak", "Packing", "team_lead")
        .settled(5, "Eva Berg", "Packing", "associate")
        .row(11, "Finn Holm", "Packing", "associate")
        .row(12, "Gita Rao", "Packing", "team_lead")
        .row(13, "Hugo Lind", "IT", "manager")
        .row(14, "Ines Moreau", "IT", "associate")
        .cell(1, "email", "ana.costa@example.com")
        .cell(2, "role_code", "manager")
        .cell(3, "status", "terminated")
        .cell(4, "status", "terminated")
        .cell(5, "full_name", "Eva Bergmann")
        .staff(3);
    for user in ["auth0|3", "auth0|4", "auth0|101"] {
        company.tenant.sessions.push(serde_json::from_value(json!({ "user_id": user })).unwrap());
        company.tenant.refresh_tokens.push(serde_json::from_value(json!({ "user_id": user })).unwrap());
    }
    company
}

impl Victim {
    /// On a server, or on SQLite; none where the server is not there and not required.
    pub(super) async fn on(server: Option<Server>) -> Option<Self> {
        let options = Options { latency_ms: 5, ..Options::default() };
        let world = match server {
            None => World::at(company(), options).await,
            Some(server) => World::at_server_with(company(), options, server.database().await?).await,
        };
        let folder = tempfile::tempdir().unwrap();
        let config = format!(
            "[onboarding]\nclient_id = \"{PUBLIC_APPLICATION}\"\n\n[auth0]\nmax_in_flight = 3\nretry_backoff_seconds = 0\n"
        );
        std::fs::write(folder.path().join("rollcall.toml"), config).unwrap();
        let db = Database::connect(world.url.replacen("mariadb:", "mysql:", 1)).await.unwrap();
        Some(Self { world, folder, db })
    }

    pub(super) fn trouble(&self, faults: Vec<Fault>) {
        self.world.faults(faults);
    }

    pub(super) async fn plan_and_approve(&self) {
        self.must("plan").await;
        self.must("plan approve 1").await;
    }

    /// Everything is done by one process.
    pub(super) async fn lives_to_its_end(&self) {
        self.plan_and_approve().await;
        self.must("apply 1").await;
        self.must("plan --detailed-exitcode").await;
    }

    /// Applies, and is killed as soon as so many calls have come so far. Tells whether it was: else it had ended.
    pub(super) async fn killed_at(&self, step: Step, calls: usize) -> bool {
        let asked = self.asked();
        let mut process = self.start("apply 1");
        let killed = loop {
            if process.try_wait().unwrap().is_some() {
                break false;
            }
            let reached = match step {
                Step::Intended => self.count("SELECT count(*) FROM rollcall_calls").await,
                Step::Asked => self.asked() - asked,
                Step::Concluded => {
                    self.count("SELECT count(*) FROM rollcall_calls WHERE state <> 'intended'").await
                }
            };
            if reached >= calls {
                process.kill().unwrap();
                process.wait().unwrap();
                break true;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        };
        self.end_the_lease().await;
        killed
    }

    /// Is killed so long after its start, if it lives that long.
    pub(super) async fn killed_after(&self, words: &str, moment: Duration) {
        let since = Instant::now();
        let mut process = self.start(words);
        while since.elapsed() < moment && process.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        process.kill().unwrap();
        process.wait().unwrap();
        self.end_the_lease().await;
    }

    /// Is started again, and left alone, until there is nothing left to do.
    pub(super) async fn finish(&self) {
        for _ in 0..STARTS {
            self.run("apply 1").await;
            if self.run("plan --detailed-exitcode").await.0 == 0 {
                return;
            }
            self.run("sync").await;
            self.end_the_lease().await;
        }
        panic!("not done after {STARTS} starts: {:?}", self.run("plan --detailed-exitcode").await);
    }

    /// Whatever happened on the way, all is as if nothing had.
    pub(super) async fn assert_as(&self, whole: &Self, when: &str) {
        let (ours, theirs) = (self.tenant(), whole.tenant());
        for (address, person) in &theirs {
            assert_eq!(ours.get(address), Some(person), "{when}: {address}");
        }
        assert_eq!(ours.len(), theirs.len(), "{when}: nobody else is there");
        self.world.assert_settled().await;
        for nothing in [
            "SELECT count(*) FROM rollcall_runs WHERE state = 'running'",
            "SELECT count(*) FROM rollcall_calls WHERE state = 'intended'",
            "SELECT count(*) FROM rollcall_blocks_due",
        ] {
            assert_eq!(self.count(nothing).await, 0, "{when}: {nothing}");
        }
        let (code, said) = self.run("audit verify").await;
        assert_eq!(code, 0, "{when}: {said}");
        for staff in ["auth0%7C101", "auth0%7C102", "auth0%7C103"] {
            let touched = self
                .world
                .simulator
                .journal()
                .into_iter()
                .find(|it| it.method != "GET" && it.path.contains(staff));
            assert_eq!(touched, None, "{when}: nobody approved this");
        }
    }

    /// Everybody with roles, sessions and mails, by address: made users have another id each time.
    fn tenant(&self) -> BTreeMap<String, Value> {
        let state = self.world.simulator.state();
        let mails = self.world.simulator.mails();
        let people = state.users.iter().map(|it| {
            let roles: Vec<&str> = state
                .roles
                .iter()
                .filter(|role| role.members.contains(&it.user_id))
                .map(|it| it.name.as_str())
                .collect();
            let sessions = state.sessions.iter().filter(|session| session.user_id == it.user_id).count();
            let tokens = state.refresh_tokens.iter().filter(|token| token.user_id == it.user_id).count();
            let links = mails
                .iter()
                .filter(|mail| mail.user_id == it.user_id && mail.kind == MailKind::ChangePassword);
            let person = json!({
                "name": it.name, "blocked": it.blocked, "email_verified": it.email_verified,
                "user_metadata": it.user_metadata, "app_metadata": it.app_metadata,
                "roles": roles, "sessions": sessions, "refresh_tokens": tokens,
                "invited at most once": links.count() <= 1,
            });
            (it.email.clone().unwrap_or_default(), person)
        });
        let count = state.users.len();
        let people: BTreeMap<String, Value> = people.collect();
        assert_eq!(people.len(), count, "nobody is there twice");
        people
    }

    /// A command that must succeed.
    async fn must(&self, words: &str) {
        let (code, said) = self.run(words).await;
        assert_eq!(code, 0, "rollcall {words}: {said}");
    }

    /// A command to its end: its exit code, and what it said.
    async fn run(&self, words: &str) -> (i32, String) {
        let process = self.start(words);
        let ended = tokio::task::spawn_blocking(move || process.wait_with_output()).await.unwrap().unwrap();
        let said = [ended.stdout, ended.stderr].concat();
        (ended.status.code().unwrap_or(-1), String::from_utf8(said).unwrap())
    }

    fn start(&self, words: &str) -> Child {
        Command::new(rollcall())
            .args(words.split(' '))
            .current_dir(self.folder.path())
            .env_clear()
            .env("DATABASE_URL", &self.world.url)
            .env("AUTH0_DOMAIN", self.world.simulator.url())
            .env("AUTH0_CLIENT_ID", self.world.simulator.client_id())
            .env("AUTH0_CLIENT_SECRET", SECRET)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Fifteen seconds go by.
    async fn end_the_lease(&self) {
        for table in ["rollcall_leases", "rollcall_claims"] {
            let sql = format!("UPDATE {table} SET expires_at = '1970-01-02 00:00:00'");
            self.db.execute_unprepared(&sql).await.unwrap();
        }
    }

    /// Requests that change something, so far.
    fn asked(&self) -> usize {
        self.world
            .simulator
            .journal()
            .iter()
            .filter(|it| it.method != "GET" && it.path != "/oauth/token")
            .count()
    }

    async fn count(&self, sql: &str) -> usize {
        let statement = Statement::from_string(self.db.get_database_backend(), sql);
        let row = self.db.query_one_raw(statement).await.unwrap().expect("a count has a row");
        let count: i64 = row.try_get_by_index(0).unwrap();
        usize::try_from(count).unwrap()
    }
}
