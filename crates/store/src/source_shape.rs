//! What the employee table looks like: its columns, which are missing, and what its key is.

use std::collections::BTreeSet;
use std::fmt;

use diff::{Employee, IdType};
use migrations::Dialect;
use migrations::source::WriteBackColumn;
use sea_orm::sea_query::{Expr, Func, SimpleExpr};
use sea_orm::{ConnectionTrait as _, QueryResult, Statement, Value};

use crate::error::Error;
use crate::open::Store;
use crate::source::Source;

/// What the employee table looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceShape {
    /// The table, as configured.
    pub table: String,
    /// Table, view, or nothing.
    pub kind: SourceKind,
    /// The columns, in the table's order.
    pub columns: Vec<SourceColumn>,
    /// Whether `{id}` is sent to Auth0 as a number.
    pub id_type: IdType,
    /// Columns without which no row can be trusted.
    pub missing: Vec<MissingColumn>,
    /// Which of the three write-back columns are there.
    pub write_back: BTreeSet<&'static str>,
    /// The table with the nearest name, where there is none of this name.
    pub nearest_table: Option<String>,
}

/// What stands under the name of the employee table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// Nothing.
    Absent,
    /// A table.
    Table,
    /// A view, which is never altered and never written to.
    View,
}

/// A column of the employee table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceColumn {
    /// Its name.
    pub name: String,
    /// Its type, as the database writes it.
    pub type_name: String,
    /// Whether it takes null.
    pub nullable: bool,
}

/// A column that is needed and is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingColumn {
    /// Our name for it.
    pub ours: String,
    /// What it should be called in the table.
    pub theirs: String,
    /// What there is instead.
    pub nearest: Option<String>,
}

impl Store {
    /// Looks at the employee table. That there is none is no error here.
    pub async fn source_shape(&self) -> Result<SourceShape, Error> {
        self.source.shape().await
    }
}

impl Source {
    /// What the table looks like: now, or when somebody first asked where that is to do for all.
    pub(crate) async fn shape(&self) -> Result<SourceShape, Error> {
        match &self.seen {
            Some(seen) => seen.get_or_try_init(|| self.look()).await.cloned(),
            None => self.look().await,
        }
    }

    async fn look(&self) -> Result<SourceShape, Error> {
        let doing = Error::doing("look at the employee table");
        let rows = self.db.query_all_raw(self.columns_query()).await.map_err(&doing)?;
        let columns = rows.iter().map(source_column).collect::<Result<Vec<_>, _>>().map_err(&doing)?;
        let kind = match rows.first() {
            None => SourceKind::Absent,
            Some(row) => kind(&row.try_get::<String>("", "kind").map_err(&doing)?),
        };
        let mut shape = SourceShape {
            table: self.options.table.clone(),
            kind,
            id_type: IdType::Text,
            missing: self.missing(&columns),
            write_back: BTreeSet::new(),
            nearest_table: None,
            columns,
        };
        if kind == SourceKind::Absent {
            shape.missing.clear();
            shape.nearest_table = self.nearest_table().await?;
            shape.id_type = self.options.id_type;
            return Ok(shape);
        }
        shape.write_back = WriteBackColumn::ALL
            .map(WriteBackColumn::name)
            .into_iter()
            .filter(|it| self.find(&shape.columns, it).is_some())
            .collect();
        if let Some(key) = self.find(&shape.columns, "id") {
            shape.id_type = self.id_type(key).await?;
        }
        Ok(shape)
    }

    /// The column that our name stands for.
    pub(crate) fn find<'a>(&self, columns: &'a [SourceColumn], ours: &str) -> Option<&'a SourceColumn> {
        let theirs = self.theirs(ours)?;
        let exact = columns.iter().find(|it| it.name == theirs);
        exact.or_else(|| columns.iter().find(|it| it.name.eq_ignore_ascii_case(theirs)))
    }

    /// Names are only asked for where the source keeps them apart; everything else decides about
    /// somebody's access, so that its absence must be said in the configuration.
    fn missing(&self, columns: &[SourceColumn]) -> Vec<MissingColumn> {
        let ours = Employee::COLUMNS.into_iter().chain(self.options.more.iter().map(String::as_str));
        let mut missing = Vec::new();
        for ours in ours {
            // Any other column may be said not to be there; without a key there is no table.
            let Some(theirs) = self.theirs(ours).or((ours == "id").then_some("id")) else { continue };
            let optional =
                matches!(ours, "given_name" | "family_name") && !self.options.columns.contains_key(ours);
            if !optional && self.find(columns, ours).is_none() {
                let nearest = nearest(theirs, columns.iter().map(|it| it.name.as_str()));
                missing.push(MissingColumn { ours: ours.to_owned(), theirs: theirs.to_owned(), nearest });
            }
        }
        missing
    }

    async fn id_type(&self, key: &SourceColumn) -> Result<IdType, Error> {
        let mut type_name = key.type_name.clone();
        if type_name.is_empty() {
            // SQLite knows no type for what a view computes: the first row tells.
            let mut query = self.select();
            query.expr_as(Func::cust("typeof").arg(key.expr()), "type_name").limit(1);
            let row =
                self.db.query_one(&query).await.map_err(Error::doing("look at the employee table's key"))?;
            type_name = row.and_then(|it| it.try_get("", "type_name").ok()).unwrap_or_default();
        }
        Ok(if is_number(&type_name) { IdType::Number } else { IdType::Text })
    }

    async fn nearest_table(&self) -> Result<Option<String>, Error> {
        let sql = match self.dialect() {
            Dialect::Sqlite => "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')",
            Dialect::Postgres => {
                "SELECT table_name::text AS name FROM information_schema.tables \
                 WHERE table_schema NOT IN ('pg_catalog', 'information_schema')"
            }
            Dialect::MySql => {
                "SELECT CAST(table_name AS CHAR) AS name FROM information_schema.tables WHERE table_schema = DATABASE()"
            }
        };
        let doing = Error::doing("list the source's tables");
        let rows = self
            .db
            .query_all_raw(Statement::from_string(self.db.get_database_backend(), sql))
            .await
            .map_err(&doing)?;
        let names = rows.iter().map(|it| it.try_get::<String>("", "name")).collect::<Result<Vec<_>, _>>();
        let names = names.map_err(doing)?;
        let others = names.iter().map(String::as_str).filter(|it| !it.starts_with("rollcall_"));
        Ok(nearest(&self.options.table, others))
    }

    fn columns_query(&self) -> Statement {
        let (schema, table) = self.schema_and_table();
        let (sql, values): (_, Vec<Value>) = match self.dialect() {
            Dialect::Sqlite => (
                "SELECT c.name AS name, c.type AS type_name, CASE c.\"notnull\" WHEN 0 THEN 'YES' ELSE 'NO' END AS nullable, \
                 t.type AS kind FROM pragma_table_info(?1, ?2) c \
                 JOIN pragma_table_list t ON t.name = ?1 COLLATE NOCASE AND t.schema = ?2 ORDER BY c.cid",
                vec![table.into(), schema.unwrap_or("main").into()],
            ),
            Dialect::Postgres => (
                "SELECT a.attname::text AS name, format_type(a.atttypid, a.atttypmod) AS type_name, \
                 CASE WHEN a.attnotnull THEN 'NO' ELSE 'YES' END AS nullable, c.relkind::text AS kind \
                 FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid \
                 WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
                vec![
                    schema
                        .map_or_else(|| quoted(table), |it| format!("{}.{}", quoted(it), quoted(table)))
                        .into(),
                ],
            ),
            Dialect::MySql => (
                "SELECT CAST(c.column_name AS CHAR) AS name, CAST(c.column_type AS CHAR) AS type_name, \
                 CAST(c.is_nullable AS CHAR) AS nullable, CAST(t.table_type AS CHAR) AS kind \
                 FROM information_schema.columns c JOIN information_schema.tables t \
                 ON t.table_schema = c.table_schema AND t.table_name = c.table_name \
                 WHERE c.table_schema = COALESCE(?, DATABASE()) AND c.table_name = ? ORDER BY c.ordinal_position",
                vec![schema.map(str::to_owned).into(), table.into()],
            ),
        };
        Statement::from_sql_and_values(self.db.get_database_backend(), sql, values)
    }
}

fn source_column(row: &QueryResult) -> Result<SourceColumn, sea_orm::DbErr> {
    let nullable: String = row.try_get("", "nullable")?;
    Ok(SourceColumn {
        name: row.try_get("", "name")?,
        type_name: row.try_get("", "type_name")?,
        nullable: nullable == "YES",
    })
}

/// PostgreSQL has letters, the others words, for what a relation is.
fn kind(word: &str) -> SourceKind {
    match word {
        "v" | "m" | "view" | "VIEW" | "SYSTEM VIEW" => SourceKind::View,
        _ => SourceKind::Table,
    }
}

/// Whether a type is one of whole numbers, on any of the three.
fn is_number(type_name: &str) -> bool {
    let name = type_name.to_ascii_lowercase();
    let word = name.split(['(', ' ']).next().unwrap_or_default();
    match word {
        "interval" | "point" => false,
        "numeric" | "decimal" | "number" => !name.contains(',') || name.contains(",0)"),
        other => other.contains("int") || other.ends_with("serial"),
    }
}

/// The name that somebody may have meant.
pub(crate) fn nearest<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    let wanted = wanted.to_lowercase();
    let like = |it: &str| strsim::jaro_winkler(&wanted, &it.to_lowercase());
    names.filter(|it| like(it) > 0.75).max_by(|a, b| like(a).total_cmp(&like(b))).map(str::to_owned)
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl SourceColumn {
    pub(crate) fn expr(&self) -> SimpleExpr {
        Expr::col(self.name.clone())
    }
}

impl SourceShape {
    /// Whether there is a table or a view.
    pub fn exists(&self) -> bool {
        self.kind != SourceKind::Absent
    }
}

impl fmt::Display for MissingColumn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ours, theirs, nearest } = self;
        write!(f, "there is no column {theirs:?}")?;
        if let Some(nearest) = nearest {
            write!(f, ", but {nearest:?}: set source.columns.{ours} if that is it")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_known_by_every_name() {
        for it in
            ["bigint", "INTEGER", "int(11) unsigned", "int8", "bigserial", "numeric(10,0)", "decimal(10)"]
        {
            assert!(is_number(it), "{it}");
        }
        for it in ["varchar(20)", "uuid", "interval", "numeric(10,2)", "text", ""] {
            assert!(!is_number(it), "{it}");
        }
    }

    #[test]
    fn the_nearest_name_is_suggested_and_a_far_one_is_not() {
        let names = ["employee_email", "mail", "hire_date"];
        assert_eq!(nearest("email", names.into_iter()).as_deref(), Some("mail"));
        assert_eq!(nearest("ends_on", names.into_iter()), None);
    }
}
