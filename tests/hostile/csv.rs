//! The reader of employee files.

use std::fmt::Write as _;

use diff::Employee;
use proptest::prelude::*;
use store::{CsvError, read_csv};

use super::{bytes, is_harmless, mutated, one_byte_off};
use crate::properties::config;

const HEADER: &str =
    "id,email,full_name,given_name,family_name,department,role_code,status,starts_on,ends_on,site";

/// Cells with and without quotation marks, with lines and marks inside.
const TABLE: &str = "id,email,full_name,given_name,family_name,department,role_code,status,starts_on,ends_on,site\n\
    1,ana@example.com,Ana Silva,Ana,Silva,Packing,associate,active,2020-01-01,,\"Köln \"\"Süd\"\"\"\n\
    2,ben@example.com,\"Okoye, Ben\",Ben,Okoye,IT,manager,active,2020-01-01,2026-12-31,\"two\nlines\"\n\
    3,cem@example.com,Cem Aydin,,,Packing,team_lead,on_leave,,,\n\
    E-4,,Dora Novak,,,\"\",,terminated,2019-05-06 00:00:00,2026-01-01,5\" pipe\n\
    5,eva@example.com,Eva,,,IT,admin,active,,,\"last\"\n";

proptest! {
    #![proptest_config(config())]

    #[test]
    fn anything_at_all_is_taken_or_refused_with_its_lines(bytes in bytes()) {
        told(&bytes, read_csv(&bytes).map(|it| it.rows))?;
    }

    #[test]
    fn a_damaged_table_is_taken_or_refused_with_its_lines(bytes in mutated(TABLE.into())) {
        told(&bytes, read_csv(&bytes).map(|it| it.rows))?;
    }

    #[test]
    fn one_byte_never_makes_anybody_vanish(bytes in one_byte_off(TABLE.into())) {
        if let Ok(file) = read_csv(&bytes) {
            prop_assert_eq!(file.rows.len(), 5, "{}", String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn whatever_stands_in_a_cell_comes_back(cells in prop::collection::vec("[^\\x00]{0,12}", 1..20), windows in any::<bool>()) {
        let end = if windows { "\r\n" } else { "\n" };
        let mut text = format!("{HEADER}{end}");
        for (number, cell) in (1..).zip(&cells) {
            let _ = write!(text, "{number},,\"{0}\",,,,,active,,,\"{0}\"{end}", cell.replace('"', "\"\""));
        }
        let file = read_csv(text.as_bytes()).map_err(|it| TestCaseError::fail(it.to_string()))?;
        let read: Vec<&str> = file.rows.iter().map(|it| it.full_name.as_str()).collect();
        prop_assert_eq!(&read, &cells);
        let read: Vec<&str> = file.rows.iter().map(|it| it.cell("site")).collect();
        prop_assert_eq!(&read, &cells);
    }
}

/// Refused with lines that the file has, and in words that can be printed.
fn told(bytes: &[u8], read: Result<Vec<Employee>, CsvError>) -> Result<(), TestCaseError> {
    let Err(error) = read else { return Ok(()) };
    let lines = 1 + bytes.iter().filter(|it| matches!(it, b'\n' | b'\r')).count() as u64;
    prop_assert!(!error.problems.is_empty());
    for problem in &error.problems {
        prop_assert!((1..=lines).contains(&problem.line), "{problem}");
    }
    prop_assert!(is_harmless(&error.to_string()), "{error:?}");
    Ok(())
}

#[test]
fn the_table_is_one_that_is_taken() {
    let file = read_csv(TABLE.as_bytes()).unwrap();
    assert_eq!(file.rows.len(), 5);
    assert_eq!(file.rows[0].cell("site"), "Köln \"Süd\"");
    assert_eq!(file.rows[1].cell("site"), "two\nlines");
}
