//! What a simulator can be started with.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::{fmt, str};

use crate::{state::State, switches::Switches};

/// How to start a simulator. The default is a fresh tenant on a free loopback port without rate limits.
#[derive(Clone)]
pub struct Options {
    /// Where to listen. Port 0 takes any free port.
    pub listen: SocketAddr,
    /// Whose rate limits to enforce.
    pub plan: RatePlan,
    /// How long each answer is held back, on top of the work.
    pub latency_ms: u64,
    /// Up to how much longer than that, evenly spread.
    pub jitter_ms: u64,
    /// What the jitter is drawn from: the same number gives the same waits, in the order of the requests.
    pub seed: u64,
    /// How many calls a second the tenant's other applications make, as
    /// [`Conditions::background_rps`](crate::Conditions::background_rps) says.
    pub background_rps: f64,
    /// How far `GET /users` trails behind writes. By id and by email there is no lag, as at Auth0.
    pub search_lag_ms: u64,
    /// The client id of the application that may do everything that the simulator offers.
    pub client_id: String,
    /// That application's secret. It is never written into a state document.
    pub client_secret: String,
    /// How many users to invent at the start. The same number gives the same users.
    pub users: usize,
    /// What the tenant holds at the start; `None` is a fresh tenant.
    pub state: Option<State>,
    /// A file with a [`State`]: read at the start if it exists (it then wins over `state`), written atomically
    /// after writes have become quiet, and on shutdown.
    pub state_file: Option<PathBuf>,
    /// The points on which nobody outside Auth0 knows what it does.
    pub switches: Switches,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            plan: RatePlan::default(),
            latency_ms: 0,
            jitter_ms: 0,
            seed: 0,
            background_rps: 0.0,
            search_lag_ms: 500,
            client_id: "simulator-client".to_owned(),
            client_secret: "simulator-secret".to_owned(),
            users: 0,
            state: None,
            state_file: None,
            switches: Switches::default(),
        }
    }
}

/// Without the secret.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("listen", &self.listen)
            .field("plan", &self.plan)
            .field("latency_ms", &self.latency_ms)
            .field("jitter_ms", &self.jitter_ms)
            .field("seed", &self.seed)
            .field("background_rps", &self.background_rps)
            .field("search_lag_ms", &self.search_lag_ms)
            .field("client_id", &self.client_id)
            .field("users", &self.users)
            .field("state_file", &self.state_file)
            .field("switches", &self.switches)
            .finish_non_exhaustive()
    }
}

/// The plan that a tenant is on, as far as rate limits and gated features go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RatePlan {
    /// No limits; its headers declare the largest bucket. For tests that are about something else.
    #[default]
    Unlimited,
    /// 2 requests a second over everything.
    Free,
    /// A bucket per endpoint group.
    Essentials,
    /// A bucket per endpoint group, as Essentials.
    Professional,
    /// Production tenant: burst 50, 16 a second.
    Enterprise,
    /// Non-production tenant: burst 10, 2 a second.
    EnterpriseDev,
    /// 20 a second.
    PrivateCloudDev,
    /// By its name: 100, 500, 1500, 3000, 6000 or 10000. The Management API gets half of that.
    PrivateCloud(u32),
}

/// The sizes that private clouds are sold in.
const PRIVATE_CLOUDS: [u32; 6] = [100, 500, 1500, 3000, 6000, 10_000];

/// A name that is no rate plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown rate plan {name:?}; known are unlimited, free, essentials, professional, enterprise, enterprise-dev, \
     private-cloud-dev and private-cloud-100, -500, -1500, -3000, -6000, -10000"
)]
pub struct UnknownPlan {
    /// What was asked for.
    pub name: String,
}

impl str::FromStr for RatePlan {
    type Err = UnknownPlan;

    fn from_str(name: &str) -> Result<Self, UnknownPlan> {
        match name {
            "unlimited" => Ok(Self::Unlimited),
            "free" => Ok(Self::Free),
            "essentials" => Ok(Self::Essentials),
            "professional" => Ok(Self::Professional),
            "enterprise" => Ok(Self::Enterprise),
            "enterprise-dev" => Ok(Self::EnterpriseDev),
            "private-cloud-dev" => Ok(Self::PrivateCloudDev),
            _ => name
                .strip_prefix("private-cloud-")
                .and_then(|it| it.parse().ok())
                .filter(|it| PRIVATE_CLOUDS.contains(it))
                .map(Self::PrivateCloud)
                .ok_or_else(|| UnknownPlan { name: name.to_owned() }),
        }
    }
}

impl fmt::Display for RatePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unlimited => f.write_str("unlimited"),
            Self::Free => f.write_str("free"),
            Self::Essentials => f.write_str("essentials"),
            Self::Professional => f.write_str("professional"),
            Self::Enterprise => f.write_str("enterprise"),
            Self::EnterpriseDev => f.write_str("enterprise-dev"),
            Self::PrivateCloudDev => f.write_str("private-cloud-dev"),
            Self::PrivateCloud(rps) => write!(f, "private-cloud-{rps}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plan_names_are_read_as_they_are_written() {
        for name in
            ["unlimited", "free", "professional", "enterprise-dev", "private-cloud-dev", "private-cloud-6000"]
        {
            assert_eq!(name.parse::<RatePlan>().unwrap().to_string(), name);
        }
        assert!("private-cloud-7".parse::<RatePlan>().is_err());
    }

    #[test]
    fn the_secret_is_not_in_debug() {
        let options = Options { client_secret: "hush".to_owned(), ..Options::default() };
        assert!(!format!("{options:?}").contains("hush"));
    }
}
