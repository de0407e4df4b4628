//! The rate plan, as the tenant's answers tell it, against the configured one.

use auth0::Client;
use diff::{Bucket, Buckets, Group, RatePlan};

use super::check::Check;
use super::tenant::{ABOUT, Ward};

impl Ward<'_> {
    pub(super) fn look_at_pace(&mut self, client: &Client) {
        let configured = self.doctor.settings.rate_plan;
        if client.declared_sizes().is_empty() {
            self.push(ABOUT.ok("rate plan", format!("{configured}; Auth0's answers tell nothing about it")));
            return;
        }
        self.push(told(configured, &client.limits()));
    }
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
