//! What became of a call whose answer was lost, or that was refused because the user exists.

use auth0::{Answer, CallError};
use diff::{Access, AccessChange, EmployeeId, Field, Request, User, UserId};

use super::Run;

/// What a call came to.
pub(super) enum Done {
    /// Auth0 did it.
    Now(Answer),
    /// Auth0 did it, and only its answer was lost.
    Unanswered(User),
    /// It was so already.
    Already(Option<User>),
    /// The employee was linked to this user meanwhile, so that it was not sent.
    Linked(UserId),
    /// Somebody else did something that contradicts it.
    Stale(String),
}

/// What a look-up says about a call that failed.
pub(super) enum LookUp {
    /// What it came to all the same.
    Found(Box<Done>),
    /// It was surely not done, and may be made again.
    NotDone,
    /// The failure leaves nothing to be looked up, or nothing shows it.
    Nothing,
}

impl Run<'_> {
    /// Looks, in the store that does not lag. A mail leaves no trace, and is not sent again blind.
    pub(super) async fn look_up(
        &self,
        request: &Request<UserId>,
        error: &CallError,
    ) -> Result<LookUp, auth0::Error> {
        let lost = matches!(error, CallError::Unknown(_));
        match request {
            Request::Create { employee, fields, .. } if lost || matches!(error, CallError::Exists { .. }) => {
                let email = fields.get(&Field::Email).and_then(|it| it.as_str()).unwrap_or_default();
                Ok(match self.look_for(employee, email).await? {
                    Some(Done::Already(Some(user))) if lost => {
                        LookUp::Found(Box::new(Done::Unanswered(user)))
                    }
                    Some(done) => LookUp::Found(Box::new(done)),
                    None if lost => LookUp::NotDone,
                    None => LookUp::Nothing,
                })
            }
            Request::Patch { user, .. } if lost => Ok(match self.engine.auth0.user(user).await? {
                Some(user) if is_patched(request, &user) => LookUp::Found(Box::new(Done::Unanswered(user))),
                Some(_) => LookUp::NotDone,
                None => LookUp::Nothing,
            }),
            Request::Create { .. }
            | Request::Patch { .. }
            | Request::EndSessions { .. }
            | Request::RevokeRefreshTokens { .. }
            | Request::RevokeRoles { .. }
            | Request::GrantToUsers { .. }
            | Request::GrantToUser { .. }
            | Request::Invite { .. }
            | Request::Verify { .. } => Ok(LookUp::Nothing),
        }
    }

    /// A user with the address that a create was refused for: ours if it bears the employee's mark,
    /// else somebody made it meanwhile. Such a user is never linked while applying.
    async fn look_for(&self, employee: &EmployeeId, email: &str) -> Result<Option<Done>, auth0::Error> {
        let users = self.engine.auth0.users_by_email(email).await?;
        let connection = &self.policy.connection;
        let Some(user) = users.into_iter().find(|it| it.is_in(connection)) else { return Ok(None) };
        let ours = user.account.is_marked(employee);
        if ours {
            return Ok(Some(Done::Already(Some(user))));
        }
        Ok(Some(Done::Stale(format!("{} has this address since the plan was made", user.id))))
    }
}

/// Whether a user, read after an answer was lost, is as the patch would have made it.
pub(crate) fn is_patched(request: &Request<UserId>, user: &User) -> bool {
    let Request::Patch { fields, access, .. } = request else { return false };
    let access_is_so = match access {
        Some(AccessChange::Block) => user.account.access == Access::BlockedByUs,
        Some(AccessChange::Unblock) => user.account.access == Access::Open,
        None => true,
    };
    access_is_so && fields.iter().all(|it| user.account.get(&it.field) == it.after)
}
