//! Reading users one by one, from the store that does not lag.

use diff::{Group, User, UserId};

use crate::ask::Ask;
use crate::client::Client;
use crate::error::Error;
use crate::failure::is_no_user;
use crate::reply::{Misread, Reply};
use crate::wire;

impl Client {
    /// The user, from the primary store, which has every write at once. None if there is none.
    pub async fn user(&self, id: &UserId) -> Result<Option<User>, Error> {
        let ask = Ask::get(Group::ReadUsers, &["users", id.as_str()]);
        match self.http().send(&ask, |reply| only(reply, id)).await {
            Ok(user) => Ok(Some(user)),
            Err(it) if it.failure.refusal().is_some_and(is_no_user) => Ok(None),
            Err(it) => Err(self.http().error(&ask, it)),
        }
    }

    /// The users with this address, of every connection, from the primary store. Database users keep their
    /// addresses in lower case; others may not, and Auth0 compares exactly.
    pub async fn users_by_email(&self, email: &str) -> Result<Vec<User>, Error> {
        let ask = Ask::get(Group::ReadUsers, &["users-by-email"]).query("email", email.to_lowercase());
        let sent = self.http().send(&ask, |reply| {
            let users = reply.json::<Vec<wire::Profile>>()?.into_iter().map(User::from).collect::<Vec<_>>();
            let theirs = users.iter().all(|it| has_address(it, email));
            if theirs { Ok(users) } else { Err(Misread::because("it is about another address")) }
        });
        sent.await.map_err(|it| self.http().error(&ask, it))
    }
}

/// The user of an answer, which must be the one that was asked for: whoever caches must not make us take
/// somebody for somebody else.
pub(crate) fn only(reply: &Reply, id: &UserId) -> Result<User, Misread> {
    let user = User::from(reply.json::<wire::Profile>()?);
    if user.id == *id { Ok(user) } else { Err(Misread::because("it is about another user")) }
}

/// Whether the user has this address, in any case: only database users keep it in lower case.
pub(crate) fn has_address(user: &User, email: &str) -> bool {
    user.account.email.as_deref() == Some(&email.to_lowercase())
}
