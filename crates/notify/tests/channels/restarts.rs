//! What was told is not told again because the service started anew.

use notify::Announced;

use crate::http_sink::{Answer, HttpSink};
use crate::world::{clear, end, json, leaver, notifier, plan, settled};

/// Down and up, with what was written down meanwhile.
fn written(announced: &[Announced]) -> Vec<Announced> {
    serde_json::from_str(&serde_json::to_string(announced).unwrap()).unwrap()
}

#[tokio::test]
async fn a_restart_tells_nothing_again_and_the_end_all_the_same() {
    let sink = HttpSink::new().await;
    let before = notifier(vec![json("siem", &sink)]);
    before.raise(&plan(7));
    before.raise(&leaver("1"));
    end(&before).await;

    let after = notifier(vec![json("siem", &sink)]);
    after.restore(written(&before.announced()));
    after.raise(&plan(7));
    after.raise(&leaver("1"));
    settled(&after, "siem").await;
    assert_eq!(sink.count(), 2);
    clear(&after, &leaver("1"));
    end(&after).await;
    assert_eq!(sink.told().pop().unwrap(), "leaver_pending employee 1: over");
    assert_eq!(sink.count(), 3);
}

#[tokio::test]
async fn who_may_have_heard_that_it_stands_hears_after_a_restart_that_it_is_over() {
    let sink = HttpSink::answering([Answer::Silence]).await;
    let before = notifier(vec![json("siem", &sink)]);
    before.raise(&plan(7));
    sink.has(1).await;
    clear(&before, &plan(7));
    assert_eq!(before.close(std::time::Duration::ZERO).await.len(), 1);
    let after = notifier(vec![json("siem", &sink), json("new", &sink)]);
    after.restore(written(&before.announced()));
    end(&after).await;
    assert_eq!(
        sink.told(),
        ["plan_waits plan 7: raised", "plan_waits plan 7: over"],
        "and the new one nothing"
    );
}

#[tokio::test]
async fn what_was_not_sent_before_a_restart_is_sent_after_it_as_it_was() {
    let sink = HttpSink::answering([Answer::Status(400)]).await;
    let before = notifier(vec![json("siem", &sink)]);
    before.raise(&plan(7));
    end(&before).await;
    let after = notifier(vec![json("siem", &sink), json("new", &sink)]);
    after.restore(written(&before.announced()));
    end(&after).await;
    assert_eq!(sink.count(), 3, "what was given up is tried once more, and a new channel learns what stands");
    let bodies = sink.bodies();
    assert!(bodies.iter().all(|it| *it == bodies[0]), "time and audit head are those of its beginning");
}

#[tokio::test]
async fn what_is_written_down_stays_readable() {
    let sink = HttpSink::new().await;
    let notifier = notifier(vec![json("siem", &sink)]);
    notifier.raise(&plan(7));
    end(&notifier).await;
    insta::assert_snapshot!(serde_json::to_string_pretty(&notifier.announced()).unwrap(), @r#"
    [
      {
        "notice": {
          "kind": "plan_waits",
          "subject": "plan 7",
          "severity": "info",
          "title": "Plan 7 waits for a yes or no",
          "text": "It has 12 changes: 2 people lose access and 1 admin role is granted. Nothing is changed before somebody approves it.",
          "next": "read it with `rollcall plan show 7`, which names the command that approves it"
        },
        "state": "raised",
        "at": "2026-11-23T02:00:00Z",
        "audit_head": "1204:4be0a7",
        "told_by": [
          "siem"
        ]
      }
    ]
    "#);
}
