//! `simulator`

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

/// `simulator`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  rollcall simulator --listen 127.0.0.1:4000 --state tenant.json --users 50
  rollcall simulator --users 100000 --plan professional --latency-ms 80 --background-rps 1.5
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
    /// Hold it back for up to so much longer, evenly spread
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub jitter_ms: u64,
    /// Draw the jitter from this number: the same gives the same waits, in the order of the requests
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Let other applications make so many calls a second out of the same rate limits; 0.5 is one in two seconds
    #[arg(long, value_name = "N", default_value_t = 0.0, value_parser = calls_a_second)]
    pub background_rps: f64,
    /// How far listings trail behind writes, as at Auth0
    #[arg(long, value_name = "N", default_value_t = 500)]
    pub search_lag_ms: u64,
    /// Decide a point that nobody outside Auth0 knows, e.g. role_batch_max=10; repeatable, and a wrong name
    /// lists them all
    #[arg(long = "switch", value_name = "NAME=VALUE")]
    pub switches: Vec<simulator::Setting>,
    /// The application that may do everything
    #[arg(long, value_name = "ID", default_value = "simulator-client")]
    pub client_id: String,
    /// Its secret, which guards nothing but the simulator
    #[arg(long, value_name = "SECRET", default_value = "simulator-secret")]
    pub client_secret: String,
}

fn calls_a_second(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|it| (0.0..=1_000_000.0).contains(it));
    number.ok_or_else(|| "write a number of calls a second from 0 to 1000000, e.g. 1.5".to_owned())
}
