//! One employee at once: what we add to the tenant's own time.

use std::time::Instant;

use diff::{Approver, EmployeeId};
use engine::{Stop, SyncOutcome};

use crate::company;
use crate::place::{Setting, run};
use crate::table::Table;

/// A company of this size is there already.
const SIZE: i64 = 1_000;

/// So many are added one by one.
const JOINERS: i64 = 200;

pub(crate) fn measure(table: &mut Table) {
    let took = run(async {
        let setting = Setting { latency_ms: 0, ..Setting::settled(SIZE, "private-cloud-10000") };
        let place = Setting { csv: company::csv(SIZE + JOINERS, None), ..setting }.place().await;
        let by = Approver::Unverified { name: "bench".to_owned() };
        let mut took = Vec::new();
        for id in SIZE + 1..=SIZE + JOINERS {
            let begun = Instant::now();
            let employee = EmployeeId::from(id);
            let synced = place.engine.sync_employee(&employee, &by, "bench:1", &Stop::new(), &|_| ()).await;
            took.push(begun.elapsed());
            let outcome = synced.expect("the tenant answers").outcome;
            assert!(matches!(&outcome, SyncOutcome::Applied(it) if it.is_complete()), "{outcome:?}");
        }
        place.simulator.shutdown().await;
        took
    });
    table.push_on_demand(&format!("an account on demand, {SIZE} employees, no latency"), took);
}
