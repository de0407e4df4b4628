//! What follows from what, without a clock and without a network.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::condition::Condition;
use crate::kind::{Kind, Subject};

/// A board, and what its channels were told, a line each.
struct Desk {
    board: Board,
    now: Instant,
    said: Vec<String>,
}

impl Desk {
    fn of(channels: &[&str]) -> Self {
        Self::with_room(channels, 10)
    }

    fn with_room(channels: &[&str], room: usize) -> Self {
        let board = Board::new(channels.iter().map(|it| (*it).to_owned()), room);
        Self { board, now: Instant::now(), said: Vec::new() }
    }

    fn moment(&self) -> Moment {
        Moment { at: DateTime::UNIX_EPOCH, audit_head: Some("7:ab".into()), instant: self.now }
    }

    fn raise(&mut self, employee: &str) {
        let condition =
            Condition::LeaverPending { employee: employee.into(), since: std::time::Duration::ZERO };
        self.board.raise(Notice::from(&condition), self.moment());
    }

    fn clear(&mut self, employee: &str) {
        self.board.clear(&key(employee), self.moment());
    }

    /// The channel begins an errand.
    fn take(&mut self, lane: usize) -> Errand {
        self.board.next(lane).unwrap()
    }

    /// The channel ends one, as the worker would.
    fn end(&mut self, lane: usize, mut errand: Errand, end: End) {
        match self.board.told(lane, &errand) {
            Some(told) => errand.turn(told.state),
            None => return self.board.end(lane, &errand, End::Needless, self.now),
        }
        if end == End::Sent {
            self.say(lane, &errand);
        }
        self.board.end(lane, &errand, end, self.now);
    }

    /// An attempt that arrives, although the condition may turn round before the answer comes.
    fn say(&mut self, lane: usize, errand: &Errand) {
        let name = &self.board.lanes[lane].name;
        self.said.push(format!("{name}: {} {:?}", errand.key.subject, errand.state));
    }

    /// All channels send what they have.
    fn drain(&mut self) -> Vec<String> {
        for lane in 0..self.board.lanes.len() {
            while let Some(errand) = self.board.next(lane) {
                self.end(lane, errand, End::Sent);
            }
        }
        std::mem::take(&mut self.said)
    }

    fn stats(&self, channel: &str) -> ChannelStats {
        self.board.stats()[channel]
    }
}

fn key(employee: &str) -> Key {
    Key { kind: Kind::LeaverPending, subject: Subject::employee(employee) }
}

#[test]
fn what_stands_is_told_once_and_its_end_once() {
    let mut desk = Desk::of(&["a", "b"]);
    desk.raise("1");
    desk.raise("1");
    assert_eq!(desk.drain(), ["a: employee 1 Raised", "b: employee 1 Raised"]);
    desk.raise("1");
    assert_eq!(desk.drain(), [""; 0]);
    desk.clear("1");
    desk.clear("1");
    assert_eq!(desk.drain(), ["a: employee 1 Over", "b: employee 1 Over"]);
    assert_eq!(desk.board.announced(), []);
    desk.raise("1");
    assert_eq!(desk.drain(), ["a: employee 1 Raised", "b: employee 1 Raised"], "it is another time");
}

#[test]
fn what_never_stood_is_not_over() {
    let mut desk = Desk::of(&["a"]);
    desk.clear("1");
    assert_eq!(desk.drain(), [""; 0]);
}

#[test]
fn only_the_channel_that_told_the_beginning_tells_the_end() {
    let mut desk = Desk::of(&["a", "b"]);
    desk.raise("1");
    let errand = desk.take(0);
    desk.end(0, errand, End::Sent);
    desk.clear("1");
    assert_eq!(desk.drain(), ["a: employee 1 Raised", "a: employee 1 Over"]);
    assert_eq!(desk.stats("b"), ChannelStats::default(), "it had nothing to tell");
}

#[test]
fn what_is_over_for_a_moment_only_is_not_told() {
    let mut desk = Desk::of(&["a"]);
    desk.raise("1");
    desk.drain();
    desk.clear("1");
    desk.raise("1");
    assert_eq!(desk.drain(), [""; 0]);
    desk.clear("1");
    assert_eq!(desk.drain(), ["a: employee 1 Over"]);
}

#[test]
fn what_ends_while_it_is_being_told_is_told_to_its_end() {
    let mut desk = Desk::of(&["a"]);
    desk.raise("1");
    let errand = desk.take(0);
    desk.say(0, &errand);
    desk.clear("1");
    assert_eq!(desk.board.next(0).map(|it| it.key), None, "one after the other");
    desk.board.end(0, &errand, End::Sent, desk.now);
    assert_eq!(desk.drain(), ["a: employee 1 Raised", "a: employee 1 Over"]);
}

#[test]
fn what_ends_while_it_cannot_be_told_is_not_told() {
    let mut desk = Desk::of(&["a"]);
    desk.raise("1");
    let errand = desk.take(0);
    desk.clear("1");
    assert_eq!(desk.board.told(0, &errand).map(|it| it.state), None);
    desk.end(0, errand, End::Sent);
    assert_eq!(desk.drain(), [""; 0]);
    assert_eq!(desk.board.announced(), []);
}

#[test]
fn where_it_may_have_arrived_the_end_is_told() {
    let mut desk = Desk::of(&["a"]);
    desk.raise("1");
    let errand = desk.take(0);
    desk.board.perhaps(0, &errand);
    desk.clear("1");
    desk.end(0, errand, End::Sent);
    assert_eq!(desk.drain(), ["a: employee 1 Over"]);
}

#[test]
fn what_was_given_up_is_not_told_again_and_neither_is_its_end() {
    let mut desk = Desk::of(&["a"]);
    desk.raise("1");
    let errand = desk.take(0);
    desk.end(0, errand, End::GivenUp);
    desk.raise("1");
    desk.clear("1");
    assert_eq!(desk.drain(), [""; 0]);
    assert_eq!(desk.stats("a"), ChannelStats { failed: 1, ..ChannelStats::default() });
}

#[test]
fn an_end_that_was_given_up_is_forgotten() {
    let mut desk = Desk::of(&["a"]);
    desk.raise("1");
    desk.drain();
    desk.clear("1");
    let errand = desk.take(0);
    desk.end(0, errand, End::GivenUp);
    assert_eq!(desk.board.announced(), []);
    desk.raise("1");
    assert_eq!(desk.drain(), ["a: employee 1 Raised"]);
}

#[test]
fn the_oldest_makes_room_and_what_is_under_way_does_not() {
    let mut desk = Desk::with_room(&["a"], 2);
    desk.raise("1");
    let errand = desk.take(0);
    for employee in ["2", "3", "4"] {
        desk.raise(employee);
    }
    assert_eq!(desk.stats("a"), ChannelStats { dropped: 1, waiting: 3, ..ChannelStats::default() });
    desk.end(0, errand, End::Sent);
    assert_eq!(desk.drain(), ["a: employee 1 Raised", "a: employee 3 Raised", "a: employee 4 Raised"]);
    desk.clear("2");
    assert_eq!(desk.drain(), [""; 0], "nobody was told that it stood");
}

#[test]
fn an_end_that_made_room_is_forgotten() {
    let mut desk = Desk::with_room(&["a"], 1);
    desk.raise("1");
    desk.drain();
    desk.clear("1");
    desk.raise("2");
    assert_eq!(desk.drain(), ["a: employee 2 Raised"]);
    assert_eq!(desk.board.announced().len(), 1);
}

#[test]
fn after_a_restart_only_what_was_not_told_is_told() {
    let mut desk = Desk::of(&["a", "b"]);
    for employee in ["1", "2"] {
        desk.raise(employee);
    }
    desk.drain();
    desk.raise("3");
    let errand = desk.take(0);
    desk.end(0, errand, End::Sent);
    desk.clear("2");
    let kept = desk.board.announced();

    let mut desk = Desk::of(&["a", "b", "new"]);
    for it in kept {
        desk.board.restore(it, desk.now);
    }
    for employee in ["1", "3"] {
        desk.raise(employee);
    }
    assert_eq!(
        desk.drain(),
        [
            "a: employee 2 Over",
            "b: employee 2 Over",
            "b: employee 3 Raised",
            "new: employee 1 Raised",
            "new: employee 3 Raised",
        ]
    );
    desk.clear("1");
    assert_eq!(desk.drain().len(), 3);
}

#[test]
fn what_is_told_is_the_latest() {
    let mut desk = Desk::of(&["a"]);
    let raised = |changes| Condition::PlanWaits { plan: 7, changes, lose_access: 0, admin_grants: 0 };
    assert!(desk.board.raise(Notice::from(&raised(1)), desk.moment()));
    assert!(desk.board.raise(Notice::from(&raised(2)), desk.moment()));
    assert!(!desk.board.raise(Notice::from(&raised(2)), desk.moment()), "nothing is new");
    let errand = desk.take(0);
    let told = desk.board.told(0, &errand).unwrap();
    assert_eq!(told.notice.text(), "It has 2 changes. Nothing is changed before somebody approves it.");
}

#[test]
fn what_was_not_sent_is_told_by_its_channel() {
    let mut desk = Desk::of(&["a"]);
    desk.raise("1");
    desk.drain();
    desk.clear("1");
    desk.raise("2");
    let _under_way = desk.take(0);
    let unsent: Vec<String> = desk
        .board
        .unsent()
        .into_iter()
        .map(|Unsent { channel, kind, subject, state }| format!("{channel}: {kind} {subject} {state:?}"))
        .collect();
    assert_eq!(unsent, ["a: leaver_pending employee 1 Over", "a: leaver_pending employee 2 Raised"]);
}

/// What may happen to a board with four employees and two channels.
#[derive(Clone, Copy, Debug)]
enum Step {
    Raise(u8),
    Clear(u8),
    Take(usize),
    Sent(usize),
    Doubt(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..4_u8).prop_map(Step::Raise),
        1 => (0..4_u8).prop_map(Step::Clear),
        1 => (0..2_usize).prop_map(Step::Take),
        1 => (0..2_usize).prop_map(Step::Sent),
        1 => (0..2_usize).prop_map(Step::Doubt),
    ]
}

/// What became of a desk, with nothing under way, and who stands on it.
fn walk(steps: Vec<Step>) -> (Desk, BTreeSet<u8>) {
    let (mut desk, mut stand) = (Desk::of(&["a", "b"]), BTreeSet::new());
    let mut under_way: [Option<Errand>; 2] = [None, None];
    for step in steps {
        match step {
            Step::Raise(employee) => {
                desk.raise(&employee.to_string());
                stand.insert(employee);
            }
            Step::Clear(employee) => {
                desk.clear(&employee.to_string());
                stand.remove(&employee);
            }
            Step::Take(lane) if under_way[lane].is_none() => under_way[lane] = desk.board.next(lane),
            Step::Sent(lane) => {
                if let Some(errand) = under_way[lane].take() {
                    desk.end(lane, errand, End::Sent);
                }
            }
            Step::Doubt(lane) => {
                if let Some(errand) = &mut under_way[lane]
                    && let Some(told) = desk.board.told(lane, errand)
                {
                    errand.turn(told.state);
                    desk.board.perhaps(lane, errand);
                }
            }
            Step::Take(_) => {}
        }
    }
    for (lane, errand) in under_way.into_iter().enumerate() {
        if let Some(errand) = errand {
            desk.end(lane, errand, End::Sent);
        }
    }
    (desk, stand)
}

proptest! {
    #[test]
    fn in_the_end_everybody_believes_what_is_so(steps in vec(step(), 0..60)) {
        let (mut desk, stand) = walk(steps);
        desk.drain();
        let announced = desk.board.announced();
        let stands: Vec<String> = stand.iter().map(|it| format!("employee {it}")).collect();
        let known: Vec<String> = announced.iter().map(|it| it.notice.subject().to_string()).collect();
        prop_assert_eq!(known, stands);
        prop_assert!(announced.iter().all(|it| it.told_by == ["a", "b"] && it.state == State::Raised));
        prop_assert_eq!(desk.board.unsent(), []);
    }
}
