//! On a paused clock, against a server's bucket kept in plain arithmetic.

use super::*;

const READ: Lane = Lane::Management(Group::ReadUsers);
const WRITE: Lane = Lane::Management(Group::WriteUsers);

/// What a token is counted in, so that a refill per minute and a clock in nanoseconds divide evenly.
const TOKEN: u128 = 60_000_000_000;

/// A server's bucket, refilled continuously.
struct Server {
    size: u32,
    per_minute: u32,
    tokens: u128,
    at: Instant,
    refused: u32,
}

impl Server {
    fn new(size: u32, per_minute: u32) -> Self {
        Self { size, per_minute, tokens: u128::from(size) * TOKEN, at: Instant::now(), refused: 0 }
    }

    fn left(&self) -> u32 {
        u32::try_from(self.tokens / TOKEN).unwrap()
    }

    /// What it answers to a call: its headers, or none for a refusal.
    fn ask(&mut self) -> Option<RateHeaders> {
        self.tokens += self.at.elapsed().as_nanos() * u128::from(self.per_minute);
        self.tokens = self.tokens.min(u128::from(self.size) * TOKEN);
        self.at = Instant::now();
        let Some(left) = self.tokens.checked_sub(TOKEN) else {
            self.refused += 1;
            return None;
        };
        self.tokens = left;
        Some(RateHeaders { limit: Some(self.size), remaining: Some(self.left()) })
    }
}

/// Sends so many calls one after the other and tells how long they took.
async fn send(pace: &Pace, server: &mut Server, lane: Lane, calls: u32) -> Duration {
    let start = Instant::now();
    for _ in 0..calls {
        let mut times = 0;
        loop {
            let ready = pace.ready(lane, Urgency::Run).await;
            if let Some(headers) = server.ask() {
                ready.answered(headers);
                break;
            }
            times += 1;
            ready.refused(times, None);
        }
    }
    start.elapsed()
}

fn seconds(time: Duration) -> u64 {
    time.as_secs()
}

#[tokio::test(start_paused = true)]
async fn the_burst_is_used_and_then_the_rate_without_a_refusal() {
    let pace = Pace::new(RatePlan::Professional, 1.0, 64);
    let mut server = Server::new(20, 200);
    let took = send(&pace, &mut server, WRITE, 220).await;
    assert_eq!(server.refused, 0);
    // Twenty at once, two hundred at two hundred a minute.
    assert!((59..=61).contains(&seconds(took)), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn the_share_leaves_room_for_others() {
    let pace = Pace::new(RatePlan::Professional, 0.8, 64);
    let mut server = Server::new(20, 200);
    let took = send(&pace, &mut server, WRITE, 176).await;
    assert_eq!(server.refused, 0);
    assert!((59..=61).contains(&seconds(took)), "{took:?}");
    assert!(server.left() >= 4, "others find at least a fifth of the bucket");
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_the_last_process_drained_is_not_overdrawn() {
    let pace = Pace::new(RatePlan::Professional, 0.8, 64);
    let mut server = Server::new(20, 200);
    server.tokens = 3 * TOKEN;
    send(&pace, &mut server, WRITE, 50).await;
    assert_eq!(server.refused, 0);
}

#[tokio::test(start_paused = true)]
async fn a_larger_plan_than_configured_is_recognised_and_used() {
    let pace = Pace::new(RatePlan::Free, 1.0, 64);
    let mut reads = Server::new(40, 500);
    let took = send(&pace, &mut reads, READ, 540).await;
    assert_eq!(reads.refused, 0);
    assert_eq!(pace.limits(), RatePlan::Professional.buckets());
    assert!((59..=62).contains(&seconds(took)), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_smaller_plan_than_configured_costs_a_few_refusals_and_no_more() {
    let pace = Pace::new(RatePlan::PrivateCloud(500), 0.8, 64);
    let mut server = Server::new(10, 120);
    send(&pace, &mut server, WRITE, 100).await;
    assert_eq!(server.refused, 0, "the first answer tells the size");
    assert_eq!(pace.limits(), RatePlan::EnterpriseDev.buckets());
}

#[tokio::test(start_paused = true)]
async fn after_a_refusal_its_lane_waits_what_a_token_costs_and_no_other() {
    let pace = Pace::new(RatePlan::Professional, 1.0, 64);
    for lane in [READ, WRITE] {
        pace.ready(lane, Urgency::Run).await.answered(RateHeaders::default());
    }
    pace.ready(WRITE, Urgency::Run).await.refused(1, None);
    let start = Instant::now();
    pace.ready(READ, Urgency::Run).await.answered(RateHeaders::default());
    assert_eq!(start.elapsed(), Duration::ZERO);
    pace.ready(WRITE, Urgency::Run).await.answered(RateHeaders::default());
    // 200 a minute: a token costs 300 ms; the clock of a runtime counts whole milliseconds.
    assert!((300..=302).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_the_server_asks_for_is_kept() {
    let pace = Pace::new(RatePlan::Professional, 1.0, 64);
    pace.ready(WRITE, Urgency::Run).await.refused(1, Some(Duration::from_secs(7)));
    let start = Instant::now();
    pace.ready(WRITE, Urgency::Run).await.answered(RateHeaders::default());
    assert_eq!(seconds(start.elapsed()), 7);
}

#[tokio::test(start_paused = true)]
async fn refusals_in_a_row_wait_longer_each_time() {
    let pace = Pace::new(RatePlan::Professional, 1.0, 64);
    pace.ready(WRITE, Urgency::Run).await.refused(4, None);
    let start = Instant::now();
    pace.ready(WRITE, Urgency::Run).await.answered(RateHeaders::default());
    assert!((2_400..=2_402).contains(&start.elapsed().as_millis()), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn no_more_calls_are_under_way_than_allowed() {
    let pace = Pace::new(RatePlan::PrivateCloud(10_000), 1.0, 3);
    let places = [
        pace.ready(READ, Urgency::Run).await,
        pace.ready(READ, Urgency::Run).await,
        pace.ready(WRITE, Urgency::Run).await,
    ];
    assert_eq!(pace.in_flight(), 3);
    let fourth = tokio::time::timeout(Duration::from_mins(1), pace.ready(WRITE, Urgency::Run)).await;
    assert!(fourth.is_err(), "there is no place for a fourth");
    drop(places);
    assert_eq!(pace.in_flight(), 0);
    drop(pace.ready(WRITE, Urgency::Run).await);
}

#[tokio::test(start_paused = true)]
async fn the_global_bucket_is_one_for_all_groups() {
    let pace = Pace::new(RatePlan::Enterprise, 1.0, 64);
    let mut server = Server::new(50, 960);
    let start = Instant::now();
    for lane in [READ, WRITE, Lane::Management(Group::Other)].into_iter().cycle().take(50 + 960) {
        send(&pace, &mut server, lane, 1).await;
    }
    assert_eq!(server.refused, 0);
    assert!((59..=61).contains(&seconds(start.elapsed())), "{:?}", start.elapsed());
}
