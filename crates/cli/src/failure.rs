//! What a command failed with: the error, the exit code, and what to do next.

use std::fmt;

use crate::exit::Exit;

/// An error at the command line. There is no conversion from other errors on purpose: whoever
/// raises one must say what the person can do about it.
#[derive(Debug)]
pub struct Failure {
    /// How the process ends.
    pub exit: Exit,
    /// What went wrong, with its causes.
    pub error: anyhow::Error,
    /// What to do next; a sentence without a full stop, often a command.
    pub next: String,
}

/// What every command gives.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl Failure {
    /// An ordinary error.
    pub fn new(error: impl Into<anyhow::Error>, next: impl Into<String>) -> Self {
        Self { exit: Exit::Error, error: error.into(), next: next.into() }
    }

    /// A command line or configuration that cannot be used.
    pub fn usage(what: impl fmt::Display, next: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, error: anyhow::anyhow!("{what}"), next: next.into() }
    }

    /// The same with another exit code.
    pub fn exit(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }
}

/// Puts what was tried and what to do next to an error.
pub trait OrFail<T> {
    /// `what` follows "could not", as in "read employees.csv".
    fn or_fail(self, what: impl fmt::Display, next: impl Into<String>) -> Result<T>;
}

impl<T, E: Into<anyhow::Error>> OrFail<T> for std::result::Result<T, E> {
    fn or_fail(self, what: impl fmt::Display, next: impl Into<String>) -> Result<T> {
        self.map_err(|error| Failure::new(error.into().context(format!("could not {what}")), next))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut chain = self.error.chain();
        if let Some(first) = chain.next() {
            write!(f, "{first}")?;
        }
        for cause in chain {
            write!(f, "\n  because: {cause}")?;
        }
        write!(f, "\n  → {}", self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_tells_the_chain_and_what_to_do_next() {
        let cause = std::io::Error::other("the disk is full");
        let failure = Err::<(), _>(cause).or_fail("write rollcall.toml", "free some space").unwrap_err();
        insta::assert_snapshot!(failure, @r"
        could not write rollcall.toml
          because: the disk is full
          → free some space
        ");
        assert_eq!(failure.exit, Exit::Error);
    }
}
