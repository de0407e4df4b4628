//! `simulator`

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

/// `simulator`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rollcall simulator --listen 127.0.0.1:4000 --state tenant.json --users 50
  AUTH0_DOMAIN=http://127.0.0.1:4000 AUTH0_CLIENT_ID=simulator-client AUTH0_CLIENT_SECRET=simulator-secret \\
    DATABASE_URL=sqlite://rollcall.db rollcall doctor")]
pub struct SimulatorArgs {
    /// Where to listen; port 0 takes any free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Read the tenant from this file, and keep it there
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Invent so many users in a fresh tenant
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub users: usize,
    /// Whose rate limits to enforce: unlimited, free, essentials, professional, enterprise, …
    #[arg(long, value_name = "PLAN", default_value = "unlimited")]
    pub plan: simulator::RatePlan,
    /// Hold every answer back for so long
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub latency_ms: u64,
    /// How far listings trail behind writes, as at Auth0
    #[arg(long, value_name = "N", default_value_t = 500)]
    pub search_lag_ms: u64,
    /// The application that may do everything
    #[arg(long, value_name = "ID", default_value = "simulator-client")]
    pub client_id: String,
    /// Its secret, which guards nothing but the simulator
    #[arg(long, value_name = "SECRET", default_value = "simulator-secret")]
    pub client_secret: String,
}
