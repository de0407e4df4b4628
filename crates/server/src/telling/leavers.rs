//! Leavers who still have access.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use diff::{Employee, EmployeeId, Kind as ChangeKind, Sought, Standing as RowStanding, standing};
use engine::Engine;
use notify::{Condition, Kind, Subject};
use store::{PlanState, PlanSummary};
use tokio::time::Instant;

use super::plans::Plans;
use super::store_looks::Standing;

/// A block that is approved, or begun, is done in a moment, unless whoever was at it died.
const LONGEST_BLOCK: Duration = Duration::from_mins(10);

/// Since when each leaver was seen to be pending.
#[derive(Default)]
pub(super) struct Leavers(BTreeMap<EmployeeId, Instant>);

/// Why a block is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    /// It waits for a person, or for a later try.
    Waits,
    /// Somebody is at it.
    UnderWay,
}

impl Leavers {
    /// Whose row says that they left, who are linked, and whose block is planned, failed or begun and not done; as
    /// far as that was so for longer than a moment.
    pub(super) async fn pending(
        &mut self,
        engine: &Engine,
        open: &[PlanSummary],
        plans: &Plans,
        told: &Standing,
        every: Duration,
    ) -> Result<Vec<Condition>, store::Error> {
        let unblocked = unblocked(engine, open, plans).await?;
        let left = linked_leavers(engine, &unblocked).await?;
        self.0.retain(|id, _| left.iter().any(|it| it.id == *id));
        let mut pending = Vec::new();
        for row in &left {
            let first_seen = *self.0.entry(row.id.clone()).or_insert_with(Instant::now);
            let grace = match unblocked.get(&row.id) {
                Some(Why::UnderWay) => LONGEST_BLOCK,
                Some(Why::Waits) | None => every,
            };
            let employee = row.id.as_str();
            if first_seen.elapsed() >= grace || told.has(Kind::LeaverPending, Subject::employee(employee)) {
                let since = since(row, engine.today(), Utc::now()).unwrap_or_else(|| first_seen.elapsed());
                pending.push(Condition::LeaverPending { employee: employee.to_owned(), since });
            }
        }
        Ok(pending)
    }
}

/// How many there are at this moment.
pub(super) async fn count(
    engine: &Engine,
    open: &[PlanSummary],
    plans: &Plans,
) -> Result<usize, store::Error> {
    let unblocked = unblocked(engine, open, plans).await?;
    Ok(linked_leavers(engine, &unblocked).await?.len())
}

/// Whose block is not done, and why.
async fn unblocked(
    engine: &Engine,
    open: &[PlanSummary],
    plans: &Plans,
) -> Result<BTreeMap<EmployeeId, Why>, store::Error> {
    let (store, tenant) = (engine.store(), engine.tenant());
    let mut unblocked: BTreeMap<EmployeeId, Why> = BTreeMap::new();
    let mut add = |employee: &EmployeeId, why: Why| {
        let known = unblocked.entry(employee.clone()).or_insert(why);
        *known = why.min(*known);
    };
    for plan in open {
        let blocks = plans.of(plan.id).map(|it| it.blocks.as_slice()).unwrap_or_default();
        if blocks.is_empty() {
            continue;
        }
        let why = match plan.state {
            PlanState::Approved | PlanState::Applying => Why::UnderWay,
            PlanState::Proposed
            | PlanState::Incomplete
            | PlanState::Rejected
            | PlanState::Superseded
            | PlanState::Expired
            | PlanState::Applied => Why::Waits,
        };
        let done = store.confirmed(plan.id).await?;
        blocks.iter().filter(|(change, _)| !done.contains_key(change)).for_each(|(_, it)| add(it, why));
    }
    for (employee, kind) in store.quarantine(tenant).await?.keys() {
        if *kind == ChangeKind::Block {
            add(employee, Why::Waits);
        }
    }
    store.blocks_due(tenant).await?.iter().for_each(|it| add(it, Why::UnderWay));
    Ok(unblocked)
}

/// Those of them who are linked, and whose rows say that they left.
async fn linked_leavers(
    engine: &Engine,
    among: &BTreeMap<EmployeeId, Why>,
) -> Result<Vec<Employee>, store::Error> {
    if among.is_empty() {
        return Ok(Vec::new());
    }
    let (store, today) = (engine.store(), engine.today());
    let sought = Sought::of(among.keys().cloned().collect());
    let links = store.links_among(engine.tenant(), &sought).await?;
    let mut rows = store.rows_like(&sought).await?;
    rows.retain(|it| {
        let left = matches!(standing(it, engine.policy(), today), RowStanding::Left(_));
        left && among.contains_key(&it.id) && links.of(&it.id).is_some()
    });
    Ok(rows)
}

/// For how long the row has said so: since the end of their last day, or since it was changed, where it tells.
fn since(row: &Employee, today: NaiveDate, now: DateTime<Utc>) -> Option<Duration> {
    let last_day = row.ends_on.trim().parse::<NaiveDate>().ok().filter(|it| *it < today);
    let left =
        last_day.and_then(|it| it.checked_add_days(Days::new(1))).map(|it| it.and_time(NaiveTime::MIN));
    let at = left.or_else(|| moment(row.cell("updated_at")))?;
    (now - at.and_utc()).to_std().ok()
}

/// A moment in UTC, as databases write it.
fn moment(text: &str) -> Option<NaiveDateTime> {
    let text = text.trim();
    let with_zone = DateTime::parse_from_rfc3339(text).map(|it| it.naive_utc());
    with_zone
        .or_else(|_| text.parse())
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f"))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(ends_on: &str, updated_at: &str) -> Employee {
        let mut row = Employee::empty(EmployeeId::from(7));
        ends_on.clone_into(&mut row.ends_on);
        row.more.insert("updated_at".into(), updated_at.into());
        row
    }

    fn hours(row: &Employee) -> Option<u64> {
        let now: DateTime<Utc> = "2026-11-23T08:00:00Z".parse().unwrap();
        since(row, now.date_naive(), now).map(|it| it.as_secs() / 3_600)
    }

    #[test]
    fn a_last_day_tells_since_when_else_the_rows_last_change_and_else_nothing() {
        assert_eq!(hours(&row("2026-11-22", "2026-11-01 00:00:00")), Some(8), "the last day was theirs");
        assert_eq!(hours(&row("2026-11-30", "2026-11-23T06:00:00+00:00")), Some(2), "let go earlier");
        assert_eq!(hours(&row("", "2026-11-23 05:00:00.125")), Some(2));
        assert_eq!(hours(&row("", "2026-11-23T05:00:00")), Some(3));
        assert_eq!(hours(&row("soon", "2026-12-01 00:00:00")), None, "what is to come tells nothing");
        assert_eq!(hours(&row("", "")), None);
    }
}
