//! The published limits (FACTS §9): sizes per plan and group.

use crate::{limits::bucket::Size, options::RatePlan};

/// The endpoint group that a call belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Group {
    ReadUsers,
    WriteUsers,
    DeleteUsers,
    ReadLogs,
    ReadConnections,
    /// "Read User's Organizations": Enterprise has a bucket for it below the global one, the others do not.
    UserOrganizations,
    /// Everything else, in one bucket.
    Other,
    /// Not the Management API: never limited here.
    Unlimited,
}

pub(crate) fn per_second(burst: u32, rate: u32) -> Size {
    Size { burst, rate: f64::from(rate), window_s: 1 }
}

pub(crate) fn per_minute(burst: u32, rate: u32) -> Size {
    Size { burst, rate: f64::from(rate) / 60.0, window_s: 60 }
}

/// The bucket over everything.
pub(crate) fn global(plan: RatePlan) -> Option<Size> {
    match plan {
        RatePlan::Unlimited | RatePlan::Essentials | RatePlan::Professional => None,
        RatePlan::Free => Some(per_second(2, 2)),
        RatePlan::Enterprise => Some(per_second(50, 16)),
        RatePlan::EnterpriseDev => Some(per_second(10, 2)),
        RatePlan::PrivateCloudDev => Some(per_second(20, 20)),
        // The number in the name is the Authentication API's; ours is half of it.
        RatePlan::PrivateCloud(rps) => Some(per_second(rps / 2, rps / 2)),
    }
}

/// The buckets of endpoint groups.
pub(crate) fn groups(plan: RatePlan) -> Vec<(Group, Size)> {
    match plan {
        RatePlan::Essentials | RatePlan::Professional => vec![
            (Group::ReadUsers, per_minute(40, 500)),
            (Group::WriteUsers, per_minute(20, 200)),
            (Group::DeleteUsers, per_minute(20, 200)),
            (Group::ReadLogs, per_minute(10, 100)),
            (Group::ReadConnections, per_minute(5, 50)),
            (Group::Other, per_minute(10, 150)),
        ],
        RatePlan::Enterprise | RatePlan::EnterpriseDev => {
            vec![(Group::UserOrganizations, per_minute(40, 500))]
        }
        RatePlan::Unlimited | RatePlan::Free | RatePlan::PrivateCloudDev | RatePlan::PrivateCloud(_) => {
            Vec::new()
        }
    }
}
