//! What fails again and again is parked, told of, tried again in time, and given up by people only. Access is
//! taken away without ever being parked.

mod access;
mod by_hand;
mod counting;
mod nights;
mod typed;

use chrono::{DateTime, TimeDelta, Utc};
use engine::SyncOutcome;
use simulator::{Switches, Trouble};

use crate::world::{Company, NOW, World, fault};

/// Ana's row has a new name, which this tenant thinks is too long; Ben is as he should be.
fn a_name_too_long() -> Company {
    Company::new()
        .settled(1, "Ana Silva", "Packing", "associate")
        .settled(2, "Ben Okoye", "Packing", "associate")
        .cell(1, "full_name", "Ana Maria da Conceição Silva")
}

/// A tenant with a bound of its own on names.
async fn strict(company: Company) -> World {
    let world = World::at(company, simulator::Options::default()).await;
    world.accepts_names_of(12);
    world
}

impl World {
    /// The tenant takes names of so many characters from now on.
    fn accepts_names_of(&self, name_max: usize) {
        self.simulator.set_switches(Switches { name_max, ..Switches::default() });
    }

    /// Roles cannot be given to the user from now on.
    fn refuses_roles_to(&mut self, user: i64) {
        self.without_retries();
        let path = format!("/api/v2/users/auth0*{user}/roles");
        self.faults(vec![fault("POST", &path, 1, 0, Trouble::ServerError)]);
    }

    /// So many hours after the story began.
    fn after_hours(&mut self, hours: i64) {
        let begun: DateTime<Utc> = NOW.parse().unwrap();
        self.clock(&(begun + TimeDelta::hours(hours)).to_rfc3339());
        self.without_retries();
    }

    /// A run of a schedule: what became of each change, or that there was nothing to do.
    async fn night(&self) -> String {
        match self.sync().await.outcome {
            SyncOutcome::Applied(report) => self.said(&report),
            SyncOutcome::Nothing => "nothing to do".to_owned(),
            SyncOutcome::Proposed(plan) => format!("plan {plan} waits"),
            SyncOutcome::Breached(plan) => format!("plan {plan} exceeds a limit"),
        }
    }

    /// What is in quarantine, a line a change.
    async fn quarantine(&self) -> String {
        let failing = self.engine.quarantine().await.unwrap();
        let line = |it: &engine::Failing| {
            let parked = if it.parked { " (parked)" } else { "" };
            format!("{} {}: {}{parked}", it.change.employee, it.name, it.change)
        };
        failing.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}
