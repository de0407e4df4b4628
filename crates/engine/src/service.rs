//! What the service asks beside plans and runs, and what of it goes on record.

use diff::Approver;
use serde_json::json;

use crate::Engine;
use crate::audit::About;

impl Engine {
    /// Records that somebody was refused, and why.
    ///
    /// # Errors
    /// The database.
    pub async fn note_refusal(&self, by: &Approver, why: &str) -> Result<(), store::Error> {
        self.record(by, "request_refused", About::default().with(json!({ "reason": why }))).await
    }

    /// Has a schedule rest in every process, until it is resumed.
    ///
    /// # Errors
    /// The database.
    pub async fn pause_schedule(&self, name: &str, by: &Approver) -> Result<(), store::Error> {
        if self.store.pause(self.tenant(), name, by, self.now()).await? {
            self.record(by, "schedule_paused", of_schedule(name)).await?;
        }
        Ok(())
    }

    /// Has a schedule go on.
    ///
    /// # Errors
    /// The database.
    pub async fn resume_schedule(&self, name: &str, by: &Approver) -> Result<(), store::Error> {
        if self.store.resume(self.tenant(), name).await? {
            self.record(by, "schedule_resumed", of_schedule(name)).await?;
        }
        Ok(())
    }

    /// Records that somebody has a schedule run now.
    ///
    /// # Errors
    /// The database.
    pub async fn note_schedule_run(&self, name: &str, by: &Approver) -> Result<(), store::Error> {
        self.record(by, "schedule_run", of_schedule(name)).await
    }

    /// Asks the tenant for a token, unless there is a good one.
    ///
    /// # Errors
    /// The tenant gives none.
    pub async fn check_token(&self) -> Result<(), auth0::Error> {
        self.auth0.check_token().await
    }
}

fn of_schedule(name: &str) -> About {
    About::default().with(json!({ "schedule": name }))
}
