//! The shape of a file, looked at before anything in it is read.
//!
//! The package that reads CSV forgives every quotation mark: one that is never closed takes the rest of the file
//! into its cell, and two stray ones in one column take all lines between them. Whoever stands there would be
//! missing without a word.

use super::{CsvFault, MOST_COLUMNS};

/// Where we are in a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum At {
    /// Before the first character of a cell.
    Start,
    /// In a cell without quotation marks around it, where they stand for themselves.
    Plain,
    /// Between the quotation marks of a cell.
    Quoted,
    /// Behind a quotation mark in a quoted cell: its end, or the first half of one that is meant.
    Closed,
}

/// The first thing that makes the file no table, with the line where it begins.
pub(super) fn fault(bytes: &[u8], delimiter: u8) -> Option<(u64, CsvFault)> {
    let mut at = At::Start;
    let (mut line, mut opened) = (1, 1);
    let mut columns = 1;
    for byte in bytes.iter().copied() {
        let ends_cell = at != At::Quoted && (byte == delimiter || byte == b'\n' || byte == b'\r');
        at = match (at, byte) {
            (At::Start, b'"') => {
                opened = line;
                At::Quoted
            }
            (At::Quoted, b'"') => At::Closed,
            (At::Quoted, _) | (At::Closed, b'"') => At::Quoted,
            (At::Start | At::Plain | At::Closed, _) if ends_cell => At::Start,
            (At::Start | At::Plain, _) => At::Plain,
            (At::Closed, _) => return Some((opened, CsvFault::TextAfterQuote)),
        };
        columns = if !ends_cell {
            columns
        } else if byte == delimiter {
            columns + 1
        } else {
            1
        };
        if columns > MOST_COLUMNS {
            return Some((line, CsvFault::TooManyColumns));
        }
        line += u64::from(byte == b'\n');
    }
    (at == At::Quoted).then_some((opened, CsvFault::OpenQuote))
}
