//! An HR export as CSV: taken as a whole, or refused as a whole with every problem and its line.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use chrono::NaiveDate;
use csv::{ByteRecord, ReaderBuilder};
use diff::{Employee, EmployeeId, EmployeeIdError, IdType, UserId};

use crate::source_shape::nearest;

/// Problems that the text of the error shows; the value has all of them.
const PROBLEMS_SHOWN: usize = 50;

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

/// Why a file is refused: everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvError {
    /// In the file's order; never empty.
    pub problems: Vec<CsvProblem>,
}

/// Something that cannot be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvProblem {
    /// The line in the file, from 1.
    pub line: u64,
    /// What is wrong there.
    pub fault: CsvFault,
}

/// What can be wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CsvFault {
    /// There is no header.
    #[error("the file is empty")]
    Empty,
    /// A column of the header has no name.
    #[error("column {0} has no name")]
    NamelessColumn(usize),
    /// A column stands twice in the header.
    #[error("the column {0} stands there twice")]
    DoubleColumn(String),
    /// A column is not in the header.
    #[error("there is no column {name}{}", nearest.as_ref().map_or_else(String::new, |it| format!(", but {it}")))]
    MissingColumn {
        /// The column.
        name: String,
        /// What there is instead.
        nearest: Option<String>,
    },
    /// More or fewer fields than the header has.
    #[error("{found} fields instead of {expected}")]
    Fields {
        /// In this line.
        found: usize,
        /// In the header.
        expected: usize,
    },
    /// Bytes that are no text.
    #[error("{0} is not UTF-8: save the file as UTF-8")]
    NotUtf8(String),
    /// No employee id, or one that cannot be stored.
    #[error("{0}")]
    Id(EmployeeIdError),
    /// An id that stands there before.
    #[error("the employee id {id} stands in line {first} already")]
    DoubleId {
        /// The id.
        id: EmployeeId,
        /// Where it stands first.
        first: u64,
    },
    /// A date that is none.
    #[error("{column} is {text:?}, and a date is 2026-11-23")]
    Date {
        /// The column.
        column: &'static str,
        /// What stands there.
        text: String,
    },
    /// The file breaks off in the middle of something.
    #[error("broken CSV: {0}")]
    Broken(String),
}

/// Reads a file. UTF-8, with or without a byte order mark; commas, or semicolons where the header has
/// no comma. Cells stay as they are, spaces included; only the id is trimmed, and a date is stored as
/// a date.
pub fn read_csv(bytes: &[u8]) -> Result<CsvFile, CsvError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter(bytes)).from_reader(bytes);
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
            let name = column_name(&String::from_utf8_lossy(name));
            if name.is_empty() {
                self.problem(line, CsvFault::NamelessColumn(number));
            } else if names.contains(&name) {
                self.problem(line, CsvFault::DoubleColumn(name.clone()));
            }
            names.push(name);
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
            match date(text) {
                Some(date) => row.set_cell(column, date),
                None => self.problem(line, CsvFault::Date { column, text: text.to_owned() }),
            }
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
        self.problems.push(CsvProblem { line, fault });
    }

    fn finish(mut self) -> Result<CsvFile, CsvError> {
        let Some(header) = self.header.take() else {
            return Err(CsvError { problems: vec![CsvProblem { line: 1, fault: CsvFault::Empty }] });
        };
        if !self.problems.is_empty() {
            return Err(CsvError { problems: self.problems });
        }
        let numbers = self.rows.iter().all(|it| it.id.as_number().is_some());
        let id_type = if numbers { IdType::Number } else { IdType::Text };
        let columns = header.into_iter().filter(|it| !OURS.contains(&it.as_str())).collect();
        Ok(CsvFile { rows: self.rows, id_type, columns })
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
    NaiveDate::parse_from_str(day, "%Y-%m-%d").ok().map(|it| it.to_string())
}

impl fmt::Display for CsvProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, fault } = self;
        write!(f, "line {line}: {fault}")
    }
}

impl fmt::Display for CsvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("take the file, nothing of it was stored:")?;
        for it in self.problems.iter().take(PROBLEMS_SHOWN) {
            write!(f, "\n  {it}")?;
        }
        match self.problems.len().saturating_sub(PROBLEMS_SHOWN) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

impl std::error::Error for CsvError {}

#[cfg(test)]
mod tests;
