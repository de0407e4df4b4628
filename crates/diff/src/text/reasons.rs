//! Every reason to leave something alone, as people read it.

use std::fmt;

use crate::change::Kind;
use crate::ids::EmployeeId;
use crate::note::Reason;
use crate::policy::Absent;
use crate::quarantine::Quarantined;
use crate::standing::Held;

use super::safe::safe;
use super::words::{and, count, nouns, or};

/// What a reviewer reads behind the person's name: it names ids and never guesses.
impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&sentence(self))
    }
}

fn sentence(reason: &Reason) -> String {
    match reason {
        Reason::OpenAccess { user } => {
            format!("left, and a second account can still log in: {}", text(user))
        }
        Reason::LeaverUnclear { candidates } if candidates.is_empty() => {
            "left, and nobody can tell which account is theirs".to_owned()
        }
        Reason::LeaverUnclear { candidates } => {
            format!("left, and it is not certain which account is theirs: {}", or(&texts(candidates)))
        }
        Reason::LeaverReported { user } => {
            format!("left, and can still log in as {}, because the policy only reports leavers", text(user))
        }
        Reason::LeaverBreakGlass { user } => {
            format!(
                "left, and can still log in as {}, a break-glass account, which is never touched",
                text(user)
            )
        }
        Reason::Absent { user, readings: None } => {
            format!("the row is gone from the employee table; {} stays as it is", text(user))
        }
        Reason::Absent { user, readings: Some(readings) } => format!(
            "the row is gone from the employee table, in {} so far; {} is to be blocked from {} on",
            count(*readings as usize, "reading", "readings"),
            text(user),
            Absent::READINGS
        ),
        Reason::Held { held } => safe(&held.to_string()).into_owned(),
        Reason::SharedEmail { email, others } => {
            format!("{} is also the address of {}", safe(email), employees(others, and))
        }
        Reason::SeveralUsers { candidates } => {
            format!("more than one user may be this person: {}", or(&texts(candidates)))
        }
        Reason::SeveralEmployees { user, others } => {
            format!("{} may be this person's, or that of {}", text(user), employees(others, or))
        }
        Reason::LinkedElsewhere { user, owner } => {
            format!("the address is on {}, which is linked to employee {}", text(user), text(owner))
        }
        Reason::LeaversAddress { user, leaver } => {
            format!("the address is on {}, the account of employee {}, who left", text(user), text(leaver))
        }
        Reason::MarkDisagrees { user } => {
            format!("{} says it is this employee, but neither address nor name agree", text(user))
        }
        Reason::MarkedForOther { user, marked } => {
            format!("{} has this address, but says it is employee {}", text(user), safe(marked))
        }
        Reason::UserGone { user } => format!("the linked user {} does not exist any more", text(user)),
        Reason::OtherClaimant { user } => {
            format!("{} has this person's address or employee id too; the link decides", text(user))
        }
        Reason::ColumnDisagrees { column } => {
            format!("auth0_user_id names {}, and the stored links say otherwise", text(column))
        }
        Reason::BlockedByOther { user } => {
            format!("{} was blocked by somebody else and stays blocked", text(user))
        }
        Reason::EmailTaken { email, user } => {
            format!("the new address {} is on {} already", safe(email), text(user))
        }
        Reason::EmailCycle { circle } => {
            format!("the new addresses of {} go round in a circle", employees(circle, and))
        }
        Reason::UnknownRoleCode { code } => {
            format!("no role is known for the code {}; the roles stay as they are", quoted(code))
        }
        Reason::Federated { user, fields } => {
            let fields = texts(fields);
            format!("{} of {} belong to the user's own directory", and(&fields), text(user))
        }
        Reason::Upcoming { starts_on, due_on } => {
            format!("starts on {starts_on}; the account is made from {due_on} on")
        }
        Reason::BreakGlass { user } => format!("{} is a break-glass account and never touched", text(user)),
        Reason::IgnoredEmployee { why } => format!("to be left alone, as somebody said: {}", quoted(why)),
        Reason::IgnoredUser { user, why } => {
            format!("{} is to be left alone, as somebody said: {}", text(user), quoted(why))
        }
        Reason::Parked { kind, failures, error, next } => {
            format!("{}; {}", failed(*kind, *failures, error), text(next))
        }
        Reason::NotUndone { kind, why } => {
            let (noun, _) = nouns(*kind);
            format!("{} ({noun})", safe(why))
        }
        Reason::StillAsked { kinds } => {
            let again: Vec<String> = kinds.iter().map(ToString::to_string).collect();
            format!("as the table stands, the next plan would {}", and(&again))
        }
    }
}

/// A change that failed, and when it is tried again.
impl fmt::Display for Quarantined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, failures, error, next, .. } = self;
        let failed = failed(*kind, *failures, error);
        if kind.can_be_parked() {
            write!(f, "{failed}; {}", text(next))
        } else {
            write!(f, "{failed}; tried again in every run")
        }
    }
}

fn failed(kind: Kind, failures: u32, error: &str) -> String {
    let (noun, _) = nouns(kind);
    let times = if failures == 1 { "once".to_owned() } else { format!("{failures} times") };
    format!("{noun} failed {times}, the last time with {}", quoted(error))
}

/// How much a reason asks of a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
    /// Somebody may still have access that should not.
    Loud,
    /// A person waits until somebody decides.
    Held,
    /// Nobody waits.
    Quiet,
}

/// How much it asks, and the few words under which notes of the reason stand and are counted.
pub(super) fn label(reason: &Reason) -> (Weight, &'static str) {
    let words = match reason {
        Reason::OpenAccess { .. } => "leaver's second account",
        Reason::LeaverUnclear { .. } => "leaver's account not certain",
        Reason::LeaverReported { .. } => "leaver only reported",
        Reason::LeaverBreakGlass { .. } => "leaver's break-glass account",
        Reason::Absent { .. } => "row gone",
        Reason::Held { held } => match held {
            Held::Status { .. } => "unknown status",
            Held::Date { .. } => "unreadable date",
            Held::Email { .. } => "unusable address",
            Held::Domain { .. } => "domain not allowed",
            Held::TooLong { .. } => "value too long",
        },
        Reason::SharedEmail { .. } => "shared address",
        Reason::SeveralUsers { .. } => "more than one user",
        Reason::SeveralEmployees { .. } => "more than one employee",
        Reason::LinkedElsewhere { .. } => "address of another employee's account",
        Reason::LeaversAddress { .. } => "address of a leaver's account",
        Reason::MarkDisagrees { .. } => "only the employee id agrees",
        Reason::MarkedForOther { .. } => "employee id of another",
        Reason::UserGone { .. } => "linked user gone",
        Reason::OtherClaimant { .. } => "second account",
        Reason::ColumnDisagrees { .. } => "auth0_user_id disagrees",
        Reason::BlockedByOther { .. } => "blocked by somebody else",
        Reason::EmailTaken { .. } => "new address taken",
        Reason::EmailCycle { .. } => "addresses in a circle",
        Reason::UnknownRoleCode { .. } => "unknown role code",
        Reason::Federated { .. } => "fields of another directory",
        Reason::Upcoming { .. } => "not due yet",
        Reason::BreakGlass { .. } => "break-glass account",
        Reason::IgnoredEmployee { .. } => "ignored employee",
        Reason::IgnoredUser { .. } => "ignored user",
        Reason::Parked { .. } => "parked after failures",
        Reason::NotUndone { .. } => "not undone",
        Reason::StillAsked { .. } => "asked for again by the table",
    };
    let weight = match (reason.is_loud(), reason.holds_employee()) {
        (true, _) => Weight::Loud,
        (false, true) => Weight::Held,
        (false, false) => Weight::Quiet,
    };
    (weight, words)
}

fn text(it: &impl fmt::Display) -> String {
    safe(&it.to_string()).into_owned()
}

fn texts<'a, T: fmt::Display + 'a>(items: impl IntoIterator<Item = &'a T>) -> Vec<String> {
    items.into_iter().map(text).collect()
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", safe(text))
}

/// `employee 17`, `employees 17 and 19`
fn employees<'a>(ids: impl IntoIterator<Item = &'a EmployeeId>, join: fn(&[String]) -> String) -> String {
    let ids = texts(ids);
    format!("{} {}", if ids.len() == 1 { "employee" } else { "employees" }, join(&ids))
}
