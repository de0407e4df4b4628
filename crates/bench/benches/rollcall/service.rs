//! The service: what a request for an account costs beside the tenant, what viewers may read, what ticks leave behind.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use diff::Scope;
use reqwest::{Client, Method, StatusCode};
use schedule::{Extent, Handling};
use secrecy::ExposeSecret as _;
use server::{Planned, Service, Settings};
use store::{NewToken, TokenRole};
use tokio::task::JoinSet;

use crate::company;
use crate::machine;
use crate::place::{Place, Setting, own_database, run};
use crate::table::{Figure, Table, Verdict};

/// A company of this size is there already.
const SIZE: i64 = 1_000;

/// So many accounts are asked for, at this pace.
const JOINERS: i64 = 500;
const A_SECOND: u32 = 50;

/// The plan that is stored while viewers read has so many changes.
const CHANGES: i64 = 10_000;
const VIEWERS: usize = 16;
const READ_FOR: Duration = Duration::from_secs(5);

const TICKS: u32 = 10_000;
/// After so many every cache is warm.
const WARM: u32 = 2_000;

pub(crate) fn measure(table: &mut Table) {
    on_demand(table, "SQLite", None);
    match own_database() {
        Some(own) => on_demand(table, "PostgreSQL", Some(own.url.clone())),
        None => table.not_run(
            "create-auth0 on PostgreSQL".to_owned(),
            "p50, p99",
            "set ROLLCALL_TEST_POSTGRES_URL".to_owned(),
        ),
    }
    viewers(table);
    ticks(table);
}

/// The service over a place, and a caller with a token.
struct Served {
    service: Service,
    http: Client,
    token: String,
    url: String,
}

impl Served {
    async fn at(place: &Place, planned: Vec<Planned>) -> Self {
        let new = NewToken {
            name: "bench".parse().expect("it is a name"),
            role: TokenRole::Operator,
            expires_at: None,
        };
        let by = diff::Approver::Unverified { name: "bench".to_owned() };
        let token = place.engine.create_token(&new, &by).await.expect("the store answers");
        let settings = Settings::new("bench:1".to_owned(), SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let service =
            Service::start(place.engine.clone(), settings, planned).await.expect("a free port is there");
        let http = Client::builder().no_proxy().build().expect("no encryption is needed");
        Self { url: service.url(), service, http, token: token.expose_secret().to_owned() }
    }

    async fn ask(&self, method: Method, path: &str) -> StatusCode {
        let request = self.http.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token);
        let answer = request.send().await.expect("the service answers");
        let status = answer.status();
        answer.bytes().await.expect("it answers to the end");
        status
    }
}

fn on_demand(table: &mut Table, database: &str, url: Option<String>) {
    let took = run(async {
        let setting = Setting { latency_ms: 0, url, ..Setting::settled(SIZE, "private-cloud-10000") };
        let place = Setting { csv: company::csv(SIZE + JOINERS, None), ..setting }.place().await;
        let served = Arc::new(Served::at(&place, Vec::new()).await);
        let mut beat = tokio::time::interval(Duration::from_secs(1) / A_SECOND);
        let mut asked = JoinSet::new();
        for id in SIZE + 1..=SIZE + JOINERS {
            beat.tick().await;
            let served = Arc::clone(&served);
            asked.spawn(async move {
                let begun = Instant::now();
                let status =
                    served.ask(Method::POST, &format!("/api/admin/employees/{id}/create-auth0")).await;
                (begun.elapsed(), status)
            });
        }
        let mut took = Vec::new();
        while let Some(answer) = asked.join_next().await {
            let (time, status) = answer.expect("nothing panics");
            assert_eq!(status, StatusCode::CREATED);
            took.push(time);
        }
        place.simulator.shutdown().await;
        took
    });
    table.push_on_demand(&format!("create-auth0 at {A_SECOND} a second, {SIZE} employees, {database}"), took);
}

/// What a page of an admin reads, while a large plan waits.
fn viewers(table: &mut Table) {
    let (reads, took) = run(async {
        let setting = Setting { latency_ms: 0, ..Setting::settled(CHANGES, "private-cloud-10000") };
        let place = Setting { csv: company::csv(CHANGES, Some(1)), ..setting }.place().await;
        let preview = place.engine.preview(&Scope::everybody(), false).await.expect("both sides answer");
        assert_eq!(preview.plan.changes().len(), usize::try_from(CHANGES).unwrap_or_default());
        place.engine.propose(&preview).await.expect("the store answers");
        let served = Arc::new(Served::at(&place, Vec::new()).await);
        let (reads, begun) = (Arc::new(AtomicUsize::new(0)), Instant::now());
        let mut viewers = JoinSet::new();
        for viewer in 0..VIEWERS {
            let (served, reads) = (Arc::clone(&served), Arc::clone(&reads));
            viewers.spawn(async move {
                let paths =
                    ["/api/plans", "/api/runs", "/api/employees/17", "/api/quarantine", "/api/schedules"];
                for path in paths.iter().cycle().skip(viewer) {
                    assert_eq!(served.ask(Method::GET, path).await, StatusCode::OK);
                    reads.fetch_add(1, Ordering::Relaxed);
                    if begun.elapsed() > READ_FOR {
                        return;
                    }
                }
            });
        }
        while viewers.join_next().await.is_some() {}
        place.simulator.shutdown().await;
        (reads.load(Ordering::Relaxed), begun.elapsed())
    });
    #[expect(clippy::cast_precision_loss, reason = "a count of seconds' reads")]
    let a_second = reads as f64 / took.as_secs_f64();
    table.push(Figure {
        what: format!("viewers' reads beside a stored plan of {CHANGES} changes"),
        of: "reads/s",
        measured: format!("{a_second:.0}"),
        bound: "≥ 1,000, the callers' work included".to_owned(),
        verdict: Verdict::of(a_second >= 1_000.0),
    });
}

/// Ticks of a quick schedule in whose table nothing has changed.
fn ticks(table: &mut Table) {
    let (warm, end, took) = run(async {
        let setting = Setting { latency_ms: 0, ..Setting::settled(100, "private-cloud-10000") };
        let place = setting.place().await;
        let quick = Planned {
            name: "changes".parse().expect("it is a name"),
            cron: "0 3 29 2 *".parse().expect("it is a cron"),
            zone: chrono_tz::UTC,
            work: Extent::Quick,
            plan: Handling::AutoApprove,
            scope: Scope::everybody(),
            freeze: Vec::new(),
            jitter: Duration::ZERO,
            paused: false,
        };
        let served = Served::at(&place, vec![quick]).await;
        let (begun, mut done, mut warm) = (Instant::now(), 0, 0);
        while done < TICKS {
            match served.ask(Method::POST, "/api/schedules/changes/run").await {
                StatusCode::ACCEPTED => done += 1,
                _ => tokio::time::sleep(Duration::from_micros(200)).await, // the one before is still going
            }
            if done == WARM {
                warm = machine::held_kib("self").unwrap_or_default();
            }
        }
        let end = machine::held_kib("self").unwrap_or_default();
        assert!(served.service.stop().await, "everything ends");
        place.simulator.shutdown().await;
        (warm, end, begun.elapsed())
    });
    let more = end.saturating_sub(warm);
    table.push(Figure {
        what: format!(
            "{TICKS} ticks with nothing changed, {:.1} ms each",
            (took / TICKS).as_secs_f64() * 1e3
        ),
        of: "memory",
        measured: format!("{} → {} MiB", warm / 1024, end / 1024),
        bound: format!("flat: at most 4 MiB more than after {WARM}"),
        verdict: Verdict::of(more <= 4 * 1024),
    });
}
