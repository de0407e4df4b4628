//! Which users a listing does not show as we left them.
//!
//! Auth0's search trails writes by a time that nobody states (FACTS §2). A user that the listing
//! shows as our last writes made it needs no second look; any other one that we wrote is read by id,
//! from the store that does not lag. So a run right after a run costs no call per user once the
//! search has caught up.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::account::{Access, BLOCK_MARK, Field, User};
use crate::call::{AccessChange, Request};
use crate::ids::{RoleName, UserId};
use crate::wanted::same;

/// What our writes have left of a user; of two writes to one thing the later counts.
#[derive(Default)]
struct Left<'a> {
    fields: BTreeMap<&'a Field, &'a Value>,
    access: Option<AccessChange>,
    roles: BTreeMap<&'a RoleName, bool>,
}

/// The written users that `users` does not show as the writes left them, or not at all.
///
/// `writes` are in the order in which they were made, a create with the user that it made.
pub fn unreflected<'a>(
    users: &[User],
    writes: impl IntoIterator<Item = (&'a Request<UserId>, Option<&'a UserId>)>,
) -> BTreeSet<UserId> {
    let mut left: BTreeMap<&UserId, Left<'_>> = BTreeMap::new();
    for (request, made) in writes {
        take_in(&mut left, request, made);
    }
    let listed: BTreeMap<&UserId, &User> = users.iter().map(|it| (&it.id, it)).collect();
    let shown = |id: &UserId, left: &Left<'_>| listed.get(id).is_some_and(|it| shows(it, left));
    left.iter().filter(|(id, left)| !shown(id, left)).map(|(id, _)| (*id).clone()).collect()
}

fn take_in<'a>(
    left: &mut BTreeMap<&'a UserId, Left<'a>>,
    request: &'a Request<UserId>,
    made: Option<&'a UserId>,
) {
    match request {
        Request::Create { employee: _, fields, email: _ } => {
            if let Some(user) = made {
                left.entry(user).or_default().fields.extend(fields);
            }
        }
        Request::Patch { user, fields, email: _, access } => {
            let left = left.entry(user).or_default();
            left.fields.extend(fields.iter().map(|it| (&it.field, &it.after)));
            left.access = access.or(left.access);
        }
        Request::GrantToUsers { role, users } => {
            for user in users {
                left.entry(user).or_default().roles.insert(role, true);
            }
        }
        Request::GrantToUser { user, roles } => {
            left.entry(user).or_default().roles.extend(roles.iter().map(|it| (it, true)));
        }
        Request::RevokeRoles { user, roles } => {
            left.entry(user).or_default().roles.extend(roles.iter().map(|it| (it, false)));
        }
        // Nothing that planning compares.
        Request::EndSessions { user: _ }
        | Request::RevokeRefreshTokens { user: _ }
        | Request::Invite { user: _, email: _, client_id: _ }
        | Request::Verify { user: _ } => {}
    }
}

fn shows(user: &User, left: &Left<'_>) -> bool {
    let Left { fields, access, roles } = left;
    let mark = Field::AppMetadata(BLOCK_MARK.to_owned());
    let access = match access {
        Some(AccessChange::Block) => user.account.access == Access::BlockedByUs,
        // Somebody may have lifted the block and left our mark, which only our own write takes away.
        Some(AccessChange::Unblock) => {
            user.account.access == Access::Open && user.account.get(&mark).is_null()
        }
        None => true,
    };
    access
        && fields.iter().all(|(field, value)| same(field, &user.account.get(field), value))
        && roles.iter().all(|(role, held)| user.account.roles.contains(*role) == *held)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{Account, Identity};
    use crate::change::FieldChange;
    use crate::ids::ConnectionName;

    fn user(name: &str, roles: &[&str]) -> User {
        let account = Account {
            name: Some(name.to_owned()),
            roles: roles.iter().map(|it| RoleName::new(*it)).collect(),
            ..Account::default()
        };
        let identity = Identity {
            connection: ConnectionName::new("Username-Password-Authentication"),
            provider: "auth0".into(),
        };
        User {
            id: UserId::new("auth0|1"),
            account,
            email_verified: false,
            identities: vec![identity],
            created_at: None,
        }
    }

    fn renamed(to: &str) -> Request<UserId> {
        let field = FieldChange {
            field: Field::Name,
            before: Value::Null,
            after: Value::String(to.to_owned()),
            rule: "{full_name}".to_owned(),
        };
        Request::Patch { user: UserId::new("auth0|1"), fields: vec![field], email: None, access: None }
    }

    fn granted(role: &str) -> Request<UserId> {
        Request::GrantToUsers { role: RoleName::new(role), users: vec![UserId::new("auth0|1")] }
    }

    fn behind(users: &[User], writes: &[Request<UserId>]) -> bool {
        !unreflected(users, writes.iter().map(|it| (it, None))).is_empty()
    }

    #[test]
    fn a_user_that_shows_our_last_write_needs_no_second_look() {
        assert!(!behind(&[user("Ada", &["admin"])], &[renamed("Bea"), renamed("Ada"), granted("admin")]));
    }

    #[test]
    fn a_block_that_somebody_lifted_before_us_is_not_the_one_that_we_lifted() {
        let unblock = || Request::Patch {
            user: UserId::new("auth0|1"),
            fields: Vec::new(),
            email: None,
            access: Some(AccessChange::Unblock),
        };
        let mut lifted = user("Ada", &[]);
        assert!(!behind(std::slice::from_ref(&lifted), &[unblock()]));
        lifted.account.app_metadata.insert(BLOCK_MARK, Value::Bool(true));
        assert!(behind(&[lifted], &[unblock()]));
    }

    #[test]
    fn a_user_that_does_not_show_it_yet_is_read_again() {
        assert!(behind(&[user("Bea", &[])], &[renamed("Bea"), renamed("Ada")]));
        assert!(behind(&[user("Ada", &[])], &[granted("admin")]));
        assert!(behind(&[], &[renamed("Ada")]));
    }
}
