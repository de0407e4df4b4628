//! `rollcall serve`

use serde_json::json;
use server::{ServeError, Service, Settings};

use crate::args::{Global, ServeArgs};
use crate::config::Config;
use crate::output::Format;
use crate::signals::{self, Told};
use crate::{Exit, Failure, Output, Result, session, who};

/// Serves until it is told to stop. The address goes to stdout, for scripts that asked for port 0.
pub(super) async fn run(args: &ServeArgs, global: &Global, output: &Output) -> Result<Exit> {
    // Before anything begins, so that no signal is lost.
    let mut signals = signals::Service::new();
    let config = session::config(global.config.as_deref())?;
    let settings = settings(&config, args)?;
    let engine = session::ready(&config).await?;
    let planned = config.schedules.clone();
    let service = Service::start(engine, settings, planned).await.map_err(not_started)?;
    told(&service, &config, output);
    while signals.next().await == Told::Reload {
        match reload(&service, args, global).await {
            Ok(later) if later.is_empty() => output.say("the configuration was read again"),
            Ok(later) => output.say(&format!(
                "the configuration was read again; {} takes effect at the next start",
                later.join(", ")
            )),
            Err(failure) => {
                output.failure(&failure);
                output.say("the configuration was refused as a whole, and all goes on as before");
            }
        }
    }
    let _listening = signals.end_at_next();
    output.say("stopping: calls under way are finished and recorded; once more ends at once");
    if service.stop().await {
        return Ok(Exit::Done);
    }
    output.say(
        "ended before everything was: calls under way may have been done or not\n  \
         → the next run finds out and goes on, once the lease has ended (15 s)",
    );
    Ok(Exit::Error)
}

/// Tokens must not be read on their way.
fn settings(config: &Config, args: &ServeArgs) -> Result<Settings> {
    let settings = config.service(who::holder()).map_err(session::refused)?;
    if settings.tls.is_some() || settings.listen.ip().is_loopback() || args.insecure_listen {
        return Ok(settings);
    }
    Err(Failure::usage(
        format!("tokens would go unencrypted to {}", settings.listen),
        "set certificate and certificate_key under [server] of rollcall.toml; or listen on 127.0.0.1 behind \
         something that speaks TLS; or say --insecure-listen, if something else encrypts the network",
    ))
}

async fn reload(service: &Service, args: &ServeArgs, global: &Global) -> Result<Vec<&'static str>> {
    let config = session::config(global.config.as_deref())?;
    let settings = settings(&config, args)?;
    let engine = session::ready(&config).await?;
    service.reload(engine, settings, config.schedules).await.map_err(not_started)
}

fn told(service: &Service, config: &Config, output: &Output) {
    let Config { schedules: planned, notify: channels, .. } = config;
    let (url, metrics) = (service.url(), service.metrics_address().map(|it| format!("http://{it}/metrics")));
    match output.format {
        Format::Text | Format::Markdown => output.data(&url),
        Format::Json => output.json(&json!({ "url": url, "metrics": metrics })),
    }
    let mut lines = vec![format!("Rollcall serves; {url}/api/openapi.json describes its API")];
    lines.extend(metrics.map(|it| format!("  metrics: {it}")));
    if planned.is_empty() {
        lines.push("  no schedules\n  → write [[schedules]] into rollcall.toml, and send SIGHUP".to_owned());
    }
    lines.extend(planned.iter().map(|it| {
        let rests = if it.paused { ", paused" } else { "" };
        format!(
            "  schedule {}: {} ({}), {}, {}{rests}",
            it.name,
            it.cron,
            it.zone,
            it.work.word(),
            it.plan.word()
        )
    }));
    lines.extend(channels.iter().map(|it| format!("  notices to {}", it.name)));
    output.say(&lines.join("\n"));
}

fn not_started(error: ServeError) -> Failure {
    let (next, exit) = match &error {
        ServeError::Listen { .. } => {
            ("name another address in [server] listen, or in ROLLCALL_LISTEN", Exit::Error)
        }
        ServeError::Certificate { .. } => (
            "name two PEM files that belong together in [server] certificate and certificate_key",
            Exit::Usage,
        ),
        ServeError::Schedules(_) | ServeError::Channels(_) => {
            ("give one of them another name in rollcall.toml", Exit::Usage)
        }
        ServeError::Beat(_) | ServeError::Metrics(_) => {
            ("start it again, and tell us, if it stays so", Exit::Error)
        }
    };
    Failure::new(error, next).exit(exit)
}
