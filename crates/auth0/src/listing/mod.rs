//! All users of the managed connection, however many there are. Whole, or an error: never a shorter list.
//!
//! Up to a thousand users the search gives them by pages. Beyond that it gives out no more than a thousand
//! (FACTS §2), and there are two other ways: the export job, which Auth0 documents for this, and windows of
//! `created_at` that each hold fewer than a thousand.

mod export_job;
mod pages;
mod search;
mod splits;
mod ties;
mod windows;

use std::collections::BTreeMap;

use diff::{ReadingForm, User, UserId};

use crate::client::Client;
use crate::error::Error;
use search::Search;

/// How often a listing is read before we say that it does not hold still.
const TRIES: u32 = 3;

/// All users of the managed connection. Whole, or it would not be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserList {
    /// By id. Their roles are empty: see [`crate::attach_roles`].
    pub users: Vec<User>,
    /// How they were read.
    pub form: ReadingForm,
}

/// How more users are read than the search gives out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ManyUsers {
    /// By the export job, and by windows where the tenant refuses that.
    #[default]
    Export,
    /// By windows of `created_at`.
    Windows,
}

/// One reading, which may not be whole.
struct Reading {
    users: BTreeMap<UserId, User>,
    form: ReadingForm,
    /// What the search said before and after; none where it says no more than "a thousand", which then is the
    /// least that there must be.
    declared: Option<(usize, usize)>,
}

impl Client {
    /// The users of the managed connection, from a store that trails behind writes: whoever was written in
    /// the last minutes is better read by [`Client::user`].
    ///
    /// Given only when what Auth0 declared before and after is what was read, in one of three tries.
    ///
    /// # Errors
    /// [`Error::ListingUnstable`] where the three tries disagree with what was declared; or a call that failed.
    pub async fn users(&self) -> Result<UserList, Error> {
        let mut last = (0, 0);
        for _ in 0..TRIES {
            let Reading { users, form, declared } = self.read_listing().await?;
            let read = users.len();
            match declared {
                Some((before, after)) if before != read || after != read => {
                    tracing::debug!(before, after, read, "the listing changed while it was read");
                    last = (after, read);
                }
                None if read < search::CEILING => last = (search::CEILING, read),
                Some(_) | None => return Ok(UserList { users: users.into_values().collect(), form }),
            }
        }
        let asked = Search::all(self.connection_name()).page(0).name();
        Err(Error::ListingUnstable { asked, what: "users", declared: last.0, read: last.1 })
    }

    /// How many users the managed connection has, for one call; none where the search says no more than "a
    /// thousand".
    pub async fn count_users(&self) -> Result<Option<usize>, Error> {
        Ok(search::exact(self.count(&Search::all(self.connection_name())).await?))
    }

    async fn read_listing(&self) -> Result<Reading, Error> {
        let all = Search::all(self.connection_name());
        let first = self.search_page(&all, 0).await?;
        if first.total < search::CEILING {
            return self.read_pages(first).await;
        }
        let before = search::exact(first.total);
        let (users, form) = match self.http().config.many_users {
            ManyUsers::Export => match self.read_export().await? {
                Some(users) => (users, ReadingForm::Export),
                None => (self.read_windows(before).await?, ReadingForm::Windows),
            },
            ManyUsers::Windows => (self.read_windows(before).await?, ReadingForm::Windows),
        };
        let after = search::exact(self.count(&all).await?);
        Ok(Reading { users, form, declared: before.zip(after) })
    }
}

/// By id. Whoever is there twice is there once.
fn by_id(users: impl IntoIterator<Item = User>) -> BTreeMap<UserId, User> {
    users.into_iter().map(|it| (it.id.clone(), it)).collect()
}
