//! What is wrong with the configuration: all of it at once, each thing with its place.

use std::cell::RefCell;
use std::fmt;

/// Problems that the text of the error shows. A file of another kind has one in every line.
const PROBLEMS_SHOWN: usize = 100;

/// Everything that is wrong, in the order of the file, then the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    list: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// Which setting, `[auth0] rate_plan`; empty where the place says it.
    pub key: String,
    /// What is wrong with it. Never a secret.
    pub what: String,
    /// What to write instead.
    pub fix: String,
}

/// Where a setting stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A line of the file.
    Line {
        /// The file, as it was named.
        file: String,
        /// From 1.
        line: usize,
    },
    /// An environment variable.
    Variable(String),
    /// Nowhere: it is missing.
    Missing,
}

impl Problems {
    /// One problem alone.
    pub(super) fn of(problem: Problem) -> Self {
        Self { list: vec![problem] }
    }

    /// The problems one by one.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.list.iter()
    }

    /// Both.
    pub fn and(mut self, other: Self) -> Self {
        self.list.extend(other.list);
        self
    }
}

impl std::error::Error for Problems {}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.list.len() {
            1 => f.write_str("the configuration has a problem")?,
            several => write!(f, "the configuration has {several} problems")?,
        }
        self.list.iter().take(PROBLEMS_SHOWN).try_for_each(|it| write!(f, "\n  {it}"))?;
        match self.list.len().saturating_sub(PROBLEMS_SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, key, what, fix } = self;
        match place {
            Place::Line { file, line } => write!(f, "{file}:{line}: ")?,
            Place::Variable(name) => write!(f, "{name}: ")?,
            Place::Missing => {}
        }
        if !key.is_empty() {
            write!(f, "{}: ", harmless(key))?;
        }
        f.write_str(&harmless(what))?;
        if fix.is_empty() { Ok(()) } else { write!(f, "\n      {}", harmless(fix)) }
    }
}

/// What is quoted from the file is not to steer a terminal.
fn harmless(text: &str) -> String {
    let escaped = |it: char| it.is_control().then(|| it.escape_default().to_string());
    text.chars().map(|it| escaped(it).unwrap_or_else(|| it.to_string())).collect()
}

/// Problems while they are being found.
#[derive(Debug, Default)]
pub(super) struct Found {
    list: RefCell<Vec<Problem>>,
}

impl Found {
    /// One more.
    pub(super) fn add(&self, problem: Problem) {
        self.list.borrow_mut().push(problem);
    }

    /// A setting that is not there.
    pub(super) fn missing(&self, key: &str, what: &str, fix: &str) {
        self.add(Problem {
            place: Place::Missing,
            key: key.to_owned(),
            what: what.to_owned(),
            fix: fix.to_owned(),
        });
    }

    /// `value`, if nothing was found.
    pub(super) fn or<T>(self, value: T) -> Result<T, Problems> {
        let mut list = self.list.into_inner();
        if list.is_empty() {
            return Ok(value);
        }
        list.sort();
        list.dedup();
        Err(Problems { list })
    }
}

/// `did you mean "enterprise"?` where a known word is near enough to be meant.
pub(crate) fn did_you_mean<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(typed, known).map(|it| format!("did you mean {it:?}?"))
}

/// The known word that is likely meant. The bound is clap's, so that all suggestions feel alike.
pub(crate) fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const NEAR: f64 = 0.7;
    let scored = known.into_iter().map(|it| (strsim::jaro(&typed.to_lowercase(), &it.to_lowercase()), it));
    scored.filter(|(score, _)| *score > NEAR).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, it)| it)
}
