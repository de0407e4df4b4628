//! Links that come back and links that go.
//!
//! In the run, what was done for a person needed the link, or an unlink waited for what was undone: taken
//! back, it is the other way round.

use crate::account::Access;
use crate::change::{Action, Change, Kind};
use crate::ids::{ChangeId, EmployeeId, UserId};
use crate::situation::View;

use super::back::Back;

impl Back<'_, '_> {
    /// What must be tied before anything else can be taken back: whatever waited in the run.
    pub(super) fn tie_before(&mut self, change: &Change) {
        match &change.action {
            Action::Unlink { user } => self.link(change, user),
            Action::Relink { user, from, .. } if !change.needs.is_empty() => {
                if self.relink(change, user, from, Vec::new()) {
                    let tie = Change::id_of(Kind::Relink, from);
                    self.tied.insert(from.clone(), (tie, user.clone()));
                }
            }
            Action::Relink { .. }
            | Action::Link { .. }
            | Action::Create { .. }
            | Action::Update { .. }
            | Action::Block { .. }
            | Action::Unblock { .. }
            | Action::GrantRoles { .. }
            | Action::RevokeRoles { .. }
            | Action::SendInvitation { .. }
            | Action::SendVerification { .. } => {}
        }
    }

    /// What is untied behind everything else: only who is linked is ours to change.
    pub(super) fn tie_behind(&mut self, change: &Change) {
        match &change.action {
            Action::Link { user, .. } => self.unlink(change, user),
            Action::Relink { user, from, .. } if change.needs.is_empty() => {
                let needs = self.all_of(&change.employee);
                self.relink(change, user, from, needs);
            }
            Action::Relink { .. }
            | Action::Unlink { .. }
            | Action::Create { .. }
            | Action::Update { .. }
            | Action::Block { .. }
            | Action::Unblock { .. }
            | Action::GrantRoles { .. }
            | Action::RevokeRoles { .. }
            | Action::SendInvitation { .. }
            | Action::SendVerification { .. } => {}
        }
    }

    fn link(&mut self, change: &Change, user: &UserId) {
        let employee = &change.employee;
        let links = self.view.at.links;
        let why_not = match (links.of(employee), links.owner(user)) {
            (Some(link), _) if link.user == *user => return,
            (Some(link), _) => Some(format!("the employee is linked to {} now", link.user)),
            (None, Some(owner)) => Some(format!("{user} is linked to employee {owner} now")),
            (None, None) if self.view.user(user).is_none() => Some(format!("{user} does not exist any more")),
            (None, None) => self.hands_off(employee, user),
        };
        if let Some(why) = why_not {
            return self.left(change, &why);
        }
        let action = Action::Link { user: user.clone(), address: address(self.view, employee) };
        let tie = Change::id_of(action.kind(), employee);
        self.add_for(employee.clone(), change.name.clone(), action, Vec::new());
        self.tied.insert(employee.clone(), (tie, user.clone()));
    }

    fn unlink(&mut self, change: &Change, user: &UserId) {
        let employee = &change.employee;
        if self.view.at.links.of(employee).is_none_or(|it| it.user != *user) {
            return self.left(change, &format!("the employee is not linked to {user} any more"));
        }
        // Unless it was so before the run as well, which then planned to open it.
        let opens = Change::id_of(Kind::Unblock, employee);
        let opened = self.changes.contains_key(&opens) || self.past.plan.change(&opens).is_some();
        let blocked = self.view.user(user).is_some_and(|it| it.account.access == Access::BlockedByUs);
        if blocked && !opened {
            let why = format!("{user} is blocked by us, and could not be opened again once it is nobody's");
            return self.left(change, &why);
        }
        if let Some(why) = self.hands_off(employee, user) {
            return self.left(change, &why);
        }
        let needs = self.all_of(employee);
        self.add_for(employee.clone(), change.name.clone(), Action::Unlink { user: user.clone() }, needs);
    }

    /// Gives an account that changed hands back to the row that had it. Tells whether it can be.
    fn relink(&mut self, change: &Change, user: &UserId, from: &EmployeeId, needs: Vec<ChangeId>) -> bool {
        let links = self.view.at.links;
        let why_not = match (links.of(&change.employee), links.of(from)) {
            (Some(link), None) if link.user == *user => {
                self.hands_off(&change.employee, user).or_else(|| self.hands_off(from, user))
            }
            (Some(link), Some(other)) if link.user == *user => {
                Some(format!("employee {from}, whose account it was, is linked to {} now", other.user))
            }
            (Some(_) | None, _) => Some(format!("the employee is not linked to {user} any more")),
        };
        if let Some(why) = why_not {
            self.left(change, &why);
            return false;
        }
        let (user, address) = (user.clone(), address(self.view, from));
        let action = Action::Relink { user, from: change.employee.clone(), address };
        self.add_for(from.clone(), change.name.clone(), action, needs);
        true
    }

    /// Everything that is taken back for an employee.
    fn all_of(&self, employee: &EmployeeId) -> Vec<ChangeId> {
        let ids = Kind::ALL.into_iter().map(|it| Change::id_of(it, employee));
        ids.filter(|it| self.changes.contains_key(it)).collect()
    }
}

/// The row's address, as a link remembers it; nothing where the row is gone.
fn address(view: &View<'_>, employee: &EmployeeId) -> String {
    view.row(employee).map(crate::roll::Judged::address).unwrap_or_default()
}
