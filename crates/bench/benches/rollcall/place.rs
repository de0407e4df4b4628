//! A tenant that answers over HTTP, a database, and the engine between them.

use std::time::Duration;

use chrono::Utc;
use diff::{EmployeeId, Policy, RatePlan};
use engine::{Clock, Engine, Settings};
use sea_orm::ConnectionTrait as _;
use simulator::{Simulator, State};
use store::{Missing, Store, Tie};
use tempfile::TempDir;

use crate::company;

/// What a tenant's answer takes on the way, as within a continent.
pub(crate) const LATENCY_MS: u64 = 20;

/// How many of the tenant's calls are ours, as by default.
pub(crate) const SHARE: f64 = 0.8;

/// How many calls may be under way, as by default.
const MAX_IN_FLIGHT: usize = 64;

/// Everything that a run needs. Dropped with its files.
pub(crate) struct Place {
    pub(crate) simulator: Simulator,
    pub(crate) engine: Engine,
    _folder: TempDir,
}

/// A company in its tenant.
pub(crate) struct Setting {
    /// What the tenant holds.
    pub(crate) tenant: State,
    /// The rows.
    pub(crate) csv: String,
    /// So many of them are linked.
    pub(crate) linked: i64,
    /// What the tenant allows, by the name that both sides know.
    pub(crate) plan: &'static str,
    pub(crate) latency_ms: u64,
    pub(crate) policy: Policy,
    /// The database; SQLite where nothing is said.
    pub(crate) url: Option<String>,
}

impl Setting {
    /// Everybody is in order.
    pub(crate) fn settled(size: i64, plan: &'static str) -> Self {
        Self {
            tenant: company::tenant(size),
            csv: company::csv(size, None),
            linked: size,
            plan,
            latency_ms: LATENCY_MS,
            policy: Policy::default(),
            url: None,
        }
    }

    pub(crate) async fn place(self) -> Place {
        let Self { tenant, csv, linked, plan, latency_ms, policy, url } = self;
        let options = simulator::Options {
            plan: plan.parse().expect("the simulator knows the plan"),
            latency_ms,
            search_lag_ms: 0,
            state: Some(tenant),
            ..simulator::Options::default()
        };
        let simulator = simulator::start(options).await.expect("a free port is there");
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = || format!("sqlite:{}", folder.path().join("rollcall.db").display());
        let url = url.unwrap_or_else(file);
        let store = Store::open(store::Options::one(url)).await.expect("SQLite opens");
        store.migrate().await.expect("the tables can be made");
        let file = store::read_csv(csv.as_bytes()).expect("it is the table's layout");
        store.import(&file, Missing::Keep, Utc::now()).await.expect("the rows can be stored");
        let rate_plan: RatePlan = plan.parse().expect("the client knows the plan");
        let engine = engine(&simulator, store, rate_plan, policy);
        let ties: Vec<Tie> = company::people(linked)
            .map(|it| Tie { employee: EmployeeId::from(it.id), link: it.link(), created_at: None })
            .collect();
        engine.store().tie_all(engine.tenant(), &ties, Utc::now()).await.expect("nobody is tied twice");
        Place { simulator, engine, _folder: folder }
    }
}

fn engine(simulator: &Simulator, store: Store, rate_plan: RatePlan, policy: Policy) -> Engine {
    let settings = Settings {
        policy,
        time_zone: chrono_tz::UTC,
        verify_after: chrono::Duration::minutes(10),
        max_in_flight: MAX_IN_FLIGHT,
        rate_plan,
        share: SHARE,
        clock: Clock::System,
    };
    Engine::new(store, client(simulator, rate_plan), settings)
}

pub(crate) fn client(simulator: &Simulator, rate_plan: RatePlan) -> auth0::Client {
    let domain = simulator.url().parse().expect("it is on loopback");
    let config = auth0::Config {
        rate_plan,
        share: SHARE,
        max_in_flight: MAX_IN_FLIGHT,
        retry_backoff: Duration::from_millis(100),
        ..auth0::Config::new(domain, simulator.client_id(), simulator.client_secret().into())
    };
    auth0::Client::new(config).expect("the configuration is sound")
}

/// A database of its own on the server that tests use, dropped with the value; none where no server is named.
pub(crate) struct Own {
    pub(crate) url: String,
    server: String,
    name: String,
}

/// Makes one.
pub(crate) fn own_database() -> Option<Own> {
    let server = std::env::var("ROLLCALL_TEST_POSTGRES_URL").ok()?;
    let name = format!("rollcall_bench_{}", std::process::id());
    run(told(server.clone(), format!("CREATE DATABASE {name}")));
    let (base, _) = server.rsplit_once('/')?;
    Some(Own { url: format!("{base}/{name}"), server, name })
}

async fn told(server: String, sql: String) {
    let db = sea_orm::Database::connect(server).await.expect("the server answers");
    db.execute_unprepared(&sql).await.expect("the server does it");
}

impl Drop for Own {
    fn drop(&mut self) {
        let (server, sql) = (self.server.clone(), format!("DROP DATABASE {} WITH (FORCE)", self.name));
        run(told(server, sql));
    }
}

/// Runs one measurement by itself.
pub(crate) fn run<T>(measurement: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.enable_all().build().expect("a runtime can be made").block_on(measurement)
}
