//! `[source]` and `[store]`: which databases.

use std::collections::BTreeMap;
use std::path::Path;

use diff::IdType;
use secrecy::SecretString;
use url::Url;

use super::at::At;
use super::env::Env;
use super::policy::one_of;
use super::problems::{Found, did_you_mean};
use super::section::Section;

/// The employee table.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its database.
    pub database: Database,
    /// The table or view.
    pub table: String,
    /// Our column name → the source's, where they differ.
    pub columns: BTreeMap<String, String>,
    /// The type of the key in a table that we make.
    pub id_type: IdType,
    /// Whether the user id, its date and the status are written back into the table.
    pub write_back: bool,
}

/// A database, as far as it was said.
#[derive(Debug, Clone)]
pub struct Database {
    /// Its address, which may carry a password.
    pub url: Option<SecretString>,
    /// The variable that may say it.
    pub variable: String,
}

const SCHEMES: [&str; 5] = ["sqlite", "postgres", "postgresql", "mysql", "mariadb"];

/// `[source]`; its columns were read before the templates that name them.
pub(super) fn source(
    section: &Section<'_>,
    env: &Env,
    folder: &Path,
    columns: BTreeMap<String, String>,
) -> Source {
    Source {
        database: database(section, env, "DATABASE_URL", folder),
        table: section
            .text("table")
            .filter(|it| !it.value.is_empty())
            .map_or("employees".to_owned(), |it| it.value),
        columns,
        id_type: section
            .text("id_type")
            .and_then(|it| one_of(&it, [("number", IdType::Number), ("text", IdType::Text)], section.found()))
            .unwrap_or(IdType::Number),
        write_back: section.flag("write_back").is_none_or(|it| it.value),
    }
}

/// `[store]`: where everything of ours is. The source's database, unless another was said.
pub(super) fn store(top: &Section<'_>, env: &Env, folder: &Path, source: &Source) -> Database {
    let section = top.section("store");
    let named = section.text("url_env").is_some();
    let own = database(&section, env, "ROLLCALL_STORE_URL", folder);
    section.close();
    if named || own.url.is_some() { own } else { source.database.clone() }
}

/// `url_env` names the variable and no other counts; else the usual variable; else `url`.
fn database(section: &Section<'_>, env: &Env, usual: &str, folder: &Path) -> Database {
    let found = section.found();
    let written = section.text("url");
    let named = section.text("url_env").filter(|it| !it.value.is_empty());
    if let Some(written) = written.as_ref().filter(|it| has_password(&it.value)) {
        let fix =
            format!("set {usual} in the environment, or write url_env = \"NAME\" to name another variable");
        found.add(written.problem("a password does not belong into this file", fix));
    }
    let written = written.map(|it| it.with(beside(folder, &it.value)));
    let url = match &named {
        Some(named) => env.text(&named.value),
        None => env.text(usual).or(written),
    };
    if let Some(url) = &url {
        check_scheme(url, found);
    }
    Database {
        url: url.map(|it| it.value.into()),
        variable: named.map_or_else(|| usual.to_owned(), |it| it.value),
    }
}

/// Never tells the address itself: it may carry a password.
fn check_scheme(url: &At<String>, found: &Found) {
    let scheme = url.value.split_once(':').map_or(url.value.as_str(), |(scheme, _)| scheme);
    if SCHEMES.contains(&scheme) && url.value.contains(':') {
        return;
    }
    let example = "write sqlite://FILE, postgres://USER@HOST/NAME or mysql://USER@HOST/NAME";
    let fix = match did_you_mean(scheme, SCHEMES) {
        Some(did_you_mean) if url.value.contains(':') => format!("{did_you_mean} {example}"),
        _ => example.to_owned(),
    };
    found.add(url.problem("is not the address of a SQLite, PostgreSQL, MySQL or MariaDB database", fix));
}

fn has_password(url: &str) -> bool {
    Url::parse(url).is_ok_and(|it| it.password().is_some_and(|it| !it.is_empty()))
}

/// A relative SQLite path in the file is meant from where the file is, wherever the command is typed.
fn beside(folder: &Path, url: &str) -> String {
    let Some(rest) = url.strip_prefix("sqlite:") else { return url.to_owned() };
    let path = rest.strip_prefix("//").unwrap_or(rest);
    if path.starts_with([':', '/']) || folder.as_os_str().is_empty() {
        return url.to_owned();
    }
    format!("sqlite://{}", folder.join(path).display())
}
