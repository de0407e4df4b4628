//! Which rate limits a tenant has, from what we were told and what its answers say.

use std::collections::BTreeMap;

use diff::{Bucket, Buckets, Group, RatePlan};

/// The bucket that `x-ratelimit-*` on an answer of the group speaks of.
pub(crate) fn governing(buckets: &Buckets, group: Group) -> Option<Bucket> {
    buckets.of(group).or(buckets.global)
}

/// The buckets of a tenant whose answers declared these sizes.
///
/// Headers tell a bucket's size and never its rate or whom it is shared with, but the sizes together
/// tell the plan: one size for all groups is one global bucket, and each published plan has its own. Where
/// several have them, the slowest is safe.
pub(crate) fn recognised(configured: RatePlan, sizes: &BTreeMap<Group, u32>) -> Buckets {
    let plans = [configured].into_iter().chain(RatePlan::PUBLISHED);
    let known = plans.map(RatePlan::buckets).find(|it| fits(it, sizes));
    known.unwrap_or_else(|| unpublished(configured, sizes))
}

fn fits(buckets: &Buckets, sizes: &BTreeMap<Group, u32>) -> bool {
    sizes.iter().all(|(group, size)| governing(buckets, *group).is_some_and(|it| it.burst == *size))
}

/// Limits that no plan has: one bucket of the smallest size, refilled as the configured plan says, and
/// slower where the bucket is smaller.
fn unpublished(configured: RatePlan, sizes: &BTreeMap<Group, u32>) -> Buckets {
    let configured = configured.buckets();
    let slowest = Group::ALL
        .iter()
        .filter_map(|it| governing(&configured, *it))
        .min_by_key(|it| it.per_minute)
        .unwrap_or(Bucket { burst: 2, per_minute: 120 });
    let burst = sizes.values().copied().min().unwrap_or(slowest.burst).max(1);
    let scaled = u64::from(slowest.per_minute) * u64::from(burst) / u64::from(slowest.burst.max(1));
    let per_minute = u32::try_from(scaled).unwrap_or(u32::MAX).clamp(1, slowest.per_minute);
    RatePlan::Custom { burst, per_minute }.buckets()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(sizes: &[(Group, u32)]) -> BTreeMap<Group, u32> {
        sizes.iter().copied().collect()
    }

    #[test]
    fn sizes_that_agree_with_the_configuration_change_nothing() {
        let sizes = seen(&[(Group::ReadUsers, 50), (Group::Other, 50)]);
        let configured = RatePlan::PrivateCloud(100);
        assert_eq!(recognised(configured, &sizes), configured.buckets());
    }

    #[test]
    fn a_tenant_tells_its_plan_by_the_sizes_of_its_buckets() {
        let professional = RatePlan::Professional.buckets();
        assert_eq!(recognised(RatePlan::Free, &seen(&[(Group::ReadUsers, 40)])), professional);
        let sizes = seen(&[(Group::Other, 10), (Group::WriteUsers, 20)]);
        assert_eq!(recognised(RatePlan::Enterprise, &sizes), professional);
        let sizes = seen(&[(Group::Other, 50), (Group::WriteUsers, 50)]);
        assert_eq!(recognised(RatePlan::Free, &sizes), RatePlan::Enterprise.buckets());
    }

    #[test]
    fn a_size_that_several_plans_have_means_the_slowest() {
        assert_eq!(
            recognised(RatePlan::Free, &seen(&[(Group::Other, 10)])),
            RatePlan::EnterpriseDev.buckets()
        );
    }

    #[test]
    fn sizes_that_nobody_publishes_are_taken_with_care() {
        let sizes = seen(&[(Group::ReadUsers, 25), (Group::Other, 30)]);
        let expected = RatePlan::Custom { burst: 25, per_minute: 480 }.buckets();
        assert_eq!(recognised(RatePlan::Enterprise, &sizes), expected);
        // A larger bucket alone is no reason to go faster.
        let sizes = seen(&[(Group::ReadUsers, 77)]);
        assert_eq!(
            recognised(RatePlan::Free, &sizes),
            RatePlan::Custom { burst: 77, per_minute: 120 }.buckets()
        );
    }
}
