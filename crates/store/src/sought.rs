//! Rows and links by what names them: for an act on a few people nobody reads a whole company.

use diff::{Email, Employee, EmployeeId, Links, Sought, Tenant, UserId};
use migrations::Dialect;
use migrations::source::WriteBackColumn;
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, SimpleExpr};
use sea_orm::{ColumnTrait as _, Condition, EntityTrait as _, QueryFilter as _};

use crate::entities::links;
use crate::error::Error;
use crate::layout::{Layout, text_type};
use crate::open::Store;
use crate::source::Source;
use crate::source_shape::SourceColumn;
use crate::words::BATCH;

impl Store {
    /// All rows that are sought by any of the three, by id, and perhaps some more: whoever asks compares
    /// addresses as the core does, which cleans them first, and no database knows how. So a row whose address
    /// has anything but plain printable ASCII in it is among them in any case.
    ///
    /// # Errors
    /// As for [`Store::employees`], of these rows.
    pub async fn rows_like(&self, sought: &Sought) -> Result<Vec<Employee>, Error> {
        let layout = self.source.layout().await?;
        let condition = Like { source: &self.source, layout: &layout, sought }.any();
        if condition.is_empty() {
            return Ok(Vec::new()); // to a database no condition means every row
        }
        self.rows_where(&layout, condition).await
    }

    /// The ties that have one of these employees or users as an end, and everything that was said by hand.
    pub async fn links_among(&self, tenant: &Tenant, sought: &Sought) -> Result<Links, Error> {
        let of_tenant = || links::Entity::find().filter(links::Column::Tenant.eq(tenant.as_str()));
        let employees: Vec<&str> = sought.employees.iter().map(EmployeeId::as_str).collect();
        let users: Vec<&str> = sought.users.iter().map(UserId::as_str).collect();
        // Two queries, because an OR of the two would read the whole table on PostgreSQL.
        let by_employee = employees
            .chunks(BATCH)
            .map(|it| of_tenant().filter(links::Column::Employee.is_in(it.iter().copied())));
        let by_user =
            users.chunks(BATCH).map(|it| of_tenant().filter(links::Column::UserId.is_in(it.iter().copied())));
        let mut ties = Vec::new();
        for query in by_employee.chain(by_user) {
            ties.extend(query.all(&self.db).await.map_err(Error::doing("read the links"))?);
        }
        self.links_of(tenant, ties).await
    }

    /// Whether anybody is linked.
    pub async fn has_links(&self, tenant: &Tenant) -> Result<bool, Error> {
        let any = links::Entity::find().filter(links::Column::Tenant.eq(tenant.as_str())).one(&self.db);
        Ok(any.await.map_err(Error::doing("read the links"))?.is_some())
    }
}

/// The condition on a row, in the words of its database.
struct Like<'a> {
    source: &'a Source,
    layout: &'a Layout,
    sought: &'a Sought,
}

impl Like<'_> {
    fn any(&self) -> Condition {
        let Sought { employees, addresses, users } = self.sought;
        let mut any = Condition::any();
        let keys: Vec<SimpleExpr> =
            employees.iter().filter_map(|it| self.layout.key_value(self.source, it)).collect();
        if !keys.is_empty() {
            any = any.add(self.layout.key.expr().is_in(keys));
        }
        if let Some(email) = self.layout.cells.get("email").filter(|_| !addresses.is_empty()) {
            let addresses = addresses.iter().map(Email::as_str);
            any = any.add(Expr::expr(Func::lower(self.text(email))).is_in(addresses));
            any = any.add(self.is_unplain(email));
        }
        let column = self.layout.write_back(self.source, WriteBackColumn::UserId);
        if let Some(column) = column.filter(|_| !users.is_empty()) {
            let users = users.iter().map(|it| self.source.value(column, it.as_str()));
            any = any.add(column.expr().is_in(users));
        }
        any
    }

    /// A column's text, compared byte by byte and in no language.
    fn text(&self, column: &SourceColumn) -> SimpleExpr {
        let text = column.expr().cast_as(text_type(self.source.dialect()));
        match self.source.dialect() {
            Dialect::Sqlite => text,
            Dialect::Postgres => Expr::cust_with_expr("$1 COLLATE \"C\"", text),
            Dialect::MySql => Expr::cust_with_expr("CONVERT(? USING utf8mb4) COLLATE utf8mb4_bin", text),
        }
    }

    /// Whether the text has anything but printable ASCII in it, blanks included.
    fn is_unplain(&self, column: &SourceColumn) -> SimpleExpr {
        let text = self.text(column);
        match self.source.dialect() {
            Dialect::Sqlite => Expr::cust_with_expr("? GLOB '*[^!-~]*'", text),
            Dialect::Postgres => Expr::cust_with_expr("$1 ~ '[^!-~]'", text),
            Dialect::MySql => Expr::cust_with_expr("? REGEXP '[^!-~]'", text),
        }
    }
}
