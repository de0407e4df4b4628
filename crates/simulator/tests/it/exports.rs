//! Export jobs: how long they take, how they end, and how long their links are good for.

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader},
};

use flate2::read::GzDecoder;
use serde_json::{Value, json};
use simulator::{ExportEnd, ExportStore, Fault, Options, Switches};

use crate::client::{Read, Tenant, new_user};

const CONNECTION: &str = "con_UsernamePassw0rd";

async fn tenant(users: usize, switches: Switches) -> Tenant {
    Tenant::with(Options { users, switches, search_lag_ms: 60_000, ..Options::default() }).await
}

fn at_once() -> Switches {
    Switches { export_ms: 0, ..Switches::default() }
}

async fn order(tenant: &Tenant) -> Read {
    let wanted = json!({
        "connection_id": CONNECTION, "format": "json",
        "fields": [{"name": "user_id"}, {"name": "email"}, {"name": "app_metadata"}],
    });
    tenant.post("/api/v2/jobs/users-exports", wanted).await
}

async fn job(tenant: &Tenant, ordered: &Read) -> Value {
    tenant.get(&format!("/api/v2/jobs/{}", ordered.body["id"].as_str().unwrap())).await.body
}

async fn file(tenant: &Tenant, job: &Value) -> Vec<u8> {
    let answer = tenant.http.get(job["location"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.bytes().await.unwrap().to_vec()
}

/// The users of a file; an error where it ends too early.
fn users(file: &[u8]) -> std::io::Result<Vec<Value>> {
    let lines = BufReader::new(GzDecoder::new(file)).lines();
    lines.map(|it| Ok(serde_json::from_str(&it?)?)).collect()
}

#[tokio::test]
async fn everybody_is_in_the_file_once_and_beyond_the_ceiling() {
    let tenant = tenant(25_000, at_once()).await;
    let exported = users(&file(&tenant, &job(&tenant, &order(&tenant).await).await).await).unwrap();
    let ids: BTreeSet<&str> = exported.iter().map(|it| it["user_id"].as_str().unwrap()).collect();
    assert_eq!((exported.len(), ids.len()), (25_000, 25_000));
    assert_eq!(exported[41]["app_metadata"]["employee_id"], 42, "oldest first");
    assert!(exported.iter().all(|it| it.get("name").is_none()), "only what was named");
}

#[tokio::test]
async fn a_job_is_pending_for_its_time_and_says_how_far_it_is() {
    let tenant = tenant(3, Switches { export_ms: 3_600_000, ..Switches::default() }).await;
    let ordered = order(&tenant).await;
    assert_eq!((ordered.status.as_u16(), &ordered.body["status"]), (200, &json!("pending")));
    let job = job(&tenant, &ordered).await;
    assert_eq!((&job["status"], &job["percentage_done"]), (&json!("pending"), &json!(0)));
    assert!(job["time_left_seconds"].as_u64().is_some_and(|it| it > 3_500 && it <= 3_600), "{job}");
    assert!(job.get("location").is_none());
}

#[tokio::test]
async fn a_link_lapses_and_the_job_gives_a_fresh_one() {
    let tenant = tenant(3, Switches { export_link_ms: 0, ..at_once() }).await;
    let ordered = order(&tenant).await;
    let lapsed = job(&tenant, &ordered).await["location"].clone();
    let refused = tenant.http.get(lapsed.as_str().unwrap()).send().await.unwrap();
    assert_eq!(refused.status(), 403);
    tenant.simulator.set_switches(at_once());
    let fresh = job(&tenant, &ordered).await;
    assert_eq!(users(&file(&tenant, &fresh).await).unwrap().len(), 3);
    assert_eq!(tenant.http.get(lapsed.as_str().unwrap()).send().await.unwrap().status(), 403);
    // Auth0's minute.
    let link = url::Url::parse(fresh["location"].as_str().unwrap()).unwrap();
    let (_, expires) = link.query_pairs().find(|(key, _)| key == "Expires").unwrap();
    let left = expires.parse::<i64>().unwrap() - chrono::Utc::now().timestamp();
    assert!((50..=60).contains(&left), "{left}");
}

#[tokio::test]
async fn a_job_can_fail_and_the_next_one_not() {
    let tenant = tenant(3, Switches { export_end: ExportEnd::Fails, ..at_once() }).await;
    let ordered = order(&tenant).await;
    let failed = job(&tenant, &ordered).await;
    assert_eq!((&failed["status"], failed.get("location")), (&json!("failed"), None));
    assert!(failed["status_details"].is_string());
    tenant.simulator.set_switches(at_once());
    assert_eq!(job(&tenant, &ordered).await["status"], "failed", "it stays as it ended");
    assert_eq!(job(&tenant, &order(&tenant).await).await["status"], "completed");
}

#[tokio::test]
async fn with_the_switch_only_so_many_run_at_once() {
    let slow = Switches { export_ms: 3_600_000, exports_max: Some(2), ..Switches::default() };
    let tenant = tenant(3, slow).await;
    for status in [200, 200, 429] {
        let answer = order(&tenant).await;
        assert_eq!(answer.status, status);
        if status == 429 {
            let message = "There are 2 active export users jobs, please wait until some of them are finished and try \
                           again";
            assert_eq!(
                answer.body,
                json!({"statusCode": 429, "error": "Too Many Requests", "message": message})
            );
        }
    }
}

#[tokio::test]
async fn an_export_reads_the_primary_store_unless_switched() {
    for (export_store, count) in [(ExportStore::Primary, 4), (ExportStore::Search, 3)] {
        let tenant = tenant(3, Switches { export_store, ..at_once() }).await;
        tenant.post("/api/v2/users", new_user("new@example.com")).await;
        let exported = users(&file(&tenant, &job(&tenant, &order(&tenant).await).await).await).unwrap();
        assert_eq!(exported.len(), count, "{export_store:?}");
    }
}

#[tokio::test]
async fn a_file_can_end_too_early_or_be_none() {
    let tenant = tenant(500, at_once()).await;
    for trouble in ["truncate", "garbage"] {
        let faults = json!([{"match": {"path": "/exports/*"}, "do": trouble}]);
        tenant.simulator.set_faults(serde_json::from_value::<Vec<Fault>>(faults).unwrap());
        let done = job(&tenant, &order(&tenant).await).await;
        assert!(users(&file(&tenant, &done).await).is_err(), "{trouble}");
        assert_eq!(users(&file(&tenant, &done).await).unwrap().len(), 500, "only the first is struck");
    }
}
