//! What does not fit in a chain.

use std::fmt;

use chrono::{DateTime, Utc};

/// Something that does not fit, in one entry or in a row of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainFault {
    /// What.
    pub kind: FaultKind,
    /// The first entry that it is about, by its number.
    pub first: i64,
    /// The last; the same where it is one.
    pub last: i64,
    /// When the first was made, as it says itself; none where it is not there.
    pub at: Option<DateTime<Utc>>,
    /// Which event the first says that it is.
    pub event: Option<String>,
}

/// What does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// What was written before there was a chain is not any more what the first entry covers.
    Before {
        /// So many there are now.
        count: u64,
    },
    /// It is not there, and others after it are.
    Missing,
    /// The end is not there: the head names it.
    CutOff,
    /// It stands beyond the head.
    Beyond,
    /// The body or its salt is another one.
    Body,
    /// The body is not there, and no erasure names it.
    BodyGone,
    /// One column, which can be told.
    Column(&'static str),
    /// One of the columns, or all of them: it was not written as it stands.
    Changed,
    /// It was written so many places earlier; later where it is negative.
    Moved {
        /// The number now less the number then.
        by: i64,
    },
    /// Its neighbours were written next to each other.
    Inserted,
    /// It is whole, and not the one that the entry after it is tied to.
    Replaced,
    /// The head is not there.
    NoHead,
    /// The head names another hash than the last entry has.
    Head,
    /// An older key than an entry before it has, or none.
    Downgraded {
        /// Which; none where it is without a key.
        key_id: Option<String>,
    },
    /// A key that was not given, so that it could not be checked.
    UnknownKey {
        /// Which.
        key_id: String,
    },
}

impl ChainFault {
    /// Whether it is about the chain as a whole, and no entry can be named.
    fn is_of_the_whole(&self) -> bool {
        match self.kind {
            FaultKind::Before { .. } | FaultKind::NoHead | FaultKind::Head => true,
            FaultKind::Missing
            | FaultKind::CutOff
            | FaultKind::Beyond
            | FaultKind::Body
            | FaultKind::BodyGone
            | FaultKind::Column(_)
            | FaultKind::Changed
            | FaultKind::Moved { .. }
            | FaultKind::Inserted
            | FaultKind::Replaced
            | FaultKind::Downgraded { .. }
            | FaultKind::UnknownKey { .. } => false,
        }
    }

    /// `2026-11-23 07:00:05 UTC, plan_approved`
    fn dated(&self) -> Option<String> {
        let Self { kind, first, last, at, event } = self;
        let at = (*at)?.format("%Y-%m-%d %H:%M:%S UTC");
        Some(match (kind, event) {
            (FaultKind::Missing | FaultKind::CutOff, _) => format!("after {at}"),
            (_, Some(event)) if first == last => format!("{at}, {event}"),
            _ => format!("from {at}"),
        })
    }
}

impl fmt::Display for ChainFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, first, last, at: _, event: _ } = self;
        if self.is_of_the_whole() {
            return kind.fmt(f);
        }
        f.write_str(&entries(*first, *last))?;
        if let Some(dated) = self.dated() {
            write!(f, " ({dated})")?;
        }
        f.write_str(": ")?;
        if let FaultKind::Moved { by } = kind {
            write!(f, "written as {}, ", entries(first.wrapping_sub(*by), last.wrapping_sub(*by)))?;
        }
        kind.fmt(f)
    }
}

fn entries(first: i64, last: i64) -> String {
    if first == last { format!("entry {first}") } else { format!("entries {first} to {last}") }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Before { count } => write!(
                f,
                "what was written before the chain is not what its first entry covers: of the {count} there now, \
                 one was changed or added, or others were removed"
            ),
            Self::Missing => f.write_str("removed"),
            Self::CutOff => f.write_str("cut off from the end; the head still names the last one"),
            Self::Beyond => f.write_str("beyond the head: put there past Rollcall, or the head was set back"),
            Self::Body => f.write_str("the body, or its salt, was changed"),
            Self::BodyGone => f.write_str("the body was removed, and no erasure on record names it"),
            Self::Column(name) => write!(f, "the column {name} was changed"),
            Self::Changed => {
                f.write_str("changed, or put there past Rollcall: the hash is not that of what it says")
            }
            Self::Moved { by: 1.. } => f.write_str("reordered, or others were inserted before it"),
            Self::Moved { by: _ } => f.write_str("reordered, or others were removed before it"),
            Self::Inserted => f.write_str("inserted past Rollcall"),
            Self::Replaced => f.write_str("replaced: the next entry is tied to another one"),
            Self::NoHead => f.write_str("the head was removed"),
            Self::Head => f.write_str("the head names another hash than the last entry has"),
            Self::Downgraded { key_id: None } => f.write_str(
                "chained without a key, after entries that have one: anybody could have written it",
            ),
            Self::Downgraded { key_id: Some(id) } => {
                write!(f, "chained with the older key {id}, after entries with a newer one")
            }
            Self::UnknownKey { key_id } => {
                write!(f, "chained with the key {key_id}, which was not given: not checked")
            }
        }
    }
}
