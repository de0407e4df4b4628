//! An HR export as CSV: taken as a whole, or refused as a whole with every problem and its line.

mod fault;
mod shape;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Datelike as _, NaiveDate};
use csv::{ByteRecord, ReaderBuilder};
use diff::{Employee, EmployeeId, IdType, UserId};

pub use fault::{CsvError, CsvFault, CsvProblem};

use crate::source_shape::nearest;

/// The longest file that is worth reading: a million rows of 500 bytes. It is held in memory as a whole, since it
/// is taken or refused as a whole.
pub const LONGEST_CSV: u64 = 512 * 1024 * 1024;

/// The longest cell, in bytes: what a text column of MySQL and MariaDB takes.
const LONGEST_CELL: usize = 65_535;

/// The longest name of a column, in bytes. Databases take 64 or 128; an error that quotes it stays readable.
const LONGEST_NAME: usize = 255;

/// SQLite's bound on the columns of a table; the others' are near it.
const MOST_COLUMNS: usize = 2_000;

/// How many problems are kept. A file of another kind has one in every line.
const MOST_PROBLEMS: usize = 1_000;

/// How much of a cell an error quotes.
const QUOTED_CHARS: usize = 40;

/// What a spreadsheet begins with, `.xlsx` or `.ods`.
const ARCHIVE: &[u8] = b"PK\x03\x04";

/// What Windows calls Unicode: two bytes a character, told by its first two.
const UTF_16: [[u8; 2]; 2] = [[0xff, 0xfe], [0xfe, 0xff]];

/// Columns of the employee table that an export may have and that are never imported.
const OURS: [&str; 4] = ["updated_at", "auth0_user_id", "auth0_account_created_at", "auth0_sync_status"];

/// A file that can be stored, row by row as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvFile {
    /// The rows, in the file's order. Columns that not every source has are in `more`.
    pub rows: Vec<Employee>,
    /// Whether every id is a number.
    pub id_type: IdType,
    /// The columns that the file has, ours and further ones.
    pub columns: BTreeSet<String>,
}

/// Reads a file. UTF-8, with or without a byte order mark; commas, or semicolons where the header has
/// no comma. Cells stay as they are, spaces included; only the id is trimmed, and a date is stored as
/// a date.
pub fn read_csv(bytes: &[u8]) -> Result<CsvFile, CsvError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if UTF_16.iter().any(|it| bytes.starts_with(it)) {
        return Err(CsvError::of(1, CsvFault::NotUtf8("the file".to_owned())));
    }
    if bytes.starts_with(ARCHIVE) {
        return Err(CsvError::of(1, CsvFault::Spreadsheet));
    }
    let delimiter = delimiter(bytes);
    if let Some((line, fault)) = shape::fault(bytes, delimiter) {
        return Err(CsvError::of(line, fault));
    }
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(bytes);
    let mut reading = Reading::default();
    let mut record = ByteRecord::new();
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => reading.take(&record),
            Ok(false) => break,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                reading.problem(line, CsvFault::Broken(error.to_string()));
                break;
            }
        }
    }
    reading.finish()
}

fn delimiter(bytes: &[u8]) -> u8 {
    let header = bytes.split(|it| *it == b'\n').next().unwrap_or_default();
    if !header.contains(&b',') && header.contains(&b';') { b';' } else { b',' }
}

#[derive(Default)]
struct Reading {
    header: Option<Vec<String>>,
    rows: Vec<Employee>,
    lines: HashMap<EmployeeId, u64>,
    problems: Vec<CsvProblem>,
    /// Problems that were not kept.
    more: usize,
}

impl Reading {
    fn take(&mut self, record: &ByteRecord) {
        let line = record.position().map_or(0, csv::Position::line);
        let Some(header) = self.header.take() else {
            self.header = Some(self.read_header(line, record));
            return;
        };
        if record.len() == header.len() {
            self.row(line, &header, record);
        } else {
            self.problem(line, CsvFault::Fields { found: record.len(), expected: header.len() });
        }
        self.header = Some(header);
    }

    fn read_header(&mut self, line: u64, record: &ByteRecord) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for (number, name) in (1..).zip(record) {
            match column(number, name, &names) {
                Ok(name) => names.push(name),
                Err(fault) => self.problem(line, fault),
            }
        }
        // A table may do without the parts of a name. Without its dates everybody would seem to stay.
        for name in Employee::COLUMNS.into_iter().filter(|it| !matches!(*it, "given_name" | "family_name")) {
            if !names.iter().any(|it| it == name) {
                let others = names.iter().map(String::as_str).filter(|it| !Employee::COLUMNS.contains(it));
                self.problem(
                    line,
                    CsvFault::MissingColumn { name: name.to_owned(), nearest: nearest(name, others) },
                );
            }
        }
        names
    }

    fn row(&mut self, line: u64, header: &[String], record: &ByteRecord) {
        let mut cells = BTreeMap::new();
        for (name, cell) in header.iter().zip(record) {
            match std::str::from_utf8(cell) {
                Ok(text) if text.len() > LONGEST_CELL => self.problem(line, CsvFault::TooLong(name.clone())),
                Ok(text) if text.contains('\0') => self.problem(line, CsvFault::Nul(name.clone())),
                Ok(text) => drop(cells.insert(name.as_str(), text)),
                Err(_) => self.problem(line, CsvFault::NotUtf8(name.clone())),
            }
        }
        let Some(id) = cells.remove("id") else { return };
        let id = match EmployeeId::parse(id) {
            Ok(id) => id,
            Err(error) => return self.problem(line, CsvFault::Id(error)),
        };
        match self.lines.get(&id) {
            Some(&first) => self.problem(line, CsvFault::DoubleId { id: id.clone(), first }),
            None => drop(self.lines.insert(id.clone(), line)),
        }
        let mut row = Employee::empty(id);
        for column in ["starts_on", "ends_on"] {
            let text = cells.remove(column).unwrap_or_default();
            let Some(date) = date(text) else {
                let text = text.chars().take(QUOTED_CHARS).collect();
                self.problem(line, CsvFault::Date { column, text });
                continue;
            };
            row.set_cell(column, date);
        }
        row.written_back =
            cells.get("auth0_user_id").filter(|it| !it.trim().is_empty()).map(|it| UserId::new(it.trim()));
        for (name, text) in cells {
            if !OURS.contains(&name) {
                row.set_cell(name, text.to_owned());
            }
        }
        self.rows.push(row);
    }

    fn problem(&mut self, line: u64, fault: CsvFault) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(CsvProblem { line, fault });
        } else {
            self.more += 1;
        }
    }

    fn finish(mut self) -> Result<CsvFile, CsvError> {
        let Some(header) = self.header.take() else {
            return Err(CsvError::of(1, CsvFault::Empty));
        };
        if !self.problems.is_empty() {
            return Err(CsvError { problems: self.problems, more: self.more });
        }
        let numbers = self.rows.iter().all(|it| it.id.as_number().is_some());
        let id_type = if numbers { IdType::Number } else { IdType::Text };
        let columns = header.into_iter().filter(|it| !OURS.contains(&it.as_str())).collect();
        Ok(CsvFile { rows: self.rows, id_type, columns })
    }
}

/// The name of a column of the header.
fn column(number: usize, name: &[u8], before: &[String]) -> Result<String, CsvFault> {
    if name.len() > LONGEST_NAME {
        return Err(CsvFault::LongColumn(number));
    }
    let Ok(name) = std::str::from_utf8(name).map(column_name) else {
        return Err(CsvFault::NotUtf8(format!("the name of column {number}")));
    };
    match name.as_str() {
        "" => Err(CsvFault::NamelessColumn(number)),
        _ if before.contains(&name) => Err(CsvFault::DoubleColumn(name)),
        _ => Ok(name),
    }
}

/// Our columns are known in any case; a further column is called what it is called.
fn column_name(text: &str) -> String {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let ours = Employee::COLUMNS.contains(&lower.as_str()) || OURS.contains(&lower.as_str());
    if ours { lower } else { text.to_owned() }
}

/// A day, with or without a time behind it, as a date column writes it.
fn date(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return Some(String::new());
    }
    let day = text.split(['T', ' ']).next().unwrap_or_default();
    let date = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
    // Before and beyond, no two databases agree on what a date is.
    (1..=9_999).contains(&date.year()).then(|| date.to_string())
}
