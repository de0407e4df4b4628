//! Whose mark a user bears.

use diff::{EMPLOYEE_MARK, EmployeeId, Group, User};

use crate::ask::Ask;
use crate::client::Client;
use crate::error::Error;
use crate::reply::{Misread, NOT_WHOLE};
use crate::wire;

/// What a page holds at most.
const PER_PAGE: usize = 100;

impl Client {
    /// Users of the managed connection that bear an employee's mark, from search, which trails behind writes:
    /// whoever was marked in the last minutes may be missing. Of very many, the first hundred.
    pub async fn users_marked(&self, employee: &EmployeeId) -> Result<Vec<User>, Error> {
        let ask = Ask::get(Group::ReadUsers, &["users"])
            .query("q", query(self.connection_name().as_str(), employee.as_str()))
            .query("search_engine", "v3")
            .query("sort", "created_at:1")
            .query("include_totals", "true")
            .query("per_page", PER_PAGE.to_string())
            .query("page", "0");
        let sent = self.http().send(&ask, |reply| {
            let page: wire::UsersPage = reply.json()?;
            let is_whole = page.users.len() == page.total.min(PER_PAGE);
            if is_whole { Ok(page) } else { Err(Misread::because(NOT_WHOLE)) }
        });
        let page = sent.await.map_err(|it| self.http().error(&ask, it))?;
        let mine = |it: &User| it.account.is_marked(employee);
        Ok(page.users.into_iter().map(User::from).filter(mine).collect())
    }
}

/// A number and its text mean the same to us, and not to the search.
fn query(connection: &str, employee: &str) -> String {
    let mark = format!("app_metadata.{EMPLOYEE_MARK}");
    let as_text = format!("{mark}:{}", quoted(employee));
    let either = match employee.parse::<u64>() {
        Ok(number) => format!("({as_text} OR {mark}:{number})"),
        Err(_) => as_text,
    };
    format!("identities.connection:{} AND {either}", quoted(connection))
}

/// A phrase of the query language.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_looked_for_as_text_too() {
        assert_eq!(
            query("Users", "42"),
            r#"identities.connection:"Users" AND (app_metadata.employee_id:"42" OR app_metadata.employee_id:42)"#
        );
        assert_eq!(
            query("Users", "P-7"),
            r#"identities.connection:"Users" AND app_metadata.employee_id:"P-7""#
        );
    }
}
