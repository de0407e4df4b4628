//! Files that are taken, and every way in which one is refused.

use super::*;

const HEADER: &str =
    "id,email,full_name,given_name,family_name,department,role_code,status,starts_on,ends_on";

fn refused(text: impl AsRef<[u8]>) -> String {
    read_csv(text.as_ref()).expect_err("the file is refused").to_string()
}

#[test]
fn cells_stay_as_they_are() {
    let text =
        format!("{HEADER}\n 42 , a@b.c ,\"Doe, \"\"J\"\"\",,,Ops ,,active,2026-1-5,2026-12-31 00:00:00\n");
    let file = read_csv(text.as_bytes()).unwrap();
    let row = &file.rows[0];
    assert_eq!(
        (row.id.as_str(), row.email.as_str(), row.full_name.as_str()),
        ("42", " a@b.c ", "Doe, \"J\"")
    );
    assert_eq!(
        (row.department.as_str(), row.starts_on.as_str(), row.ends_on.as_str()),
        ("Ops ", "2026-01-05", "2026-12-31")
    );
    assert_eq!(file.id_type, IdType::Number);
}

#[test]
fn a_byte_order_mark_windows_lines_and_semicolons_are_understood() {
    let text = format!("\u{feff}{HEADER};site\r\nE1;a@b.c;Zoë 🦊;;;;;active;;;Köln\r\n").replace(',', ";");
    let file = read_csv(text.as_bytes()).unwrap();
    assert_eq!(file.rows[0].full_name, "Zoë 🦊");
    assert_eq!(file.rows[0].more["site"], "Köln");
    assert_eq!(file.id_type, IdType::Text);
}

#[test]
fn the_write_back_columns_are_read_and_never_imported() {
    let text = format!("{HEADER},auth0_user_id,auth0_sync_status\n1,,,,,,,active,,,auth0|1,created\n");
    let file = read_csv(text.as_bytes()).unwrap();
    assert_eq!(file.rows[0].written_back, Some(UserId::new("auth0|1")));
    assert!(file.rows[0].more.is_empty());
    assert!(!file.columns.contains("auth0_user_id"));
}

#[test]
fn every_problem_is_listed_with_its_line() {
    let text = format!(
        "{HEADER}\n1,a,b,,,,,active,,\n ,a,b,,,,,active,,\n4 2,a,b,,,,,active,,\n1,a,b,,,,,active,31.12.2026,soon\n\
         5,a,\"b\nc\",,,,,active,,\n6,a,b\n"
    );
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(b"7,a,M\xfcller,,,,,active,,\n");
    assert_eq!(
        refused(bytes),
        "take the file, nothing of it was stored:\n  \
         line 3: the employee id is empty\n  \
         line 4: the employee id \"4 2\" contains a space or control character\n  \
         line 5: the employee id 1 stands in line 2 already\n  \
         line 5: starts_on is \"31.12.2026\", and a date is 2026-11-23\n  \
         line 5: ends_on is \"soon\", and a date is 2026-11-23\n  \
         line 8: 3 fields instead of 10\n  \
         line 9: full_name is not UTF-8: save the file as UTF-8"
    );
}

#[test]
fn a_header_without_a_column_is_refused_with_what_it_may_be() {
    assert_eq!(
        refused("id,email,full_name,department,role_code,state,starts_on,end_on,,email\n"),
        "take the file, nothing of it was stored:\n  \
         line 1: column 9 has no name\n  \
         line 1: the column email stands there twice\n  \
         line 1: there is no column status, but state\n  \
         line 1: there is no column ends_on, but end_on"
    );
    assert_eq!(refused(""), "take the file, nothing of it was stored:\n  line 1: the file is empty");
}
