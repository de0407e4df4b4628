//! `GET /users`: what is searched for, page by page.

use diff::{ConnectionName, Group};

use crate::ask::Ask;
use crate::client::Client;
use crate::error::Error;
use crate::reply::Misread;
use crate::wire;

/// What a page holds at most.
pub(super) const PER_PAGE: usize = 100;

/// What the search gives out at most, so that a total of as many may stand for more (FACTS §2).
pub(super) const CEILING: usize = 1_000;

/// A query in Auth0's subset of Lucene (FACTS §2), oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Search {
    query: String,
    sort: &'static str,
}

impl Search {
    /// Everybody of the connection.
    pub(super) fn all(connection: &ConnectionName) -> Self {
        let query = format!("identities.connection:{}", quoted(connection.as_str()));
        Self { query, sort: "created_at:1" }
    }

    /// Those of them to whom a further clause applies.
    pub(super) fn and(&self, clause: &str) -> Self {
        Self { query: format!("{} AND {clause}", self.query), sort: self.sort }
    }

    /// The newest first.
    pub(super) fn newest_first(&self) -> Self {
        Self { sort: "created_at:-1", ..self.clone() }
    }

    pub(super) fn page(&self, page: usize) -> Ask {
        self.asking(page, PER_PAGE)
    }

    fn asking(&self, page: usize, per_page: usize) -> Ask {
        Ask::get(Group::ReadUsers, &["users"])
            .query("q", self.query.clone())
            .query("search_engine", "v3")
            .query("sort", self.sort)
            .query("include_totals", "true")
            .query("per_page", per_page.to_string())
            .query("page", page.to_string())
    }
}

/// A total, where it is one and not the search's way of saying "many": some tenants say a thousand for any
/// number beyond (FACTS §2).
pub(super) fn exact(total: usize) -> Option<usize> {
    (total != CEILING).then_some(total)
}

impl Client {
    pub(super) async fn search_page(&self, search: &Search, page: usize) -> Result<wire::UsersPage, Error> {
        self.search_asked(&search.page(page)).await
    }

    /// How many there are, at the price of one call.
    pub(super) async fn count(&self, search: &Search) -> Result<usize, Error> {
        Ok(self.search_asked(&search.asking(0, 1)).await?.total)
    }

    /// The first alone, where there is one.
    pub(super) async fn first_of(&self, search: &Search) -> Result<Option<wire::Profile>, Error> {
        Ok(self.search_asked(&search.asking(0, 1)).await?.users.into_iter().next())
    }

    async fn search_asked(&self, ask: &Ask) -> Result<wire::UsersPage, Error> {
        let sent = self.http().send(ask, |reply| {
            let page: wire::UsersPage = reply.json()?;
            match page.length {
                Some(length) if length != page.users.len() => {
                    Err(Misread::because("it holds more or fewer users than it says"))
                }
                Some(_) | None => Ok(page),
            }
        });
        sent.await.map_err(|it| self.http().error(ask, it))
    }
}

/// A phrase of the query language.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
