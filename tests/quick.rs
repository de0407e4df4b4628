//! Quick runs: those whose row has changed, for a few calls; whoever is out of scope is never a leaver.

mod due;
mod missed;
mod typed;

use engine::{Changed, Preview, Stop, SyncOutcome, Synced};

use crate::world::{Company, World, person};

/// A manager and twenty people in packing, all of them in order.
fn company() -> Company {
    Company::new().settled(1, "Ana Silva", "Packing", "manager").staff(20)
}

impl World {
    /// All is well, and a whole run has seen so.
    async fn seen(company: Company) -> Self {
        let world = Self::with(company).await;
        assert_eq!(world.sync().await.outcome, SyncOutcome::Nothing);
        world
    }

    async fn look(&self) -> Option<Preview> {
        self.simulator.clear_journal();
        match Box::pin(self.engine.preview_changed()).await.unwrap() {
            Changed::Nothing { .. } => None,
            Changed::Planned(preview) => Some(*preview),
        }
    }

    /// A quick run; none where no row has changed.
    async fn quick(&self) -> Option<Synced> {
        let Some(preview) = self.look().await else {
            self.engine.looked_quickly().await.unwrap();
            return None;
        };
        let by = person("op");
        Some(Box::pin(self.engine.sync_planned(preview, &by, "host:1", &Stop::new(), &|_| ())).await.unwrap())
    }

    /// No row is due, which costs nothing.
    async fn assert_nothing_due(&self) {
        assert!(self.quick().await.is_none());
        assert_eq!(self.journal(), "");
    }

    /// A quick run that does all there is to do.
    async fn quick_does(&self, changes: &str) {
        let synced = self.quick().await.expect("a row has changed");
        let SyncOutcome::Applied(report) = &synced.outcome else { panic!("{:?}", synced.outcome) };
        assert_eq!(self.said(report), changes);
    }
}
