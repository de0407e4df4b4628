//! From the configuration to an open database and an engine.

use std::path::Path;

use diff::Employee;
use engine::{Clock, Engine, Settings};
use secrecy::ExposeSecret;
use store::{SourceOptions, Store};

use crate::config::{Config, ConfigError, Env, Problems, Tenant};
use crate::hints;
use crate::{Exit, Failure, Result};

/// Reads file and environment.
pub(crate) fn config(named: Option<&Path>) -> Result<Config> {
    Config::load(named, &Env::Process).map_err(|error| match error {
        ConfigError::Unreadable { .. } => {
            Failure::new(error, "rollcall init --config FILE writes one there").exit(Exit::Usage)
        }
        ConfigError::Problems(problems) => refused(problems),
    })
}

/// The databases, open.
pub(crate) async fn store(config: &Config) -> Result<Store> {
    let databases = config.databases().map_err(refused)?;
    let options = store::Options {
        store_url: databases.store.expose_secret().to_owned(),
        source_url: Some(databases.source.expose_secret().to_owned()),
        source: source_options(config),
        audit_keys: config.audit_keys().map_err(refused)?,
    };
    Store::open(options).await.map_err(hints::store)
}

/// Databases and tenant; nothing is asked of Auth0 yet.
pub(crate) async fn engine(config: &Config) -> Result<Engine> {
    // Both are asked for before either is opened, so that all that is missing is told at once.
    let tenant = match (config.databases(), config.tenant()) {
        (Ok(_), Ok(tenant)) => tenant,
        (Err(one), Err(other)) => return Err(refused(one.and(other))),
        (Err(problems), Ok(_)) | (Ok(_), Err(problems)) => return Err(refused(problems)),
    };
    let client = client(config, tenant, config.auth0.max_retries)?;
    Ok(Engine::new(store(config).await?, client, engine_settings(config)))
}

/// The tenant's API, with so many retries; nothing is asked yet.
pub(crate) fn client(config: &Config, tenant: Tenant, max_retries: u32) -> Result<auth0::Client> {
    let settings = &config.auth0;
    let client = auth0::Client::new(auth0::Config {
        audience: settings.audience.clone(),
        connection: config.policy.connection.clone(),
        many_users: settings.many_users,
        rate_plan: settings.rate_plan,
        share: settings.share,
        max_in_flight: settings.max_in_flight,
        request_timeout: settings.request_timeout,
        token_refresh_buffer: settings.token_refresh_buffer,
        max_retries,
        retry_backoff: settings.retry_backoff,
        ..auth0::Config::new(tenant.domain, tenant.client_id, tenant.client_secret)
    });
    client.map_err(|error| {
        Failure::new(error, "correct it in rollcall.toml or the environment").exit(Exit::Usage)
    })
}

pub(crate) fn engine_settings(config: &Config) -> Settings {
    Settings {
        policy: config.policy.clone(),
        time_zone: config.time_zone,
        verify_after: chrono::Duration::from_std(config.review.verify_after)
            .expect("a day at most, checked when read"),
        max_in_flight: config.auth0.max_in_flight,
        rate_plan: config.auth0.rate_plan,
        share: config.auth0.share,
        clock: Clock::System,
    }
}

pub(crate) fn source_options(config: &Config) -> SourceOptions {
    let source = &config.source;
    let more = source.columns.keys().filter(|it| !crate::config::is_ours(it));
    SourceOptions {
        table: source.table.clone(),
        columns: source.columns.clone(),
        more: more.cloned().collect(),
        write_back: source.write_back,
        id_type: source.id_type,
    }
}

/// A service that can begin: everything that a first request would find missing is told now.
pub(crate) async fn ready(config: &Config) -> Result<Engine> {
    let engine = engine(config).await?;
    let pending = engine.store().pending_in_store().await.map_err(hints::store)?;
    if pending.is_empty() {
        return Ok(engine);
    }
    Err(Failure::new(
        anyhow::anyhow!("the store lacks tables: {}", pending.join(", ")),
        "rollcall migrate makes them",
    ))
}

/// Refuses a filter by a column that no row has: it would leave everybody out in silence.
pub(crate) fn check_columns(config: &Config, scope: &diff::Scope) -> Result<()> {
    let known = || Employee::COLUMNS.into_iter().chain(config.source.columns.keys().map(String::as_str));
    let Some(unknown) = scope.columns.keys().find(|it| !known().any(|known| known == it.as_str())) else {
        return Ok(());
    };
    let next = match crate::config::nearest(unknown, known()) {
        Some(near) => {
            format!("did you mean --where {near}=…? other columns are named under [source.columns]")
        }
        None => {
            format!("name it under [source.columns] of rollcall.toml: {unknown} = \"its name in the source\"")
        }
    };
    Err(Failure::usage(format!("--where {unknown}=…: there is no column {unknown:?}"), next))
}

pub(crate) fn refused(problems: Problems) -> Failure {
    Failure::new(problems, "correct them; rollcall init writes a file with every setting explained")
        .exit(Exit::Usage)
}
