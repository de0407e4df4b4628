//! Scripted trouble, as a client on the other end of a real socket sees it.

use serde_json::{Value, json};
use simulator::{Fault, Simulator};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::client::{Tenant, new_user};

fn script(simulator: &Simulator, faults: Value) {
    let faults: Vec<Fault> = serde_json::from_value(faults).unwrap();
    simulator.set_faults(faults);
}

/// What comes back on a bare socket: bytes, and whether it was reset.
async fn raw(tenant: &Tenant, request: &str) -> (Vec<u8>, bool) {
    let mut stream = TcpStream::connect(tenant.simulator.addr()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let reset = stream.read_to_end(&mut bytes).await.is_err();
    (bytes, reset)
}

fn creation(tenant: &Tenant, email: &str) -> String {
    let body = new_user(email).to_string();
    format!(
        "POST /api/v2/users HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        tenant.simulator.addr(),
        tenant.token,
        body.len(),
    )
}

#[tokio::test]
async fn a_reset_cuts_the_connection_and_does_nothing() {
    let tenant = Tenant::fresh().await;
    script(&tenant.simulator, json!([{"match": {"method": "POST", "path": "/api/v2/users"}, "do": "reset"}]));
    let (bytes, reset) = raw(&tenant, &creation(&tenant, "ada@example.com")).await;
    assert_eq!((bytes.len(), reset), (0, true));
    assert!(tenant.simulator.state().users.is_empty());
    // Once only.
    tenant.create("ada@example.com").await;
}

#[tokio::test]
async fn a_lost_answer_comes_after_the_work() {
    let tenant = Tenant::fresh().await;
    script(
        &tenant.simulator,
        json!([{"match": {"method": "POST", "path": "/api/v2/users"}, "do": "lost_answer"}]),
    );
    let (bytes, reset) = raw(&tenant, &creation(&tenant, "ada@example.com")).await;
    assert_eq!((bytes.len(), reset), (0, true));
    assert_eq!(tenant.simulator.state().users.len(), 1);
    let line = tenant.simulator.journal().pop().unwrap();
    assert_eq!((line.status, line.fault), (None, Some(simulator::Trouble::LostAnswer)));
}

#[tokio::test]
async fn a_client_library_sees_a_connection_error() {
    let tenant = Tenant::fresh().await;
    script(&tenant.simulator, json!([{"match": {"method": "POST"}, "do": "lost_answer"}]));
    let sent =
        tenant.request(reqwest::Method::POST, "/api/v2/users").json(&new_user("ada@example.com")).send();
    assert!(sent.await.is_err());
    assert_eq!(tenant.simulator.state().users.len(), 1);
}

#[tokio::test]
async fn answers_can_be_refused_broken_garbled_and_late() {
    let tenant = Tenant::fresh().await;
    for (trouble, status) in [("429", 429), ("500", 500), ("garbage", 200), ("delay", 200)] {
        script(&tenant.simulator, json!([{"match": {"path": "/api/v2/roles*"}, "do": trouble, "ms": 30}]));
        let start = std::time::Instant::now();
        let answer = tenant.get("/api/v2/roles").await;
        assert_eq!(answer.status, status, "{trouble}");
        assert_eq!(answer.body.is_array(), trouble == "delay", "{trouble}");
        assert!(start.elapsed().as_millis() >= 30);
        assert_eq!(tenant.get("/api/v2/roles").await.status, 200, "only the first is struck");
    }
}
