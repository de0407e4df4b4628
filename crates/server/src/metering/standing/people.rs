//! Everybody in the table, beside the links.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime, Utc};
use diff::{Employee, Held, Standing, standing};
use engine::Engine;
use metrics::gauge;

use super::{count, seconds};

pub(super) async fn read(engine: &Engine) -> Result<(), store::Error> {
    let rows = engine.store().employees().await?;
    let links = engine.store().links(engine.tenant()).await?;
    let today = engine.today();
    let mut without = 0;
    let mut oldest: Option<NaiveDate> = None;
    let mut held: BTreeMap<&str, usize> = HELD.into_iter().map(|it| (it, 0)).collect();
    for row in &rows {
        match standing(row, engine.policy(), today) {
            Standing::Employed(_)
                if links.of(&row.id).is_none() && !links.ignored_employees.contains_key(&row.id) =>
            {
                without += 1;
                oldest = oldest.into_iter().chain(began(row)).min();
            }
            Standing::Held(why) => *held.entry(word(&why)).or_default() += 1,
            Standing::Employed(_) | Standing::Left(_) | Standing::Upcoming { .. } => {}
        }
    }
    gauge!("rollcall_employees_without_account").set(count(without));
    let waited =
        oldest.map_or(0, |it| (Utc::now().naive_utc() - it.and_time(NaiveTime::MIN)).num_seconds().max(0));
    gauge!("rollcall_employees_without_account_oldest_seconds").set(seconds(waited));
    for (reason, number) in held {
        gauge!("rollcall_employees_held", "reason" => reason).set(count(number));
    }
    gauge!("rollcall_leavers_with_account_unfinished").set(count(links.unfinished_blocks.len()));
    Ok(())
}

/// Since when an account is due, as far as the row says.
fn began(row: &Employee) -> Option<NaiveDate> {
    row.starts_on.trim().parse().ok()
}

const HELD: [&str; 5] = ["status", "date", "email", "domain", "too_long"];

fn word(held: &Held) -> &'static str {
    match held {
        Held::Status { .. } => "status",
        Held::Date { .. } => "date",
        Held::Email { .. } => "email",
        Held::Domain { .. } => "domain",
        Held::TooLong { .. } => "too_long",
    }
}
