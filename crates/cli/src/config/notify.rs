//! `[[notify]]`: by what people and other systems are told what needs somebody.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};

use ::notify::{Channel, ChannelError, Login, MailConfig, Security};
use secrecy::SecretString;

use super::Config;
use super::at::At;
use super::env::Env;
use super::online::secret_in;
use super::policy::one_of;
use super::problems::Found;
use super::section::Section;

/// A channel, as far as it was said. Secrets are fetched when the service starts.
#[derive(Debug, Clone)]
pub struct Notify {
    /// Its name in logs and figures.
    pub name: String,
    /// What it is.
    pub way: Way,
}

/// What a channel is.
#[derive(Debug, Clone)]
pub enum Way {
    /// An incoming webhook of Slack, or of what takes the same.
    Slack {
        /// Its address.
        url: NamedSecret,
    },
    /// A webhook that takes our JSON.
    Webhook {
        /// Its address.
        url: NamedSecret,
        /// What it is signed with, where it is.
        secret: Option<NamedSecret>,
    },
    /// Mail.
    Mail {
        /// Everything but the login.
        config: MailConfig,
        /// User and password, where the server asks for them.
        login: Option<(String, NamedSecret)>,
    },
}

/// Where a secret is whose variable or file the configuration names.
#[derive(Debug, Clone)]
pub enum NamedSecret {
    /// A variable, and what it holds, if it is set.
    Variable(String, Option<SecretString>),
    /// A file that holds nothing else.
    File(PathBuf),
}

/// What a secret is called.
struct Keys {
    /// The setting that it must not be written into.
    plain: &'static str,
    variable: &'static str,
    file: &'static str,
}

const URL: Keys = Keys { plain: "url", variable: "url_env", file: "url_file" };
const SECRET: Keys = Keys { plain: "secret", variable: "secret_env", file: "secret_file" };
const PASSWORD: Keys = Keys { plain: "password", variable: "password_env", file: "password_file" };

/// What a channel may be.
#[derive(Clone, Copy)]
enum Kind {
    Slack,
    Webhook,
    Mail,
}

/// All of them.
pub(super) fn read(top: &Section<'_>, env: &Env, folder: &Path) -> Vec<Notify> {
    let (mut channels, mut names) = (Vec::new(), BTreeSet::new());
    for section in top.sections("notify") {
        let name = needed(&section, "name", "write name = \"on-call\"");
        if let Some(name) = name.as_ref().filter(|it| !names.insert(it.value.clone())) {
            let what = format!("two channels are called {:?}", name.value);
            top.found().add(name.problem(what, "give each a name of its own"));
        }
        let way = way(section, env, folder);
        channels.extend(name.zip(way).map(|(name, way)| Notify { name: name.value, way }));
    }
    channels
}

fn way(section: Section<'_>, env: &Env, folder: &Path) -> Option<Way> {
    let found = section.found();
    let kinds = [("slack", Kind::Slack), ("webhook", Kind::Webhook), ("mail", Kind::Mail)];
    let kind = needed(&section, "kind", "write kind = \"slack\", \"webhook\" or \"mail\"");
    // Of a kind that nobody knows it is not known either which settings it has.
    let way = match kind.and_then(|it| one_of(&it, kinds, found))? {
        Kind::Slack => address(&section, env, folder).map(|url| Way::Slack { url }),
        Kind::Webhook => {
            let secret = secret(&section, env, folder, &SECRET).known();
            address(&section, env, folder).map(|url| Way::Webhook { url, secret })
        }
        Kind::Mail => mail(&section, env, folder),
    };
    section.close();
    way
}

fn address(section: &Section<'_>, env: &Env, folder: &Path) -> Option<NamedSecret> {
    let url = secret(section, env, folder, &URL);
    if matches!(url, Said::Nothing) {
        let fix =
            "write url_env = \"VARIABLE\" or url_file = \"PATH\", and the address there: it is a secret";
        section.found().add(section.place().problem("has no address", fix));
    }
    url.known()
}

fn mail(section: &Section<'_>, env: &Env, folder: &Path) -> Option<Way> {
    let found = section.found();
    let words = [("tls", Security::Tls), ("starttls", Security::StartTls), ("plain", Security::Plain)];
    let security = section.text("security");
    let place = security.as_ref().map_or_else(|| section.place(), |it| it.with(()));
    let security = security.map_or(Some(Security::Tls), |it| one_of(&it, words, found));
    let server = needed(section, "server", "write server = \"smtp.example.com\"");
    let port = section.number("port", 1..=u64::from(u16::MAX)).and_then(|it| u16::try_from(it.value).ok());
    let from = needed(section, "from", "write from = \"Rollcall <rollcall@example.com>\"");
    let to = section.words("to").unwrap_or_default();
    if to.is_empty() {
        found.add(section.place().problem("has nobody in `to`", "write to = [\"it@example.com\"]"));
    }
    let login = login(section, env, folder);
    for mailbox in from.iter().chain(&to) {
        if let Err(error) = alone(mailbox).check() {
            found.add(mailbox.problem(error.to_string(), ""));
        }
    }
    let (security, server) = (security?, server?);
    let anybody =
        MailConfig { server: server.value.clone(), security, ..alone(&server.with("r@example.com".into())) };
    if let Err(error) = anybody.check() {
        found.add(place.problem(error.to_string(), ""));
    }
    let config = MailConfig {
        server: server.value,
        port: port.unwrap_or_else(|| usual_port(security)),
        security,
        login: None,
        from: from?.value,
        to: to.into_iter().map(|it| it.value).collect(),
    };
    Some(Way::Mail { config, login })
}

/// A mail from one to the same within this machine, for looking whether it is a mailbox.
fn alone(mailbox: &At<String>) -> MailConfig {
    let mailbox = mailbox.value.clone();
    let (server, security) = ("localhost".to_owned(), Security::Plain);
    MailConfig { server, port: 25, security, login: None, from: mailbox.clone(), to: vec![mailbox] }
}

fn usual_port(security: Security) -> u16 {
    match security {
        Security::Tls => 465,
        Security::StartTls => 587,
        Security::Plain => 25,
    }
}

fn login(section: &Section<'_>, env: &Env, folder: &Path) -> Option<(String, NamedSecret)> {
    let user = section.text("user");
    let password = secret(section, env, folder, &PASSWORD);
    match (&user, &password) {
        (Some(user), Said::Nothing) => {
            let fix = "write password_env = \"VARIABLE\" or password_file = \"PATH\"";
            section.found().add(user.problem("has no password", fix));
        }
        (None, Said::At(_)) => {
            section.found().add(section.place().problem("has a password and no user", "write user = \"…\""));
        }
        (Some(_), Said::At(_) | Said::Plainly) | (None, Said::Plainly | Said::Nothing) => {}
    }
    Some((user?.value, password.known()?))
}

fn needed(section: &Section<'_>, key: &'static str, fix: &str) -> Option<At<String>> {
    let text = section.text(key).filter(|it| !it.value.is_empty());
    if text.is_none() {
        section.found().add(section.place().problem(format!("has no `{key}`"), fix));
    }
    text
}

/// What was said of a secret.
enum Said {
    At(NamedSecret),
    /// The secret itself, which was refused.
    Plainly,
    Nothing,
}

impl Said {
    fn known(self) -> Option<NamedSecret> {
        match self {
            Self::At(it) => Some(it),
            Self::Plainly | Self::Nothing => None,
        }
    }
}

fn secret(section: &Section<'_>, env: &Env, folder: &Path, keys: &Keys) -> Said {
    let Keys { plain, variable, file } = keys;
    let found = section.found();
    let plainly = section.text(plain);
    if let Some(written) = &plainly {
        let fix = format!(
            "write {variable} = \"VARIABLE\" or {file} = \"PATH\"; and make another one, if others could read the file"
        );
        found.add(written.problem("a secret does not belong into this file", fix));
    }
    let name = |key| section.text(key).filter(|it| !it.value.is_empty());
    match (name(variable), name(file)) {
        (Some(named), second) => {
            if let Some(second) = second {
                found.add(second.problem(format!("{variable} names it already"), "write one of the two"));
            }
            let value = env.get(&named.value).map(|it| it.trim().to_owned().into());
            Said::At(NamedSecret::Variable(named.value, value))
        }
        (None, Some(path)) => Said::At(NamedSecret::File(folder.join(path.value))),
        (None, None) if plainly.is_some() => Said::Plainly,
        (None, None) => Said::Nothing,
    }
}

impl Config {
    /// The channels, with their secrets at hand.
    pub(super) fn channels(&self, found: &Found) -> Vec<Channel> {
        self.notify.iter().filter_map(|it| made(it, found)).collect()
    }
}

fn made(Notify { name, way }: &Notify, found: &Found) -> Option<Channel> {
    let fetched = |it: &NamedSecret| fetched(name, it, found);
    let (channel, place) = match way {
        Way::Slack { url } => (Channel::slack(name, &fetched(url)?), Some(url)),
        Way::Webhook { url, secret: None } => (Channel::webhook(name, &fetched(url)?), Some(url)),
        Way::Webhook { url, secret: Some(secret) } => {
            // Both are asked for, so that both are told.
            let (address, secret) = fetched(url).zip(fetched(secret))?;
            (Channel::signed_webhook(name, &address, secret), Some(url))
        }
        Way::Mail { config, login } => {
            let mut config = config.clone();
            if let Some((user, password)) = login {
                config.login = Some(Login { user: user.clone(), password: fetched(password)? });
            }
            (Channel::mail(name, &config), None)
        }
    };
    channel.map_err(|error| unusable(name, place, &error, found)).ok()
}

fn fetched(name: &str, secret: &NamedSecret, found: &Found) -> Option<SecretString> {
    let what = match secret {
        NamedSecret::Variable(_, Some(secret)) => return Some(secret.clone()),
        NamedSecret::Variable(_, None) => "is not set".to_owned(),
        NamedSecret::File(path) => match secret_in(path) {
            Ok(secret) => return Some(secret),
            Err(what) => what,
        },
    };
    let fix = format!("the channel {name} of [[notify]] needs it; write the secret there, and nothing else");
    found.missing(&place_of(name, Some(secret)), &what, &fix);
    None
}

fn unusable(name: &str, place: Option<&NamedSecret>, error: &ChannelError, found: &Found) {
    // The error itself names the channel, as the fix does.
    let causes = std::iter::successors(error.source(), |it| (*it).source());
    let what = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
    found.missing(&place_of(name, place), &what, &format!("see the channel {name} of [[notify]]"));
}

fn place_of(name: &str, secret: Option<&NamedSecret>) -> String {
    match secret {
        Some(NamedSecret::Variable(variable, _)) => variable.clone(),
        Some(NamedSecret::File(_)) | None => format!("[notify] {name}"),
    }
}

#[cfg(test)]
mod tests;
