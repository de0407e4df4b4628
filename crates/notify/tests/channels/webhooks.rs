//! What Slack and other systems get.

use hmac::{Hmac, KeyInit as _, Mac as _};
use notify::{Channel, Condition};
use sha2::Sha256;

use crate::http_sink::{HttpSink, PATH};
use crate::world::{clear, end, json, leaver, notifier, plan, settled, slack};

#[tokio::test]
async fn slack_gets_one_text_and_one_when_it_is_over() {
    let sink = HttpSink::new().await;
    let notifier = notifier(vec![slack("ops", &sink)]);
    notifier.raise(&leaver("42"));
    settled(&notifier, "ops").await;
    clear(&notifier, &leaver("42"));
    end(&notifier).await;
    let texts: Vec<String> = sink.bodies().iter().map(|it| it["text"].as_str().unwrap().to_owned()).collect();
    insta::assert_snapshot!(texts.join("\n\n"), @"
    *[critical] Employee 42 has left and still has access*
    Their row has said so for 3 hours, and their Auth0 user is not blocked.
    Next: see `rollcall employee explain 42`, then block them with `rollcall employee sync 42`.
    Tenant acme.eu.auth0.com, at 2026-11-23T02:00:00Z
    Audit head 1204:4be0a7

    *[over] Employee 42 has left and still has access*
    This is over.
    Tenant acme.eu.auth0.com, at 2026-11-23T02:01:00Z
    Audit head 1205:4be0a7
    ");
    assert!(sink.bodies().iter().all(|it| it.as_object().unwrap().len() == 1), "nothing but the text");
    assert_eq!(sink.heard(|it| it.path.clone()), [PATH, PATH]);
}

#[tokio::test]
async fn slack_calls_nobody_because_of_a_name() {
    let sink = HttpSink::new().await;
    let notifier = notifier(vec![slack("ops", &sink)]);
    let breaches = vec!["roles: <!channel> & <https://example.com|click>".into()];
    notifier.raise(&Condition::LimitBreached { plan: 8, breaches });
    end(&notifier).await;
    let text = sink.bodies()[0]["text"].as_str().unwrap().to_owned();
    assert!(text.contains("- roles: &lt;!channel&gt; &amp; &lt;https://example.com|click&gt;"), "{text}");
    assert!(!text.contains(['<', '>']), "{text}");
}

#[tokio::test]
async fn json_has_its_fields() {
    let sink = HttpSink::new().await;
    let notifier = notifier(vec![json("siem", &sink)]);
    notifier.raise(&plan(7));
    settled(&notifier, "siem").await;
    clear(&notifier, &plan(7));
    end(&notifier).await;
    let bodies = sink.bodies();
    insta::assert_snapshot!(serde_json::to_string_pretty(&bodies).unwrap(), @r#"
    [
      {
        "at": "2026-11-23T02:00:00Z",
        "audit_head": "1204:4be0a7",
        "event": "plan_waits",
        "severity": "info",
        "state": "raised",
        "subject": "plan 7",
        "tenant": "acme.eu.auth0.com",
        "text": "It has 12 changes: 2 people lose access and 1 admin role is granted. Nothing is changed before somebody approves it.\nNext: read it with `rollcall plan show 7`, which names the command that approves it.",
        "title": "Plan 7 waits for a yes or no"
      },
      {
        "at": "2026-11-23T02:01:00Z",
        "audit_head": "1205:4be0a7",
        "event": "plan_waits",
        "severity": "info",
        "state": "over",
        "subject": "plan 7",
        "tenant": "acme.eu.auth0.com",
        "text": "This is over.",
        "title": "Plan 7 waits for a yes or no"
      }
    ]
    "#);
    let kinds = sink.heard(|it| it.headers["content-type"].clone());
    assert_eq!(kinds, ["application/json", "application/json"]);
    assert!(
        sink.heard(|it| it.headers.get("rollcall-signature").is_none())[0],
        "there is no secret to sign with"
    );
}

#[tokio::test]
async fn the_receiver_can_check_who_sent_it_and_when() {
    let sink = HttpSink::new().await;
    let signed = Channel::signed_webhook("siem", &sink.url.as_str().into(), "hush".into()).unwrap();
    let notifier = notifier(vec![signed]);
    notifier.raise(&plan(7));
    end(&notifier).await;
    sink.heard(|it| {
        let header = |name: &str| it.headers[name].to_str().unwrap().to_owned();
        let at = header("rollcall-timestamp");
        let age = chrono::Utc::now().timestamp() - at.parse::<i64>().unwrap();
        assert!((0..60).contains(&age), "the time is that of the request: {at}");
        let said = header("rollcall-signature");
        let digits = said.strip_prefix("sha256=").unwrap();
        let code: Vec<u8> = (0..digits.len())
            .step_by(2)
            .map(|it| u8::from_str_radix(&digits[it..it + 2], 16).unwrap())
            .collect();
        let mac = |body: &[u8]| {
            let mac = Hmac::<Sha256>::new_from_slice(b"hush").unwrap();
            mac.chain_update(format!("{at}.")).chain_update(body)
        };
        mac(&it.body).verify_slice(&code).unwrap();
        assert!(mac(b"{}").verify_slice(&code).is_err(), "of another body it is not the signature");
    });
    assert_eq!(sink.count(), 1);
}
