//! More than a thousand users who were made in the same millisecond, as an import makes them: told apart by the
//! beginning of their addresses.

use std::pin::Pin;

use diff::User;
use futures_util::future::try_join_all;

use super::search::Search;
use super::splits::Splits;
use crate::client::Client;
use crate::error::Error;

/// What an address may begin or go on with. Whoever has something else there is asked for by exclusion.
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz0123456789._-@";

/// Longer beginnings tell nobody apart whom shorter ones do not: so many people have no address in common.
const LONGEST: usize = 12;

type Boxed<'a> = Pin<Box<dyn Future<Output = Result<Vec<User>, Error>> + Send + 'a>>;

impl Client {
    /// Everybody whom the search finds.
    ///
    /// # Errors
    /// [`Error::TooManyUsers`] where a thousand users cannot be told apart in this way either.
    pub(super) fn read_ties<'a>(&'a self, search: &'a Search, splits: &'a Splits) -> Boxed<'a> {
        Box::pin(self.read_beginning(search, splits, String::new()))
    }

    fn read_beginning<'a>(&'a self, search: &'a Search, splits: &'a Splits, beginning: String) -> Boxed<'a> {
        Box::pin(async move {
            let here = if beginning.is_empty() { search.clone() } else { search.and(&prefix(&beginning)) };
            if let Some(users) = self.read_below_ceiling(&here).await? {
                return Ok(users.into_values().collect());
            }
            splits.one_more(&here)?;
            let too_many = || Error::TooManyUsers { connection: self.connection_name().to_string() };
            if beginning.len() >= LONGEST {
                return Err(too_many());
            }
            let longer = LETTERS.chars().map(|it| format!("{beginning}{it}"));
            let parts = longer.clone().map(|it| self.read_beginning(search, splits, it));
            let mut users: Vec<User> = try_join_all(parts).await?.into_iter().flatten().collect();
            let others = longer.fold(here, |it, beginning| it.and(&format!("NOT {}", prefix(&beginning))));
            users.extend(self.read_below_ceiling(&others).await?.ok_or_else(too_many)?.into_values());
            Ok(users)
        })
    }
}

/// A clause: addresses that begin so. `email` compares without case (FACTS §2).
fn prefix(beginning: &str) -> String {
    let escaped: String = beginning
        .chars()
        .flat_map(|it| if it.is_ascii_alphanumeric() { vec![it] } else { vec!['\\', it] })
        .collect();
    format!("email:{escaped}*")
}
