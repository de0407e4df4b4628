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

#[test]
fn a_quotation_mark_too_few_never_swallows_a_line() {
    let header = format!("{HEADER},site");
    let rows = "1,a@b.c,A,,,,,active,,,\"Köln\n2,b@b.c,B,,,,,active,,,Bonn\n";
    assert_eq!(
        refused(format!("{header}\n{rows}")),
        "take the file, nothing of it was stored:\n  line 2: a quotation mark is opened here and never closed"
    );
    // Two in one column: the first takes all lines up to the second into its cell.
    let rows = "1,a,A,,,,,active,,,x\n2,\"b,B,,,,,active,,,x\n3,c,C,,,,,active,,,x\n4,\"d,D,,,,,active,,,x\n";
    assert_eq!(
        refused(format!("{header}\n{rows}")),
        "take the file, nothing of it was stored:\n  \
         line 3: text stands behind a closing quotation mark; write \"\" for one inside a cell"
    );
    let meant = "1,a,\"A \"\"B\"\"\",,,,,active,,,\"5\"\"\"\n2,b,5\" pipe,,,,,active,,,\"\"\n";
    let file = read_csv(format!("{header}\r\n{meant}").as_bytes()).unwrap();
    assert_eq!((file.rows[0].full_name.as_str(), file.rows[0].more["site"].as_str()), ("A \"B\"", "5\""));
    assert_eq!((file.rows[1].full_name.as_str(), file.rows[1].more["site"].as_str()), ("5\" pipe", ""));
}

#[test]
fn what_no_database_takes_is_refused_with_its_line() {
    let long = "x".repeat(LONGEST_CELL + 1);
    let text = format!(
        "{HEADER}\n1,a,\0,,,,,active,,\n2,a,{long},,,,,active,,\n3,a,A,,,,,active,-0044-03-15,+10000-01-01\n"
    );
    assert_eq!(
        refused(text),
        "take the file, nothing of it was stored:\n  \
         line 2: full_name has a NUL character in it\n  \
         line 3: full_name is longer than 65535 bytes; is a quotation mark missing?\n  \
         line 4: starts_on is \"-0044-03-15\", and a date is 2026-11-23\n  \
         line 4: ends_on is \"+10000-01-01\", and a date is 2026-11-23"
    );
    assert!(read_csv(format!("{HEADER}\n2,a,{},,,,,active,,\n", &long[1..]).as_bytes()).is_ok());
}

#[test]
fn a_file_of_another_kind_is_refused_in_a_few_words() {
    let sixteen: Vec<u8> = "id,email".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let sixteen = [b"\xff\xfe".as_slice(), &sixteen].concat();
    assert_eq!(
        refused(sixteen),
        "take the file, nothing of it was stored:\n  line 1: the file is not UTF-8: save the file as UTF-8"
    );
    assert_eq!(
        refused(",".repeat(MOST_COLUMNS)),
        "take the file, nothing of it was stored:\n  line 1: more than 2000 columns, which no table has"
    );
    let wide = format!("{HEADER}\n1{}\n", ",".repeat(3_000));
    assert_eq!(
        refused(wide),
        "take the file, nothing of it was stored:\n  line 2: more than 2000 columns, which no table has"
    );
    let names = format!("{HEADER},{},M\u{fc}ller\u{1b}[2J,M\u{fc}ller\u{1b}[2J", "n".repeat(300));
    assert_eq!(
        refused(names),
        "take the file, nothing of it was stored:\n  \
         line 1: the name of column 11 is longer than 255 bytes\n  \
         line 1: the column Müller\\u{1b}[2J stands there twice"
    );
    let latin = [HEADER.as_bytes(), b",Stra\xdfe\n"].concat();
    assert_eq!(
        refused(latin),
        "take the file, nothing of it was stored:\n  \
         line 1: the name of column 11 is not UTF-8: save the file as UTF-8"
    );
}

#[test]
fn a_file_with_a_problem_in_every_line_is_told_by_the_first() {
    let text = format!("{HEADER}\n{}", "1,2,3\n".repeat(5_000));
    let error = read_csv(text.as_bytes()).unwrap_err();
    assert_eq!((error.problems.len(), error.more), (1_000, 4_000));
    assert!(error.to_string().ends_with("\n  and 4950 more"), "{error}");
}
