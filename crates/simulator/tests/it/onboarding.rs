//! Mails, tickets and jobs.

use std::io::Read as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use simulator::{MailKind, PUBLIC_APPLICATION};

use crate::client::{Tenant, new_user};

#[tokio::test]
async fn a_naive_create_mails_and_an_explicit_one_does_not() {
    let tenant = Tenant::fresh().await;
    for (n, change) in [
        json!({}),
        json!({"email_verified": false}),
        json!({"email_verified": true}),
        json!({"verify_email": false}),
        json!({"email_verified": true, "verify_email": true}),
    ]
    .into_iter()
    .enumerate()
    {
        let mut user = new_user(&format!("u{n}@example.com"));
        let user_map = user.as_object_mut().unwrap();
        user_map.remove("verify_email");
        user_map.extend(change.as_object().unwrap().clone());
        tenant.post("/api/v2/users", user).await;
    }
    let to: Vec<String> = tenant.simulator.mails().into_iter().map(|it| it.to).collect();
    assert_eq!(to, ["u0@example.com", "u1@example.com", "u4@example.com"]);
}

#[tokio::test]
async fn a_password_mail_is_text_and_its_link_works_once() {
    let tenant = Tenant::fresh().await;
    let id = tenant.create("ada@example.com").await;
    let ask = |email: &str| {
        let body = json!({
            "client_id": PUBLIC_APPLICATION, "email": email, "connection": simulator::DEFAULT_CONNECTION,
        });
        tenant
            .http
            .post(format!("{}/dbconnections/change_password", tenant.simulator.url()))
            .json(&body)
            .send()
    };
    for email in ["ada@example.com", "nobody@example.com"] {
        let answer = ask(email).await.unwrap();
        assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8");
        assert_eq!(answer.text().await.unwrap(), "We've just sent you an email to reset your password.");
    }
    let mails = tenant.simulator.mails();
    assert_eq!((mails.len(), mails[0].kind), (1, MailKind::ChangePassword));
    assert_eq!(tenant.http.get(&mails[0].link).send().await.unwrap().status(), 200);
    let user = tenant.get(&format!("/api/v2/users/{id}")).await.body;
    assert_eq!(user["email_verified"], true);
    assert!(user["last_password_reset"].is_string());
    assert_eq!(tenant.http.get(&mails[0].link).send().await.unwrap().status(), 400);
}

#[tokio::test]
async fn a_ticket_is_a_link_without_a_mail() {
    let tenant = Tenant::of(json!({"users": [{"user_id": "auth0|1", "email": "ada@example.com"}]})).await;
    let by_email = json!({"connection_id": "con_UsernamePassw0rd", "email": "ada@example.com"});
    for body in [json!({"user_id": "auth0|1", "ttl_sec": 3600}), by_email] {
        let made = tenant.post("/api/v2/tickets/password-change", body).await;
        assert_eq!(made.status, 201);
        assert!(made.body["ticket"].as_str().unwrap().contains("/u/reset-password?ticket="));
    }
    let gone = tenant.post("/api/v2/tickets/password-change", json!({"user_id": "auth0|2"})).await;
    assert_eq!((gone.status.as_u16(), &gone.body["errorCode"]), (404, &json!("inexistent_user")));
    assert!(tenant.simulator.mails().is_empty());
}

#[tokio::test]
async fn a_verification_job_mails_and_completes() {
    let tenant = Tenant::of(json!({"users": [{"user_id": "auth0|1", "email": "ada@example.com"}]})).await;
    let job = tenant.post("/api/v2/jobs/verification-email", json!({"user_id": "auth0|1"})).await;
    assert_eq!((job.status.as_u16(), &job.body["status"]), (201, &json!("pending")));
    let path = format!("/api/v2/jobs/{}", job.body["id"].as_str().unwrap());
    assert_eq!(tenant.get(&path).await.body["status"], "completed");
    assert_eq!(tenant.simulator.mails()[0].kind, MailKind::VerifyEmail);
    assert_eq!(tenant.get("/api/v2/jobs/job_0000000000000000").await.status, 404);
}

#[tokio::test]
async fn an_export_is_gzipped_lines_behind_a_link() {
    let tenant = Tenant::fresh().await;
    tenant.create("ada@example.com").await;
    tenant.create("bo@example.com").await;
    let wanted = json!({
        "connection_id": "con_UsernamePassw0rd", "format": "json", "limit": 5,
        "fields": [{"name": "email"}, {"name": "identities[0].connection", "export_as": "connection"}],
    });
    let job = tenant.post("/api/v2/jobs/users-exports", wanted).await;
    assert_eq!(job.status, 200);
    assert_eq!(job.body["status"], "pending");
    let path = format!("/api/v2/jobs/{}", job.body["id"].as_str().unwrap());
    let location = until_completed(&tenant, &path).await;
    let other = until_completed(&tenant, &path).await;
    assert_ne!(location, other, "each reading gives a fresh link");
    let file = tenant.http.get(&location).send().await.unwrap().bytes().await.unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(&*file).read_to_string(&mut text).unwrap();
    let line = |email: &str| {
        format!("{{\"connection\":\"Username-Password-Authentication\",\"email\":\"{email}\"}}\n")
    };
    // Both may have been made in the same millisecond, and then either comes first.
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    lines.sort_unstable();
    assert_eq!(lines, [line("ada@example.com"), line("bo@example.com")]);
    let forged = location.split("Signature=").next().unwrap().to_owned() + "Signature=x";
    assert_eq!(tenant.http.get(forged).send().await.unwrap().status(), 403);
}

async fn until_completed(tenant: &Tenant, path: &str) -> String {
    let start = Instant::now();
    loop {
        let job = tenant.get(path).await.body;
        if let Value::String(location) = &job["location"] {
            assert_eq!(job["status"], "completed");
            return location.clone();
        }
        assert!(start.elapsed() < Duration::from_secs(5), "the job never completed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
