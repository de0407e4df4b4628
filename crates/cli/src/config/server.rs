//! `[server]`: how the service listens, and whom it believes.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ::server::Settings;
use access::{Role, RoleClaim, Verifier, Webhooks, jwt};
use chrono::Utc;
use secrecy::{ExposeSecret, SecretString};

use super::at::At;
use super::env::Env;
use super::online::secret_in;
use super::problems::Found;
use super::secrets::{Names, SecretAt, secret};
use super::section::{Either, Section};
use super::{Config, Problems};

/// The port that nothing well known has.
const PORT: u16 = 8600;

/// How the service listens, and whom it believes, as far as that was said.
#[derive(Debug, Clone)]
pub struct Server {
    /// Where the API listens.
    pub listen: SocketAddr,
    /// The certificate and its key.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// Where metrics are shown to whoever asks.
    pub metrics_listen: Option<SocketAddr>,
    /// How long one request may take.
    pub request_timeout: Duration,
    /// How long a stop waits for what is under way.
    pub stop_within: Duration,
    /// Whether an approval starts the run.
    pub apply_approved: bool,
    /// What webhooks are signed with.
    pub webhook_secret: Option<SecretAt>,
    /// Whose access tokens are believed, beside our own.
    pub jwt: Option<jwt::Config>,
}

const WEBHOOK_SECRET: Names = Names {
    variable: "ROLLCALL_WEBHOOK_SECRET",
    plain: "webhook_secret",
    file: "webhook_secret_file",
    renew: "make another one",
};

/// `[server]`.
pub(super) fn read(top: &Section<'_>, env: &Env, folder: &Path) -> Server {
    let section = top.section("server");
    let found = section.found();
    let listen = env.text("ROLLCALL_LISTEN").or(section.text("listen"));
    let metrics_listen = env.text("ROLLCALL_METRICS_LISTEN").or(section.text("metrics_listen"));
    let seconds = |key: &'static str, longest: u64, default: u64| {
        Duration::from_secs(section.number(key, 1..=longest).map_or(default, |it| it.value))
    };
    let server = Server {
        listen: listen
            .and_then(|it| address(&it, found))
            .unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, PORT))),
        tls: tls(&section, folder),
        metrics_listen: metrics_listen.and_then(|it| address(&it, found)),
        request_timeout: seconds("request_timeout_seconds", 3_600, 60),
        stop_within: seconds("stop_within_seconds", 3_600, 30),
        apply_approved: section.flag("apply_approved").is_none_or(|it| it.value),
        webhook_secret: secret(&section, env, folder, &WEBHOOK_SECRET),
        jwt: jwt(section.section("jwt")),
    };
    section.close();
    server
}

fn address(text: &At<String>, found: &Found) -> Option<SocketAddr> {
    let address = text.value.parse().ok();
    if address.is_none() {
        let what = format!("{:?} is no address to listen on", text.value);
        found
            .add(text.problem(what, format!("write an IP address and a port, such as \"127.0.0.1:{PORT}\"")));
    }
    address
}

fn tls(section: &Section<'_>, folder: &Path) -> Option<(PathBuf, PathBuf)> {
    let (certificate, key) = (section.text("certificate"), section.text("certificate_key"));
    match (&certificate, &key) {
        (Some(one), None) | (None, Some(one)) => {
            section.found().add(one.problem("needs the other", "write both certificate and certificate_key"));
        }
        (Some(_), Some(_)) | (None, None) => {}
    }
    certificate.zip(key).map(|(certificate, key)| (folder.join(certificate.value), folder.join(key.value)))
}

/// `[server.jwt]`; nobody's where no issuer is named.
fn jwt(section: Section<'_>) -> Option<jwt::Config> {
    let (issuer, audience) = (section.text("issuer"), section.text("audience"));
    let claim = section.text("claim");
    let defaults = RoleClaim::default();
    let map = roles(&section).unwrap_or(defaults.map);
    let roles = RoleClaim { claim: claim.map_or(defaults.claim, |it| it.value), map };
    match (&issuer, &audience) {
        (Some(one), None) | (None, Some(one)) => {
            let fix = "write both issuer and audience";
            section.found().add(one.problem("needs the other", fix));
        }
        (Some(_), Some(_)) | (None, None) => {}
    }
    let place = section.place();
    let config = issuer
        .zip(audience)
        .map(|(issuer, audience)| jwt::Config { roles, ..jwt::Config::new(issuer.value, audience.value) });
    if let Some(Err(error)) = config.clone().map(|it| Verifier::new(it, Utc::now)) {
        section.found().add(place.problem(error.to_string(), ""));
    }
    section.close();
    config
}

/// `[server.jwt.roles]`: `value of the claim = "viewer"`. Written, it replaces the defaults.
fn roles(section: &Section<'_>) -> Option<BTreeMap<String, Role>> {
    let mut roles = BTreeMap::new();
    for entry in section.section("roles").entries() {
        let role = match &entry.value {
            Either::Text(text) => text.value.parse::<Role>().map_err(|error| error.to_string()),
            Either::Section(_) => Err("must be a role: viewer, approver or operator".to_owned()),
        };
        match role {
            Ok(role) => drop(roles.insert(entry.name, role)),
            Err(what) => section.found().add(entry.at.problem(what, "")),
        }
    }
    (!roles.is_empty()).then_some(roles)
}

impl Config {
    /// How the service is run; a secret in a file is read now. `holder` is `host:pid`.
    ///
    /// # Errors
    /// A file that cannot be read, a secret that could be guessed, or a channel that cannot be used.
    pub fn service(&self, holder: String) -> Result<Settings, Problems> {
        let found = Found::default();
        let Server { listen, tls, metrics_listen, request_timeout, stop_within, apply_approved, .. } =
            &self.server;
        let jwt = self.server.jwt.clone().and_then(|it| Verifier::new(it, Utc::now).ok());
        let settings = Settings {
            tls: tls.clone(),
            metrics_listen: *metrics_listen,
            jwt,
            webhooks: self.webhooks(&found),
            request_timeout: *request_timeout,
            stop_within: *stop_within,
            apply_approved: *apply_approved,
            channels: self.channels(&found),
            ..Settings::new(holder, *listen)
        };
        found.or(settings)
    }

    /// Secrets stand on lines of their own: the one in use, and older ones while both are good.
    fn webhooks(&self, found: &Found) -> Option<Arc<Webhooks>> {
        let (place, secret) = match self.server.webhook_secret.as_ref()? {
            SecretAt::Variable(secret) => (WEBHOOK_SECRET.variable, Ok(secret.clone())),
            SecretAt::File(path) => ("[server] webhook_secret_file", secret_in(path)),
        };
        let made = secret.and_then(|it| {
            let lines = it.expose_secret().lines().map(str::trim).filter(|it| !it.is_empty());
            let secrets: Vec<SecretString> = lines.map(|it| it.to_owned().into()).collect();
            Webhooks::new(secrets).map_err(|error| error.to_string())
        });
        made.map_err(|what| {
            let fix = "write a random secret, such as `openssl rand -hex 32` makes, and nothing else";
            found.missing(place, &what, fix);
        })
        .map(Arc::new)
        .ok()
    }
}
