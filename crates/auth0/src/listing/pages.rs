//! Up to a thousand users, by pages.

use std::collections::BTreeMap;

use diff::{ReadingForm, User, UserId};
use futures_util::future::try_join_all;

use super::search::{CEILING, PER_PAGE, Search};
use super::{Reading, TRIES, by_id};
use crate::client::Client;
use crate::error::Error;
use crate::wire;

impl Client {
    /// All pages, of which the first was read.
    pub(super) async fn read_pages(&self, first: wire::UsersPage) -> Result<Reading, Error> {
        let before = first.total;
        let all = Search::all(self.connection_name());
        let (users, after) = self.rest_of(&all, first).await?;
        Ok(Reading { users: by_id(users), form: ReadingForm::Pages, declared: Some((before, after)) })
    }

    /// Everybody whom a search finds, where it gives all of them out; none where it does not. As with the whole
    /// list, what is declared before and after must be what was read.
    pub(super) async fn read_below_ceiling(
        &self,
        search: &Search,
    ) -> Result<Option<BTreeMap<UserId, User>>, Error> {
        let mut last = (0, 0);
        for _ in 0..TRIES {
            let first = self.search_page(search, 0).await?;
            let before = first.total;
            if before >= CEILING {
                return Ok(None);
            }
            let (users, after) = self.rest_of(search, first).await?;
            let users = by_id(users);
            if users.len() == before && after == before {
                return Ok(Some(users));
            }
            last = (after, users.len());
        }
        let asked = search.page(0).name();
        Err(Error::ListingUnstable { asked, what: "users", declared: last.0, read: last.1 })
    }

    /// Everybody whom a search finds, and the total at the end. The pages between come in parallel, and then the
    /// last: its total is the one after.
    pub(super) async fn rest_of(
        &self,
        search: &Search,
        first: wire::UsersPage,
    ) -> Result<(Vec<User>, usize), Error> {
        let before = first.total;
        let pages = before.div_ceil(PER_PAGE).max(1);
        let mut read = vec![first];
        let between = (1..pages.saturating_sub(1)).map(|it| self.search_page(search, it));
        read.extend(try_join_all(between).await?);
        if pages > 1 {
            read.push(self.search_page(search, pages - 1).await?);
        }
        let after = read.iter().map(|it| it.total).find(|it| *it != before).unwrap_or(before);
        Ok((read.into_iter().flat_map(|it| it.users).map(User::from).collect(), after))
    }
}
