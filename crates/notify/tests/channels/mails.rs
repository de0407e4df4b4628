//! What a mail server gets.

use std::time::Duration;

use notify::{
    Announced, Channel, ChannelError, ChannelStats, Condition, Login, MailConfig, MailError, Notifier,
    Patience, Security, Settings,
};

use crate::logs::Logs;
use crate::smtp_sink::{SmtpSink, Trouble};
use crate::world::{clear, end, leaver, notifier, origin, plan, settings, settled, with};

const ADA: &str = "Ada <ada@example.com>";
const GRACE: &str = "grace@example.com";
const ONCE: ChannelStats = ChannelStats { sent: 1, failed: 0, dropped: 0, waiting: 0 };
const GIVEN_UP: ChannelStats = ChannelStats { sent: 0, failed: 1, dropped: 0, waiting: 0 };

/// The id of a mail is another each time.
fn without_id(data: &str) -> String {
    let line = |it: &str| {
        if it.starts_with("Message-ID: <") { "Message-ID: <…@example.com>".into() } else { it.to_owned() }
    };
    data.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_mail_is_plain_text_that_says_what_to_do() {
    let sink = SmtpSink::new().await;
    let notifier = notifier(vec![sink.channel(&[ADA])]);
    notifier.raise(&plan(7));
    settled(&notifier, "mail").await;
    clear(&notifier, &plan(7));
    end(&notifier).await;
    let mails: Vec<String> = sink.mails().iter().map(|it| without_id(&it.data)).collect();
    insta::assert_snapshot!(mails.join("\n-----\n"), @"
    From: Rollcall <rollcall@example.com>
    To: Ada <ada@example.com>
    Subject: Rollcall: [info] Plan 7 waits for a yes or no
    Date: Mon, 23 Nov 2026 02:00:00 +0000
    Message-ID: <…@example.com>
    Content-Type: text/plain; charset=utf-8
    Content-Transfer-Encoding: quoted-printable
    Auto-Submitted: auto-generated

    [info] Plan 7 waits for a yes or no

    It has 12 changes: 2 people lose access and 1 admin role is granted. Nothin=
    g is changed before somebody approves it.
    Next: read it with `rollcall plan show 7`, which names the command that app=
    roves it.

    Tenant acme.eu.auth0.com, at 2026-11-23T02:00:00Z
    Audit head 1204:4be0a7

    -----
    From: Rollcall <rollcall@example.com>
    To: Ada <ada@example.com>
    Subject: Rollcall: [over] Plan 7 waits for a yes or no
    Date: Mon, 23 Nov 2026 02:01:00 +0000
    Message-ID: <…@example.com>
    Content-Type: text/plain; charset=utf-8
    Content-Transfer-Encoding: 7bit
    Auto-Submitted: auto-generated

    [over] Plan 7 waits for a yes or no

    This is over.

    Tenant acme.eu.auth0.com, at 2026-11-23T02:01:00Z
    Audit head 1205:4be0a7
    ");
    assert_eq!(sink.reached(), ["ada@example.com", "ada@example.com"]);
    let greetings = sink.heard().into_iter().filter(|it| it.starts_with("EHLO")).collect::<Vec<_>>();
    assert_eq!(greetings, ["EHLO example.com", "EHLO example.com"], "relays ask for a domain that they know");
}

#[tokio::test]
async fn everybody_gets_it_even_if_one_address_is_gone() {
    let logs = Logs::of_everything();
    let sink = SmtpSink::refusing(["gone@example.com"], []).await;
    let notifier = notifier(vec![sink.channel(&["gone@example.com", ADA, GRACE])]);
    notifier.raise(&plan(7));
    end(&notifier).await;
    assert_eq!(sink.reached(), ["ada@example.com", "grace@example.com"]);
    assert_eq!(notifier.stats()["mail"], ONCE);
    assert_eq!(
        logs.lines("a recipient"),
        [
            "a recipient cannot be reached channel=\"mail\" recipient=1 reason=the mail server answered 550 (the \
          mailbox is not available)"
        ]
    );
    let ids: Vec<_> = sink
        .mails()
        .iter()
        .map(|it| it.data.lines().find(|it| it.starts_with("Message-ID")).unwrap().to_owned())
        .collect();
    assert_eq!(ids[0], ids[1], "it is one mail");
}

#[tokio::test]
async fn nobody_gets_twice_what_another_could_not_get_yet() {
    let sink =
        SmtpSink::with([Trouble::None, Trouble::Says("RCPT", "451 4.7.1 greylisted, come back")]).await;
    let notifier = notifier(vec![sink.channel(&[ADA, GRACE])]);
    notifier.raise(&plan(7));
    end(&notifier).await;
    assert_eq!(sink.reached(), ["ada@example.com", "grace@example.com"]);
    assert_eq!(notifier.stats()["mail"], ONCE);
}

#[tokio::test]
async fn where_some_were_told_that_it_stands_all_are_told_that_it_is_over() {
    let logs = Logs::of_everything();
    let sink =
        SmtpSink::with([Trouble::None, Trouble::Says("RCPT", "451 4.7.1 greylisted, come back")]).await;
    let patience = Patience {
        first_wait: Duration::from_secs(1),
        longest_wait: Duration::from_secs(1),
        ..settings().patience
    };
    let notifier = with(Settings { patience, ..settings() }, vec![sink.channel(&[ADA, GRACE])]);
    notifier.raise(&plan(7));
    logs.have("it is tried again").await;
    clear(&notifier, &plan(7));
    end(&notifier).await;
    let told: Vec<_> = sink.mails().iter().map(|it| (it.to.clone(), it.data.contains("[over]"))).collect();
    assert_eq!(
        told,
        [
            ("ada@example.com".into(), false),
            ("ada@example.com".into(), true),
            ("grace@example.com".into(), true)
        ]
    );
}

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    for trouble in [
        Trouble::Says("EHLO", "421 4.3.2 closing"),
        Trouble::Says("MAIL", "451 4.3.0 not now"),
        Trouble::Says("RCPT", "450 4.2.1 busy"),
        Trouble::Says("DATA", "452 4.3.1 no room"),
        Trouble::Says("EHLO", "what?"),
        Trouble::HangsUp("EHLO"),
        Trouble::HangsUp("DATA"),
        Trouble::Silent("MAIL"),
    ] {
        let sink = SmtpSink::with([trouble.clone()]).await;
        let patience = Patience { attempt: Duration::from_millis(300), ..settings().patience };
        let notifier = with(Settings { patience, ..settings() }, vec![sink.channel(&[ADA])]);
        notifier.raise(&plan(7));
        end(&notifier).await;
        assert_eq!((sink.reached().len(), notifier.stats()["mail"]), (1, ONCE), "{trouble:?}");
    }
}

#[tokio::test]
async fn what_will_not_pass_is_given_up_at_once() {
    let logs = Logs::of_everything();
    for (start, answer, said) in [
        ("MAIL", "553 5.7.1 <rollcall@example.com> not allowed", "answered 553 (the address is not allowed)"),
        ("RCPT", "550 5.1.1 <ada@example.com> unknown", "answered 550 (the mailbox is not available)"),
        ("DATA", "554 5.7.1 no", "answered 554 (no)"),
    ] {
        let sink = SmtpSink::with([Trouble::Says(start, answer)]).await;
        let notifier = notifier(vec![sink.channel(&[ADA])]);
        notifier.raise(&plan(7));
        end(&notifier).await;
        assert_eq!((sink.reached().len(), notifier.stats()["mail"]), (0, GIVEN_UP), "{answer}");
        let logged = logs.lines("notice not sent").pop().unwrap();
        assert!(logged.ends_with(&format!("attempts=1 reason=the mail server {said}")), "{logged}");
    }
}

#[tokio::test]
async fn a_mail_that_may_have_arrived_is_one_mail_when_it_comes_twice() {
    let sink = SmtpSink::with([Trouble::HangsUp("after DATA")]).await;
    let notifier = notifier(vec![sink.channel(&[ADA])]);
    notifier.raise(&plan(7));
    end(&notifier).await;
    let mails = sink.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0].data, mails[1].data, "with the same id");
}

#[tokio::test]
async fn a_user_logs_in_and_is_not_tried_for_each_recipient() {
    let login = Login { user: "rollcall".into(), password: "hush-hush-password".into() };
    let sink = SmtpSink::with([Trouble::Says("AUTH", "535 5.7.8 bad credentials")]).await;
    let config = MailConfig { login: Some(login), ..sink.config(&[ADA, GRACE]) };
    let refused = notifier(vec![Channel::mail("mail", &config).unwrap()]);
    refused.raise(&plan(7));
    end(&refused).await;
    let logins = || sink.heard().into_iter().filter(|it| it.starts_with("AUTH")).collect::<Vec<_>>();
    assert_eq!((logins().len(), refused.stats()["mail"]), (1, GIVEN_UP), "asking again locks some accounts");

    let taken = notifier(vec![Channel::mail("mail", &config).unwrap()]);
    taken.raise(&plan(7));
    end(&taken).await;
    assert_eq!(sink.reached().len(), 2);
    assert_eq!(logins().last().unwrap(), "AUTH PLAIN AHJvbGxjYWxsAGh1c2gtaHVzaC1wYXNzd29yZA==");
}

#[tokio::test]
async fn a_server_that_offers_no_encryption_gets_nothing() {
    for security in [Security::StartTls, Security::Tls] {
        let sink = SmtpSink::new().await;
        let login = Login { user: "rollcall".into(), password: "hush-hush-password".into() };
        let config = MailConfig { security, login: Some(login), ..sink.config(&[ADA]) };
        let patience = Patience {
            attempt: Duration::from_millis(300),
            give_up_after: Duration::ZERO,
            ..settings().patience
        };
        let notifier =
            with(Settings { patience, ..settings() }, vec![Channel::mail("mail", &config).unwrap()]);
        notifier.raise(&plan(7));
        end(&notifier).await;
        assert_eq!((sink.reached().len(), notifier.stats()["mail"]), (0, GIVEN_UP), "{security:?}");
        let heard = sink.heard();
        assert!(!heard.iter().any(|it| it.starts_with("AUTH") || it.starts_with("MAIL")), "{heard:?}");
    }
}

#[tokio::test]
async fn no_name_begins_a_header() {
    let sink = SmtpSink::new().await;
    let notifier = notifier(vec![sink.channel(&[ADA])]);
    let employee = "7\r\nBcc: mallory@example.com\r\n\r\nDear all,\n.\r\nQUIT";
    notifier.raise(&leaver(employee));
    end(&notifier).await;
    let mail = &sink.mails()[0].data;
    let (head, _) = mail.split_once("\r\n\r\n").unwrap();
    assert!(!head.lines().any(|it| it.to_lowercase().starts_with("bcc")), "{head}");
    let subject = head.split_once("Subject: ").unwrap().1.replace("\r\n ", " ");
    assert!(
        subject.starts_with(
            "Rollcall: [critical] Employee 7 Bcc: mallory@example.com Dear all, . QUIT has left"
        ),
        "{subject}"
    );
    assert_eq!(sink.reached(), ["ada@example.com"]);
}

#[tokio::test]
async fn what_was_written_down_by_somebody_else_begins_no_header_either() {
    let sink = SmtpSink::new().await;
    let kept = serde_json::json!([{
        "notice": {
            "kind": "plan_waits", "subject": "plan 7", "severity": "info",
            "title": "Plan 7\r\nBcc: mallory@example.com", "text": "x", "next": "y"
        },
        "state": "raised", "at": "2026-11-23T02:00:00Z", "audit_head": null, "told_by": []
    }]);
    let notifier = Notifier::new(origin(), settings(), vec![sink.channel(&[ADA])]).unwrap();
    notifier.restore(serde_json::from_value::<Vec<Announced>>(kept).unwrap());
    end(&notifier).await;
    let mail = &sink.mails()[0].data;
    assert!(mail.contains("Subject: Rollcall: [info] Plan 7 Bcc: mallory@example.com\r\n"), "{mail}");
}

#[tokio::test]
async fn other_letters_arrive() {
    let sink = SmtpSink::new().await;
    let notifier = notifier(vec![sink.channel(&["Zoë Ångström <zoe@example.com>"])]);
    notifier.raise(&Condition::LimitBreached {
        plan: 8,
        breaches: vec!["Rolle „Leitung“: 3 of at most 2".into()],
    });
    end(&notifier).await;
    let mail = &sink.mails()[0].data;
    assert!(mail.is_ascii(), "{mail}");
    assert!(mail.contains("Rolle =E2=80=9ELeitung=E2=80=9C: 3 of at most 2"), "{mail}");
}

#[test]
fn what_cannot_work_is_refused_before_anything_is_sent() {
    let config = MailConfig {
        server: "mail.example.com".into(),
        port: 25,
        security: Security::StartTls,
        login: None,
        from: "Rollcall <rollcall@example.com>".into(),
        to: vec![GRACE.into()],
    };
    assert!(Channel::mail("mail", &config).is_ok());
    let refused = |config: &MailConfig| match Channel::mail("mail", config) {
        Err(ChannelError::Mail { source, .. }) => source,
        other => panic!("{other:?}"),
    };
    let plain = refused(&MailConfig { security: Security::Plain, ..config.clone() });
    insta::assert_snapshot!(plain, @"mail would go unencrypted to mail.example.com; that is for loopback addresses alone, so use TLS or STARTTLS");
    assert!(matches!(refused(&MailConfig { to: vec![], ..config.clone() }), MailError::NoRecipient));
    for from in ["rollcall", "", "a@example.com\r\nBcc: b@example.com"] {
        assert!(
            matches!(refused(&MailConfig { from: from.into(), ..config.clone() }), MailError::Mailbox(_)),
            "{from}"
        );
    }
}
