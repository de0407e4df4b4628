//! Runs, and what takes them back.

use std::collections::{BTreeMap, BTreeSet};

use diff::{PlanId, RunId};
use engine::{Preview, UndoError};
use serde_json::{Value, json};
use store::{Proposal, ProposalStanding};

use super::{Proposed, World, person};

impl World {
    /// Plans, accepts whatever limit that exceeds, and applies, all of it. Tells which run it was.
    pub(crate) async fn ran(&self) -> RunId {
        let plan = self.plan().await;
        self.run_of(&plan).await
    }

    /// The run of a plan, with every limit that it exceeds accepted.
    pub(crate) async fn run_of(&self, plan: &Proposed) -> RunId {
        self.accept_as("grace", plan).await;
        let report = self.try_apply().await.unwrap();
        assert!(report.is_complete(), "{}", self.said(&report));
        report.run
    }

    /// What would take a run back.
    pub(crate) async fn try_undo(&self, run: RunId) -> Result<Preview, UndoError> {
        Box::pin(self.engine.undo(run)).await
    }

    /// Plans what takes a run back, and proposes it.
    pub(crate) async fn undo(&self, run: RunId) -> Proposed {
        let preview = self.try_undo(run).await.unwrap();
        let nothing = Proposal { id: PlanId(0), standing: ProposalStanding::SameAsBefore };
        let proposal = self.engine.propose_undo(run, &preview, &person("hal"), Some("a mistake")).await;
        let Proposal { id, standing } = proposal.unwrap().unwrap_or(nothing);
        self.latest.set(Some(id));
        let text = self.text(&preview.plan, &preview.breaches);
        let Preview { plan, breaches, .. } = preview;
        Proposed { id, plan, breaches, standing, text }
    }

    /// Every user as far as Rollcall can change it, with the managed roles.
    pub(crate) fn picture(&self) -> BTreeMap<String, Value> {
        let state = self.simulator.state();
        let roles = |user: &str| -> BTreeSet<String> {
            let held = state.roles.iter().filter(|it| it.members.iter().any(|it| it == user));
            held.map(|it| it.name.clone()).collect()
        };
        let users = state.users.iter().map(|it| {
            let blocked = it.blocked.unwrap_or_default();
            let metadata = json!([
                it.user_metadata.clone().unwrap_or_default(),
                it.app_metadata.clone().unwrap_or_default()
            ]);
            (it.user_id.clone(), json!([it.email, it.name, blocked, metadata, roles(&it.user_id)]))
        });
        users.collect()
    }
}
