//! `serve`

use clap::Args;

/// `serve`
#[derive(Debug, Args)]
#[command(after_help = "\
It listens where [server] listen of rollcall.toml says, on 127.0.0.1:8600 by default, and works by the
[[schedules]] there. Nothing but /healthz and /readyz answers without a token: rollcall token create makes
one. /api/openapi.json describes the API.

Signals: SIGTERM and Ctrl-C stop it in order: calls under way are finished and recorded, within [server]
stop_within_seconds. SIGHUP reads the configuration again; one with a mistake is refused as a whole.

Examples:
  rollcall serve
  rollcall serve --log-format json
  rollcall token create --name grace --role operator
  curl -H \"Authorization: Bearer $ROLLCALL_TOKEN\" http://127.0.0.1:8600/api/schedules")]
pub struct ServeArgs {
    /// Listen to other machines without TLS: for a network in which something else encrypts
    #[arg(long)]
    pub insecure_listen: bool,
}
