//! The employee table: rows read whole, every cell as text.

use std::collections::HashSet;
use std::sync::Arc;

use diff::{Employee, EmployeeId};
use futures_util::TryStreamExt as _;
use migrations::Dialect;
use sea_orm::sea_query::{
    Expr, ExprTrait as _, IntoCondition, Query, SelectStatement, SimpleExpr, TableName, TableRef,
};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, StreamTrait as _, Value};
use tokio::sync::OnceCell;

use crate::error::{Error, Place};
use crate::layout::Layout;
use crate::open::{SourceOptions, Store};
use crate::source_shape::{SourceColumn, SourceShape};

/// More faults than this tell nobody more.
const FAULTS_SHOWN: usize = 20;

/// The database with the employee table.
#[derive(Clone)]
pub(crate) struct Source {
    pub(crate) db: DatabaseConnection,
    pub(crate) place: Place,
    pub(crate) options: SourceOptions,
    /// What the table looks like, once somebody has looked; none where each look counts.
    pub(crate) seen: Option<Arc<OnceCell<SourceShape>>>,
}

impl Store {
    /// All rows, by id: the whole table, or an error. Every cell is its text, null is `""`.
    ///
    /// A key that is absent, doubled or malformed refuses the whole table: a row that cannot be
    /// told from others must not look like somebody who left.
    pub async fn employees(&self) -> Result<Vec<Employee>, Error> {
        let layout = self.source.layout().await?;
        let query = layout.select(&self.source);
        let doing = Error::doing("read the employee table");
        let mut stream = self.source.db.stream(&query).await.map_err(&doing)?;
        let mut rows = Rows::default();
        while let Some(row) = stream.try_next().await.map_err(&doing)? {
            rows.take(layout.employee(&row).map_err(&doing)?);
        }
        rows.whole(&self.source.options.table)
    }

    /// One row; none where the table has no such key.
    pub async fn employee(&self, id: &EmployeeId) -> Result<Option<Employee>, Error> {
        let layout = self.source.layout().await?;
        let Some(key) = layout.key_value(&self.source, id) else { return Ok(None) };
        let rows = self.rows_where(&layout, layout.key.expr().eq(key)).await?;
        // A collation that takes `a` for `A` also finds the other one.
        Ok(rows.into_iter().find(|it| it.id == *id))
    }

    /// The rows that pass, by id.
    pub(crate) async fn rows_where(
        &self,
        layout: &Layout,
        condition: impl IntoCondition,
    ) -> Result<Vec<Employee>, Error> {
        let mut query = layout.select(&self.source);
        query.cond_where(condition);
        let doing = Error::doing("read rows of the employee table");
        let mut rows = Rows::default();
        for row in &self.source.db.query_all(&query).await.map_err(&doing)? {
            rows.take(layout.employee(row).map_err(&doing)?);
        }
        rows.whole(&self.source.options.table)
    }
}

impl Source {
    pub(crate) fn new(db: DatabaseConnection, place: Place, options: SourceOptions) -> Self {
        Self { db, place, options, seen: None }
    }

    pub(crate) fn dialect(&self) -> Dialect {
        Dialect::of(&self.db)
    }

    /// The table's name for a column of ours; none where the configuration says that it has none.
    pub(crate) fn theirs<'a>(&'a self, ours: &'a str) -> Option<&'a str> {
        let theirs = self.options.columns.get(ours).map_or(ours, String::as_str);
        (!theirs.is_empty()).then_some(theirs)
    }

    pub(crate) fn schema_and_table(&self) -> (Option<&str>, &str) {
        match self.options.table.split_once('.') {
            Some((schema, table)) => (Some(schema), table),
            None => (None, &self.options.table),
        }
    }

    pub(crate) fn table_name(&self) -> TableName {
        let (schema, table) = self.schema_and_table();
        match schema {
            Some(schema) => TableName::from((schema.to_owned(), table.to_owned())),
            None => TableName::from(table.to_owned()),
        }
    }

    pub(crate) fn table_ref(&self) -> TableRef {
        TableRef::Table(self.table_name(), None)
    }

    pub(crate) fn select(&self) -> SelectStatement {
        Query::select().from(self.table_ref()).take()
    }

    /// A value for a column of any type. PostgreSQL does not take a text for a date, a number or an enum
    /// unless told that it shall.
    pub(crate) fn value(&self, column: &SourceColumn, value: impl Into<Value>) -> SimpleExpr {
        let value = Expr::val(value.into());
        match self.dialect() {
            Dialect::Postgres => value.cast_as(column.type_name.clone()),
            Dialect::Sqlite | Dialect::MySql => value,
        }
    }

    /// What stands for this table where we remember what we added.
    pub(crate) fn key(&self) -> String {
        diff::Digest::of(&(&self.place.0, &self.options.table)).as_str().to_owned()
    }

    pub(crate) fn table_added(&self) -> String {
        format!("the table {}", self.options.table)
    }

    /// The columns to read, or why no row can be trusted.
    pub(crate) async fn layout(&self) -> Result<Layout, Error> {
        Layout::of(self, self.shape().await?)
    }
}

/// Rows as they come, and what is wrong with their keys.
#[derive(Default)]
struct Rows {
    good: Vec<Employee>,
    seen: HashSet<EmployeeId>,
    faults: Vec<String>,
    more_faults: usize,
}

impl Rows {
    fn take(&mut self, row: Result<Employee, String>) {
        let fault = match row {
            Ok(row) if self.seen.insert(row.id.clone()) => {
                self.good.push(row);
                return;
            }
            Ok(row) => format!("the employee id {} occurs twice", row.id),
            Err(fault) => fault,
        };
        if self.faults.len() < FAULTS_SHOWN {
            self.faults.push(fault);
        } else {
            self.more_faults += 1;
        }
    }

    /// Sorted here, because no two databases sort texts alike.
    fn whole(mut self, table: &str) -> Result<Vec<Employee>, Error> {
        if !self.faults.is_empty() {
            if self.more_faults > 0 {
                self.faults.push(format!("and {} more", self.more_faults));
            }
            return Err(Error::BadKeys { table: table.to_owned(), problems: self.faults });
        }
        self.good.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(self.good)
    }
}
