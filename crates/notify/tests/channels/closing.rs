//! The end of a notifier.

use std::time::Duration;

use notify::{State, Unsent};

use crate::http_sink::{Answer, HttpSink};
use crate::world::{clear, end, in_time, json, notifier, plan, settled};

#[tokio::test]
async fn what_waits_is_sent_before_the_end() {
    let sink = HttpSink::answering([Answer::Status(503)]).await;
    let notifier = notifier(vec![json("siem", &sink)]);
    (1..=5).for_each(|it| notifier.raise(&plan(it)));
    end(&notifier).await;
    assert_eq!(sink.count(), 6);
    assert_eq!(notifier.stats()["siem"].sent, 5);
}

#[tokio::test]
async fn what_cannot_be_sent_in_time_is_told_and_kept() {
    let (hangs, lives) = (HttpSink::new().await, HttpSink::new().await);
    let notifier = notifier(vec![json("hangs", &hangs), json("lives", &lives)]);
    notifier.raise(&plan(1));
    settled(&notifier, "hangs").await;
    settled(&notifier, "lives").await;
    hangs.answer_next(Answer::Silence);
    notifier.raise(&plan(2));
    hangs.has(2).await;
    clear(&notifier, &plan(1));
    let mut unsent = in_time(notifier.close(Duration::from_millis(300))).await;
    unsent.sort_by_key(|it| it.subject.clone());
    let unsent: Vec<String> = unsent
        .into_iter()
        .map(|Unsent { channel, kind, subject, state }| format!("{channel}: {kind} {subject} {state:?}"))
        .collect();
    assert_eq!(unsent, ["hangs: plan_waits plan 1 Over", "hangs: plan_waits plan 2 Raised"]);
    assert_eq!(lives.count(), 3, "the other had the time it needed");
    let kept: Vec<_> = notifier
        .announced()
        .into_iter()
        .map(|it| (it.notice.subject().to_string(), it.state, it.told_by))
        .collect();
    assert_eq!(
        kept,
        [
            ("plan 1".into(), State::Over, vec!["hangs".to_owned()]),
            ("plan 2".into(), State::Raised, vec!["lives".to_owned()])
        ]
    );
}

#[tokio::test]
async fn after_the_end_nothing_is_sent_and_all_is_known() {
    let sink = HttpSink::new().await;
    let notifier = notifier(vec![json("siem", &sink)]);
    end(&notifier).await;
    notifier.raise(&plan(1));
    let unsent = in_time(notifier.close(Duration::from_secs(1))).await;
    assert_eq!((unsent.len(), sink.count()), (1, 0));
    assert_eq!(notifier.announced().len(), 1);
}

#[tokio::test]
async fn with_the_last_clone_the_channels_stop() {
    let sink = HttpSink::answering(vec![Answer::Status(503); 10_000]).await;
    let notifier = notifier(vec![json("siem", &sink)]);
    let mut changes = notifier.changes();
    drop(notifier.clone());
    notifier.raise(&plan(1));
    sink.has(2).await;
    drop(notifier);
    in_time(async { while changes.changed().await.is_ok() {} }).await;
}
