//! Users and roles from files, as Auth0 exports them: for plans without a network.

mod bounded;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};

use diff::{RoleName, User, UserId};
use flate2::bufread::MultiGzDecoder;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use crate::wire::{self, UserIdentity};
use bounded::{Bounded, EntryEnd};

/// What a gzip file begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What some editors put before UTF-8.
const MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

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

/// Reads users from newline-delimited JSON or from one JSON array, plain or gzip. The whole file, or an error.
pub fn read_users(reader: impl Read) -> Result<Export, ExportError> {
    let (text, entry_end) = Bounded::new(unpacked(BufReader::new(reader))?, bounded::USERS);
    let mut text = BufReader::new(text);
    skip_mark(&mut text)?;
    let mut reading = Reading { entry_end, export: Export::default(), seen: HashSet::new(), twice: None };
    let read = if first_char(&mut text)? == Some(b'[') {
        read_array(text, &mut reading)
    } else {
        read_lines(text, &mut reading)
    };
    match reading.twice {
        Some(user) => Err(ExportError::Twice { user }),
        None => read.map(|()| reading.export),
    }
}

/// Reads who holds which role: `{"admin": ["auth0|1", …], …}`, plain or gzip. Each role once.
pub fn read_roles(reader: impl Read) -> Result<BTreeMap<RoleName, BTreeSet<UserId>>, ExportError> {
    let (text, _end) = Bounded::new(unpacked(BufReader::new(reader))?, bounded::ROLES);
    let mut text = BufReader::new(text);
    skip_mark(&mut text)?;
    let Roles(roles) = serde_json::from_reader(text).map_err(|it| {
        if it.is_data() && !is_own(&it.to_string()) {
            let what = "roles are written as {\"role name\": [\"user id\", …], …}".to_owned();
            return ExportError::Line { line: it.line(), what };
        }
        broken(it.line(), it)
    })?;
    Ok(roles)
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

fn skip_mark(text: &mut impl BufRead) -> io::Result<()> {
    if text.fill_buf()?.starts_with(&MARK) {
        text.consume(MARK.len());
    }
    Ok(())
}

/// What was read so far.
struct Reading {
    entry_end: EntryEnd,
    export: Export,
    seen: HashSet<UserId>,
    /// The first who was there before.
    twice: Option<UserId>,
}

/// One user a line; empty lines are none.
fn read_lines(mut text: impl BufRead, reading: &mut Reading) -> Result<(), ExportError> {
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let told = |what: String| ExportError::Line { line: number, what };
        let read = text.read_until(b'\n', &mut line).map_err(|it| {
            if bounded::is_too_long(&it) { told(it.to_string()) } else { ExportError::Io(it) }
        })?;
        if read == 0 {
            break;
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let user: Exported = serde_json::from_slice(&line).map_err(|it| broken(number, it))?;
        reading.take(user).map_err(|it| told(it.to_owned()))?;
    }
    Ok(())
}

fn read_array(text: impl Read, reading: &mut Reading) -> Result<(), ExportError> {
    let mut json = serde_json::Deserializer::from_reader(text);
    let read = Array(reading).deserialize(&mut json).and_then(|()| json.end());
    read.map_err(|it| broken(it.line(), it))
}

/// Takes the users of an array one by one, so that a large file is never held as a whole.
struct Array<'a>(&'a mut Reading);

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
            self.0.take(user).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

/// Roles, none of which stands there twice: the second would else take the first one's place in silence.
struct Roles(BTreeMap<RoleName, BTreeSet<UserId>>);

impl<'de> Deserialize<'de> for Roles {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Each;

        impl<'de> Visitor<'de> for Each {
            type Value = Roles;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("users by role")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Roles, A::Error> {
                let mut roles = BTreeMap::new();
                while let Some((role, users)) = map.next_entry()? {
                    if roles.insert(role, users).is_some() {
                        return Err(A::Error::custom(ROLE_TWICE));
                    }
                }
                Ok(Roles(roles))
            }
        }

        json.deserialize_map(Each)
    }
}

/// A user of an export: the keys of the API, and those that only files have.
#[derive(Deserialize)]
struct Exported {
    #[serde(deserialize_with = "wire::id")]
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

/// What a role is refused with that stands there twice.
const ROLE_TWICE: &str = "a role is in the file twice";

/// What a user is refused with who stands there twice. Told with the id instead.
const USER_TWICE: &str = "a user is in the file twice";

impl Reading {
    fn take(&mut self, exported: Exported) -> Result<(), &'static str> {
        self.entry_end.here();
        let (user, has_roles) = exported.into_core()?;
        if !self.seen.insert(user.id.clone()) {
            self.twice = Some(user.id);
            return Err(USER_TWICE);
        }
        self.export.has_roles |= has_roles;
        self.export.users.push(user);
        Ok(())
    }
}

impl Exported {
    /// The user, and whether it comes with roles.
    fn into_core(self) -> Result<(User, bool), &'static str> {
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
        let has_roles = roles.is_some();
        user.account.roles = roles.unwrap_or_default().into_iter().map(RoleName::new).collect();
        Ok((user, has_roles))
    }
}

/// What is wrong, in words that quote nothing from the file.
fn broken(line: usize, error: serde_json::Error) -> ExportError {
    if error.is_io() {
        return ExportError::Io(error.into());
    }
    let text = error.to_string();
    let what = match text.rfind(" at line ") {
        Some(end) if is_own(&text) => text[..end].to_owned(),
        Some(_) | None => wire::problem(&error).to_owned(),
    };
    ExportError::Line { line, what: format!("{what} (column {})", error.column()) }
}

/// Whether an error is in words of ours, or names a key of Auth0's.
fn is_own(text: &str) -> bool {
    ["missing field", NO_CONNECTION, ROLE_TWICE, wire::NO_ID].iter().any(|it| text.starts_with(it))
}
