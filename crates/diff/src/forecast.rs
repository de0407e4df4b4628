//! What a plan costs: calls per endpoint group, and the time that the limits ask for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::call::{Call, Phase, Request};
use crate::pace::{Bucket, Group, RatePlan};

/// How users were read, and what it cost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The way.
    pub form: ReadingForm,
    /// The calls that it took.
    pub calls: BTreeMap<Group, usize>,
}

/// The way in which users were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadingForm {
    /// From files.
    #[default]
    Files,
    /// Pages of the user search, and members per role.
    Pages,
    /// The export job, and members per role.
    Export,
    /// Pages of the user search in windows of time, and members per role.
    Windows,
    /// One by one, for a few employees.
    ById,
}

/// What a plan costs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Forecast {
    /// How users were read, and what that cost already.
    pub reading: Reading,
    /// The calls that applying will take, by group.
    pub writes: BTreeMap<Group, usize>,
    /// The rate plan that the time is for.
    pub rate_plan: RatePlan,
    /// The share of it that may be used, 0 to 1.
    pub share: f64,
    /// How long applying takes at least, in seconds.
    pub seconds: u64,
    /// In which shapes roles are given, where any are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grants: Option<GrantShapes>,
    /// Reads that come on top where the plan is old when it is applied (`[review] verify_after`): so many users are
    /// looked at again, so that nothing is overwritten that somebody changed meanwhile.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reads_if_old: usize,
}

/// The shapes in which roles are given: whichever take the fewest calls together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantShapes {
    /// How many users a call may give a role to.
    pub batch: usize,
    /// Calls that give one role to several users.
    pub batches: usize,
    /// To how many, those with several roles counted for each.
    pub in_batches: usize,
    /// Calls that give one user one role or several.
    pub singly: usize,
}

/// What a run took, to be put beside its forecast.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// Requests of the Management API by group; look-ups, repeated and refused ones included.
    pub calls: BTreeMap<Group, u64>,
    /// Of them, those that the rate limit refused (429).
    pub refused: BTreeMap<Group, u64>,
    /// Requests of the Authentication API: tokens and invitations.
    pub authentication: u64,
    /// How long calls waited for the rate limit, all together, in milliseconds.
    pub waited_ms: u64,
    /// How long the run took, in milliseconds.
    pub took_ms: u64,
    /// How long there was work that the rate limit held up, in milliseconds, bucket by bucket.
    pub limited_ms: u64,
    /// How much of that time's rate was used, in the same measure.
    pub used_ms: u64,
    /// Whether it was read off the journal of a run whose process ended: then only what the journal has is in it,
    /// which is every call once, and no time.
    #[serde(default)]
    pub from_journal: bool,
}

impl Spent {
    /// So much work as shows how well a rate is used; less is over before it could be measured.
    const MEASURABLE_MS: u64 = 1_000;

    /// Of the rate that was permitted while there was work, the part that was used, in percent; none where the limit
    /// held nothing up for as long as a second.
    pub fn utilisation(&self) -> Option<u64> {
        let measurable = self.limited_ms >= Self::MEASURABLE_MS;
        measurable.then(|| (self.used_ms.saturating_mul(100) / self.limited_ms).min(100))
    }

    /// Requests of the Management API, all together.
    pub fn total(&self) -> u64 {
        self.calls.values().fold(0, |sum, it| sum.saturating_add(*it))
    }

    /// How many of them the rate limit refused.
    pub fn total_refused(&self) -> u64 {
        self.refused.values().fold(0, |sum, it| sum.saturating_add(*it))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks in this way")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// Counts the calls and works out the time, from full buckets. `batch` is how many users a call may give a role to.
pub fn forecast(calls: &[Call], reading: Reading, rate_plan: RatePlan, share: f64, batch: usize) -> Forecast {
    let mut writes = BTreeMap::new();
    let mut phases: BTreeMap<Phase, BTreeMap<Group, usize>> = BTreeMap::new();
    for (phase, group) in calls.iter().filter_map(|it| Some((it.request.phase(), it.request.group()?))) {
        *writes.entry(group).or_insert(0) += 1;
        *phases.entry(phase).or_default().entry(group).or_insert(0) += 1;
    }
    let seconds = seconds(phases.values(), rate_plan, share);
    let grants = grant_shapes(calls, batch);
    Forecast { reading, writes, rate_plan, share, seconds, grants, reads_if_old: patched(calls) }
}

fn grant_shapes(calls: &[Call], batch: usize) -> Option<GrantShapes> {
    let mut shapes = GrantShapes { batch, batches: 0, in_batches: 0, singly: 0 };
    for call in calls {
        match &call.request {
            Request::GrantToUsers { users, .. } if users.len() > 1 => {
                shapes.batches += 1;
                shapes.in_batches += users.len();
            }
            Request::GrantToUsers { .. } | Request::GrantToUser { .. } => shapes.singly += 1,
            Request::Patch { .. }
            | Request::EndSessions { .. }
            | Request::RevokeRefreshTokens { .. }
            | Request::RevokeRoles { .. }
            | Request::Create { .. }
            | Request::Invite { .. }
            | Request::Verify { .. } => {}
        }
    }
    (shapes.batches + shapes.singly > 0).then_some(shapes)
}

/// Users that are updated, blocked or unblocked.
fn patched(calls: &[Call]) -> usize {
    calls.iter().filter(|it| matches!(it.request, Request::Patch { .. })).count()
}

/// A phase ends before the next begins, and in each the slowest bucket decides; the others fill up meanwhile.
fn seconds<'a>(
    phases: impl Iterator<Item = &'a BTreeMap<Group, usize>>,
    rate_plan: RatePlan,
    share: f64,
) -> u64 {
    let buckets = rate_plan.buckets();
    let keys = || Group::ALL.into_iter().map(Some).chain([None]);
    let of = |key: Option<Group>| key.map_or(buckets.global, |it| buckets.of(it));
    let mut left: BTreeMap<Option<Group>, f64> =
        keys().filter_map(|it| Some((it, f64::from(of(it)?.burst)))).collect();
    let mut total = 0.0;
    for calls in phases {
        let asked = |key: Option<Group>| match key {
            Some(group) => calls.get(&group).copied().unwrap_or_default(),
            None => calls.values().sum(),
        };
        let wait = |(key, left): (&Option<Group>, &f64)| {
            of(*key).map_or(0.0, |it| (amount(asked(*key)) - left).max(0.0) / rate(it, share))
        };
        let slowest = left.iter().map(wait).fold(0.0, f64::max);
        for (key, left) in &mut left {
            let Some(bucket) = of(*key) else { continue };
            *left += slowest * rate(bucket, share) - amount(asked(*key));
            *left = left.clamp(0.0, f64::from(bucket.burst));
        }
        total += slowest;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rounded-up wait is small and positive"
    )]
    // What is left of a division is no second.
    let whole = (total - 1e-6).max(0.0).ceil() as u64;
    whole
}

/// Tokens a second.
fn rate(bucket: Bucket, share: f64) -> f64 {
    f64::from(bucket.per_minute) * share / 60.0
}

#[expect(clippy::cast_precision_loss, reason = "a count of calls is far below 2^52")]
fn amount(calls: usize) -> f64 {
    calls as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phase(calls: &[(Group, usize)]) -> BTreeMap<Group, usize> {
        calls.iter().copied().collect()
    }

    fn take(phases: &[BTreeMap<Group, usize>], plan: RatePlan, share: f64) -> u64 {
        seconds(phases.iter(), plan, share)
    }

    #[test]
    fn one_bucket_for_all_gives_its_burst_and_then_its_rate_whatever_the_phases() {
        let phases =
            [phase(&[(Group::WriteUsers, 30)]), phase(&[(Group::Other, 40), (Group::WriteUsers, 12)])];
        assert_eq!(take(&phases, RatePlan::Enterprise, 1.0), 2);
        assert_eq!(take(&phases, RatePlan::Free, 1.0), 40);
        assert_eq!(take(&phases, RatePlan::Free, 0.8), 50);
    }

    #[test]
    fn buckets_of_groups_are_used_beside_each_other_and_fill_up_in_phases_that_need_them_not() {
        let together = [phase(&[(Group::WriteUsers, 220), (Group::Other, 85)])];
        assert_eq!(take(&together, RatePlan::Professional, 1.0), 60);
        let in_turn = [phase(&[(Group::WriteUsers, 220)]), phase(&[(Group::Other, 85)])];
        assert_eq!(take(&in_turn, RatePlan::Professional, 1.0), 90);
        let blocks =
            [phase(&[(Group::Other, 85)]), phase(&[(Group::WriteUsers, 20)]), phase(&[(Group::Other, 1)])];
        assert_eq!(take(&blocks, RatePlan::Professional, 1.0), 31, "nothing is saved in an instant");
    }

    #[test]
    fn utilisation_is_told_of_what_can_be_measured() {
        let spent = Spent { limited_ms: 36_000, used_ms: 35_700, ..Spent::default() };
        assert_eq!(spent.utilisation(), Some(99));
        assert_eq!(Spent { limited_ms: 999, used_ms: 900, ..Spent::default() }.utilisation(), None);
        assert_eq!(Spent { limited_ms: 1_000, used_ms: 1_010, ..Spent::default() }.utilisation(), Some(100));
    }
}
