//! The three write-back columns, which mirror the links. Bookkeeping: no change, no digest.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diff::{Action, EmployeeId, Standing, User, UserId, standing};
use store::{SyncStatus, WriteBack};

use crate::Engine;
use crate::read::Read;
use crate::run::Run;

impl Engine {
    /// Writes what a run has made or linked.
    pub(crate) async fn write_back_of(&self, run: &Run<'_>) -> Result<usize, store::Error> {
        let links = self.store.links(self.tenant()).await?;
        let seen = run.state.seen();
        let changes = run.approved.plan().changes().iter();
        let tied: BTreeSet<&EmployeeId> =
            changes.filter(|it| ties(&it.action)).map(|it| &it.employee).collect();
        let concerned: BTreeSet<&EmployeeId> = tied.into_iter().chain(seen.keys()).collect();
        let rows: Vec<WriteBack> = concerned
            .into_iter()
            .map(|employee| {
                let link = links.of(employee).map(|it| it.user.clone());
                write_back(employee, link, seen.get(employee))
            })
            .collect();
        self.store.write_back(&rows).await
    }

    /// Makes all columns say what the links say. Users that the preview did not see are left to
    /// the run that made them.
    pub(crate) async fn mirror(&self, read: &Read) -> Result<usize, store::Error> {
        self.take_over_links(&read.employees).await?;
        let links = self.store.links(self.tenant()).await?;
        let users: BTreeMap<&UserId, &User> = read.users.iter().map(|it| (&it.id, it)).collect();
        let today = self.today();
        let rows = read.employees.iter().filter_map(|row| {
            if let Some(link) = links.of(&row.id) {
                let user = users.get(&link.user)?;
                return Some(write_back(&row.id, Some(link.user.clone()), Some(user)));
            }
            // Whoever never had an account waits for none unless employed. A column that could not be
            // taken over stays until somebody decides: the plan tells of it.
            let waits = matches!(standing(row, &read.policy, today), Standing::Employed(_));
            (waits && row.written_back.is_none()).then(|| write_back(&row.id, None, None))
        });
        self.store.write_back(&rows.collect::<Vec<_>>()).await
    }
}

fn write_back(employee: &EmployeeId, link: Option<UserId>, user: Option<&User>) -> WriteBack {
    let status = match (&link, user) {
        (None, _) => SyncStatus::Pending,
        (Some(_), Some(user)) if user.email_verified => SyncStatus::Verified,
        (Some(_), Some(_) | None) => SyncStatus::Created,
    };
    WriteBack { employee: employee.clone(), user: link, created_at: user.and_then(created_at), status }
}

/// When Auth0 made the user, where it says so readably.
pub(crate) fn created_at(user: &User) -> Option<DateTime<Utc>> {
    let text = user.created_at.as_deref()?;
    DateTime::parse_from_rfc3339(text).ok().map(|it| it.with_timezone(&Utc))
}

/// Whether an action makes a link.
fn ties(action: &Action) -> bool {
    match action {
        Action::Create { .. } | Action::Link { .. } | Action::Relink { .. } => true,
        Action::Update { .. }
        | Action::Block { .. }
        | Action::Unblock { .. }
        | Action::GrantRoles { .. }
        | Action::RevokeRoles { .. }
        | Action::SendInvitation { .. }
        | Action::SendVerification { .. } => false,
    }
}
