//! Only a change of state is told.

use notify::{ChannelStats, Condition, Kind, Notifier, NotifierError, Subject};

use crate::http_sink::{Answer, HttpSink};
use crate::world::{clear, end, json, known, leaver, notifier, origin, plan, settings, settled, slack, with};

#[tokio::test]
async fn what_stands_is_told_once_and_so_is_its_end() {
    let sink = HttpSink::new().await;
    let notifier = notifier(vec![json("siem", &sink)]);
    for _ in 0..3 {
        notifier.raise(&plan(7));
        settled(&notifier, "siem").await;
    }
    for _ in 0..3 {
        clear(&notifier, &plan(7));
        settled(&notifier, "siem").await;
    }
    end(&notifier).await;
    assert_eq!(sink.told(), ["plan_waits plan 7: raised", "plan_waits plan 7: over"]);
    assert_eq!(notifier.stats()["siem"], ChannelStats { sent: 2, ..ChannelStats::default() });
    assert_eq!(notifier.announced(), []);
}

#[tokio::test]
async fn an_end_without_a_beginning_is_not_told() {
    let sink = HttpSink::new().await;
    let notifier = notifier(vec![json("siem", &sink)]);
    clear(&notifier, &plan(7));
    end(&notifier).await;
    assert_eq!(sink.count(), 0);
}

#[tokio::test]
async fn what_is_over_before_it_was_told_is_told_to_nobody() {
    let sink = HttpSink::answering([Answer::Status(503), Answer::Status(503)]).await;
    let notifier = notifier(vec![json("siem", &sink)]);
    notifier.raise(&plan(7));
    sink.has(1).await;
    clear(&notifier, &plan(7));
    end(&notifier).await;
    assert!(sink.told().iter().all(|it| it == "plan_waits plan 7: raised"), "{:?}", sink.told());
    assert_eq!(notifier.stats()["siem"], ChannelStats::default(), "neither sent nor failed");
}

#[tokio::test]
async fn each_subject_is_its_own() {
    let sink = HttpSink::new().await;
    let notifier = notifier(vec![json("siem", &sink)]);
    let observe = |employee: &str, stands: bool| {
        let leaver = leaver(employee);
        notifier.observe(Kind::LeaverPending, &Subject::employee(employee), stands.then_some(&leaver));
    };
    observe("1", true);
    observe("2", true);
    settled(&notifier, "siem").await;
    observe("1", true);
    observe("2", false);
    observe("3", false);
    end(&notifier).await;
    assert_eq!(
        sink.told(),
        [
            "leaver_pending employee 1: raised",
            "leaver_pending employee 2: raised",
            "leaver_pending employee 2: over"
        ]
    );
}

#[tokio::test]
async fn all_of_a_kind_are_looked_at_together() {
    let sink = HttpSink::new().await;
    let notifier = notifier(vec![json("siem", &sink)]);
    notifier.raise(&plan(7));
    for now in [vec!["1", "2"], vec!["2", "3"], vec![]] {
        let now: Vec<Condition> = now.into_iter().map(leaver).collect();
        notifier.observe_all(Kind::LeaverPending, &now);
        settled(&notifier, "siem").await;
    }
    end(&notifier).await;
    let mut told = sink.told();
    assert_eq!(told.remove(0), "plan_waits plan 7: raised");
    assert_eq!(
        told.iter().map(|it| it.trim_start_matches("leaver_pending ")).collect::<Vec<_>>(),
        [
            "employee 1: raised",
            "employee 2: raised",
            "employee 1: over",
            "employee 3: raised",
            "employee 2: over",
            "employee 3: over"
        ]
    );
    let plan = known(&notifier, Kind::PlanWaits, &Subject::plan(7));
    assert_eq!(plan.unwrap().told_by, ["siem"], "another kind is another matter");
}

#[tokio::test]
async fn two_channels_of_one_name_are_refused() {
    let sink = HttpSink::new().await;
    let twice = vec![json("ops", &sink), slack("ops", &sink)];
    let refused = Notifier::new(origin(), settings(), twice).unwrap_err();
    assert_eq!(refused, NotifierError::TwoOfOneName("ops".into()));
    insta::assert_snapshot!(refused, @r#"two channels are called "ops""#);
}

#[tokio::test]
async fn without_channels_what_stands_is_known_all_the_same() {
    let notifier = with(settings(), vec![]);
    notifier.raise(&plan(7));
    notifier.raise(&leaver("1"));
    clear(&notifier, &leaver("1"));
    assert_eq!(notifier.announced().len(), 1);
    end(&notifier).await;
}
