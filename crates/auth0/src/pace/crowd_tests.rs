//! Many calls at once, with latency, against a tenant's buckets kept in plain arithmetic, on a paused clock.
//!
//! The tenant journals what it accepted and when, and the tests read the journal: how fast, and never too fast.

use futures_util::future::join_all;

use super::*;

/// What a token is counted in, so that a refill per minute and a clock in nanoseconds divide evenly.
const TOKEN: u128 = 60_000_000_000;

/// A bucket of the server, refilled continuously.
struct Filled {
    limit: diff::Bucket,
    tokens: u128,
    at: Instant,
}

impl Filled {
    fn new(limit: diff::Bucket) -> Self {
        Self { limit, tokens: u128::from(limit.burst) * TOKEN, at: Instant::now() }
    }

    fn refill(&mut self) {
        self.tokens += self.at.elapsed().as_nanos() * u128::from(self.limit.per_minute);
        self.tokens = self.tokens.min(u128::from(self.limit.burst) * TOKEN);
        self.at = Instant::now();
    }

    fn take(&mut self) -> bool {
        self.refill();
        let left = self.tokens.checked_sub(TOKEN);
        self.tokens = left.unwrap_or(self.tokens);
        left.is_some()
    }

    fn headers(&self) -> RateHeaders {
        let left = u32::try_from(self.tokens / TOKEN).unwrap();
        RateHeaders { limit: Some(self.limit.burst), remaining: Some(left) }
    }
}

/// Its buckets, and what it was asked.
struct Tenant {
    buckets: Mutex<BTreeMap<Option<Group>, Filled>>,
    latency: Duration,
    accepted: Mutex<Vec<(Instant, &'static str)>>,
    refused: Mutex<u32>,
}

impl Tenant {
    fn new(plan: RatePlan, latency_ms: u64) -> Self {
        let limits = plan.buckets();
        let own = Group::ALL.into_iter().filter_map(|it| Some((Some(it), Filled::new(limits.of(it)?))));
        let global = limits.global.map(|it| (None, Filled::new(it)));
        Self {
            buckets: Mutex::new(own.chain(global).collect()),
            latency: Duration::from_millis(latency_ms),
            accepted: Mutex::default(),
            refused: Mutex::default(),
        }
    }

    /// Others take whatever there is.
    fn drain(&self) {
        for it in self.buckets.lock().unwrap().values_mut() {
            it.refill();
            it.tokens = 0;
        }
    }

    /// Somebody else takes one, if there is one.
    fn neighbour(&self) {
        self.buckets.lock().unwrap().values_mut().for_each(|it| {
            it.take();
        });
    }

    /// Its answer, half of the latency after it was asked: headers, and whether it did it.
    async fn ask(&self, group: Group, who: &'static str) -> (RateHeaders, bool) {
        tokio::time::sleep(self.latency / 2).await;
        let told = {
            let mut buckets = self.buckets.lock().unwrap();
            let key = if buckets.contains_key(&Some(group)) { Some(group) } else { None };
            let bucket = buckets.get_mut(&key).unwrap();
            let taken = bucket.take();
            (bucket.headers(), taken)
        };
        if told.1 {
            self.accepted.lock().unwrap().push((Instant::now(), who));
        } else {
            *self.refused.lock().unwrap() += 1;
        }
        tokio::time::sleep(self.latency / 2).await;
        told
    }

    fn refused(&self) -> u32 {
        *self.refused.lock().unwrap()
    }

    fn moments(&self) -> Vec<Instant> {
        self.accepted.lock().unwrap().iter().map(|it| it.0).collect()
    }

    fn order(&self) -> Vec<&'static str> {
        self.accepted.lock().unwrap().iter().map(|it| it.1).collect()
    }
}

const URGENT: &str = "urgent";
const RUN: &str = "run";

/// One call, again after each refusal.
async fn call(pace: &Pace, tenant: &Tenant, group: Group, urgency: Urgency) {
    let who = if urgency == Urgency::Run { RUN } else { URGENT };
    let mut times = 0;
    loop {
        let allowed = pace.ready(Lane::Management(group), urgency).await;
        let (headers, done) = tenant.ask(group, who).await;
        if done {
            return allowed.answered(headers);
        }
        times += 1;
        allowed.refused(times, None);
    }
}

async fn calls(pace: &Pace, tenant: &Tenant, group: Group, count: usize) {
    join_all((0..count).map(|_| call(pace, tenant, group, Urgency::Run))).await;
}

/// Of the rate that the share permits, what was used between the first call and the last.
fn utilisation(moments: &[Instant], limit: diff::Bucket, share: f64, opening: Duration) -> f64 {
    let time = moments[moments.len() - 1].duration_since(moments[0] + opening).as_secs_f64();
    let burst = (f64::from(limit.burst) * share).floor();
    let permitted = time * f64::from(limit.per_minute) * share / 60.0;
    (f64::from(u32::try_from(moments.len()).unwrap()) - burst) / permitted
}

/// In every window no more than the burst and what is refilled in its time, with a clock of whole milliseconds.
fn assert_never_above(moments: &[Instant], limit: diff::Bucket, share: f64) {
    let rate = f64::from(limit.per_minute) * share / 60.0;
    let burst = (f64::from(limit.burst) * share).floor().max(1.0);
    for (first, from) in moments.iter().enumerate() {
        for (at, to) in moments.iter().enumerate().skip(first) {
            let sent = f64::from(u32::try_from(at - first + 1).unwrap());
            let permitted = burst + to.duration_since(*from).as_secs_f64() * rate;
            // One more at the beginning, whose answer opens the bucket.
            assert!(sent <= permitted + 1.001, "{sent} from {first} to {at}, where {permitted} may be");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_rate_is_used_whole_and_never_exceeded_whatever_the_latency_and_the_share() {
    let plans = [
        (RatePlan::Free, Group::WriteUsers, 60),
        (RatePlan::Professional, Group::WriteUsers, 200),
        (RatePlan::Professional, Group::Other, 200),
        (RatePlan::Enterprise, Group::Other, 800),
        (RatePlan::PrivateCloud(500), Group::ReadUsers, 2_000),
    ];
    for (plan, group, count) in plans {
        for (share, latency) in [(1.0, 20), (1.0, 900), (0.8, 20), (0.8, 900), (0.5, 200)] {
            let (pace, tenant) = (Pace::new(plan, share, 1_000), Tenant::new(plan, latency));
            calls(&pace, &tenant, group, count).await;
            let limit = governing(&plan.buckets(), group).unwrap();
            let moments = tenant.moments();
            assert_eq!(tenant.refused(), 0, "{plan} {share} {latency}");
            assert_never_above(&moments, limit, share);
            // What a process pays once: the answer that opens the bucket.
            let used = utilisation(&moments, limit, share, tenant.latency);
            assert!(used >= 0.98, "{plan} at {share} with {latency} ms: {used}");
            let (limited, used) = pace.metered();
            let used = used.as_secs_f64() / limited.as_secs_f64();
            assert!((0.98..=1.02).contains(&used), "{plan} at {share} with {latency} ms is told as {used}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn as_many_calls_are_under_way_as_the_latency_asks_for_and_no_more_than_allowed() {
    let plan = RatePlan::PrivateCloud(100);
    let slow = Tenant::new(plan, 400);
    let pace = Pace::new(plan, 1.0, 10);
    calls(&pace, &slow, Group::Other, 500).await;
    // Ten at a time in 400 ms are 25 a second, half of what the bucket gives.
    let moments = slow.moments();
    let (limited, used) = pace.metered();
    let told = used.as_secs_f64() / limited.as_secs_f64();
    assert!((0.45..=0.55).contains(&told), "a bound that is too low is told: {told}");
    assert!((19..=21).contains(&moments[499].duration_since(moments[0]).as_secs()));
}

#[tokio::test(start_paused = true)]
async fn groups_with_buckets_of_their_own_do_not_hold_each_other_up() {
    let plan = RatePlan::Professional;
    let (pace, tenant) = (Pace::new(plan, 1.0, 64), Tenant::new(plan, 100));
    let start = Instant::now();
    let reads = async {
        calls(&pace, &tenant, Group::ReadUsers, 290).await;
        start.elapsed()
    };
    let writes = async {
        calls(&pace, &tenant, Group::WriteUsers, 120).await;
        start.elapsed()
    };
    let others = async {
        calls(&pace, &tenant, Group::Other, 85).await;
        start.elapsed()
    };
    // Each takes thirty seconds alone, and they take thirty together.
    let (reads, writes, others) = tokio::join!(reads, writes, others);
    for took in [reads, writes, others] {
        assert!((29..=31).contains(&took.as_secs()), "{took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_interactive_call_gets_the_very_next_token() {
    for plan in [RatePlan::Professional, RatePlan::Free, RatePlan::Enterprise] {
        let (pace, tenant) = (Pace::new(plan, 0.8, 64), Tenant::new(plan, 100));
        let run = calls(&pace, &tenant, Group::Other, 200);
        let limit = governing(&plan.buckets(), Group::Other).unwrap();
        let interval = Duration::from_secs_f64(60.0 / (f64::from(limit.per_minute) * 0.8));
        let people = async {
            for _ in 0..10 {
                tokio::time::sleep(Duration::from_millis(2_345)).await;
                let asked = Instant::now();
                call(&pace, &tenant, Group::Other, Urgency::Interactive).await;
                let waited = asked.elapsed();
                assert!(waited <= interval + Duration::from_millis(102), "{plan}: {waited:?}");
            }
        };
        tokio::join!(run, people);
        assert_eq!(tenant.refused(), 0);
        assert_eq!(tenant.order().iter().filter(|it| **it == RUN).count(), 200, "and the run is done");
    }
}

#[tokio::test(start_paused = true)]
async fn several_interactive_calls_go_first_come_first_served_before_a_run() {
    let plan = RatePlan::Free;
    let (pace, tenant) = (Pace::new(plan, 1.0, 64), Tenant::new(plan, 2));
    let run = calls(&pace, &tenant, Group::WriteUsers, 20);
    let people = async {
        tokio::time::sleep(Duration::from_millis(2_100)).await;
        let before = tenant.order().len();
        join_all((0..4).map(|_| call(&pace, &tenant, Group::WriteUsers, Urgency::Interactive))).await;
        before
    };
    let ((), before) = tokio::join!(run, people);
    assert_eq!(tenant.order()[before..before + 5], [URGENT, URGENT, URGENT, URGENT, RUN]);
}

#[tokio::test(start_paused = true)]
async fn an_interactive_call_finds_a_place_though_all_calls_of_the_run_hang() {
    let pace = Pace::new(RatePlan::PrivateCloud(10_000), 1.0, 2);
    let group = Lane::Management(Group::Other);
    let first = pace.ready(group, Urgency::Run).await;
    first.answered(RateHeaders { limit: Some(5_000), remaining: Some(4_999) });
    let hanging = [pace.ready(group, Urgency::Run).await, pace.ready(group, Urgency::Run).await];
    let asked = Instant::now();
    drop(pace.ready(group, Urgency::Interactive).await);
    assert_eq!(asked.elapsed(), Duration::ZERO);
    drop(hanging);
}

#[tokio::test(start_paused = true)]
async fn an_interactive_call_that_is_given_up_leaves_the_way_free() {
    let plan = RatePlan::Free;
    let (pace, tenant) = (Pace::new(plan, 1.0, 64), Tenant::new(plan, 2));
    let run = calls(&pace, &tenant, Group::Other, 20);
    let impatient = async {
        tokio::time::sleep(Duration::from_millis(2_100)).await;
        let ready = pace.ready(Lane::Management(Group::Other), Urgency::Interactive);
        assert!(tokio::time::timeout(Duration::from_millis(1), ready).await.is_err());
    };
    tokio::join!(run, impatient);
    assert_eq!(tenant.order().len(), 20);
}

#[tokio::test(start_paused = true)]
async fn a_drained_bucket_costs_a_few_refusals_and_then_the_rate_is_used_again() {
    for plan in [RatePlan::Professional, RatePlan::Enterprise] {
        let (pace, tenant) = (Pace::new(plan, 1.0, 64), Tenant::new(plan, 100));
        let limit = governing(&plan.buckets(), Group::WriteUsers).unwrap();
        let count = 60 * limit.per_minute as usize / 20;
        let run = calls(&pace, &tenant, Group::WriteUsers, count);
        let mut drained = Instant::now();
        let neighbour = async {
            tokio::time::sleep(Duration::from_secs(30)).await;
            tenant.drain();
            drained = Instant::now();
        };
        tokio::join!(run, neighbour);
        assert!(tenant.refused() <= 4, "{plan}: {}", tenant.refused());
        let after: Vec<Instant> =
            tenant.moments().into_iter().filter(|it| *it > drained + Duration::from_secs(2)).collect();
        let nothing_saved = diff::Bucket { burst: 0, ..limit };
        let used = utilisation(&after, nothing_saved, 1.0, Duration::ZERO);
        assert!(used >= 0.98, "{plan}: {used}");
    }
}

/// How long so many calls take beside somebody who takes eight of sixteen a second, and how many are refused.
async fn beside_a_neighbour(share: f64, count: usize) -> (f64, u32) {
    let plan = RatePlan::Enterprise;
    let (pace, tenant) = (Pace::new(plan, share, 64), Tenant::new(plan, 100));
    let start = Instant::now();
    let neighbour = async {
        loop {
            tokio::time::sleep(Duration::from_millis(125)).await;
            tenant.neighbour();
        }
    };
    tokio::select! {
        () = calls(&pace, &tenant, Group::Other, count) => {}
        () = neighbour => unreachable!("it never ends"),
    }
    (start.elapsed().as_secs_f64(), tenant.refused())
}

#[tokio::test(start_paused = true)]
async fn beside_a_neighbour_who_takes_half_the_other_half_is_used() {
    // Fifty at first, and then eight a second.
    let ideal = (600.0 - 50.0) / 8.0;
    // Whoever claims all is refused as often as it is served, which costs no time.
    let (took, refused) = beside_a_neighbour(1.0, 600).await;
    assert!(took <= ideal * 1.05, "{took} of {ideal} s");
    assert!(refused <= 600, "{refused}");
    // Whoever leaves the neighbour its half is never refused.
    let (took, refused) = beside_a_neighbour(0.5, 600).await;
    assert!(took <= (600.0 - 25.0) / 8.0 * 1.02, "{took} s");
    assert_eq!(refused, 0);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_by_the_one_bucket_of_a_tenant_holds_every_group_up_for_a_token() {
    let pace = Pace::new(RatePlan::Enterprise, 1.0, 64);
    let (reads, writes) = (Lane::Management(Group::ReadUsers), Lane::Management(Group::WriteUsers));
    let told = RateHeaders { limit: Some(50), remaining: Some(20) };
    pace.ready(reads, Urgency::Run).await.answered(told);
    let start = Instant::now();
    pace.ready(writes, Urgency::Run).await.refused(1, None);
    pace.ready(reads, Urgency::Run).await.answered(told);
    assert!(
        (62..=64).contains(&start.elapsed().as_millis()),
        "a sixteenth of a second: {:?}",
        start.elapsed()
    );
}
