//! Users and roles from files, as Auth0 exports them: for plans without a network.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

use diff::{RoleName, User, UserId};
use flate2::bufread::MultiGzDecoder;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, SeqAccess, Visitor};

use crate::wire::{self, UserIdentity};

/// What a gzip file begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The users of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Export {
    /// In the order of the file, with the roles of their `roles` keys.
    pub users: Vec<User>,
    /// Whether any user has a `roles` key. Without one, nothing is known about roles.
    pub has_roles: bool,
}

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The disk, or a broken gzip stream.
    #[error("the file cannot be read")]
    Io(#[from] io::Error),
    /// JSON that is not what it should be.
    #[error("line {line}: {what}")]
    Line {
        /// Counted from 1, in the unpacked file.
        line: usize,
        /// What is wrong, without what stands there.
        what: String,
    },
    /// The same id twice.
    #[error("the user {user} is in the file twice")]
    Twice {
        /// Who.
        user: UserId,
    },
}

/// Reads users from newline-delimited JSON or from one JSON array, plain or gzip.
pub fn read_users(reader: impl Read) -> Result<Export, ExportError> {
    let mut text = unpacked(BufReader::new(reader))?;
    let mut export = Export::default();
    if first_char(&mut text)? == Some(b'[') {
        let mut json = serde_json::Deserializer::from_reader(text);
        Array(&mut export).deserialize(&mut json).map_err(|it| broken(it.line(), &it))?;
        json.end().map_err(|it| broken(it.line(), &it))?;
    } else {
        read_lines(text, &mut export)?;
    }
    let mut seen = BTreeSet::new();
    match export.users.iter().find(|it| !seen.insert(&it.id)) {
        Some(twice) => Err(ExportError::Twice { user: twice.id.clone() }),
        None => Ok(export),
    }
}

/// Reads who holds which role: `{"admin": ["auth0|1", …], …}`, plain or gzip.
pub fn read_roles(reader: impl Read) -> Result<BTreeMap<RoleName, BTreeSet<UserId>>, ExportError> {
    let text = unpacked(BufReader::new(reader))?;
    serde_json::from_reader(text).map_err(|it| {
        if it.is_data() {
            let what = "roles are written as {\"role name\": [\"user id\", …], …}".to_owned();
            return ExportError::Line { line: it.line(), what };
        }
        broken(it.line(), &it)
    })
}

fn unpacked<'a>(mut reader: impl BufRead + 'a) -> io::Result<Box<dyn BufRead + 'a>> {
    if reader.fill_buf()?.starts_with(&GZIP) {
        return Ok(Box::new(BufReader::new(MultiGzDecoder::new(reader))));
    }
    Ok(Box::new(reader))
}

/// The first character that is no space, without taking it.
fn first_char(text: &mut impl BufRead) -> io::Result<Option<u8>> {
    loop {
        let buffer = text.fill_buf()?;
        let spaces = buffer.iter().take_while(|it| it.is_ascii_whitespace()).count();
        match buffer.get(spaces) {
            Some(it) => return Ok(Some(*it)),
            None if buffer.is_empty() => return Ok(None),
            None => text.consume(spaces),
        }
    }
}

/// One user a line; empty lines are none.
fn read_lines(mut text: impl BufRead, export: &mut Export) -> Result<(), ExportError> {
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if text.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let user: Exported = serde_json::from_slice(&line).map_err(|it| broken(number, &it))?;
        user.put_into(export).map_err(|what| ExportError::Line { line: number, what: what.to_owned() })?;
    }
    Ok(())
}

/// Takes the users of an array one by one, so that a large file is never held as a whole.
struct Array<'a>(&'a mut Export);

impl<'de> DeserializeSeed<'de> for Array<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Array<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of users")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut users: A) -> Result<(), A::Error> {
        while let Some(user) = users.next_element::<Exported>()? {
            user.put_into(self.0).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

/// A user of an export: the keys of the API, and those that only files have.
#[derive(Deserialize)]
struct Exported {
    user_id: String,
    email: Option<String>,
    email_verified: Option<bool>,
    name: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    user_metadata: Option<diff::Metadata>,
    app_metadata: Option<diff::Metadata>,
    blocked: Option<bool>,
    identities: Option<Vec<UserIdentity>>,
    created_at: Option<String>,
    /// What the Dashboard's extension and Auth0's own example call the connection.
    #[serde(rename = "identities[0].connection")]
    first_connection: Option<String>,
    connection: Option<String>,
    roles: Option<Vec<String>>,
}

/// What a user without a connection is refused with: nobody could say whether it is managed.
const NO_CONNECTION: &str =
    "the user has no `identities`; export them, or at least `identities[0].connection`";

impl Exported {
    fn put_into(self, export: &mut Export) -> Result<(), &'static str> {
        let roles = self.roles;
        let mut identities = self.identities.unwrap_or_default();
        if identities.is_empty() {
            let connection = self.first_connection.or(self.connection).ok_or(NO_CONNECTION)?;
            let provider = self.user_id.split_once('|').map(|(it, _)| it.to_owned());
            identities.push(UserIdentity { connection, provider });
        }
        let wire = wire::Profile {
            user_id: self.user_id,
            email: self.email,
            email_verified: self.email_verified,
            name: self.name,
            given_name: self.given_name,
            family_name: self.family_name,
            user_metadata: self.user_metadata,
            app_metadata: self.app_metadata,
            blocked: self.blocked,
            identities: Some(identities),
            created_at: self.created_at,
        };
        let mut user = User::from(wire);
        export.has_roles |= roles.is_some();
        user.account.roles = roles.unwrap_or_default().into_iter().map(RoleName::new).collect();
        export.users.push(user);
        Ok(())
    }
}

/// What is wrong, in words that quote nothing from the file.
fn broken(line: usize, error: &serde_json::Error) -> ExportError {
    let text = error.to_string();
    let own = ["missing field", NO_CONNECTION].iter().any(|it| text.starts_with(it));
    let what = match text.rfind(" at line ") {
        Some(end) if own => text[..end].to_owned(),
        Some(_) | None => wire::problem(error).to_owned(),
    };
    ExportError::Line { line, what: format!("{what} (column {})", error.column()) }
}

#[cfg(test)]
mod tests;
