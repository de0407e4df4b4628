//! `audit`: reading the record, checking it, and erasing a person from it.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::{Args, Subcommand};
use diff::{EmployeeId, PlanId, RunId, UserId};
use store::AuditHead;

use super::employee::user_id;

/// `audit`, which lists the record unless a word follows.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub struct AuditArgs {
    /// What else is done with the record.
    #[command(subcommand)]
    pub command: Option<AuditCommand>,
    /// What is listed.
    #[command(flatten)]
    pub list: ListAudit,
}

const EXAMPLES: &str = "\
Examples:
  rollcall audit --employee 42                                     what was done about one person, and by whom
  rollcall audit --event plan_approved --since 2026-11-01
  rollcall audit --format csv --since 2026-11-01 --until 2026-11-30 > november.csv
  rollcall audit --format jsonl > record.jsonl                     all of it, with every hash
  rollcall audit verify                                            whether nobody changed it
  rollcall audit verify --head 1204:4be0…                          and whether it still holds what was noted then
  rollcall audit erase --employee 42 --reason \"asked for on 3 March\"";

/// What else is done with the record.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Read the whole record, and name every entry that was changed, removed, inserted, moved or cut off
    Verify {
        /// A head that was noted elsewhere, and must still be in the record; may be given once for each tenant
        #[arg(long, value_name = "SEQ:HASH")]
        head: Vec<AuditHead>,
    },
    /// Remove what the record says about a person; who did what to whom and when stays, and the chain stays whole
    Erase {
        /// Whose
        #[arg(long, value_name = "ID")]
        employee: EmployeeId,
        /// Why, for the record; it is not erased, so name nobody in it
        #[arg(long, value_name = "WHY")]
        reason: String,
    },
}

/// Which entries.
#[derive(Debug, Args)]
pub struct ListAudit {
    /// Only what concerns this employee
    #[arg(long, value_name = "ID")]
    pub employee: Option<EmployeeId>,
    /// Only what concerns this Auth0 user; quote it: 'auth0|63d1…'
    #[arg(long, value_name = "USER", value_parser = user_id)]
    pub user: Option<UserId>,
    /// Only what concerns this plan
    #[arg(long, value_name = "ID")]
    pub plan: Option<PlanId>,
    /// Only what was done in this run
    #[arg(long, value_name = "ID")]
    pub run: Option<RunId>,
    /// Only this event, as the list names it: plan_approved
    #[arg(long, value_name = "EVENT")]
    pub event: Option<String>,
    /// Only from this day or moment on: 2026-11-23, 2026-11-23T08:00:00Z; days are UTC
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub since: Option<DateTime<Utc>>,
    /// Only to this moment, or to the end of this day
    #[arg(long, value_name = "TIME", value_parser = until)]
    pub until: Option<DateTime<Utc>>,
    /// At most so many, the newest [default: 50; all with --format jsonl or csv]
    #[arg(long, value_name = "N", alias = "last")]
    pub limit: Option<u64>,
}

fn since(text: &str) -> Result<DateTime<Utc>, String> {
    moment(text, NaiveTime::MIN)
}

fn until(text: &str) -> Result<DateTime<Utc>, String> {
    moment(text, NaiveTime::from_hms_milli_opt(23, 59, 59, 999).expect("it is a time"))
}

/// A moment, or that time of a day.
fn moment(text: &str, time: NaiveTime) -> Result<DateTime<Utc>, String> {
    let day = |text: &str| text.parse::<NaiveDate>().map(|it| it.and_time(time).and_utc());
    let moment = |text: &str| DateTime::parse_from_rfc3339(text).map(|it| it.to_utc());
    moment(text)
        .or_else(|_| day(text))
        .map_err(|_| "write a day, 2026-11-23, or a moment, 2026-11-23T08:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_meant_from_its_beginning_to_its_end() {
        let shown = |it: Result<DateTime<Utc>, String>| it.map(|it| it.to_rfc3339());
        assert_eq!(shown(since("2026-11-23")).unwrap(), "2026-11-23T00:00:00+00:00");
        assert_eq!(shown(until("2026-11-23")).unwrap(), "2026-11-23T23:59:59.999+00:00");
        assert_eq!(shown(until("2026-11-23T09:00:00+01:00")).unwrap(), "2026-11-23T08:00:00+00:00");
        assert!(shown(since("yesterday")).unwrap_err().contains("2026-11-23"));
    }
}
