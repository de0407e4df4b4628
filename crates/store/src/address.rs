//! Database URLs: which database, and how to name it without its password.

use std::path::{Path, PathBuf};

use url::Url;

use crate::error::{Error, Place};

/// A URL that was understood.
#[derive(Clone)]
pub(crate) struct Address {
    /// As the driver takes it; may hold a password.
    pub(crate) url: String,
    /// As people may see it.
    pub(crate) place: Place,
    /// The file, where it is SQLite's.
    pub(crate) file: Option<PathBuf>,
    /// Host and port, where it is a server's.
    pub(crate) server: Option<(String, u16)>,
}

impl Address {
    /// Reads a URL.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let Some((scheme, rest)) = text.split_once(':') else {
            // All of it could be anything, a password among them, unless it looks like a path.
            let shown = if text.contains('@') { "" } else { text };
            return Err(Error::UnknownScheme { scheme: shown.to_owned() });
        };
        match scheme {
            "sqlite" => Ok(Self::sqlite(rest)),
            "postgres" | "postgresql" => Self::server("postgres", rest),
            "mysql" | "mariadb" => Self::server("mysql", rest),
            other => Err(Error::UnknownScheme { scheme: other.to_owned() }),
        }
    }

    fn sqlite(rest: &str) -> Self {
        let path = rest.strip_prefix("//").unwrap_or(rest);
        let file = path.split('?').next().unwrap_or_default();
        Self {
            // Without `//`, or the first folder of a relative path would be a host, which may hold no space.
            url: format!("sqlite:{path}"),
            place: Place(format!("sqlite:{file}")),
            file: (file != ":memory:" && !path.contains("mode=memory")).then(|| PathBuf::from(file)),
            server: None,
        }
    }

    fn server(scheme: &str, rest: &str) -> Result<Self, Error> {
        let url = format!("{scheme}:{rest}");
        let parsed = Url::parse(&url).map_err(|error| Error::Url { why: error.to_string() })?;
        let host = parsed.host_str().unwrap_or_default();
        let socket = parsed.query_pairs().any(|(key, _)| key == "host" || key == "socket");
        if host.is_empty() && !socket {
            return Err(Error::Url { why: "it names no host".to_owned() });
        }
        let database = parsed.path().trim_start_matches('/');
        if database.is_empty() {
            return Err(Error::Url {
                why: format!("it names no database on {host}: {scheme}://USER@{host}/DATABASE"),
            });
        }
        let port = parsed.port().map_or_else(String::new, |it| format!(":{it}"));
        let place = Place(format!("{scheme}://{host}{port}/{database}"));
        let default_port = if scheme == "postgres" { 5432 } else { 3306 };
        let server = (!socket).then(|| (host.to_owned(), parsed.port().unwrap_or(default_port)));
        Ok(Self { url, place, file: None, server })
    }

    /// Whether there is such a file, where it is one: the driver would make it if the URL says so.
    pub(crate) fn check_exists(&self) -> Result<(), Error> {
        match &self.file {
            Some(file) if !file.exists() => Err(Error::NoFile { place: self.place.clone() }),
            Some(_) | None => Ok(()),
        }
    }

    /// Finds out what the driver would only call "unable to open database file".
    pub(crate) fn check_file(&self) -> Result<(), Error> {
        let Some(file) = &self.file else { return Ok(()) };
        let place = || self.place.clone();
        if file.as_os_str().is_empty() {
            return Err(Error::Url { why: "it names no file: sqlite:PATH".to_owned() });
        }
        if file.is_dir() {
            return Err(Error::IsDirectory { place: place() });
        }
        match file.parent() {
            Some(directory) if !directory.as_os_str().is_empty() && !Path::new(directory).is_dir() => {
                Err(Error::NoDirectory { place: place(), directory: directory.display().to_string() })
            }
            Some(_) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(url: &str) -> String {
        Address::parse(url).map_or_else(|it| it.to_string(), |it| it.place.to_string())
    }

    #[test]
    fn a_place_never_shows_user_or_password() {
        assert_eq!(place("postgresql://u:s3cret@db:5433/hr?sslmode=require"), "postgres://db:5433/hr");
        assert_eq!(place("mariadb://u:s3cret@db/hr"), "mysql://db/hr");
        assert_eq!(place("sqlite:rollcall.db?mode=rwc"), "sqlite:rollcall.db");
    }

    #[test]
    fn a_file_may_lie_in_a_folder_whose_name_has_a_space() {
        for url in
            ["sqlite:my files/rollcall.db", "sqlite://my files/rollcall.db", "sqlite:///my files/rollcall.db"]
        {
            assert!(Url::parse(&Address::parse(url).unwrap().url).is_ok(), "{url}");
        }
    }

    #[test]
    fn what_is_no_url_of_ours_is_told_apart() {
        assert_eq!(
            place("./rollcall.db"),
            "use the database URL: it starts with \"./rollcall.db\", and sqlite:, postgres: and mysql: are known; \
             a file is sqlite:PATH"
        );
        assert_eq!(
            place("mssql://sa:s3cret@db/hr"),
            "use the database URL: it starts with \"mssql\", and sqlite:, postgres: and mysql: are known"
        );
        assert_eq!(
            place("mysql://u:s3cret@db"),
            "use the database URL: it names no database on db: mysql://USER@db/DATABASE"
        );
        assert!(!place("postgres://u:s3cret@db:notaport/x").contains("s3cret"));
    }
}
