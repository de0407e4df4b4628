//! How the service is run.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use access::{Verifier, Webhooks};
use notify::Channel;

/// How the service is run. What it does about people is in the [`engine`]'s settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `host:pid`, by which people find the process that holds a lease.
    pub holder: String,
    /// Where the API listens.
    pub listen: SocketAddr,
    /// The certificate and its key, both PEM: with them it speaks TLS.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Where metrics are shown to whoever asks; with a token under the API where nothing is said.
    pub metrics_listen: Option<SocketAddr>,
    /// Access tokens of a tenant, beside our own.
    pub jwt: Option<Verifier>,
    /// Who may tell of changed employees.
    pub webhooks: Option<Arc<Webhooks>>,
    /// So many failed attempts of one address in so much time.
    pub attempts: (NonZeroU32, Duration),
    /// How long one request may take. What it has begun goes on.
    pub request_timeout: Duration,
    /// How large a body may be, in bytes.
    pub longest_body: usize,
    /// How long a stop waits for what is under way.
    pub stop_within: Duration,
    /// Whether an approval starts the run.
    pub apply_approved: bool,
    /// By what people and other systems are told what needs somebody; by nothing where there is none.
    pub channels: Vec<Channel>,
    /// How often is looked for what needs somebody, beside what says so by itself.
    pub notices_every: Duration,
}

impl Settings {
    /// On this machine alone, with the defaults.
    pub fn new(holder: String, listen: SocketAddr) -> Self {
        Self {
            holder,
            listen,
            tls: None,
            metrics_listen: None,
            jwt: None,
            webhooks: None,
            attempts: (ATTEMPTS, Duration::from_mins(1)),
            request_timeout: Duration::from_mins(1),
            longest_body: 64 * 1024,
            stop_within: Duration::from_secs(30),
            apply_approved: true,
            channels: Vec::new(),
            notices_every: NOTICES_EVERY,
        }
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        self.tls.is_some()
    }
}

/// What stands is in the store, and a look costs a few queries.
const NOTICES_EVERY: Duration = Duration::from_secs(30);

const ATTEMPTS: NonZeroU32 = NonZeroU32::new(10).expect("it is not zero");
