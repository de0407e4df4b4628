//! Reading users: the whole connection, or one.

use std::collections::BTreeMap;

use diff::{Group, User, UserId};
use futures_util::future::try_join_all;

use crate::ask::Ask;
use crate::client::Client;
use crate::error::Error;
use crate::failure::is_no_user;
use crate::reply::{Misread, Reply};
use crate::wire;

/// What a page holds at most.
const PER_PAGE: usize = 100;

/// What search gives out at most, so that a total of as many may stand for more (FACTS §2).
const CEILING: usize = 1_000;

/// How often a listing is read before we say that it does not hold still.
const TRIES: u32 = 3;

/// All users of the managed connection. Whole, or it would not be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserList {
    /// By id. Their roles are empty: see [`crate::attach_roles`].
    pub users: Vec<User>,
    /// How many pages were asked for, those of discarded readings too.
    pub calls: u32,
}

/// A reading that may not be whole.
struct Reading {
    users: BTreeMap<UserId, User>,
    declared_before: usize,
    declared_after: usize,
    calls: u32,
}

impl Client {
    /// The users of the managed connection, from search, which trails behind writes: whoever was written in
    /// the last minutes is better read by [`Client::user`].
    ///
    /// Never a shorter list: it is given only when what Auth0 declared before and after is what was read.
    pub async fn users(&self) -> Result<UserList, Error> {
        let mut calls = 0;
        let mut last = (0, 0);
        for _ in 0..TRIES {
            let reading = self.read_listing().await?;
            calls += reading.calls;
            let read = reading.users.len();
            if read == reading.declared_before && read == reading.declared_after {
                return Ok(UserList { users: reading.users.into_values().collect(), calls });
            }
            tracing::debug!(declared = reading.declared_after, read, "the listing changed while it was read");
            last = (reading.declared_after, read);
        }
        let asked = self.page(0).name();
        Err(Error::ListingUnstable { asked, what: "users", declared: last.0, read: last.1 })
    }

    /// How many users the managed connection has, from one page of the listing.
    pub async fn count_users(&self) -> Result<usize, Error> {
        self.first_page().await.map(|it| it.total)
    }

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

    /// The first page, then those between in parallel, then the last: its total is the one after.
    async fn read_listing(&self) -> Result<Reading, Error> {
        let first = self.first_page().await?;
        let declared_before = first.total;
        let pages = declared_before.div_ceil(PER_PAGE).max(1);
        let mut read = vec![first];
        read.extend(try_join_all((1..pages.saturating_sub(1)).map(|it| self.users_page(it))).await?);
        if pages > 1 {
            read.push(self.users_page(pages - 1).await?);
        }
        let declared_after = read.iter().map(|it| it.total).find(|it| *it != declared_before);
        let users = read.into_iter().flat_map(|it| it.users).map(User::from).map(|it| (it.id.clone(), it));
        Ok(Reading {
            users: users.collect(),
            declared_before,
            declared_after: declared_after.unwrap_or(declared_before),
            calls: u32::try_from(pages).unwrap_or(u32::MAX),
        })
    }

    /// Where search cannot give out all of them, it is not begun.
    async fn first_page(&self) -> Result<wire::UsersPage, Error> {
        let first = self.users_page(0).await?;
        if first.total >= CEILING {
            return Err(Error::TooManyUsers { connection: self.connection_name().to_string() });
        }
        Ok(first)
    }

    async fn users_page(&self, page: usize) -> Result<wire::UsersPage, Error> {
        let ask = self.page(page);
        let sent = self.http().send(&ask, |reply| {
            let page: wire::UsersPage = reply.json()?;
            match page.length {
                Some(length) if length != page.users.len() => {
                    Err(Misread::because("it holds more or fewer users than it says"))
                }
                Some(_) | None => Ok(page),
            }
        });
        sent.await.map_err(|it| self.http().error(&ask, it))
    }

    fn page(&self, page: usize) -> Ask {
        Ask::get(Group::ReadUsers, &["users"])
            .query("q", format!("identities.connection:{}", quoted(self.connection_name().as_str())))
            .query("search_engine", "v3")
            .query("sort", "created_at:1")
            .query("include_totals", "true")
            .query("per_page", PER_PAGE.to_string())
            .query("page", page.to_string())
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

/// A phrase of the query language.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
