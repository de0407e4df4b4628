//! Whatever can be opened, is; the rest is told as it would be told by itself.

use diff::Tenant;
use engine::{AuditKey, Doctor, Unopened};
use secrecy::ExposeSecret;
use store::{AuditKeys, Error, Looked, Options, Store};

use crate::config::{Config, Problem, Problems};
use crate::{Failure, hints, session};

/// One more try is enough to see a passing trouble. Whoever waits for an answer waits for every retry.
const RETRIES: u32 = 1;

/// The doctor, with everything that the configuration names.
pub(super) async fn doctor(config: &Config) -> Doctor {
    let (audit_key, keys) = match config.audit_keys() {
        Ok(keys) if keys.id().is_some() => (AuditKey::Own, keys),
        Ok(keys) => (AuditKey::None, keys),
        Err(problems) => (AuditKey::Unusable(unsaid(&problems)), AuditKeys::none()),
    };
    let (source, store) = databases(config, keys).await;
    let auth0 = match config.tenant() {
        Ok(tenant) => {
            let client = session::client(config, tenant, config.auth0.max_retries.min(RETRIES));
            client.map_err(|it| unopened(&it))
        }
        Err(problems) => Err(unsaid(&problems)),
    };
    let tenant: Option<Tenant> = config.auth0.domain.as_ref().map(auth0::Domain::tenant);
    Doctor { source, store, auth0, tenant, audit_key, settings: session::engine_settings(config) }
}

type Opened = Result<Store, Unopened>;

async fn databases(config: &Config, audit_keys: AuditKeys) -> (Opened, Option<Opened>) {
    let databases = match config.databases() {
        Ok(databases) => databases,
        Err(problems) => return (Err(unsaid(&problems)), None),
    };
    let options = Options {
        store_url: databases.store.expose_secret().to_owned(),
        source_url: Some(databases.source.expose_secret().to_owned()),
        source: session::source_options(config),
        audit_keys,
    };
    let Looked { source, store } = Store::look(options).await;
    let is_ours = store.is_none();
    let source = source.map_err(|it| if is_ours { not_there(it) } else { unopened(&hints::store(it)) });
    (source, store.map(|it| it.map_err(not_there)))
}

/// A store that is not there yet is made by the next command; a source never is.
fn not_there(error: Error) -> Unopened {
    if let Error::NoFile { place } = error {
        return Unopened {
            found: format!("there is no database {place} yet"),
            details: Vec::new(),
            remedy: "rollcall migrate makes it; or correct DATABASE_URL".to_owned(),
        };
    }
    unopened(&hints::store(error))
}

fn unopened(failure: &Failure) -> Unopened {
    let causes: Vec<String> = failure.error.chain().map(ToString::to_string).collect();
    Unopened { found: causes.join(": "), details: Vec::new(), remedy: failure.next.clone() }
}

/// What was not configured, all of it, without the words that stand around a refused configuration.
fn unsaid(problems: &Problems) -> Unopened {
    let each: Vec<_> = problems.iter().collect();
    if let [Problem { what, fix, .. }] = each.as_slice() {
        return Unopened { found: what.clone(), details: Vec::new(), remedy: fix.clone() };
    }
    Unopened {
        found: format!("{} settings are missing or cannot be used", each.len()),
        details: each.iter().map(|it| format!("{}: {}", it.what, it.fix)).collect(),
        remedy: "rollcall init writes a file with every setting explained".to_owned(),
    }
}
