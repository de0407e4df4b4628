//! Channels that refuse, are not there, or take their time.

use std::time::Duration;

use notify::{ChannelStats, Kind, Patience, Settings, Subject};
use tokio::net::TcpSocket;
use tokio::time::Instant;

use crate::http_sink::{Answer, HttpSink, PATH};
use crate::logs::Logs;
use crate::world::{clear, end, hasty, json, known, leaver, notifier, plan, settings, settled, slack, with};

const ONCE: ChannelStats = ChannelStats { sent: 1, failed: 0, dropped: 0, waiting: 0 };
const GIVEN_UP: ChannelStats = ChannelStats { sent: 0, failed: 1, dropped: 0, waiting: 0 };

#[tokio::test]
async fn what_may_pass_is_tried_again() {
    for status in [500, 502, 503, 429, 408] {
        let sink = HttpSink::answering([Answer::Status(status), Answer::Status(status)]).await;
        let notifier = notifier(vec![json("siem", &sink)]);
        notifier.raise(&plan(7));
        end(&notifier).await;
        assert_eq!((sink.count(), notifier.stats()["siem"]), (3, ONCE), "{status}");
    }
}

#[tokio::test]
async fn what_will_not_pass_is_given_up_at_once_and_logged() {
    let logs = Logs::of_everything();
    for (answer, said) in [
        (Answer::Status(400), "answered 400"),
        (Answer::Says(404, "channel_not_found"), "answered 404, channel_not_found"),
        (Answer::With(302, "location", "http://127.0.0.1/elsewhere"), "answered 302"),
    ] {
        let sink = HttpSink::answering([answer]).await;
        let notifier = notifier(vec![json("siem", &sink)]);
        notifier.raise(&plan(7));
        end(&notifier).await;
        assert_eq!((sink.count(), notifier.stats()["siem"]), (1, GIVEN_UP));
        let logged = logs.lines("notice not sent").pop().unwrap();
        assert_eq!(
            logged,
            format!(
                "notice not sent, and given up channel=\"siem\" event=plan_waits subject=plan 7 attempts=1 reason={said}"
            )
        );
    }
}

#[tokio::test]
async fn what_was_given_up_does_not_hold_up_the_next_and_its_end_is_not_told() {
    let sink = HttpSink::answering([Answer::Status(400)]).await;
    let notifier = notifier(vec![json("siem", &sink)]);
    notifier.raise(&plan(7));
    notifier.raise(&plan(8));
    settled(&notifier, "siem").await;
    clear(&notifier, &plan(7));
    end(&notifier).await;
    assert_eq!(sink.told(), ["plan_waits plan 7: raised", "plan_waits plan 8: raised"]);
    assert_eq!(notifier.stats()["siem"], ChannelStats { sent: 1, failed: 1, dropped: 0, waiting: 0 });
}

#[tokio::test]
async fn a_server_is_left_alone_for_as_long_as_it_asks() {
    let asked = Answer::With(429, "retry-after", "1");
    let sink = HttpSink::answering([asked]).await;
    let patience = Patience { longest_wait: Duration::from_millis(300), ..settings().patience };
    let notifier = with(Settings { patience, ..settings() }, vec![json("siem", &sink)]);
    notifier.raise(&plan(7));
    end(&notifier).await;
    let pauses = sink.pauses();
    assert!(pauses[0] >= Duration::from_millis(300), "our own wait is 4 ms at most: {pauses:?}");
}

#[tokio::test]
async fn whoever_is_not_there_yet_is_told_when_they_are() {
    let logs = Logs::of_everything();
    // Bound and not listening: nobody else takes the port, and connections are refused.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let url = format!("http://{}{PATH}", socket.local_addr().unwrap());
    let notifier = notifier(vec![notify::Channel::webhook("siem", &url.into()).unwrap()]);
    notifier.raise(&plan(7));
    logs.have("no connection: nobody listens there").await;
    let sink = HttpSink::on(socket.listen(8).unwrap(), []);
    end(&notifier).await;
    assert_eq!(sink.told(), ["plan_waits plan 7: raised"]);
    assert_eq!(notifier.stats()["siem"], ONCE);
}

#[tokio::test]
async fn patience_ends() {
    let sink = HttpSink::answering(vec![Answer::Status(500); 1_000]).await;
    let notifier = with(hasty(Duration::from_millis(60)), vec![json("siem", &sink)]);
    notifier.raise(&plan(7));
    settled(&notifier, "siem").await;
    assert_eq!(notifier.stats()["siem"], GIVEN_UP);
    let tried = sink.count();
    assert!((2..30).contains(&tried), "with pauses that grow, 60 ms are some attempts: {tried}");
    notifier.raise(&plan(7));
    end(&notifier).await;
    assert_eq!(sink.count(), tried, "it is not tried again while it stands");
}

#[tokio::test]
async fn an_answer_that_never_comes_is_not_waited_for_for_ever_and_the_end_is_told() {
    let sink = HttpSink::answering([Answer::Silence]).await;
    let patience = Patience {
        attempt: Duration::from_millis(50),
        first_wait: Duration::from_secs(1),
        longest_wait: Duration::from_secs(1),
        ..settings().patience
    };
    let logs = Logs::of_everything();
    let notifier = with(Settings { patience, ..settings() }, vec![json("siem", &sink)]);
    notifier.raise(&plan(7));
    logs.have("no answer within 50 ms").await;
    clear(&notifier, &plan(7));
    // It may have arrived, so its end is told; after the pause, since that is what the sink needs.
    end(&notifier).await;
    assert_eq!(sink.told(), ["plan_waits plan 7: raised", "plan_waits plan 7: over"]);
}

#[tokio::test]
async fn a_channel_that_hangs_holds_up_neither_another_nor_the_caller() {
    let (hangs, lives) = (HttpSink::answering([Answer::Silence]).await, HttpSink::new().await);
    let notifier = notifier(vec![slack("hangs", &hangs), json("lives", &lives)]);
    notifier.raise(&plan(1));
    hangs.has(1).await;
    let before = Instant::now();
    (2..=9).for_each(|it| notifier.raise(&plan(it)));
    (2..=9).for_each(|it| notifier.observe(Kind::PlanWaits, &Subject::plan(it), Some(&plan(it))));
    assert!(before.elapsed() < Duration::from_secs(1), "nothing is waited for");
    lives.has(9).await;
    settled(&notifier, "lives").await;
    assert_eq!(hangs.count(), 1);
    assert_eq!(notifier.stats()["hangs"].waiting, 9);
    assert_eq!(notifier.stats()["lives"], ChannelStats { sent: 9, ..ChannelStats::default() });
    assert_eq!(known(&notifier, Kind::PlanWaits, &Subject::plan(9)).unwrap().told_by, ["lives"]);
}

#[tokio::test]
async fn where_too_many_wait_the_oldest_makes_room() {
    let logs = Logs::of_everything();
    let sink = HttpSink::answering([Answer::Silence]).await;
    let patience = Patience { attempt: Duration::from_millis(200), ..settings().patience };
    let notifier = with(Settings { room: 2, patience }, vec![json("siem", &sink)]);
    notifier.raise(&leaver("1"));
    sink.has(1).await;
    for employee in ["2", "3", "4", "5"] {
        notifier.raise(&leaver(employee));
    }
    assert_eq!(notifier.stats()["siem"], ChannelStats { dropped: 2, waiting: 3, ..ChannelStats::default() });
    let dropped = logs.lines("too many notices wait");
    assert_eq!(
        dropped,
        ["2", "3"].map(|it| format!(
            "too many notices wait; the oldest is dropped channel=\"siem\" event=leaver_pending subject=employee {it}"
        ))
    );
    end(&notifier).await;
    let told: Vec<String> = sink.told();
    let told: Vec<&str> = told.iter().map(|it| it.trim_start_matches("leaver_pending ")).collect();
    assert_eq!(
        told,
        ["employee 1: raised", "employee 1: raised", "employee 4: raised", "employee 5: raised"]
    );
}
