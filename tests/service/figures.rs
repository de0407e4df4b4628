//! The metrics that a service at work really exports.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::json;

use super::schedules::schedule;
use super::served::{As, Served};
use crate::world::{Company, World};

#[tokio::test]
async fn labels_are_our_own_words_and_never_what_somebody_asked_for() {
    let company = Company::new().staff(5).cell(101, "email", "zebra@").cell(102, "role_code", "zebra");
    let world = World::with(company).await;
    let served = Served::over(world, |_| (), vec![schedule("nightly", "0 3 29 2 *")]).await;
    for path in
        ["/api/employees/zebra", "/api/plans/zebra", "/api/zebra", "/zebra", "/api/schedules/zebra/ticks"]
    {
        served.get(path).header("x-request-id", "zebra").send().await;
    }
    served.ask("ZEBRA".parse().unwrap(), "/api/plans").send().await;
    served.post("/api/admin/employees/101/create-auth0").send().await;
    served.post("/api/plans").json(&json!({})).send().await;
    let text = served.get("/metrics").by(As::Viewer).send().await.text;
    let told: Vec<&str> = text.lines().filter(|it| it.to_lowercase().contains("zebra")).collect();
    assert!(told.is_empty(), "{told:#?}");
    assert!(text.contains("route=\"/api/employees/{id}\"") && text.contains("method=\"other\""), "{text}");
}

#[tokio::test]
async fn metrics_have_an_address_of_their_own_where_one_is_configured() {
    let world = World::with(Company::new()).await;
    let any = "127.0.0.1:0".parse().unwrap();
    let served = Served::over(world, |it| it.metrics_listen = Some(any), Vec::new()).await;
    assert_eq!(served.get("/metrics").send().await.status, 404, "not under the API as well");
    let apart = reqwest::get(served.metrics.clone().unwrap()).await.unwrap();
    assert_eq!(apart.status(), 200);
    assert!(apart.text().await.unwrap().contains("rollcall_build_info"));
}

/// Every name of a metric in a text, without what a histogram adds to it.
fn names(text: &str) -> BTreeSet<String> {
    let name = Regex::new(r"\b(?:rollcall|auth0)_[a-z0-9_]+\b").unwrap();
    let bare = |it: &str| {
        let ends = ["_bucket", "_sum", "_count"];
        ends.iter().find_map(|end| it.strip_suffix(end)).unwrap_or(it).to_owned()
    };
    name.find_iter(text).map(|it| bare(it.as_str())).collect()
}

#[tokio::test]
async fn what_the_dashboard_and_the_alerts_ask_for_is_there() {
    let company = Company::new().row(1, "Ana Silva", "Packing", "associate").staff(5);
    let never = schedule("nightly", "0 3 29 2 *");
    // Nobody listens there: that a channel is configured is enough for its figures.
    let channel = notify::Channel::webhook("nobody", &"http://127.0.0.1:9/".to_owned().into()).unwrap();
    let served =
        Served::over(World::with(company).await, |it| it.channels = vec![channel], vec![never]).await;
    served.post("/api/admin/employees/1/create-auth0").send().await;
    served.post("/api/schedules/nightly/run").send().await;
    served
        .until("/api/schedules/nightly/ticks", |it| {
            it.items().first().is_some_and(|it| it["state"] == "done")
        })
        .await;
    let metrics = served.until("/metrics", |it| it.text.contains("rollcall_notices_total{")).await;
    let exported = names(&metrics.text);
    let deploy = format!("{}/../deploy", env!("CARGO_MANIFEST_DIR"));
    for file in ["grafana/rollcall.json", "prometheus/alerts.yml"] {
        let asked = names(&std::fs::read_to_string(format!("{deploy}/{file}")).unwrap());
        assert!(asked.len() > 10, "{file} asks for something: {asked:?}");
        let missing: Vec<&String> = asked.difference(&exported).collect();
        assert!(missing.is_empty(), "{file}: {missing:#?}");
    }
}
