//! What resolves a note: a command to type, or what to do elsewhere.

use std::collections::BTreeSet;
use std::fmt;

use crate::ids::UserId;
use crate::memory::NextTry;
use crate::note::{Note, Reason};

/// Where a note is resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// At the command line.
    Command(String),
    /// In the employee table.
    Source(String),
    /// In the configuration.
    Config(String),
    /// In Auth0 itself.
    Auth0(String),
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command(text) => f.write_str(text),
            Self::Source(text) => write!(f, "in the employee table: {text}"),
            Self::Config(text) => write!(f, "in rollcall.toml: {text}"),
            Self::Auth0(text) => write!(f, "in Auth0: {text}"),
        }
    }
}

impl Note {
    /// What a person types, or does elsewhere, to resolve it; none where nothing needs to be done.
    pub fn remedy(&self) -> Option<Remedy> {
        let id = self.employee.as_ref().map_or("ID".to_owned(), |it| word(it.as_str()));
        let link = |user: &UserId| format!("rollcall employee link {id} {}", word(user.as_str()));
        let ignore = |user: &UserId| format!("rollcall employee ignore {} --reason WHY", word(user.as_str()));
        let remedy = match &self.reason {
            Reason::OpenAccess { user } | Reason::OtherClaimant { user } => {
                Remedy::Command(format!("{}, once looked at in Auth0", ignore(user)))
            }
            Reason::LeaverUnclear { candidates } | Reason::SeveralUsers { candidates } => {
                Remedy::Command(format!("rollcall employee link {id} {}", one_of(candidates)))
            }
            Reason::LeaverReported { .. } => Remedy::Config("[leavers] action = \"block\"".to_owned()),
            Reason::LeaverBreakGlass { user } => Remedy::Config(format!(
                "take {user} out of [policy] break_glass, if it is this person's own; else \
                 rollcall employee unlink {id}"
            )),
            Reason::Absent { .. } => Remedy::Command(format!(
                "rollcall employee unlink {id}, if the account is nobody's any more; else bring the row back as terminated"
            )),
            Reason::Held { held } => Remedy::Source(held.remedy().to_owned()),
            Reason::SharedEmail { .. } => {
                Remedy::Source("give each person an address of their own".to_owned())
            }
            Reason::SeveralEmployees { user, .. } => Remedy::Command(format!(
                "rollcall employee link ID {}, for the right ID",
                word(user.as_str())
            )),
            Reason::LinkedElsewhere { owner, user } => Remedy::Command(format!(
                "rollcall employee unlink {}, then {}, if it is this person's; else give {id} another address",
                word(owner.as_str()),
                link(user)
            )),
            Reason::LeaversAddress { user, leaver } => Remedy::Command(format!(
                "{}, if {id} and {leaver} are one person; else give {id} another address",
                link(user)
            )),
            Reason::MarkDisagrees { user } => Remedy::Command(format!("{}, or {}", link(user), ignore(user))),
            Reason::MarkedForOther { user, .. } => Remedy::Command(link(user)),
            Reason::UserGone { .. } => Remedy::Command(format!("rollcall employee recreate {id}")),
            Reason::ColumnDisagrees { column } => {
                Remedy::Command(format!("{}, if the column is right", link(column)))
            }
            Reason::BlockedByOther { user } => {
                Remedy::Auth0(format!("ask who blocked {user}, and unblock it there if that is over"))
            }
            Reason::EmailTaken { user, .. } => Remedy::Command(format!(
                "rollcall employee explain {id}, to see whose {user} is; then free the address in Auth0"
            )),
            Reason::EmailCycle { .. } => Remedy::Auth0(
                "change one of the addresses to a temporary one by hand; the next plan does the rest"
                    .to_owned(),
            ),
            Reason::UnknownRoleCode { code } => {
                Remedy::Config(format!("[roles.by_code] {code:?} = \"ROLE\", or correct the row"))
            }
            Reason::IgnoredEmployee { .. } => Remedy::Command(format!("rollcall employee ignore {id} --off")),
            Reason::IgnoredUser { user, .. } => {
                Remedy::Command(format!("rollcall employee ignore {} --off", word(user.as_str())))
            }
            Reason::Parked { kind, next, .. } => {
                let when = match next {
                    NextTry::At { .. } | NextTry::WhenReleased => "once mended",
                    NextTry::Dropped { .. } => "to have it tried again",
                };
                Remedy::Command(format!("rollcall quarantine release {id} --kind {kind}, {when}"))
            }
            Reason::StillAsked { .. } => Remedy::Source(
                "correct the row, or the mapping in rollcall.toml, if that is wrong".to_owned(),
            ),
            Reason::Federated { .. }
            | Reason::Upcoming { .. }
            | Reason::BreakGlass { .. }
            | Reason::NotUndone { .. } => return None,
        };
        Some(remedy)
    }
}

/// One user as a shell word, or a list to choose from.
fn one_of(users: &BTreeSet<UserId>) -> String {
    let words: Vec<String> = users.iter().map(|it| word(it.as_str())).collect();
    match words.as_slice() {
        [one] => one.clone(),
        several => format!("USER, one of {}", several.join(", ")),
    }
}

/// A word for a shell, quoted where a shell would read something else into it: ids of users have a
/// `|`, and those of custom databases may have anything.
pub(crate) fn word(text: &str) -> String {
    if text.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.' | ':')) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}
