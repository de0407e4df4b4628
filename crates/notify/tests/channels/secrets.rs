//! What must never be seen is not seen.

use std::time::Duration;

use notify::{Channel, Login, MailConfig, Patience, Settings};

use crate::http_sink::{Answer, HttpSink};
use crate::logs::Logs;
use crate::smtp_sink::{SmtpSink, Trouble};
use crate::world::{end, plan, settings, with};

const SECRETS: [&str; 6] = [
    "hush",
    "T0HUSH",
    // The password in base64, as it goes over the wire, and its user before it.
    "aHVzaC1odXNo",
    "AHJvbGxjYWxs",
    // Addresses are somebody's.
    "ada@example.com",
    "sha256=",
];

/// Everything that an error shows, its causes too.
fn everything(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(Some(error), |it| it.source());
    chain.map(|it| format!("{it} {it:?}")).collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn no_log_of_anybodys_shows_a_secret_whatever_goes_wrong() {
    let logs = Logs::of_everything();
    let page = "<p>Cannot POST /hooks/T0HUSH/hush-hush-path</p>";
    for answer in [
        Answer::Status(200),
        Answer::Says(404, page),
        Answer::Says(404, "hush"),
        Answer::With(302, "location", "http://127.0.0.1/hooks/T0HUSH/hush-hush-path"),
        Answer::Silence,
        Answer::Says(500, page),
    ] {
        let sink = HttpSink::answering([answer]).await;
        let url = sink.url.as_str().into();
        let patience = Patience { attempt: Duration::from_millis(100), ..settings().patience };
        let notifier = with(
            Settings { patience, ..settings() },
            vec![
                Channel::slack("slack", &url).unwrap(),
                Channel::signed_webhook("siem", &url, "hush-hush-key".into()).unwrap(),
            ],
        );
        notifier.raise(&plan(7));
        end(&notifier).await;
        drop(sink);
    }
    // Nobody is there any more.
    let gone = Channel::slack("gone", &"http://127.0.0.1:1/hooks/T0HUSH/hush-hush-path".into()).unwrap();
    let patience = Patience { give_up_after: Duration::ZERO, ..settings().patience };
    let notifier = with(Settings { patience, ..settings() }, vec![gone]);
    notifier.raise(&plan(7));
    end(&notifier).await;
    assert_unseen(&ours_and_theirs(&logs));
}

#[tokio::test]
async fn no_log_of_anybodys_shows_a_password_or_an_address() {
    let logs = Logs::of_everything();
    for trouble in [
        Trouble::None,
        Trouble::Says("AUTH", "535 5.7.8 hush-hush-password is wrong"),
        Trouble::Says("RCPT", "550 5.1.1 <ada@example.com> unknown"),
        Trouble::Says("MAIL", "hush ada@example.com?"),
        Trouble::HangsUp("AUTH"),
    ] {
        let sink = SmtpSink::with([trouble]).await;
        let login = Login { user: "rollcall".into(), password: "hush-hush-password".into() };
        let config = MailConfig { login: Some(login), ..sink.config(&["Ada <ada@example.com>"]) };
        let notifier = with(settings(), vec![Channel::mail("mail", &config).unwrap()]);
        notifier.raise(&plan(7));
        end(&notifier).await;
    }
    assert_unseen(&ours_and_theirs(&logs));
}

#[test]
fn no_error_and_no_debug_shows_a_secret() {
    let login = Login { user: "rollcall".into(), password: "hush-hush-password".into() };
    let mut shown = vec![format!("{login:?}")];
    for url in [
        "https://hooks.example.com/hooks/T0HUSH/hush-hush-path",
        "http://hooks.example.com/hooks/T0HUSH/hush-hush-path",
        "ftp://hooks.example.com/hooks/T0HUSH/hush-hush-path",
        "hooks/T0HUSH/hush-hush-path",
        "https:// /hooks/T0HUSH/hush-hush-path",
    ] {
        match Channel::signed_webhook("siem", &url.into(), "hush-hush-key".into()) {
            Ok(channel) => shown.push(format!("{channel:?}")),
            Err(error) => shown.push(everything(&error)),
        }
    }
    let config = MailConfig {
        server: "mail.example.com".into(),
        port: 465,
        security: notify::Security::Tls,
        login: Some(login),
        from: "rollcall@example.com".into(),
        to: vec!["nobody".into()],
    };
    shown.push(format!("{config:?}"));
    shown.push(everything(&Channel::mail("mail", &config).unwrap_err()));
    assert_unseen(&shown.join("\n"));
    insta::assert_snapshot!(shown[2], @r#"the channel siem cannot be used Address { channel: "siem", source: PlainHttp } the webhook would be reached unencrypted; plain http is for loopback addresses alone, so use https PlainHttp"#);
}

/// The sinks are in this process too, and may say what they heard.
fn ours_and_theirs(logs: &Logs) -> String {
    let text = logs.text();
    assert!(text.contains(" notify::"), "something was logged");
    text
}

fn assert_unseen(text: &str) {
    for line in text.lines() {
        for secret in SECRETS {
            assert!(!line.contains(secret), "{secret} in\n{line}");
        }
    }
}
