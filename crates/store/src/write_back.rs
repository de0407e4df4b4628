//! The three write-back columns of the employee table: a mirror of the links.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use diff::{EmployeeId, UserId};
use migrations::Dialect;
use migrations::source::WriteBackColumn;
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait as _, Query, SimpleExpr, UpdateStatement};
use sea_orm::{ConnectionTrait, QueryResult, Value};

use crate::error::{Error, is_read_only};
use crate::layout::{Layout, text_type};
use crate::open::{Store, begin};
use crate::source::Source;
use crate::source_shape::{SourceColumn, SourceKind};
use crate::words::{BATCH, ms, words};

/// Rows that one UPDATE writes: the database looks through the cases for each of them.
const AT_ONCE: usize = 100;

words! {
    /// How far an employee's account is, as `auth0_sync_status` says it.
    SyncStatus as "auth0_sync_status" {
        /// There is none.
        Pending = "pending",
        /// There is one, and its address is not verified.
        Created = "created",
        /// Its address is verified.
        Verified = "verified",
    }
}

/// What an employee's columns should say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteBack {
    /// The employee.
    pub employee: EmployeeId,
    /// The user, if any.
    pub user: Option<UserId>,
    /// When Auth0 made it.
    pub created_at: Option<DateTime<Utc>>,
    /// How far it is.
    pub status: SyncStatus,
}

impl Store {
    /// What the columns say now, by employee; nothing where the table has none or nothing is written
    /// back.
    pub async fn written_back(&self) -> Result<BTreeMap<EmployeeId, WriteBack>, Error> {
        match Columns::of(&self.source).await? {
            Some(columns) => columns.read(&self.source, &self.source.db, None).await,
            None => Ok(BTreeMap::new()),
        }
    }

    /// The same for some employees.
    pub async fn written_back_of(
        &self,
        employees: &[&EmployeeId],
    ) -> Result<BTreeMap<EmployeeId, WriteBack>, Error> {
        let mut written = BTreeMap::new();
        let Some(columns) = Columns::of(&self.source).await? else { return Ok(written) };
        for some in employees.chunks(BATCH) {
            written.append(&mut columns.read(&self.source, &self.source.db, Some(some)).await?);
        }
        Ok(written)
    }

    /// Makes the columns say this, all or none, and tells how many rows differed. Rows that are not
    /// named stay, except that a user who is another's now leaves the row that had it. Where the table
    /// lacks the columns, cannot be written, or nothing is to be written back, it does nothing.
    pub async fn write_back(&self, wanted: &[WriteBack]) -> Result<usize, Error> {
        let Some(columns) = Columns::of(&self.source).await? else { return Ok(0) };
        let transaction = begin(&self.source.db).await?;
        let mut due = Vec::new();
        for wanted in wanted.chunks(BATCH) {
            let ids: Vec<&EmployeeId> = wanted.iter().map(|it| &it.employee).collect();
            let present = columns.read(&self.source, &transaction, Some(&ids)).await?;
            due.extend(
                wanted.iter().filter(|it| present.get(&it.employee).is_some_and(|now| differs(now, it))),
            );
        }
        match columns.write(&self.source, &transaction, &due).await {
            Ok(()) => {}
            Err(error) if is_read_only(&error) => {
                tracing::warn!("the employee table cannot be written, so nothing is written back");
                return Ok(0);
            }
            Err(error) => return Err(Error::doing("write back to the employee table")(error)),
        }
        transaction.commit().await.map_err(Error::doing("write back to the employee table"))?;
        Ok(due.len())
    }
}

/// The columns that are there. The user's is the one without which the others mean nothing.
struct Columns {
    layout: Layout,
    user: SourceColumn,
    created_at: Option<SourceColumn>,
    status: Option<SourceColumn>,
    /// On MySQL: the column that would follow the clock at every write, and must not.
    updated_at: Option<SourceColumn>,
}

impl Columns {
    async fn of(source: &Source) -> Result<Option<Self>, Error> {
        if !source.options.write_back {
            return Ok(None);
        }
        let layout = source.layout().await?;
        let column = |it| layout.write_back(source, it).cloned();
        let Some(user) = column(WriteBackColumn::UserId).filter(|_| layout.kind == SourceKind::Table) else {
            return Ok(None);
        };
        let created_at = column(WriteBackColumn::CreatedAt);
        let status = column(WriteBackColumn::Status);
        let follows_clock = source.dialect() == Dialect::MySql;
        let updated_at = source.find(&layout.columns, "updated_at").filter(|_| follows_clock).cloned();
        Ok(Some(Self { layout, user, created_at, status, updated_at }))
    }

    async fn read(
        &self,
        source: &Source,
        db: &impl ConnectionTrait,
        only: Option<&[&EmployeeId]>,
    ) -> Result<BTreeMap<EmployeeId, WriteBack>, Error> {
        let text = text_type(source.dialect());
        let mut query = source.select();
        for column in
            [Some(&self.layout.key), Some(&self.user), self.created_at.as_ref(), self.status.as_ref()]
        {
            match column {
                Some(column) => query.expr(column.expr().cast_as(text)),
                None => query.expr(Expr::val(None::<String>).cast_as(text)),
            };
        }
        if let Some(ids) = only {
            let keys: Vec<SimpleExpr> =
                ids.iter().filter_map(|it| self.layout.key_value(source, it)).collect();
            query.and_where(self.layout.key.expr().is_in(keys));
        }
        let doing = Error::doing("read the write-back columns");
        let rows = db.query_all(&query).await.map_err(&doing)?;
        let rows = rows.iter().map(read_row).collect::<Result<Vec<_>, _>>().map_err(doing)?;
        Ok(rows.into_iter().flatten().map(|it| (it.employee.clone(), it)).collect())
    }

    /// Users leave the rows that have them before they come to others: the column is unique.
    async fn write(
        &self,
        source: &Source,
        db: &impl ConnectionTrait,
        due: &[&WriteBack],
    ) -> Result<(), sea_orm::DbErr> {
        for some in due.chunks(BATCH) {
            let taken = some.iter().filter_map(|it| it.user.as_ref());
            let taken: Vec<_> = taken.map(|it| source.value(&self.user, it.as_str())).collect();
            if !taken.is_empty() {
                let mut leave = self.update(source);
                for (column, cell) in self.cells() {
                    leave.value(column.name.clone(), source.value(column, cell(None)));
                }
                leave.and_where(self.user.expr().is_in(taken));
                db.execute(&leave).await?;
            }
        }
        for some in due.chunks(AT_ONCE) {
            db.execute(&self.write_some(source, some)).await?;
        }
        Ok(())
    }

    /// One UPDATE for many rows: a case for each.
    fn write_some(&self, source: &Source, due: &[&WriteBack]) -> UpdateStatement {
        let key = |it: &WriteBack| self.layout.key_value(source, &it.employee);
        let keyed: Vec<(SimpleExpr, &WriteBack)> =
            due.iter().filter_map(|it| Some((key(it)?, *it))).collect();
        let mut write = self.update(source);
        for (column, cell) in self.cells() {
            let mut cases = CaseStatement::new();
            for (key, it) in &keyed {
                cases =
                    cases.case(self.layout.key.expr().eq(key.clone()), source.value(column, cell(Some(it))));
            }
            write.value(column.name.clone(), cases);
        }
        write.and_where(self.layout.key.expr().is_in(keyed.into_iter().map(|(key, _)| key)));
        write
    }

    fn update(&self, source: &Source) -> UpdateStatement {
        let mut update = Query::update();
        update.table(source.table_ref());
        if let Some(column) = &self.updated_at {
            update.value(column.name.clone(), column.expr());
        }
        update
    }

    fn cells(&self) -> Vec<(&SourceColumn, Cell)> {
        let user: Cell = |it| it.and_then(|it| it.user.as_ref()).map(|it| it.as_str().to_owned()).into();
        let created_at: Cell = |it| it.and_then(|it| it.created_at).map(ms).into();
        let status: Cell = |it| it.map_or(SyncStatus::Pending, |it| it.status).word().into();
        let mut cells = vec![(&self.user, user)];
        cells.extend(self.created_at.as_ref().map(|it| (it, created_at)));
        cells.extend(self.status.as_ref().map(|it| (it, status)));
        cells
    }
}

/// What a column holds for an employee, or for one without an account.
type Cell = fn(Option<&WriteBack>) -> Value;

/// A row without a readable key is [`Store::employees`]' to complain about.
fn read_row(row: &QueryResult) -> Result<Option<WriteBack>, sea_orm::DbErr> {
    let cell = |index: usize| row.try_get_by_index::<Option<String>>(index);
    let Some(employee) = cell(0)?.and_then(|it| EmployeeId::parse(&it).ok()) else { return Ok(None) };
    let user = cell(1)?.filter(|it| !it.is_empty()).map(UserId::new);
    let created_at = cell(2)?.and_then(|it| moment(&it));
    // An unknown word is a difference, which is then put right.
    let status = cell(3)?.map_or(Some(SyncStatus::Pending), |it| SyncStatus::read(&it).ok());
    let status = status.unwrap_or(SyncStatus::Pending);
    Ok(Some(WriteBack { employee, user, created_at, status }))
}

/// A moment as any of the three databases writes one, in UTC.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.to_utc());
    }
    if let Ok(moment) = DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z") {
        return Some(moment.to_utc());
    }
    let naive = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"];
    naive.iter().find_map(|it| NaiveDateTime::parse_from_str(text, it).ok()).map(|it| it.and_utc())
}

/// Moments are compared to the second: a column that was there before may keep no more.
fn differs(now: &WriteBack, wanted: &WriteBack) -> bool {
    let close = match (now.created_at, wanted.created_at) {
        (Some(a), Some(b)) => (a - b).abs() < TimeDelta::seconds(1),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    };
    now.user != wanted.user || now.status != wanted.status || !close
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_each_database_writes_it() {
        let expected = "2026-11-23T07:00:00.250Z".parse::<DateTime<Utc>>().ok();
        for text in [
            "2026-11-23T07:00:00.250+00:00",
            "2026-11-23 07:00:00.25+00",
            "2026-11-23 08:00:00.25+01",
            "2026-11-23 07:00:00.250",
        ] {
            assert_eq!(moment(text), expected, "{text}");
        }
    }
}
