//! What a plan costs: calls per endpoint group, and the time that the limits ask for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::call::Call;
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
}

/// Counts the calls and works out the time, from full buckets.
pub fn forecast(calls: &[Call], reading: Reading, rate_plan: RatePlan, share: f64) -> Forecast {
    let mut writes = BTreeMap::new();
    for group in calls.iter().filter_map(|it| it.request.group()) {
        *writes.entry(group).or_insert(0) += 1;
    }
    let seconds = seconds(&writes, rate_plan, share);
    Forecast { reading, writes, rate_plan, share, seconds }
}

/// The slowest bucket decides.
fn seconds(calls: &BTreeMap<Group, usize>, rate_plan: RatePlan, share: f64) -> u64 {
    let buckets = rate_plan.buckets();
    let all: usize = calls.values().sum();
    let global = buckets.global.map_or(0.0, |it| wait(it, all, share));
    let groups = calls.iter().filter_map(|(group, calls)| Some(wait(buckets.of(*group)?, *calls, share)));
    let slowest = groups.fold(global, f64::max);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rounded-up wait is small and positive"
    )]
    let whole = slowest.ceil() as u64;
    whole
}

/// How long a bucket takes to give so many tokens when it starts full.
fn wait(bucket: Bucket, calls: usize, share: f64) -> f64 {
    let beyond = calls.saturating_sub(bucket.burst as usize);
    #[expect(clippy::cast_precision_loss, reason = "a count of calls is far below 2^52")]
    let beyond = beyond as f64;
    beyond * 60.0 / (f64::from(bucket.per_minute) * share)
}
