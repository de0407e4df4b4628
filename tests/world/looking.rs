//! What a story sees of its world.

use std::error::Error;

use diff::{EmployeeId, Report, UserId};
use store::SyncStatus;

use super::{World, journal};

impl World {
    /// Nothing is left to do, and the write-back columns say what the links say.
    pub(crate) async fn assert_settled(&self) {
        self.assert_nothing_left().await;
        let links = self.engine.store().links(self.engine.tenant()).await.unwrap();
        for (employee, columns) in self.engine.store().written_back().await.unwrap() {
            let link = links.of(&employee).map(|it| &it.user);
            assert_eq!(columns.user.as_ref(), link, "the column of employee {employee}");
            assert_eq!(columns.status == SyncStatus::Pending, link.is_none(), "the status of {employee}");
        }
    }

    /// The next plan is empty.
    pub(crate) async fn assert_nothing_left(&self) {
        let preview = self.preview().await;
        assert!(preview.plan.is_empty(), "left to do:\n{}", self.text(&preview.plan, &preview.breaches));
    }

    /// The user whom an employee is linked to.
    pub(crate) async fn linked(&self, id: i64) -> Option<UserId> {
        let links = self.engine.store().links(self.engine.tenant()).await.unwrap();
        links.of(&EmployeeId::from(id)).map(|it| it.user.clone())
    }

    /// One user as the tenant holds it.
    pub(crate) fn user(&self, id: &str) -> simulator::User {
        self.simulator.state().users.into_iter().find(|it| it.user_id == id).unwrap()
    }

    /// The users who have an address: never more than one in a connection.
    pub(crate) fn users_with(&self, email: &str) -> Vec<simulator::User> {
        let mut users = self.simulator.state().users;
        users.retain(|it| it.email.as_deref() == Some(email));
        users
    }

    /// The direct holders of a role.
    pub(crate) fn members(&self, role: &str) -> Vec<String> {
        let roles = self.simulator.state().roles;
        roles.into_iter().find(|it| it.name == role).map_or_else(Vec::new, |it| it.members)
    }

    /// A report, a line a change, and why it stopped.
    pub(crate) fn said(&self, report: &Report) -> String {
        let mut lines: Vec<String> =
            report.outcomes.iter().map(|(id, outcome)| format!("{id}: {outcome}")).collect();
        lines.extend(report.stopped.as_ref().map(|it| format!("stopped: {it}")));
        self.stable(&lines.join("\n"))
    }

    /// An error with its causes, as the command line prints it.
    pub(crate) fn chain(&self, error: &dyn Error) -> String {
        let mut text = error.to_string();
        let mut at = error.source();
        while let Some(cause) = at {
            text.push_str(": ");
            text.push_str(&cause.to_string());
            at = cause.source();
        }
        self.stable(&text)
    }

    /// Ports and made ids are another every time.
    fn stable(&self, text: &str) -> String {
        journal::named(&self.simulator.state(), text).replace(&self.simulator.addr().to_string(), "[tenant]")
    }
}
