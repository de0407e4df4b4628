//! The place for setup: a tenant over HTTP, a database, the engine between them, and a clock that stands still.
//!
//! A story says what is special about it, and reads `World::with(company)` → `plan()` → `approve_as()` →
//! `apply()` → `assert_settled()`. The search of the tenant lags behind writes, as at Auth0, and one call is made
//! at a time, so that the tenant's journal is the same at every run; stories about many calls say so.

mod company;
mod databases;
mod hands;
mod journal;
mod looking;
mod undoing;
mod yes;

use std::cell::Cell;
use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use diff::{Approver, Breach, Plan, PlanId, Policy, RatePlan, Report, TextOptions};
use engine::{ApplyError, Clock, Engine, Preview, ReviewError, Settings, Stop, SyncError, Synced, Yes};
use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection};
use simulator::{Fault, JournalLine, Matching, Simulator, Trouble};
use store::{Given, Missing, Proposal, ProposalStanding, Store, SyncStatus, Tie, WriteBack};
use tempfile::TempDir;

pub(crate) use company::{Company, account};
pub(crate) use databases::{Own, Server};
pub(crate) use hands::Hands;

/// A Monday morning. All stories begin then.
pub(crate) const NOW: &str = "2026-11-23T08:00:00Z";

/// The secret of the application, which must never be seen.
pub(crate) const SECRET: &str = "hush-Xq7-simulator-secret-8vK";

/// A company, its tenant, and Rollcall between them.
pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) engine: Engine,
    /// Where the store is.
    pub(crate) url: String,
    /// Our own way to the employee table, past the store.
    db: DatabaseConnection,
    pub(crate) company: Company,
    settings: Settings,
    latest: Cell<Option<PlanId>>,
    places: Vec<Place>,
}

/// What keeps the database alive; dropped with the world.
enum Place {
    Directory(#[expect(dead_code, reason = "it is held for its drop")] TempDir),
    Server(#[expect(dead_code, reason = "it is held for its drop")] Own),
}

/// A plan that waits for a yes.
pub(crate) struct Proposed {
    pub(crate) id: PlanId,
    pub(crate) plan: Plan,
    pub(crate) breaches: Vec<Breach>,
    pub(crate) standing: store::ProposalStanding,
    text: String,
}

impl World {
    /// A company of its own, on SQLite.
    pub(crate) async fn with(company: Company) -> Self {
        Self::at(company, simulator::Options::default()).await
    }

    /// The same, in a tenant that is special.
    pub(crate) async fn at(company: Company, options: simulator::Options) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("rollcall.db").display());
        Box::pin(Self::on(company, options, store::Options::one(url), Place::Directory(directory))).await
    }

    /// The same, on a database server.
    pub(crate) async fn at_server(company: Company, own: Own) -> Self {
        Self::at_server_with(company, simulator::Options::default(), own).await
    }

    /// The same, in a tenant that is special.
    pub(crate) async fn at_server_with(company: Company, tenant: simulator::Options, own: Own) -> Self {
        let options = store::Options::one(own.url.clone());
        Box::pin(Self::on(company, tenant, options, Place::Server(own))).await
    }

    /// The store on SQLite, the employee table on a server.
    pub(crate) async fn with_source(company: Company, own: Own) -> Self {
        let url = own.url.clone();
        let mut world = Self::with_source_url(company, url).await;
        world.places.push(Place::Server(own));
        world
    }

    /// The store on SQLite, the employee table where the URL says.
    pub(crate) async fn with_source_url(company: Company, source: String) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("rollcall.db").display());
        let options = store::Options { source_url: Some(source), ..store::Options::one(url) };
        Box::pin(Self::on(company, simulator::Options::default(), options, Place::Directory(directory))).await
    }

    async fn on(
        company: Company,
        tenant: simulator::Options,
        databases: store::Options,
        place: Place,
    ) -> Self {
        let source_url = databases.source_url.clone().unwrap_or_else(|| databases.store_url.clone());
        let url = databases.store_url.clone();
        let state = Some(company.tenant.clone());
        let tenant = simulator::Options { state, client_secret: SECRET.to_owned(), ..tenant };
        let simulator = simulator::start(tenant).await.unwrap();
        let databases = store::Options { source: company.source.clone(), ..databases };
        let store = Store::open(databases).await.unwrap();
        store.migrate().await.unwrap();
        let settings = Settings {
            policy: company.policy.clone(),
            time_zone: chrono_tz::Europe::Berlin,
            verify_after: chrono::Duration::minutes(10),
            max_in_flight: 1,
            rate_plan: RatePlan::PrivateCloud(10_000),
            share: 1.0,
            clock: Clock::Fixed(company.now.parse().unwrap()),
        };
        let engine = Engine::new(store, client(&simulator, |_| ()), settings.clone());
        let db = Database::connect(source_url.replacen("mariadb:", "mysql:", 1)).await.unwrap();
        let world = Self {
            simulator,
            engine,
            url,
            db,
            company,
            settings,
            latest: Cell::new(None),
            places: vec![place],
        };
        world.fill().await;
        world
    }

    /// Rows and links, past everything that a story is about.
    async fn fill(&self) {
        let source = &self.company.source;
        for column in &source.more {
            self.sql(&format!("ALTER TABLE {} ADD COLUMN {column} text", source.table)).await;
        }
        for statement in &self.company.before_rows {
            self.sql(statement).await;
        }
        for row in self.company.rows.values() {
            self.sql(&company::insert(&source.table, row)).await;
        }
        let (store, tenant) = (self.engine.store(), self.engine.tenant());
        let at = DateTime::UNIX_EPOCH;
        for (employee, link) in self.company.links.iter() {
            let tie = Tie { employee: employee.clone(), link: link.clone(), created_at: None };
            store.tie(tenant, tie, at).await.unwrap();
            if self.company.mirrored {
                let user = Some(link.user.clone());
                let status = SyncStatus::Verified;
                let columns = WriteBack { employee: employee.clone(), user, created_at: None, status };
                store.write_back(&[columns]).await.unwrap();
            }
        }
        for (employee, why) in &self.company.links.ignored_employees {
            store.ignore_employee(tenant, employee, why, at).await.unwrap();
        }
        for (user, why) in &self.company.links.ignored_users {
            store.ignore_user(tenant, user, why, at).await.unwrap();
        }
    }

    /// HR's export, imported.
    pub(crate) async fn import(&self, csv: &[u8]) -> store::ImportReport {
        let file = store::read_csv(csv).unwrap();
        self.engine.store().import(&file, Missing::Keep, self.now()).await.unwrap()
    }

    /// HR changes a cell.
    pub(crate) async fn hr(&self, id: i64, column: &str, text: &str) {
        let (table, text) = (&self.company.source.table, company::literal(text));
        self.sql(&format!("UPDATE {table} SET {column} = {text} WHERE id = {id}")).await;
    }

    /// HR deletes a row.
    pub(crate) async fn hr_deletes(&self, id: i64) {
        self.sql(&format!("DELETE FROM {} WHERE id = {id}", self.company.source.table)).await;
    }

    /// Somebody changes the tenant by hand.
    pub(crate) fn in_auth0(&self, change: impl FnOnce(&mut simulator::State)) {
        let mut state = self.simulator.state();
        change(&mut state);
        self.simulator.set_state(state);
    }

    /// Somebody changes one user by hand.
    pub(crate) fn in_auth0_user(&self, id: &str, change: impl FnOnce(&mut simulator::User)) {
        self.in_auth0(|it| change(it.users.iter_mut().find(|it| it.user_id == id).unwrap()));
    }

    /// The next time that something happens.
    pub(crate) fn clock(&mut self, at: &str) {
        self.settings.clock = Clock::Fixed(at.parse().unwrap());
        self.renew(|_| ());
    }

    /// Another policy from now on, as somebody who edits the configuration makes it.
    pub(crate) fn policy(&mut self, change: impl FnOnce(&mut Policy)) {
        change(&mut self.settings.policy);
        self.renew(|_| ());
    }

    /// Many calls at once from now on.
    pub(crate) fn in_flight(&mut self, calls: usize) {
        self.settings.max_in_flight = calls;
        self.renew(|_| ());
    }

    /// No call is made twice from now on.
    pub(crate) fn without_retries(&mut self) {
        self.renew(|it| it.max_retries = 0);
    }

    /// Another process with the same configuration, as far as the change leaves it the same.
    pub(crate) fn renew(&mut self, change: impl FnOnce(&mut auth0::Config)) {
        self.engine = self.another(change);
    }

    /// A second engine beside the first: the same database, the same tenant, a client of its own.
    pub(crate) fn another(&self, change: impl FnOnce(&mut auth0::Config)) -> Engine {
        Engine::new(self.engine.store().clone(), client(&self.simulator, change), self.settings.clone())
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.settings.clock.now()
    }

    /// What would be done.
    pub(crate) async fn preview(&self) -> Preview {
        Box::pin(self.engine.preview(&self.company.scope, self.company.first_sync)).await.unwrap()
    }

    /// Plans and proposes.
    pub(crate) async fn plan(&self) -> Proposed {
        let preview = self.preview().await;
        // Nothing to do is no plan, and has no number.
        let nothing = Proposal { id: PlanId(0), standing: ProposalStanding::SameAsBefore };
        let Proposal { id, standing } = self.engine.propose(&preview).await.unwrap().unwrap_or(nothing);
        self.latest.set(Some(id));
        let text = self.text(&preview.plan, &preview.breaches);
        let Preview { plan, breaches, .. } = preview;
        Proposed { id, plan, breaches, standing, text }
    }

    /// A plan as the story's reader wants it: without the reading's and the run's cost, and the digest.
    fn text(&self, plan: &Plan, breaches: &[Breach]) -> String {
        let admin = &self.settings.policy.roles.admin;
        let text = diff::text(
            plan,
            breaches,
            TextOptions { all: false, color: false, width: None, admin, id: None },
        );
        let paragraphs = text.split("\n\n");
        let told = paragraphs.filter(|it| {
            !it.starts_with("read ") && !it.starts_with("Plan for ") && !it.starts_with("plan ")
        });
        told.collect::<Vec<_>>().join("\n\n").trim_end().to_owned()
    }

    /// The plan that was proposed last.
    pub(crate) fn latest(&self) -> PlanId {
        self.latest.get().expect("the story has planned")
    }

    pub(crate) async fn approve_as(&self, who: &str) {
        assert_eq!(self.try_approve_as(who).await.unwrap(), Given::Enough);
    }

    pub(crate) async fn try_approve_as(&self, who: &str) -> Result<Given, ReviewError> {
        self.engine.approve(self.latest(), person(who), Yes::default()).await
    }

    /// Applies the latest plan, all of it.
    pub(crate) async fn apply(&self) {
        let report = self.try_apply().await.unwrap();
        assert!(report.is_complete(), "{}", self.said(&report));
    }

    /// Applies the latest plan; the journal begins with it.
    pub(crate) async fn try_apply(&self) -> Result<Report, ApplyError> {
        self.simulator.clear_journal();
        Box::pin(self.engine.apply(self.latest(), &person("op"), "host:1", &Stop::new(), &|_| ())).await
    }

    /// Plans, approves and applies, all of it.
    pub(crate) async fn carry_on(&self) {
        self.plan().await;
        self.approve_as("grace").await;
        self.apply().await;
    }

    pub(crate) async fn sync(&self) -> Synced {
        self.try_sync().await.unwrap()
    }

    pub(crate) async fn try_sync(&self) -> Result<Synced, SyncError> {
        self.simulator.clear_journal();
        let (scope, first) = (&self.company.scope, self.company.first_sync);
        Box::pin(self.engine.sync(scope, first, &person("op"), "host:1", &Stop::new(), &|_| ())).await
    }

    /// Trouble with the requests of one kind, once.
    pub(crate) fn fault(&self, method: &str, path: &str, kind: Trouble) {
        self.faults(vec![fault(method, path, 1, 1, kind)]);
    }

    pub(crate) fn faults(&self, faults: Vec<Fault>) {
        self.simulator.set_faults(faults);
    }

    /// Applies, and dies as soon as a request like this has reached the tenant, where it is still done. Tells
    /// whether it did: else the run had ended before.
    pub(crate) async fn die_when(&self, reached: impl Fn(&JournalLine) -> bool) -> bool {
        self.die_when_asked(|asked| asked.iter().any(&reached)).await
    }

    /// The same, for the requests so far.
    pub(crate) async fn die_when_asked(&self, reached: impl Fn(&[JournalLine]) -> bool) -> bool {
        self.simulator.clear_journal();
        let (by, stop) = (person("op"), Stop::new());
        let engine = self.another(|_| ());
        let run = engine.apply(self.latest(), &by, "host:1", &stop, &|_| ());
        let died = tokio::select! {
            report = run => { report.unwrap(); false }
            () = until(|| reached(&self.asked())) => true,
        };
        until(|| self.asked().iter().all(|it| it.status.is_some())).await;
        died
    }

    fn asked(&self) -> Vec<JournalLine> {
        self.simulator.journal().into_iter().filter(|it| it.path != "/oauth/token").collect()
    }

    /// Sends SQL past the store.
    pub(crate) async fn sql(&self, sql: &str) {
        self.db.execute_unprepared(sql).await.unwrap();
    }
}

impl fmt::Display for Proposed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Waits for a condition, for ten seconds at most.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("it came about in time");
}

/// Somebody whose yes counts.
pub(crate) fn person(name: &str) -> Approver {
    Approver::Verified { name: name.to_owned() }
}

/// The `nth` request of a kind, and so many after it (0: all), meet trouble.
pub(crate) fn fault(method: &str, path: &str, nth: u64, times: u64, kind: Trouble) -> Fault {
    let matching = Matching { method: Some(method.to_owned()), path: Some(path.to_owned()) };
    Fault { matching, nth, times, kind, ms: 0 }
}

/// Fast enough that no story waits for a bucket, and for a retry no longer than a blink.
fn client(simulator: &Simulator, change: impl FnOnce(&mut auth0::Config)) -> auth0::Client {
    let domain = simulator.url().parse().unwrap();
    let mut config = auth0::Config {
        rate_plan: RatePlan::PrivateCloud(10_000),
        share: 1.0,
        retry_backoff: Duration::from_millis(2),
        ..auth0::Config::new(domain, simulator.client_id(), simulator.client_secret().into())
    };
    change(&mut config);
    auth0::Client::new(config).unwrap()
}
