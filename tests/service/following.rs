//! A run, followed while it goes on.

use serde_json::Value;
use simulator::Options;

use super::served::{As, Served, proposed};
use crate::world::{Company, World};

/// The events of a stream, with their data.
fn events(text: &str) -> Vec<(String, Value)> {
    let event = |block: &str| {
        let line = |name: &str| block.lines().find_map(|it| it.strip_prefix(name)).map(str::to_owned);
        Some((line("event: ")?, serde_json::from_str(&line("data: ")?).unwrap()))
    };
    text.split("\n\n").filter_map(event).collect()
}

#[tokio::test]
async fn who_follows_a_run_hears_of_its_progress_and_of_its_end() {
    let company =
        (1..9).fold(Company::new(), |it, id| it.row(id, &format!("Joiner {id}"), "Packing", "associate"));
    let company = company.staff(1);
    let world = World::at(company, Options { latency_ms: 60, ..Options::default() }).await;
    let served = Served::over(world, |_| (), Vec::new()).await;
    let plan = proposed(&served).await;
    served.post(&format!("/api/plans/{plan}/approve")).send().await;
    served.until("/api/runs", |it| !it.items().is_empty()).await;
    let followed = served.get("/api/runs/1/events").by(As::Viewer).send().await;
    assert_eq!(followed.header("content-type"), "text/event-stream");
    let heard = events(&followed.text);
    let (last, document) = heard.last().unwrap();
    assert_eq!((last.as_str(), &document["state"]), ("end", &Value::from("applied")), "{}", followed.text);
    let progress: Vec<i64> = heard
        .iter()
        .filter(|(name, _)| name == "progress")
        .map(|(_, it)| it["calls_ended"].as_i64().unwrap())
        .collect();
    assert!(!progress.is_empty() && progress.is_sorted(), "{}", followed.text);
    let over = served.get("/api/runs/1/events").send().await;
    assert_eq!(events(&over.text).len(), 1, "who comes late hears the end");
    served.world.assert_settled().await;
}

#[tokio::test]
async fn there_is_no_run_of_that_number() {
    let served = Served::with(Company::new()).await;
    for path in ["/api/runs/404", "/api/runs/404/events", "/api/runs/one"] {
        let none = served.get(path).send().await;
        assert_eq!((none.status, none.problem()), (404, "not-found"), "{path}");
    }
}
