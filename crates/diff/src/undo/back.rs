//! What takes each change of a run back: one match, one arm a kind.

use std::collections::{BTreeMap, BTreeSet};

use crate::account::{Access, BLOCK_MARK, Field, User};
use crate::change::{Action, Cause, Change, FieldChange, Kind, Matched, Who};
use crate::ids::{ChangeId, EmployeeId, RoleName, UserId};
use crate::note::{Note, Reason};
use crate::plan::RolesRead;
use crate::policy::Leavers;
use crate::situation::View;
use crate::standing::Standing;
use crate::wanted::same;

use super::PastRun;

/// The changes and notes of an undo, while they come together.
pub(super) struct Back<'v, 'a> {
    pub(super) view: &'v View<'a>,
    pub(super) past: &'v PastRun<'v>,
    /// What the run has done.
    pub(super) done: BTreeMap<&'v ChangeId, &'v Change>,
    pub(super) changes: BTreeMap<ChangeId, Change>,
    /// Whom this very plan ties to which user before anything else is done for them.
    pub(super) tied: BTreeMap<EmployeeId, (ChangeId, UserId)>,
    notes: Vec<Note>,
}

pub(super) const SESSIONS: &str = "ended sessions stay ended";
pub(super) const MAIL: &str = "a mail cannot be taken back";

impl<'v, 'a> Back<'v, 'a> {
    pub(super) fn of(past: &'v PastRun<'v>, view: &'v View<'a>) -> Self {
        let done = past.plan.changes().iter().filter(|it| past.done.contains(&it.id));
        let done: BTreeMap<&ChangeId, &Change> = done.map(|it| (&it.id, it)).collect();
        let (changes, tied, notes) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        let mut back = Self { view, past, done: done.clone(), changes, tied, notes };
        for change in done.values() {
            back.tie_before(change);
        }
        for change in done.values() {
            back.take_back(change);
        }
        back.settle_emails();
        back.pair_roles();
        for change in done.values() {
            back.tie_behind(change);
        }
        back
    }

    pub(super) fn into_parts(self) -> (Vec<Change>, Vec<Note>) {
        (self.changes.into_values().collect(), self.notes)
    }

    fn take_back(&mut self, change: &Change) {
        match &change.action {
            Action::Link { .. } | Action::Relink { .. } | Action::Unlink { .. } => {} // before or behind
            Action::Create { email, .. } => {
                self.created(change);
                if email.send_verification {
                    self.tell(change, Kind::SendVerification, MAIL);
                }
            }
            Action::Update { user, fields, .. } => self.updated(change, user, fields),
            Action::Block { user, end_sessions } => self.blocked(change, user, *end_sessions),
            Action::Unblock { user } => self.unblocked(change, user),
            Action::GrantRoles { who, roles } => self.granted(change, who, roles),
            Action::RevokeRoles { user, roles } => self.revoked(change, user, roles),
            Action::SendInvitation { .. } | Action::SendVerification { .. } => self.left(change, MAIL),
        }
    }

    /// Nobody is deleted: the account is blocked, its roles go, and its link stays.
    fn created(&mut self, change: &Change) {
        let Some(user) = self.account_of(&change.employee) else {
            return self.left(change, "nobody knows whether an account was made");
        };
        let Some(user) = self.ours(change, &user) else { return };
        self.left(change, "the account is blocked, not deleted");
        if user.account.access == Access::Open {
            self.block(change, user);
        }
        let managed = self.view.managed_roles();
        let held: BTreeSet<RoleName> =
            user.account.roles.iter().filter(|it| managed.contains(it)).cloned().collect();
        self.revoke(change, user, held);
    }

    /// Exactly the fields that are still as the run set them.
    fn updated(&mut self, change: &Change, user: &UserId, fields: &[FieldChange]) {
        let Some(user) = self.ours(change, user) else { return };
        let mut back = Vec::new();
        for FieldChange { field, before, after, rule: _ } in fields {
            let now = user.account.get(field);
            if same(field, &now, before) {
                continue;
            }
            if *field == Field::AppMetadata(BLOCK_MARK.to_owned()) {
                self.left(change, "our mark stays off an account that was not blocked");
            } else if !same(field, &now, after) {
                self.left(change, &format!("{field} was changed since, and stays"));
            } else if !user.takes(field) {
                self.left(change, &format!("{field} belongs to the user's own directory now"));
            } else {
                let (field, before, after, rule) = (field.clone(), now, before.clone(), String::new());
                back.push(FieldChange { field, before, after, rule });
            }
        }
        if !back.is_empty() {
            let user = user.id.clone();
            self.add(change, Action::Update { user, fields: back, email: None });
        }
    }

    fn blocked(&mut self, change: &Change, user: &UserId, end_sessions: bool) {
        let Some(user) = self.ours(change, user) else { return };
        match user.account.access {
            Access::Open => return,
            Access::BlockedByOther => return self.left(change, "somebody else has blocked the user since"),
            Access::BlockedByUs => {}
        }
        if self.leaver_gets_nothing(change) {
            return;
        }
        self.add(change, Action::Unblock { user: user.id.clone() });
        if end_sessions {
            self.left(change, SESSIONS);
        }
    }

    fn unblocked(&mut self, change: &Change, user: &UserId) {
        let Some(user) = self.ours(change, user) else { return };
        match user.account.access {
            Access::Open => self.block(change, user),
            Access::BlockedByUs => {}
            Access::BlockedByOther => self.left(change, "somebody else has blocked the user since"),
        }
    }

    /// What the run gave and is still held goes. The roles of an account that the run made went with it.
    fn granted(&mut self, change: &Change, who: &Who, roles: &BTreeSet<RoleName>) {
        if self.done.contains_key(&Change::id_of(Kind::Create, &change.employee)) {
            return;
        }
        let user = match who {
            Who::User(user) => Some(user.clone()),
            Who::CreatedFor(employee) => self.account_of(employee),
        };
        let Some(user) = user else { return self.left(change, "the account was not made") };
        let Some(user) = self.ours(change, &user) else { return };
        let roles = self.managed(change, roles);
        self.revoke(
            change,
            user,
            roles.iter().filter(|it| user.account.roles.contains(it)).cloned().collect(),
        );
    }

    /// What the run took and is not held goes back.
    fn revoked(&mut self, change: &Change, user: &UserId, roles: &BTreeSet<RoleName>) {
        let Some(user) = self.ours(change, user) else { return };
        if !self.view.at.policy.roles.assign {
            return self.left(change, "the policy gives no roles");
        }
        let roles = self.managed(change, roles);
        let roles: BTreeSet<RoleName> =
            roles.iter().filter(|it| !user.account.roles.contains(it)).cloned().collect();
        if !roles.is_empty() && !self.leaver_gets_nothing(change) {
            self.add(change, Action::GrantRoles { who: Who::User(user.id.clone()), roles });
        }
    }

    fn block(&mut self, change: &Change, user: &User) {
        let wanted = matches!(self.view.at.policy.leavers, Leavers::Block { end_sessions: true });
        let end_sessions = wanted && self.view.can_end_sessions();
        self.add(change, Action::Block { user: user.id.clone(), end_sessions });
    }

    fn revoke(&mut self, change: &Change, user: &User, roles: BTreeSet<RoleName>) {
        if !roles.is_empty() {
            self.add(change, Action::RevokeRoles { user: user.id.clone(), roles });
        }
    }

    /// The roles that are still ours to give and take, and were read.
    fn managed(&mut self, change: &Change, roles: &BTreeSet<RoleName>) -> BTreeSet<RoleName> {
        if self.view.at.roles == RolesRead::NotRead {
            self.left(change, "roles were not read");
            return BTreeSet::new();
        }
        let managed = self.view.managed_roles();
        let (ours, others): (BTreeSet<RoleName>, BTreeSet<RoleName>) =
            roles.iter().cloned().partition(|it| managed.contains(it));
        for role in others {
            self.left(change, &format!("the policy does not name the role {role} any more"));
        }
        ours
    }

    /// A mover's grant waits for the revocation, as in every plan.
    fn pair_roles(&mut self) {
        let revokes: BTreeSet<ChangeId> = self
            .changes
            .values()
            .filter(|it| it.kind() == Kind::RevokeRoles)
            .map(|it| it.id.clone())
            .collect();
        for grant in self.changes.values_mut().filter(|it| it.kind() == Kind::GrantRoles) {
            let revoke = Change::id_of(Kind::RevokeRoles, &grant.employee);
            grant.needs.extend(revokes.get(&revoke).cloned());
        }
    }

    /// The user that the run made; where its answer never came, the one that was found to be it.
    fn account_of(&self, employee: &EmployeeId) -> Option<UserId> {
        let found =
            || self.view.at.links.of(employee).filter(|it| it.created_by_us).map(|it| it.user.clone());
        self.past.made.get(employee).cloned().or_else(found)
    }

    /// The user, if it may still be changed for this employee; else it is told why not.
    fn ours(&mut self, change: &Change, user: &UserId) -> Option<&'a User> {
        if let Some(why) = self.hands_off(&change.employee, user) {
            self.left(change, &why);
            return None;
        }
        let links = self.view.at.links;
        let linked = links.of(&change.employee).map(|it| &it.user);
        let tied = self.tied.get(&change.employee).map(|(_, it)| it);
        if linked != Some(user) && tied != Some(user) {
            self.left(change, &format!("the employee is not linked to {user} any more"));
            return None;
        }
        let found = self.view.user(user);
        if found.is_none() {
            self.left(change, &format!("{user} does not exist any more"));
        }
        found
    }

    /// Why nothing may be done about the two, where somebody said so.
    pub(super) fn hands_off(&self, employee: &EmployeeId, user: &UserId) -> Option<String> {
        let links = self.view.at.links;
        if let Some(why) = links.ignored_employees.get(employee) {
            return Some(format!("somebody said to leave the employee alone: {why:?}"));
        }
        if let Some(why) = links.ignored_users.get(user) {
            return Some(format!("somebody said to leave {user} alone: {why:?}"));
        }
        let untouched = self.view.at.policy.break_glass.contains(user);
        untouched.then(|| format!("{user} is a break-glass account and never touched"))
    }

    /// Whoever has left gets no access back; that is told.
    fn leaver_gets_nothing(&mut self, change: &Change) -> bool {
        let standing = self.view.row(&change.employee).map(|it| &it.standing);
        let Some(Standing::Left(leaving)) = standing else { return false };
        self.left(change, &format!("the person has left, as the {leaving}; correct the row first"));
        true
    }

    /// Takes a change back by another one of the same employee.
    pub(super) fn add(&mut self, original: &Change, action: Action) {
        let (employee, name) = (original.employee.clone(), original.name.clone());
        let needs = self.tied.get(&employee).map(|(tie, _)| tie.clone()).into_iter().collect();
        self.add_for(employee, name, action, needs);
    }

    pub(super) fn add_for(
        &mut self,
        employee: EmployeeId,
        name: String,
        action: Action,
        needs: Vec<ChangeId>,
    ) {
        let id = Change::id_of(action.kind(), &employee);
        let cause = Cause::Undo { run: self.past.id };
        let change = Change { id: id.clone(), employee, name, action, cause, matched: Matched::Link, needs };
        self.changes.insert(id, change);
    }

    /// A change, or a part of it, stays as it is.
    pub(super) fn left(&mut self, change: &Change, why: &str) {
        self.tell(change, change.kind(), why);
    }

    pub(super) fn tell(&mut self, change: &Change, kind: Kind, why: &str) {
        let (employee, name) = (Some(change.employee.clone()), change.name.clone());
        self.notes.push(Note { employee, name, reason: Reason::NotUndone { kind, why: why.to_owned() } });
    }
}
