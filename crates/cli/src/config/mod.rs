//! `rollcall.toml` and the environment become a [`Config`], or the list of everything wrong with them.

mod at;
mod audit;
mod columns;
mod databases;
mod env;
mod init;
mod limits;
mod mapping;
mod notify;
mod online;
mod policy;
mod problems;
mod review;
mod roles;
mod schedules;
mod secrets;
mod section;
mod server;
mod settings;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

use ::server::Planned;
use chrono_tz::Tz;
use diff::Policy;
use toml::de::DeTable;

pub use audit::Audit;
pub(crate) use columns::is_ours;
pub use databases::{Database, Source};
pub use env::Env;
pub use init::TEMPLATE;
pub use notify::{NamedSecret, Notify, Way};
pub use online::{Databases, Tenant};
pub(crate) use problems::nearest;
pub use problems::{Place, Problem, Problems};
pub use review::Review;
pub use secrets::SecretAt;
pub use server::Server;
pub use settings::Auth0;

use crate::files;
use columns::Columns;
use problems::Found;
use section::{Section, Text};

/// The file that is read when none is named.
pub const DEFAULT_FILE: &str = "rollcall.toml";

/// Everything that was configured, checked. `Debug` shows no secret.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it came from, where there was one.
    pub file: Option<PathBuf>,
    /// Everything that decides about a person.
    pub policy: Policy,
    /// The zone in which the policy's days begin.
    pub time_zone: Tz,
    /// When what was read counts as old.
    pub review: Review,
    /// How to reach the tenant.
    pub auth0: Auth0,
    /// The employee table.
    pub source: Source,
    /// Where everything of ours is.
    pub store: Database,
    /// What the audit record is chained with.
    pub audit: Audit,
    /// How the service listens, and whom it believes.
    pub server: Server,
    /// What the service does when.
    pub schedules: Vec<Planned>,
    /// By what it tells what needs somebody.
    pub notify: Vec<Notify>,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that was named is not there, or cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Settings that cannot be used.
    #[error(transparent)]
    Problems(#[from] Problems),
}

impl Config {
    /// Reads the named file, or `rollcall.toml` where it is there, and the environment over it.
    ///
    /// # Errors
    /// A named file that is not there, or everything that is wrong, at once.
    pub fn load(named: Option<&Path>, env: &Env) -> Result<Self, ConfigError> {
        let path = named.unwrap_or(Path::new(DEFAULT_FILE));
        match files::read(path, files::LONGEST_CONFIG) {
            Ok(bytes) => Ok(Self::parse(Some((path, &text(path, bytes)?)), env)?),
            Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => {
                Ok(Self::parse(None, env)?)
            }
            Err(source) => Err(ConfigError::Unreadable { path: path.to_owned(), source }),
        }
    }

    /// The same from a text; relative paths in it are meant from the folder of `path`.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn parse(file: Option<(&Path, &str)>, env: &Env) -> Result<Self, Problems> {
        let name = file.map(|(path, _)| path.display().to_string()).unwrap_or_default();
        let text = Text::new(&name, file.map_or("", |(_, text)| text));
        let (table, errors) = DeTable::parse_recoverable(text.text());
        let found = Found::default();
        for error in &errors {
            let place = text.place(error.span().map_or(0, |it| it.start));
            found.add(Problem {
                place,
                key: String::new(),
                what: error.message().to_owned(),
                fix: String::new(),
            });
        }
        // What a broken file seems to say is not worth a word before it is mended.
        found.or(())?;
        let found = Found::default();
        let config =
            read(Section::top(&text, Some(table.get_ref()), &found), file.map(|(path, _)| path), env);
        found.or(config)
    }
}

/// The text of a file, or the line where it stops being one.
fn text(path: &Path, bytes: Vec<u8>) -> Result<String, Problems> {
    String::from_utf8(bytes).map_err(|error| {
        let (start, _) = error.as_bytes().split_at(error.utf8_error().valid_up_to());
        let line = start.split(|it| *it == b'\n').count();
        let file = path.display().to_string();
        let what = "is not UTF-8".to_owned();
        Problems::of(Problem {
            place: Place::Line { file, line },
            key: String::new(),
            what,
            fix: "save the file as UTF-8".to_owned(),
        })
    })
}

fn read(top: Section<'_>, file: Option<&Path>, env: &Env) -> Config {
    let folder = file.and_then(Path::parent).unwrap_or(Path::new(""));
    let source_section = top.section("source");
    let auth0_section = top.section("auth0");
    let mut columns = Columns::read(&source_section);
    let (mut policy, time_zone) = policy::read(&top, &auth0_section, env, &mut columns);
    let schedules = schedules::read(&top, time_zone, &mut columns);
    let source = databases::source(&source_section, env, folder, columns.close(top.found()));
    policy.id_type = source.id_type;
    policy.grant_batch = settings::grant_batch(&auth0_section);
    let review = review::read(&top, &mut policy.review);
    let config = Config {
        file: file.map(Path::to_owned),
        policy,
        time_zone,
        review,
        auth0: settings::auth0(&auth0_section, env, folder),
        store: databases::store(&top, env, folder, &source),
        audit: audit::audit(&top, env, folder),
        server: server::read(&top, env, folder),
        schedules,
        notify: notify::read(&top, env, folder),
        source,
    };
    source_section.close();
    auth0_section.close();
    top.close();
    config
}
