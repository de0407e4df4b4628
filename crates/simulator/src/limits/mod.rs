//! Rate limits: which buckets a call drains, and what it is told.

mod bucket;
mod neighbours;
mod plan;

use std::collections::BTreeMap;

use tokio::time::Instant;

use crate::{
    answer::Answer,
    clock::Moment,
    error::Refusal,
    options::RatePlan,
    switches::{HiddenGlobal, Refused, Reset, RetryAfter, Switches, UserWrites},
};

use bucket::Bucket;
pub(crate) use plan::Group;

/// The tenant's buckets. They belong to the tenant: every client drains the same ones.
#[derive(Debug)]
pub(crate) struct Limits {
    plan: RatePlan,
    global: Option<Bucket>,
    groups: BTreeMap<Group, Bucket>,
}

/// What became of a call at the buckets.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verdict {
    /// No limit applies, so no header is sent either.
    Unlimited,
    Admitted(Standing),
    Refused {
        standing: Standing,
        message: String,
    },
}

/// The three numbers of the headers, and the wait for one more token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Standing {
    pub(crate) limit: u32,
    pub(crate) remaining: u32,
    /// Epoch seconds.
    pub(crate) reset: i64,
    next_token_s: f64,
}

const GLOBAL_MESSAGE: &str = "Global limit has been reached";

impl Limits {
    pub(crate) fn new(plan: RatePlan, switches: &Switches, now: Instant) -> Self {
        let hidden = match (plan, switches.hidden_global) {
            (RatePlan::Essentials | RatePlan::Professional, HiddenGlobal::Burst50) => {
                Some(plan::per_minute(50, 1000))
            }
            (RatePlan::Essentials | RatePlan::Professional, HiddenGlobal::Absent) => None,
            (
                RatePlan::Unlimited
                | RatePlan::Free
                | RatePlan::Enterprise
                | RatePlan::EnterpriseDev
                | RatePlan::PrivateCloudDev
                | RatePlan::PrivateCloud(_),
                _,
            ) => plan::global(plan),
        };
        let global = hidden.map(|it| Bucket::full(it, now));
        let groups =
            plan::groups(plan).into_iter().map(|(group, size)| (group, Bucket::full(size, now))).collect();
        Self { plan, global, groups }
    }

    /// From now on the tenant's other applications make so many calls a second.
    ///
    /// The global bucket gets them all. Where the groups' buckets cover everything, each gets its part by its rate,
    /// so that all lose the same share; a single group's bucket below a global one is left to us.
    pub(crate) fn share(&mut self, calls_s: f64, switches: &Switches, now: Moment) {
        let (refill, costs) = (switches.refill, switches.refused == Refused::CostsAToken);
        if let Some(global) = &mut self.global {
            global.share(calls_s, refill, now, costs);
        }
        if self.groups.contains_key(&Group::Other) {
            let all: f64 = self.groups.values().map(Bucket::rate).sum();
            for bucket in self.groups.values_mut() {
                bucket.share(calls_s * bucket.rate() / all, refill, now, costs);
            }
        }
    }

    /// A refusal by script: it looks like one by the bucket that the call would have drained, if there is one.
    pub(crate) fn pretend(&self, group: Group, switches: &Switches, now: Moment) -> Answer {
        let bucket = self.groups.get(&group).or(self.global.as_ref()).or(self.groups.get(&Group::Other));
        match bucket.filter(|_| group != Group::Unlimited) {
            Some(bucket) => {
                let standing = Standing { remaining: 0, ..standing(bucket, switches, now) };
                standing.refuse(GLOBAL_MESSAGE, switches)
            }
            None => Refusal::too_many_requests(GLOBAL_MESSAGE).into(),
        }
    }

    /// The global bucket first; a call that it refuses never reaches its group's.
    pub(crate) fn judge(&mut self, group: Group, switches: &Switches, now: Moment) -> Verdict {
        let group = match (group, switches.user_writes) {
            (Group::DeleteUsers, UserWrites::OneShared) => Group::WriteUsers,
            (group, UserWrites::OneShared | UserWrites::OneBucketEach) => group,
        };
        if group == Group::Unlimited {
            return Verdict::Unlimited;
        }
        if self.plan == RatePlan::Unlimited {
            return Verdict::Admitted(Standing::unlimited(now));
        }
        let costs = switches.refused == Refused::CostsAToken;
        if let Some(global) = &mut self.global
            && !global.take(switches.refill, now, costs)
        {
            let standing = standing(global, switches, now);
            return Verdict::Refused { standing, message: GLOBAL_MESSAGE.to_owned() };
        }
        // A group without a bucket of its own is among "all other endpoints".
        let group = if self.groups.contains_key(&group) { group } else { Group::Other };
        let mut own = self.groups.get_mut(&group);
        if let Some(bucket) = &mut own
            && !bucket.take(switches.refill, now, costs)
        {
            let standing = standing(bucket, switches, now);
            return Verdict::Refused { standing, message: switches.group_limit_message.clone() };
        }
        // The headers speak of the bucket that will refuse first.
        let standings = [self.global.as_ref(), own.as_deref()].into_iter().flatten();
        let standings = standings.map(|it| standing(it, switches, now));
        match standings.min_by_key(|it| it.remaining) {
            Some(standing) => Verdict::Admitted(standing),
            None => Verdict::Unlimited,
        }
    }
}

fn standing(bucket: &Bucket, switches: &Switches, now: Moment) -> Standing {
    let next_token_s = bucket.until_next_s(switches.refill, now);
    let wait_s = match switches.reset {
        Reset::BucketFull => bucket.until_full_s(switches.refill, now),
        Reset::NextToken => next_token_s,
    };
    #[expect(clippy::cast_precision_loss, reason = "epoch milliseconds fit into 53 bits")]
    let now_s = now.wall.millis() as f64 / 1000.0;
    #[expect(clippy::cast_possible_truncation, reason = "epoch seconds")]
    let reset = (now_s + wait_s).ceil() as i64;
    Standing { limit: bucket.size(), remaining: bucket.remaining(), reset, next_token_s }
}

impl Standing {
    /// What a tenant that never refuses declares: the largest bucket that Auth0 sells, full. A client
    /// that takes headers into account would otherwise go on at the pace it was configured for.
    fn unlimited(now: Moment) -> Self {
        let size = plan::global(RatePlan::PrivateCloud(10_000)).map_or(0, |it| it.burst);
        Self { limit: size, remaining: size, reset: now.wall.millis() / 1000 + 1, next_token_s: 0.0 }
    }

    /// Puts the numbers on an answer.
    pub(crate) fn mark(self, answer: Answer) -> Answer {
        answer
            .with_header("x-ratelimit-limit", self.limit.to_string())
            .with_header("x-ratelimit-remaining", self.remaining.to_string())
            .with_header("x-ratelimit-reset", self.reset.to_string())
    }

    /// The 429.
    pub(crate) fn refuse(self, message: &str, switches: &Switches) -> Answer {
        let answer = self.mark(Refusal::too_many_requests(message).into());
        match switches.retry_after {
            RetryAfter::Absent => answer,
            RetryAfter::Seconds => {
                answer.with_header("retry-after", format!("{:.0}", self.next_token_s.ceil().max(1.0)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::Timestamp;

    fn at(start: Instant, millis: u64) -> Moment {
        let wall = Timestamp::from_millis(1_000_000 + i64::try_from(millis).unwrap());
        Moment { wall, at: start + Duration::from_millis(millis) }
    }

    fn admitted(limits: &mut Limits, group: Group, switches: &Switches, now: Moment) -> bool {
        !matches!(limits.judge(group, switches, now), Verdict::Refused { .. })
    }

    #[test]
    fn free_allows_two_at_once_and_two_a_second() {
        let (start, switches) = (Instant::now(), Switches::default());
        let mut limits = Limits::new(RatePlan::Free, &switches, start);
        let mut pass = |millis| admitted(&mut limits, Group::Other, &switches, at(start, millis));
        assert!(pass(0) && pass(0) && !pass(0));
        assert!(!pass(400));
        assert!(pass(500) && !pass(500));
    }

    #[test]
    fn groups_do_not_drain_each_other() {
        let (start, switches) = (Instant::now(), Switches::default());
        let mut limits = Limits::new(RatePlan::Professional, &switches, start);
        for _ in 0..10 {
            assert!(admitted(&mut limits, Group::Other, &switches, at(start, 0)));
        }
        assert!(!admitted(&mut limits, Group::Other, &switches, at(start, 0)));
        assert!(admitted(&mut limits, Group::ReadUsers, &switches, at(start, 0)));
    }

    /// How many of `calls` a second are admitted over ten minutes, beside neighbours.
    fn admitted_beside(plan: RatePlan, background_rps: f64, calls_s: u64, switches: &Switches) -> f64 {
        let start = Instant::now();
        let mut limits = Limits::new(plan, switches, start);
        limits.share(background_rps, switches, at(start, 0));
        let times = (1..=600 * calls_s).map(|it| at(start, it * 1000 / calls_s));
        let ours = times.filter(|it| admitted(&mut limits, Group::Other, switches, *it)).count();
        f64::from(u32::try_from(ours).unwrap()) / 600.0
    }

    #[test]
    fn neighbours_take_their_part_and_leave_the_rest() {
        let switches = Switches::default();
        // The burst of the beginning is spread over ten minutes, too.
        for (plan, background_rps, left) in [
            (RatePlan::Free, 0.0, 2.0),
            (RatePlan::Free, 0.75, 1.25),
            (RatePlan::Enterprise, 4.0, 12.0),
            (RatePlan::PrivateCloudDev, 15.0, 5.0),
            // All groups together get 20 a second: half of it is half of each.
            (RatePlan::Professional, 10.0, 1.25),
        ] {
            let ours = admitted_beside(plan, background_rps, 25, &switches);
            assert!((ours - left).abs() < 0.15, "{plan} beside {background_rps}: {ours}");
        }
    }

    #[test]
    fn beside_a_storm_little_is_left_and_the_burst_is_gone() {
        let switches = Switches::default();
        let ours = admitted_beside(RatePlan::PrivateCloudDev, 1_000.0, 25, &switches);
        assert!(ours < 1.0, "{ours}");
        let start = Instant::now();
        let mut limits = Limits::new(RatePlan::PrivateCloudDev, &switches, start);
        limits.share(1_000.0, &switches, at(start, 0));
        assert!(admitted(&mut limits, Group::Other, &switches, at(start, 10)));
        assert!(!admitted(&mut limits, Group::Other, &switches, at(start, 50)));
        // When it is over, everything comes back.
        limits.share(0.0, &switches, at(start, 1_000));
        let passed = (0..30).filter(|_| admitted(&mut limits, Group::Other, &switches, at(start, 3_000)));
        assert_eq!(passed.count(), 20);
    }

    #[test]
    fn neighbours_drain_fixed_windows_and_hidden_buckets_too() {
        let switches = Switches { refill: crate::switches::Refill::FixedWindow, ..Switches::default() };
        let ours = admitted_beside(RatePlan::Free, 1.0, 25, &switches);
        assert!((ours - 1.0).abs() < 0.1, "{ours}");
        let switches = Switches { hidden_global: HiddenGlobal::Burst50, ..Switches::default() };
        let ours = admitted_beside(RatePlan::Professional, 16.0, 25, &switches);
        assert!((ours - 0.5).abs() < 0.2, "of 2.5 in the group, 2 are taken: {ours}");
    }

    #[test]
    fn an_hour_of_neighbours_costs_no_time() {
        let (start, switches) = (Instant::now(), Switches::default());
        for (rate, left) in [(1.0, 2), (1_000_000.0, 0)] {
            let mut limits = Limits::new(RatePlan::Free, &switches, start);
            limits.share(rate, &switches, at(start, 0));
            let later = at(start, 3_600_250);
            let passed = (0..3).filter(|_| admitted(&mut limits, Group::Other, &switches, later)).count();
            assert!(passed <= left && passed + 1 >= left, "{rate}: {passed}");
        }
    }

    #[test]
    fn reset_is_when_the_bucket_is_full() {
        let (start, switches) = (Instant::now(), Switches::default());
        let mut limits = Limits::new(RatePlan::EnterpriseDev, &switches, start);
        for _ in 0..4 {
            admitted(&mut limits, Group::Other, &switches, at(start, 0));
        }
        let Verdict::Admitted(standing) = limits.judge(Group::Other, &switches, at(start, 0)) else {
            panic!()
        };
        // Five of ten taken at two a second: full in 2.5 seconds, as recorded.
        assert_eq!((standing.limit, standing.remaining, standing.reset), (10, 5, 1003));
    }

    #[test]
    fn a_fixed_window_gives_all_back_at_once() {
        let start = Instant::now();
        let switches = Switches { refill: crate::switches::Refill::FixedWindow, ..Switches::default() };
        let mut limits = Limits::new(RatePlan::Free, &switches, start);
        let mut pass = |millis| admitted(&mut limits, Group::Other, &switches, at(start, millis));
        assert!(pass(0) && pass(0) && !pass(900));
        assert!(pass(1000) && pass(1000) && !pass(1000));
    }
}
