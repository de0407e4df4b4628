//! The rate plan, as the tenant's answers tell it, against the configured one.

use auth0::Client;
use diff::{Bucket, Buckets, Group, RatePlan};

use super::check::Check;
use super::tenant::{ABOUT, Ward};
use crate::Settings;

impl Ward<'_> {
    pub(super) fn look_at_pace(&mut self, client: &Client) {
        let configured = self.doctor.settings.rate_plan;
        if client.declared_sizes().is_empty() {
            self.push(ABOUT.ok("rate plan", format!("{configured}; Auth0's answers tell nothing about it")));
            return;
        }
        self.push(told(configured, &client.limits()));
        let Settings { share, max_in_flight, .. } = self.doctor.settings;
        // A simulator on this machine answers at once.
        if !client.domain().is_loopback() {
            self.checks.extend(too_few_in_flight(&client.limits(), share, max_in_flight));
        }
    }
}

/// How long an answer takes, as a rule: a short way to the tenant's region, and Auth0's own work.
const ANSWER_MS: f64 = 100.0;

/// Calls that wait for their answers set the pace where few of them may: by Little's law so many are on their
/// way as come in the time that one takes.
fn too_few_in_flight(limits: &Buckets, share: f64, max_in_flight: usize) -> Option<Check> {
    let own = Group::ALL.into_iter().filter_map(|it| limits.of(it));
    let fastest = limits.global.or_else(|| own.max_by_key(|it| it.per_minute))?;
    let a_second = f64::from(fastest.per_minute) / 60.0 * share;
    let reached = f64::from(u32::try_from(max_in_flight).unwrap_or(u32::MAX)) * 1_000.0 / ANSWER_MS;
    (reached < a_second).then(|| {
        let needed = (a_second * ANSWER_MS / 1_000.0).ceil();
        let found = format!(
            "{max_in_flight} at once: with answers after {ANSWER_MS} ms that is {reached:.0} calls a second, and \
             {a_second:.0} are allowed"
        );
        ABOUT.warning("calls in flight", found, format!("set [auth0] max_in_flight = {needed:.0} or more"))
    })
}

/// A client that heard other figures keeps to them already; the plan is what a run starts with.
fn told(configured: RatePlan, heard: &Buckets) -> Check {
    let ours = configured.buckets();
    if ours == *heard {
        return ABOUT.ok("rate plan", format!("{configured}, as Auth0's answers say"));
    }
    let guess = RatePlan::with(heard);
    let is = guess.map_or_else(|| "of no published plan".to_owned(), |it| format!("those of {it}"));
    let found = format!(
        "configured is {configured} ({}), and Auth0's limits are {is} ({})",
        figures(&ours),
        figures(heard)
    );
    let (consequence, faster) = if speed(heard) > speed(&ours) {
        ("every run starts slower than it could", true)
    } else {
        ("every run starts too fast, and meets 429s, which logins feel as well", false)
    };
    let remedy = match guess {
        Some(guess) => format!("set AUTH0_RATE_PLAN={guess}, or [auth0] rate_plan"),
        None if faster => "set [auth0] rate_plan = { burst = …, per_minute = … } as Auth0 sold it".to_owned(),
        None => "set a smaller AUTH0_RATE_PLAN".to_owned(),
    };
    ABOUT.warning("rate plan", format!("{found}: {consequence}"), remedy)
}

/// What a minute of every kind of call comes to, then the bursts.
fn speed(buckets: &Buckets) -> (u32, u32) {
    let of = |it: Group| buckets.of(it).or(buckets.global);
    let all = || Group::ALL.into_iter().filter_map(of);
    let sum = |of: fn(Bucket) -> u32| all().map(of).fold(0_u32, u32::saturating_add);
    (sum(|it| it.per_minute), sum(|it| it.burst))
}

/// `50 at once, 960 a minute`; of a plan with buckets for kinds of calls, what each has.
fn figures(buckets: &Buckets) -> String {
    if let Some(Bucket { burst, per_minute }) = buckets.global {
        return format!("{burst} at once, {per_minute} a minute");
    }
    let of = |it: Group| Some(format!("{} {}", buckets.of(it)?.per_minute, it.label()));
    let each: Vec<String> = Group::ALL.into_iter().filter_map(of).collect();
    format!("a minute: {}", each.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_tenant_wants_more_calls_on_their_way() {
        let of = |plan: RatePlan, max_in_flight| {
            too_few_in_flight(&plan.buckets(), 0.8, max_in_flight).map(|it| (it.found, it.remedy.unwrap()))
        };
        for plan in
            [RatePlan::Free, RatePlan::Professional, RatePlan::Enterprise, RatePlan::PrivateCloud(500)]
        {
            assert_eq!(of(plan, 64), None, "{plan}");
        }
        let (found, remedy) = of(RatePlan::PrivateCloud(3000), 64).unwrap();
        assert_eq!(
            found,
            "64 at once: with answers after 100 ms that is 640 calls a second, and 1200 are allowed"
        );
        assert_eq!(remedy, "set [auth0] max_in_flight = 120 or more");
        assert_eq!(of(RatePlan::PrivateCloud(3000), 120), None);
    }
}
