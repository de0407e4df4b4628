//! The three write-back columns, which mirror the links. Bookkeeping: no change, no digest.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diff::{Action, Employee, EmployeeId, Links, Plan, Standing, User, UserId, standing};
use store::{StoredLink, SyncStatus, WriteBack};

use crate::Engine;
use crate::read::Read;

impl Engine {
    /// Writes what the runs of a plan have made or linked; `seen` are users as Auth0 answered last.
    pub(crate) async fn write_back_of(
        &self,
        plan: &Plan,
        seen: &BTreeMap<EmployeeId, User>,
    ) -> Result<usize, store::Error> {
        let ties = plan.changes().iter().filter(|it| ties(&it.action)).map(|it| &it.employee);
        let ties: BTreeSet<&EmployeeId> = ties.collect();
        let meant: Vec<&EmployeeId> = ties.iter().copied().chain(seen.keys()).collect();
        let links = self.store.stored_links_of(self.tenant(), &meant).await?;
        let links: BTreeMap<EmployeeId, StoredLink> =
            links.into_iter().map(|it| (it.employee.clone(), it)).collect();
        let present = self.store.written_back_of(&meant).await?;
        // What an earlier run of this plan has linked, and a crash kept from the columns, is written too;
        // what the columns say of it already is better than what is known here.
        let unwritten = ties.into_iter().filter(|it| {
            let column = present.get(*it).and_then(|it| it.user.as_ref());
            links.get(*it).is_some_and(|it| Some(&it.user) != column)
        });
        let concerned: BTreeSet<&EmployeeId> = unwritten.chain(seen.keys()).collect();
        let rows: Vec<WriteBack> = concerned
            .into_iter()
            .map(|employee| {
                let link = links.get(employee);
                let mut row = write_back(employee, link.map(|it| it.user.clone()), seen.get(employee));
                row.created_at = row.created_at.or_else(|| link.and_then(|it| it.created_at));
                row
            })
            .collect();
        self.store.write_back(&rows).await
    }

    /// Makes all columns say what the links say, before a run: the run writes what it makes of them.
    pub(crate) async fn mirror(&self, read: &Read) -> Result<usize, store::Error> {
        self.take_over_links(&read.employees).await?;
        let links = self.store.links(self.tenant()).await?; // people may have linked some by hand meanwhile
        self.mirror_rows(read, &links, &mut read.employees.iter()).await
    }

    /// The same for one row, read a moment ago.
    pub(crate) async fn mirror_row(&self, read: &Read, employee: &EmployeeId) -> Result<usize, store::Error> {
        self.take_over_links(&read.employees).await?;
        self.mirror_rows(read, &read.links, &mut read.employees.iter().filter(|it| it.id == *employee)).await
    }

    async fn mirror_rows(
        &self,
        read: &Read,
        links: &Links,
        rows: &mut (dyn Iterator<Item = &Employee> + Send),
    ) -> Result<usize, store::Error> {
        let users: BTreeMap<&UserId, &User> = read.users.iter().map(|it| (&it.id, it)).collect();
        let today = self.today();
        let rows = rows.filter_map(|row| {
            if let Some(link) = links.of(&row.id) {
                let user = users.get(&link.user)?;
                return Some(write_back(&row.id, Some(link.user.clone()), Some(user)));
            }
            // Whoever never had an account waits for none unless employed. A column that could not be
            // taken over stays until somebody decides: the plan tells of it.
            let waits = matches!(standing(row, &read.policy, today), Standing::Employed(_));
            (waits && row.written_back.is_none()).then(|| write_back(&row.id, None, None))
        });
        let rows: Vec<WriteBack> = rows.collect();
        let seen: Vec<UserId> = rows.iter().filter_map(|it| it.user.clone()).collect();
        self.store.seen(self.tenant(), &seen, self.now()).await?;
        self.store.write_back(&rows).await
    }
}

fn write_back(employee: &EmployeeId, link: Option<UserId>, user: Option<&User>) -> WriteBack {
    let user = user.filter(|_| link.is_some()); // a run may have untied what it wrote
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
        Action::Unlink { .. }
        | Action::Update { .. }
        | Action::Block { .. }
        | Action::Unblock { .. }
        | Action::GrantRoles { .. }
        | Action::RevokeRoles { .. }
        | Action::SendInvitation { .. }
        | Action::SendVerification { .. } => false,
    }
}
