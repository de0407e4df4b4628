//! What can be wrong with a file, each thing with its line.

use std::fmt::{self, Write as _};

use diff::{EmployeeId, EmployeeIdError};

use super::{LONGEST_CELL, LONGEST_NAME, MOST_COLUMNS};

/// Problems that the text of the error shows.
const PROBLEMS_SHOWN: usize = 50;

/// Why a file is refused: everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvError {
    /// The first of them, in the file's order; never empty.
    pub problems: Vec<CsvProblem>,
    /// How many more there are.
    pub more: usize,
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
    /// A spreadsheet, or another archive.
    #[error("the file is a spreadsheet: save it as CSV (UTF-8)")]
    Spreadsheet,
    /// More columns than any table has.
    #[error("more than {MOST_COLUMNS} columns, which no table has")]
    TooManyColumns,
    /// A column of the header has no name.
    #[error("column {0} has no name")]
    NamelessColumn(usize),
    /// A column of the header has a name that no database would take.
    #[error("the name of column {0} is longer than {LONGEST_NAME} bytes")]
    LongColumn(usize),
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
    /// A character that databases do not take.
    #[error("{0} has a NUL character in it")]
    Nul(String),
    /// More than every database takes.
    #[error("{0} is longer than {LONGEST_CELL} bytes; is a quotation mark missing?")]
    TooLong(String),
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
        /// The start of what stands there.
        text: String,
    },
    /// A quotation mark begins a cell, and none ends it: everything behind it would be one cell.
    #[error("a quotation mark is opened here and never closed")]
    OpenQuote,
    /// Text behind the quotation mark that ends a cell: one of the two is missing or too many, and lines may
    /// have been taken for a cell.
    #[error("text stands behind a closing quotation mark; write \"\" for one inside a cell")]
    TextAfterQuote,
    /// The file cannot be read on.
    #[error("broken CSV: {0}")]
    Broken(String),
}

impl CsvError {
    /// One problem alone.
    pub(super) fn of(line: u64, fault: CsvFault) -> Self {
        Self { problems: vec![CsvProblem { line, fault }], more: 0 }
    }
}

/// What a line says is somebody else's text, and is not to steer a terminal.
impl fmt::Display for CsvProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, fault } = self;
        write!(f, "line {line}: ")?;
        for it in fault.to_string().chars() {
            if it.is_control() { write!(f, "{}", it.escape_default())? } else { f.write_char(it)? }
        }
        Ok(())
    }
}

impl fmt::Display for CsvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("take the file, nothing of it was stored:")?;
        for it in self.problems.iter().take(PROBLEMS_SHOWN) {
            write!(f, "\n  {it}")?;
        }
        match self.problems.len().saturating_sub(PROBLEMS_SHOWN) + self.more {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

impl std::error::Error for CsvError {}
