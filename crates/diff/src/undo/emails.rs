//! Addresses that go back: moves release before they claim, and a taken address is told.

use std::collections::BTreeMap;

use crate::account::{Field, User};
use crate::change::{Action, Change, Kind};
use crate::ids::{ChangeId, UserId};

use super::back::{Back, MAIL, SESSIONS};

impl<'a> Back<'_, 'a> {
    /// Leaves addresses that cannot be had, and says of the others how they travel and after whom.
    pub(super) fn settle_emails(&mut self) {
        loop {
            let refused = self.refused_emails();
            if refused.is_empty() {
                break;
            }
            for (id, why) in refused {
                self.leave_email(&id, &why);
            }
        }
        let moves: Vec<(ChangeId, String, Option<ChangeId>)> = self.moves();
        for (id, address, after) in moves {
            self.tell_of_email(&id);
            let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
            let flags = self.view.at.policy.onboarding.change_flags(domain);
            let change = self.changes.get_mut(&id).expect("moves are of changes");
            change.needs.extend(after);
            if let Action::Update { email, .. } = &mut change.action {
                *email = Some(flags);
            }
        }
    }

    /// The moves whose address somebody holds who keeps it.
    fn refused_emails(&self) -> Vec<(ChangeId, String)> {
        let leaving = self.leaving();
        let refused = self.changes.values().filter_map(|it| {
            let (user, address) = moved(it)?;
            let holder = self.holder(user, address).filter(|it| !leaving.contains_key(&it.id))?;
            Some((it.id.clone(), format!("the address {address} is on {} now", holder.id)))
        });
        refused.collect()
    }

    /// Every move: the change, the address, and the change that releases it.
    fn moves(&self) -> Vec<(ChangeId, String, Option<ChangeId>)> {
        let leaving = self.leaving();
        let moves = self.changes.values().filter_map(|it| {
            let (user, address) = moved(it)?;
            let after = self.holder(user, address).and_then(|it| leaving.get(&it.id)).map(|it| (*it).clone());
            Some((it.id.clone(), address.to_owned(), after))
        });
        moves.collect()
    }

    /// Users whose address goes, with the change that moves it.
    fn leaving(&self) -> BTreeMap<&UserId, &ChangeId> {
        self.changes.values().filter_map(|it| Some((moved(it)?.0, &it.id))).collect()
    }

    /// Who else holds the address.
    fn holder(&self, user: &UserId, address: &str) -> Option<&'a User> {
        self.view.with_email(address).iter().find(|it| it.id != *user).copied()
    }

    /// The address stays; the other fields go back all the same.
    fn leave_email(&mut self, id: &ChangeId, why: &str) {
        let Some(mut change) = self.changes.remove(id) else { return };
        self.left(&change, why);
        if let Action::Update { fields, .. } = &mut change.action {
            fields.retain(|it| it.field != Field::Email);
            if !fields.is_empty() {
                self.changes.insert(id.clone(), change);
            }
        }
    }

    /// What the change of address did beside, and what stays of that.
    fn tell_of_email(&mut self, id: &ChangeId) {
        let Some(original) = self.done.get(id).copied() else { return };
        if let Action::Update { email: Some(email), .. } = &original.action {
            self.left(original, SESSIONS);
            if email.send_verification {
                self.tell(original, Kind::SendVerification, MAIL);
            }
        }
    }
}

/// The user of an update that changes the address, and the address that it gets.
fn moved(change: &Change) -> Option<(&UserId, &str)> {
    let Action::Update { user, fields, .. } = &change.action else { return None };
    let email = fields.iter().find(|it| it.field == Field::Email)?;
    Some((user, email.after.as_str()?))
}
