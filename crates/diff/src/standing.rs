//! What a row means today: employed, upcoming, left, or held. Leaving is judged first.

use std::fmt;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::clean::{clean, key};
use crate::email::{Email, EmailError};
use crate::employee::Employee;
use crate::policy::Policy;
use crate::wanted::check;

/// What a row means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Works here, and should have the account of this address that [`crate::wanted()`] makes of the row.
    Employed(Email),
    /// Will work here; the account is not due yet.
    Upcoming {
        /// The first day.
        starts_on: NaiveDate,
        /// The day from which the account is made.
        due_on: NaiveDate,
    },
    /// Works here no more.
    Left(Leaving),
    /// The row cannot be trusted, so nothing is done.
    Held(Box<Held>),
}

/// What says that somebody left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Leaving {
    /// The status word.
    Status {
        /// As it stands in the row.
        status: String,
    },
    /// The last day is over.
    Ended {
        /// The last day.
        ends_on: NaiveDate,
    },
}

/// Why a row cannot be trusted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "held", rename_all = "snake_case")]
pub enum Held {
    /// The status word is none that the policy knows, or there is none.
    Status {
        /// As it stands in the row.
        status: String,
    },
    /// A date that is none.
    Date {
        /// `starts_on` or `ends_on`.
        column: String,
        /// As it stands in the row.
        text: String,
    },
    /// The address is none.
    Email {
        /// As it stands in the row.
        text: String,
        /// What is wrong with it, to follow "the address".
        why: String,
    },
    /// An address of a domain that the policy does not allow.
    Domain {
        /// The address.
        email: String,
    },
    /// A value over Auth0's limit. It is never cut.
    TooLong {
        /// The field.
        field: String,
        /// How long it is, in characters.
        chars: usize,
        /// How long it may be.
        max: usize,
    },
}

/// Judges a row from status and dates, and only an employed row from the rest of it.
///
/// A leaver whose address is broken is a leaver: nothing else in the row may keep access open.
pub fn standing(employee: &Employee, policy: &Policy, today: NaiveDate) -> Standing {
    let status = key(&employee.status);
    let ends_on = date("ends_on", &employee.ends_on);
    if policy.status.left.contains(&*status) {
        return Standing::Left(Leaving::Status { status: clean(&employee.status).into_owned() });
    }
    if let Ok(Some(ends_on)) = ends_on
        && ends_on < today
    {
        return Standing::Left(Leaving::Ended { ends_on });
    }
    if !policy.status.employed.contains(&*status) {
        return held(Held::Status { status: employee.status.clone() });
    }
    let starts_on = match (ends_on, date("starts_on", &employee.starts_on)) {
        (Err(it), _) | (Ok(_), Err(it)) => return held(it),
        (Ok(_), Ok(starts_on)) => starts_on,
    };
    if let Some(starts_on) = starts_on.filter(|it| *it > today) {
        let due_on =
            starts_on.checked_sub_days(Days::new(policy.joiner_lead_days.into())).unwrap_or(starts_on);
        if due_on > today {
            return Standing::Upcoming { starts_on, due_on };
        }
    }
    employed(employee, policy)
}

fn employed(employee: &Employee, policy: &Policy) -> Standing {
    let email = match Email::parse(&employee.email, policy.email.idn) {
        Ok(email) => email,
        Err(why) => return held(bad_email(&employee.email, &why)),
    };
    let allowed = &policy.email.allowed_domains;
    if !allowed.is_empty() && !allowed.contains(email.domain()) {
        return held(Held::Domain { email: email.to_string() });
    }
    match check(employee, &email, policy) {
        Ok(()) => Standing::Employed(email),
        Err(it) => held(it),
    }
}

/// Kept apart, as it is large and rare.
fn held(held: Held) -> Standing {
    Standing::Held(Box::new(held))
}

fn bad_email(text: &str, why: &EmailError) -> Held {
    Held::Email { text: text.to_owned(), why: why.to_string() }
}

/// A date, or none; a time of day behind it is cut, as databases like to add one.
fn date(column: &str, text: &str) -> Result<Option<NaiveDate>, Held> {
    if let Some(day) = plain_day(text) {
        return Ok(Some(day));
    }
    let clean = clean(text);
    if clean.is_empty() {
        return Ok(None);
    }
    let day = clean.split(['T', ' ']).next().unwrap_or_default();
    plain_day(day)
        .or_else(|| NaiveDate::parse_from_str(day, "%Y-%m-%d").ok())
        .map(Some)
        .ok_or_else(|| Held::Date { column: column.to_owned(), text: text.to_owned() })
}

/// `2026-11-23`, as nearly every row writes it: chrono's reader takes ten times as long.
fn plain_day(text: &str) -> Option<NaiveDate> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let number = |from: usize, to: usize| {
        let digits = &bytes[from..to];
        let all = digits.iter().all(u8::is_ascii_digit);
        all.then(|| digits.iter().fold(0_u32, |sum, it| sum * 10 + u32::from(it - b'0')))
    };
    NaiveDate::from_ymd_opt(i32::try_from(number(0, 4)?).ok()?, number(5, 7)?, number(8, 10)?)
}

impl Held {
    /// What to do about it in the table.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Status { .. } => "write a known status, or name this one in [status] of rollcall.toml",
            Self::Date { .. } => "write the date as YYYY-MM-DD",
            Self::Email { .. } => "write the person's address",
            Self::Domain { .. } => {
                "write an address of the company, or allow the domain in [email] of rollcall.toml"
            }
            Self::TooLong { .. } => "shorten it",
        }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status { status } if status.trim().is_empty() => f.write_str("the status is empty"),
            Self::Status { status } => write!(f, "the status {status:?} is none that the policy knows"),
            Self::Date { column, text } => write!(f, "{column} {text:?} is no date"),
            Self::Email { text, .. } if text.trim().is_empty() => f.write_str("there is no email address"),
            Self::Email { text, why } => write!(f, "the address {text:?} {why}"),
            Self::Domain { email } => {
                write!(f, "the address {email} is of a domain that the policy does not allow")
            }
            Self::TooLong { field, chars, max } => {
                write!(f, "{field} has {chars} characters, and Auth0 takes {max}")
            }
        }
    }
}

impl fmt::Display for Leaving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status { status } => write!(f, "status is {status}"),
            Self::Ended { ends_on } => write!(f, "last day was {ends_on}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(status: &str, starts_on: &str, ends_on: &str) -> Employee {
        let mut row = Employee::empty(1.into());
        row.email = "ada@example.com".to_owned();
        row.full_name = "Ada".to_owned();
        row.status = status.to_owned();
        row.starts_on = starts_on.to_owned();
        row.ends_on = ends_on.to_owned();
        row
    }

    fn word(row: &Employee) -> String {
        let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        match standing(row, &Policy::default(), today) {
            Standing::Employed(_) => "employed".to_owned(),
            Standing::Upcoming { due_on, .. } => format!("upcoming, due {due_on}"),
            Standing::Left(leaving) => format!("left: {leaving}"),
            Standing::Held(held) => format!("held: {held}"),
        }
    }

    #[test]
    fn leaving_is_judged_first_and_from_status_and_dates_alone() {
        let mut broken = row("terminated", "not a date", "nor this");
        broken.email = "-".to_owned();
        assert_eq!(word(&broken), "left: status is terminated");
        assert_eq!(word(&row("active", "", "2026-11-22")), "left: last day was 2026-11-22");
        assert_eq!(word(&row("furlough", "", "2026-03-31")), "left: last day was 2026-03-31");
        assert_eq!(word(&row("TERMINATED ", "2026-12-14", "")), "left: status is TERMINATED");
    }

    #[test]
    fn the_last_day_still_counts_and_so_does_the_lead_before_the_first() {
        assert_eq!(word(&row("active", "", "2026-11-23")), "employed");
        assert_eq!(word(&row("Active", "2026-11-30", "")), "employed");
        assert_eq!(word(&row("active", "2026-12-01", "")), "upcoming, due 2026-11-24");
    }

    #[test]
    fn an_employed_row_that_cannot_be_read_is_held() {
        assert_eq!(
            word(&row("furlough", "", "")),
            "held: the status \"furlough\" is none that the policy knows"
        );
        assert_eq!(word(&row("", "", "")), "held: the status is empty");
        assert_eq!(word(&row("active", "", "31.12.2026")), "held: ends_on \"31.12.2026\" is no date");
        let mut dash = row("active", "", "");
        dash.email = "-".to_owned();
        assert_eq!(word(&dash), "held: the address \"-\" is not of the form name@domain");
    }
}
