//! What a tenant allows: Auth0's rate plans as data (FACTS §9).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A rate limit group of the Management API: calls that share a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// `GET /users`, `/users-by-email`, `/users/{id}`
    ReadUsers,
    /// `POST /users`, `PATCH /users/{id}`
    WriteUsers,
    /// `GET /connections`
    ReadConnections,
    /// Everything else: roles, role assignment, tickets, jobs, sessions.
    Other,
}

/// A token bucket.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bucket {
    /// Its size.
    pub burst: u32,
    /// Refill, per minute.
    pub per_minute: u32,
}

/// A published rate plan, or figures of one's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RatePlan {
    /// 2 a second for everything. Where to start until headers show more.
    #[default]
    Free,
    /// Buckets per group.
    Essentials,
    /// The same buckets as Essentials.
    Professional,
    /// 16 a second, burst 50.
    Enterprise,
    /// An Enterprise customer's non-production tenant: 2 a second, burst 10.
    EnterpriseDev,
    /// 20 a second.
    PrivateCloudDev,
    /// The private cloud tier of so many requests a second: 100, 500, 1500, 3000, 6000 or 10000.
    PrivateCloud(u32),
    /// Figures of one's own.
    Custom {
        /// The size of the one bucket.
        burst: u32,
        /// Its refill, per minute.
        per_minute: u32,
    },
}

/// The buckets of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Buckets {
    /// Asked first, by every call.
    pub global: Option<Bucket>,
    /// Asked after it.
    pub read_users: Option<Bucket>,
    /// Asked after it.
    pub write_users: Option<Bucket>,
    /// Asked after it.
    pub read_connections: Option<Bucket>,
    /// Asked after it.
    pub other: Option<Bucket>,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::ReadUsers, Self::WriteUsers, Self::ReadConnections, Self::Other];

    /// What people call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::ReadUsers => "read users",
            Self::WriteUsers => "write users",
            Self::ReadConnections => "connections",
            Self::Other => "roles and others",
        }
    }
}

impl Buckets {
    /// The group's own bucket.
    pub fn of(&self, group: Group) -> Option<Bucket> {
        match group {
            Group::ReadUsers => self.read_users,
            Group::WriteUsers => self.write_users,
            Group::ReadConnections => self.read_connections,
            Group::Other => self.other,
        }
    }
}

impl RatePlan {
    /// Every published plan, the slowest first.
    pub const PUBLISHED: [Self; 11] = [
        Self::Free,
        Self::EnterpriseDev,
        Self::Professional,
        Self::Enterprise,
        Self::PrivateCloudDev,
        Self::PrivateCloud(100),
        Self::PrivateCloud(500),
        Self::PrivateCloud(1500),
        Self::PrivateCloud(3000),
        Self::PrivateCloud(6000),
        Self::PrivateCloud(10000),
    ];

    /// The published plan that has these buckets, the slowest where several have.
    pub fn with(buckets: &Buckets) -> Option<Self> {
        Self::PUBLISHED.into_iter().find(|it| it.buckets() == *buckets)
    }

    /// The buckets that Auth0 publishes for the plan. Essentials and Professional have no global row.
    pub fn buckets(self) -> Buckets {
        let only = |burst, per_minute| Buckets {
            global: Some(Bucket { burst, per_minute }),
            read_users: None,
            write_users: None,
            read_connections: None,
            other: None,
        };
        match self {
            Self::Free => only(2, 120),
            Self::Essentials | Self::Professional => Buckets {
                global: None,
                read_users: Some(Bucket { burst: 40, per_minute: 500 }),
                write_users: Some(Bucket { burst: 20, per_minute: 200 }),
                read_connections: Some(Bucket { burst: 5, per_minute: 50 }),
                other: Some(Bucket { burst: 10, per_minute: 150 }),
            },
            Self::Enterprise => only(50, 16 * 60),
            Self::EnterpriseDev => only(10, 120),
            Self::PrivateCloudDev => only(20, 20 * 60),
            // The tier's name counts the Authentication API; the Management API gets half of it.
            Self::PrivateCloud(tier) => only(tier / 2, tier / 2 * 60),
            Self::Custom { burst, per_minute } => only(burst, per_minute),
        }
    }
}

/// The tiers of the private cloud.
const TIERS: [u32; 6] = [100, 500, 1500, 3000, 6000, 10000];

/// A word that names no rate plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no rate plan: free, essentials, professional, enterprise, enterprise-dev, private-cloud-dev, \
     private-cloud-100, -500, -1500, -3000, -6000 or -10000"
)]
pub struct RatePlanError(String);

impl FromStr for RatePlan {
    type Err = RatePlanError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || RatePlanError(text.to_owned());
        match text {
            "free" => Ok(Self::Free),
            "essentials" => Ok(Self::Essentials),
            "professional" => Ok(Self::Professional),
            "enterprise" => Ok(Self::Enterprise),
            "enterprise-dev" => Ok(Self::EnterpriseDev),
            "private-cloud-dev" => Ok(Self::PrivateCloudDev),
            other => {
                let tier = other.strip_prefix("private-cloud-").and_then(|it| it.parse().ok());
                tier.filter(|it| TIERS.contains(it)).map(Self::PrivateCloud).ok_or_else(unknown)
            }
        }
    }
}

impl fmt::Display for RatePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Free => f.write_str("free"),
            Self::Essentials => f.write_str("essentials"),
            Self::Professional => f.write_str("professional"),
            Self::Enterprise => f.write_str("enterprise"),
            Self::EnterpriseDev => f.write_str("enterprise-dev"),
            Self::PrivateCloudDev => f.write_str("private-cloud-dev"),
            Self::PrivateCloud(tier) => write!(f, "private-cloud-{tier}"),
            Self::Custom { burst, per_minute } => write!(f, "custom ({burst} burst, {per_minute} a minute)"),
        }
    }
}
