//! The exit codes, which scripts and schedulers read.

use std::process::ExitCode;

use diff::Breach;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Done, or nothing to do. Held rows do not change it.
    Done,
    /// An error.
    Error,
    /// Changes wait for a person: `plan --detailed-exitcode`, or a `sync` that only proposed.
    ChangesWait,
    /// The plan exceeds a limit; nothing was written.
    LimitBreached,
    /// The source or the listing cannot be trusted; nothing was written.
    Suspect,
    /// Some changes were applied and some were not.
    PartlyApplied,
    /// The command line or the configuration cannot be used; nothing was tried.
    Usage,
}

impl Exit {
    /// The number. 64 is `EX_USAGE` of `sysexits.h`; it keeps 2 free for "changes wait".
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Error => 1,
            Self::ChangesWait => 2,
            Self::LimitBreached => 3,
            Self::Suspect => 4,
            Self::PartlyApplied => 5,
            Self::Usage => 64,
        }
    }
}

impl Exit {
    /// How a command ends whose plan has these breaches; none where it has none. A source that looks wrong
    /// weighs more than a plan that does too much.
    pub fn of_breaches(breaches: &[Breach]) -> Option<Self> {
        match (breaches.is_empty(), breaches.iter().any(Breach::is_suspect)) {
            (true, _) => None,
            (false, true) => Some(Self::Suspect),
            (false, false) => Some(Self::LimitBreached),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_those_that_the_documentation_promises() {
        let all = [
            Exit::Done,
            Exit::Error,
            Exit::ChangesWait,
            Exit::LimitBreached,
            Exit::Suspect,
            Exit::PartlyApplied,
            Exit::Usage,
        ];
        assert_eq!(all.map(Exit::code), [0, 1, 2, 3, 4, 5, 64]);
    }
}
