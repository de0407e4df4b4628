//! Which columns of the employee table are read, and how a row of them becomes an employee.

use std::collections::BTreeMap;

use diff::{Employee, EmployeeId, IdType, UserId};
use migrations::Dialect;
use migrations::source::WriteBackColumn;
use sea_orm::QueryResult;
use sea_orm::sea_query::{ExprTrait as _, SelectStatement, SimpleExpr};

use crate::error::Error;
use crate::source::Source;
use crate::source_shape::{SourceColumn, SourceKind, SourceShape};

/// Which columns are read, and as what.
pub(crate) struct Layout {
    pub(crate) key: SourceColumn,
    pub(crate) id_type: IdType,
    pub(crate) kind: SourceKind,
    /// Our name → the column, for every cell but the key.
    pub(crate) cells: BTreeMap<String, SourceColumn>,
    pub(crate) columns: Vec<SourceColumn>,
}

impl Layout {
    pub(crate) fn of(source: &Source, shape: SourceShape) -> Result<Self, Error> {
        let SourceShape { table, kind, columns, id_type, missing, write_back: _, nearest_table } = shape;
        if kind == SourceKind::Absent {
            return Err(Error::NoTable { table, nearest: nearest_table });
        }
        let key = source.find(&columns, "id").cloned();
        let (Some(key), true) = (key, missing.is_empty()) else {
            return Err(Error::NoColumns { table, missing });
        };
        let ours =
            Employee::COLUMNS[1..].iter().copied().chain(source.options.more.iter().map(String::as_str));
        let cells =
            ours.filter_map(|ours| Some((ours.to_owned(), source.find(&columns, ours)?.clone()))).collect();
        Ok(Self { key, id_type, kind, cells, columns })
    }

    pub(crate) fn write_back(&self, source: &Source, column: WriteBackColumn) -> Option<&SourceColumn> {
        source.find(&self.columns, column.name())
    }

    /// Everything as text: the database knows best how it writes its own types.
    pub(crate) fn select(&self, source: &Source) -> SelectStatement {
        let mut query = source.select();
        let text = text_type(source.dialect());
        query.expr(self.key.expr().cast_as(text));
        for column in self.cells.values() {
            query.expr(column.expr().cast_as(text));
        }
        if let Some(column) = self.write_back(source, WriteBackColumn::UserId) {
            query.expr(column.expr().cast_as(text));
        }
        query
    }

    /// A row in the order of [`Self::select`]; inside, what is wrong with its key.
    pub(crate) fn employee(&self, row: &QueryResult) -> Result<Result<Employee, String>, sea_orm::DbErr> {
        let cell = |index: usize| row.try_get_by_index::<Option<String>>(index);
        let Some(key) = cell(0)? else { return Ok(Err("a row has no key".to_owned())) };
        let id = match EmployeeId::parse(&key) {
            Ok(id) => id,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let mut employee = Employee::empty(id);
        for (index, ours) in (1..).zip(self.cells.keys()) {
            employee.set_cell(ours, cell(index)?.unwrap_or_default());
        }
        let last = 1 + self.cells.len();
        if row.column_names().len() > last {
            employee.written_back = cell(last)?.filter(|it| !it.trim().is_empty()).map(UserId::new);
        }
        Ok(Ok(employee))
    }

    /// The key as the column holds it; none where it cannot hold it.
    pub(crate) fn key_value(&self, source: &Source, id: &EmployeeId) -> Option<SimpleExpr> {
        match self.id_type {
            IdType::Number => Some(source.value(&self.key, id.as_number()?)),
            IdType::Text => Some(source.value(&self.key, id.as_str())),
        }
    }
}

pub(crate) fn text_type(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::MySql => "char",
        Dialect::Sqlite | Dialect::Postgres => "text",
    }
}
