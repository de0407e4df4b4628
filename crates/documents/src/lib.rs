//! What goes out as JSON. The command line and the API say the same thing in the same form: a script that reads
//! `rollcall run show --format json` today can read `GET /api/runs/{id}` tomorrow.
//!
//! Nothing here decides or words anything; a form is the fields of what it shows, and a moment is
//! [`timestamp`].

mod people;
mod plans;
mod records;
mod runs;

use chrono::{DateTime, SecondsFormat, Utc};

pub use people::{employee, explanation, failing, story};
pub use plans::{PlanDocument, Review, plan_summary, waits_for};
pub use records::{audit_entry, token};
pub use runs::{report, run, run_with_forecast};

/// A moment as a machine reads it: RFC 3339, to the millisecond, in UTC.
pub fn timestamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}
