//! A CSV file into the employee table: one transaction, row by row what differs, and nothing of ours.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diff::{Employee, EmployeeId, IdType};
use migrations::source::{self as table, KeyType};
use sea_orm::sea_query::{ExprTrait as _, Query, SimpleExpr};
use sea_orm::{ConnectionTrait, DbErr, Value};

use crate::csv::CsvFile;
use crate::error::{Error, is_read_only};
use crate::layout::Layout;
use crate::open::{Store, begin};
use crate::source::Source;
use crate::source_shape::{SourceColumn, SourceKind};
use crate::words::{BATCH, ms};

/// Ids that an error names.
const IDS_SHOWN: usize = 10;
/// The column that says who left.
const STATUS: &str = "status";
/// What a row that is absent from the file is marked as, where that was asked for.
const TERMINATED: &str = "terminated";

/// What becomes of rows that the file does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// They stay, and are counted.
    Keep,
    /// Their status becomes `terminated`.
    Terminated,
}

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Rows that were not there.
    pub added: usize,
    /// Rows of which a cell changed.
    pub updated: usize,
    /// Rows that were so already.
    pub unchanged: usize,
    /// Rows of the table that the file does not have.
    pub absent: usize,
    /// Of those: marked now.
    pub marked: usize,
    /// Columns of the file that the table does not have, so that nothing of them was stored.
    pub not_stored: BTreeSet<String>,
}

impl Store {
    /// Stores a file. `updated_at` becomes `now` only where a cell changed; the write-back columns are
    /// never touched; a column that the file does not have stays as it is.
    pub async fn import(
        &self,
        file: &CsvFile,
        missing: Missing,
        now: DateTime<Utc>,
    ) -> Result<ImportReport, Error> {
        let source = &self.source;
        let layout = self.layout_for(file).await?;
        if missing == Missing::Terminated && !layout.cells.contains_key(STATUS) {
            return Err(Error::NoStatus { table: source.options.table.clone() });
        }
        let present: BTreeMap<EmployeeId, Employee> =
            self.employees().await?.into_iter().map(|it| (it.id.clone(), it)).collect();
        let work = Work::of(file, missing, &present, &layout);
        let doing = Error::doing("import into the employee table");
        let transaction = begin(&source.db).await?;
        let import = Import { source, layout: &layout, now: ms(now) };
        match import.write(&transaction, &work).await {
            Ok(()) => transaction.commit().await.map_err(doing)?,
            Err(error) if is_read_only(&error) => {
                return Err(Error::ReadOnly { table: source.options.table.clone() });
            }
            Err(error) => return Err(doing(error)),
        }
        Ok(work.report)
    }

    /// The table's layout, after looking whether it can take the file. A table that we made with number
    /// keys and that nobody filled yet is made anew with text keys where the file needs them.
    async fn layout_for(&self, file: &CsvFile) -> Result<Layout, Error> {
        let source = &self.source;
        let layout = source.layout().await?;
        if layout.kind == SourceKind::View {
            return Err(Error::ReadOnly { table: source.options.table.clone() });
        }
        let no_number = |it: &&Employee| it.id.as_number().is_none();
        let ids: Vec<EmployeeId> =
            file.rows.iter().filter(no_number).take(IDS_SHOWN).map(|it| it.id.clone()).collect();
        if layout.id_type == IdType::Text || ids.is_empty() {
            return Ok(layout);
        }
        if !self.made_employee_table().await? || !self.employees().await?.is_empty() {
            return Err(Error::NotNumbers { table: source.options.table.clone(), ids });
        }
        let doing = Error::doing("make the employee table with text keys");
        table::drop_table(&source.db, &source.table_name()).await.map_err(&doing)?;
        table::create_table(&source.db, &source.table_name(), KeyType::Text).await.map_err(doing)?;
        source.layout().await
    }
}

/// What there is to write, found before anything is.
struct Work<'a> {
    add: Vec<&'a Employee>,
    /// With the columns that differ.
    update: Vec<(&'a Employee, Vec<&'a str>)>,
    mark: Vec<&'a EmployeeId>,
    columns: Vec<&'a str>,
    report: ImportReport,
}

impl<'a> Work<'a> {
    fn of(
        file: &'a CsvFile,
        missing: Missing,
        present: &'a BTreeMap<EmployeeId, Employee>,
        layout: &'a Layout,
    ) -> Self {
        let columns: Vec<&str> =
            layout.cells.keys().map(String::as_str).filter(|it| file.columns.contains(*it)).collect();
        let stored = |it: &&String| it.as_str() == "id" || layout.cells.contains_key(*it);
        let not_stored = file.columns.iter().filter(|it| !stored(it)).cloned().collect();
        let mut work = Self {
            add: Vec::new(),
            update: Vec::new(),
            mark: Vec::new(),
            columns,
            report: ImportReport { not_stored, ..ImportReport::default() },
        };
        for row in &file.rows {
            let Some(before) = present.get(&row.id) else {
                work.add.push(row);
                continue;
            };
            let differing: Vec<&str> =
                work.columns.iter().copied().filter(|it| before.cell(it) != row.cell(it)).collect();
            if differing.is_empty() {
                work.report.unchanged += 1;
            } else {
                work.update.push((row, differing));
            }
        }
        let named: BTreeSet<&EmployeeId> = file.rows.iter().map(|it| &it.id).collect();
        let absent = present.values().filter(|it| !named.contains(&it.id));
        for row in absent {
            work.report.absent += 1;
            if missing == Missing::Terminated && row.status.trim() != TERMINATED {
                work.mark.push(&row.id);
            }
        }
        (work.report.added, work.report.updated, work.report.marked) =
            (work.add.len(), work.update.len(), work.mark.len());
        work
    }
}

struct Import<'a> {
    source: &'a Source,
    layout: &'a Layout,
    now: DateTime<Utc>,
}

impl Import<'_> {
    async fn write(&self, db: &impl ConnectionTrait, work: &Work<'_>) -> Result<(), DbErr> {
        // Values in one statement are bounded, at 32,766 on SQLite, so wide tables take fewer rows.
        for rows in work.add.chunks(BATCH.min(30_000 / (work.columns.len() + 2))) {
            self.add(db, rows, &work.columns).await?;
        }
        for (row, columns) in &work.update {
            let cells = columns.iter().map(|it| (*it, row.cell(it)));
            self.update(db, &row.id, cells.collect()).await?;
        }
        for id in &work.mark {
            self.update(db, id, vec![(STATUS, TERMINATED)]).await?;
        }
        Ok(())
    }

    async fn add(
        &self,
        db: &impl ConnectionTrait,
        rows: &[&Employee],
        columns: &[&str],
    ) -> Result<(), DbErr> {
        let updated_at = self.updated_at();
        let mut insert = Query::insert();
        let cells = columns.iter().map(|it| &self.layout.cells[*it]);
        let names = [&self.layout.key].into_iter().chain(cells).chain(updated_at).map(|it| it.name.clone());
        insert.into_table(self.source.table_ref()).columns(names);
        for row in rows {
            let Some(key) = self.layout.key_value(self.source, &row.id) else { continue };
            let cells = columns.iter().map(|it| self.cell(&self.layout.cells[*it], row.cell(it)));
            let now = updated_at.map(|it| self.source.value(it, self.now));
            insert.values_panic([key].into_iter().chain(cells).chain(now));
        }
        db.execute(&insert).await.map(drop)
    }

    async fn update(
        &self,
        db: &impl ConnectionTrait,
        id: &EmployeeId,
        cells: Vec<(&str, &str)>,
    ) -> Result<(), DbErr> {
        let Some(key) = self.layout.key_value(self.source, id) else { return Ok(()) };
        let mut update = Query::update();
        update.table(self.source.table_ref());
        for (ours, text) in cells {
            let column = &self.layout.cells[ours];
            update.value(column.name.clone(), self.cell(column, text));
        }
        if let Some(column) = self.updated_at() {
            update.value(column.name.clone(), self.source.value(column, self.now));
        }
        update.and_where(self.layout.key.expr().eq(key));
        db.execute(&update).await.map(drop)
    }

    /// An empty cell is null where the column takes it: a date or a number has no empty text.
    fn cell(&self, column: &SourceColumn, text: &str) -> SimpleExpr {
        let value: Value =
            if text.is_empty() && column.nullable { None::<String>.into() } else { text.to_owned().into() };
        self.source.value(column, value)
    }

    fn updated_at(&self) -> Option<&SourceColumn> {
        self.source.find(&self.layout.columns, "updated_at")
    }
}
