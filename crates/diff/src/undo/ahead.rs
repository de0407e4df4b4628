//! Both sides as they would be once an undo is carried out: for planning ahead, never for applying.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::account::{Access, Account, BLOCK_MARK, Field, User};
use crate::change::{Action, Change, FieldChange};
use crate::employee::Employee;
use crate::ids::{EmployeeId, UserId};
use crate::links::{Link, Links};
use crate::metadata::Metadata;
use crate::scope::Scope;
use crate::situation::Situation;

/// Rows with their write-back columns, users and links.
pub(super) struct Ahead {
    employees: Vec<Employee>,
    users: Vec<User>,
    links: Links,
    columns: BTreeMap<EmployeeId, Option<UserId>>,
}

impl Ahead {
    /// As if the changes were carried out, all of them. Nobody is created by an undo.
    pub(super) fn of(at: &Situation<'_>, changes: &[Change]) -> Self {
        let (employees, users, links) = (at.employees.to_vec(), at.users.to_vec(), at.links.clone());
        let mut ahead = Self { employees, users, links, columns: BTreeMap::new() };
        let mut of_user: BTreeMap<&UserId, Vec<&Action>> = BTreeMap::new();
        for change in changes {
            ahead.tie(change);
            if let Some(user) = change.action.user() {
                of_user.entry(user).or_default().push(&change.action);
            }
        }
        for row in &mut ahead.employees {
            if let Some(column) = ahead.columns.get(&row.id) {
                row.written_back.clone_from(column);
            }
        }
        for user in &mut ahead.users {
            for action in of_user.get(&user.id).into_iter().flatten() {
                carry_out(&mut user.account, action);
            }
        }
        ahead
    }

    /// The same situation but for that.
    pub(super) fn situation<'a>(&'a self, at: &Situation<'a>, scope: &'a Scope) -> Situation<'a> {
        let Self { employees, users, links, columns: _ } = self;
        Situation { employees, users, links, scope, ..*at }
    }

    #[cfg(test)]
    pub(super) fn into_parts(self) -> (Vec<Employee>, Vec<User>, Links) {
        (self.employees, self.users, self.links)
    }

    fn tie(&mut self, change: &Change) {
        match &change.action {
            Action::Link { user, .. } => self.link(&change.employee, user),
            Action::Unlink { .. } => self.unlink(&change.employee),
            Action::Relink { user, from, .. } => {
                self.unlink(from);
                self.link(&change.employee, user);
            }
            Action::Create { .. }
            | Action::Update { .. }
            | Action::Block { .. }
            | Action::Unblock { .. }
            | Action::GrantRoles { .. }
            | Action::RevokeRoles { .. }
            | Action::SendInvitation { .. }
            | Action::SendVerification { .. } => {}
        }
    }

    fn link(&mut self, employee: &EmployeeId, user: &UserId) {
        let link = Link { user: user.clone(), created_by_us: false, invited: true };
        // Either end was looked at before the change was planned.
        let _taken = self.links.tie(employee.clone(), link);
        self.columns.insert(employee.clone(), Some(user.clone()));
    }

    fn unlink(&mut self, employee: &EmployeeId) {
        self.links.untie(employee);
        self.columns.insert(employee.clone(), None);
    }
}

fn carry_out(account: &mut Account, action: &Action) {
    match action {
        Action::Update { fields, .. } => {
            for FieldChange { field, before: _, after, rule: _ } in fields {
                set(account, field, after.clone());
            }
        }
        Action::Block { .. } => {
            account.access = Access::BlockedByUs;
            account.app_metadata.insert(BLOCK_MARK, Value::Bool(true));
        }
        Action::Unblock { .. } => {
            account.access = Access::Open;
            account.app_metadata.remove(BLOCK_MARK);
        }
        Action::GrantRoles { roles, .. } => account.roles.extend(roles.iter().cloned()),
        Action::RevokeRoles { roles, .. } => account.roles.retain(|it| !roles.contains(it)),
        Action::Create { .. }
        | Action::Link { .. }
        | Action::Relink { .. }
        | Action::Unlink { .. }
        | Action::SendInvitation { .. }
        | Action::SendVerification { .. } => {}
    }
}

fn set(account: &mut Account, field: &Field, value: Value) {
    let text = |it: &Value| it.as_str().map(str::to_owned);
    match field {
        Field::Email => account.email = text(&value),
        Field::Name => account.name = text(&value),
        Field::GivenName => account.given_name = text(&value),
        Field::FamilyName => account.family_name = text(&value),
        Field::UserMetadata(key) => put(&mut account.user_metadata, key, value),
        Field::AppMetadata(key) => put(&mut account.app_metadata, key, value),
    }
}

/// Null deletes the key.
fn put(metadata: &mut Metadata, key: &str, value: Value) {
    if value.is_null() {
        metadata.remove(key);
    } else {
        metadata.insert(key, value);
    }
}
