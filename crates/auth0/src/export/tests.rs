//! Files as people have them.

use std::io::Write as _;

use diff::{Access, ConnectionName};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::*;

const ONE: &str = r#"{"user_id":"auth0|1","email":"Jo@Example.com","blocked":true,"identities":[{"connection":"Staff","provider":"auth0","user_id":"1","isSocial":false}],"picture":"https://x.example/p.png"}"#;
const TWO: &str = r#"{"user_id":"auth0|2","identities[0].connection":"Staff","roles":["admin"]}"#;

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn problem(text: &str) -> String {
    read_users(text.as_bytes()).unwrap_err().to_string()
}

#[test]
fn lines_and_arrays_plain_and_gzip_are_the_same_users() {
    let lines = format!("{ONE}\n\n{TWO}\n");
    let array = format!("\n [{ONE},\n{TWO}]\n");
    let expected = read_users(lines.as_bytes()).unwrap();
    assert_eq!(expected.users.len(), 2);
    for bytes in [array.clone().into_bytes(), gzip(&lines), gzip(&array)] {
        assert_eq!(read_users(bytes.as_slice()).unwrap(), expected);
    }
    assert_eq!(read_users(&b""[..]).unwrap(), Export::default());
    assert_eq!(read_users(&b"[]"[..]).unwrap(), Export::default());
}

#[test]
fn a_user_is_read_as_the_api_gives_it() {
    let export = read_users(format!("{ONE}\n{TWO}").as_bytes()).unwrap();
    let [jo, two] = export.users.as_slice() else { panic!("two users") };
    assert_eq!(jo.account.email.as_deref(), Some("jo@example.com"));
    assert_eq!(jo.account.access, Access::BlockedByOther);
    assert!(two.is_in(&ConnectionName::new("Staff")));
    assert_eq!(&*two.identities[0].provider, "auth0");
    assert_eq!(*two.account.roles, [RoleName::new("admin")]);
    assert!(export.has_roles);
    assert!(!read_users(ONE.as_bytes()).unwrap().has_roles);
}

#[test]
fn a_problem_is_told_with_its_line_and_without_what_stands_there() {
    let wrong_type = format!("{ONE}\n{}", r#"{"user_id":"auth0|2","email":["jo@example.com"]}"#);
    let lines = [
        problem(&format!("{ONE}\n\n{{\"email\":\"jo@example.com\"}}")),
        problem(&wrong_type),
        problem(&format!("{ONE}\nuser_id;email")),
        problem(&format!("{ONE}\n{{\"user_id\":\"auth0|3\"")),
        problem(&format!("{ONE}\n{{\"user_id\":\"auth0|3\"}}")),
        problem(&format!("[{ONE},\n{{\"user_id\":\"auth0|3\"}}]")),
        problem(&format!("[{ONE}")),
        problem(&format!("{ONE}\n{ONE}")),
    ];
    insta::assert_snapshot!(lines.join("\n"));
    assert!(!lines.concat().contains("example.com"));
}

#[test]
fn a_damaged_archive_is_an_error_and_not_a_shorter_list() {
    let whole = gzip(&format!("{ONE}\n{TWO}\n"));
    assert!(read_users(&whole[..whole.len() - 12]).is_err());
}

#[test]
fn roles_are_read_by_name() {
    let roles = read_roles(&br#"{"admin":["auth0|1"],"manager":[]}"#[..]).unwrap();
    assert_eq!(roles[&RoleName::new("admin")], BTreeSet::from([UserId::new("auth0|1")]));
    assert!(roles[&RoleName::new("manager")].is_empty());
    let wrong = read_roles(&br#"{"admin":"auth0|1"}"#[..]).unwrap_err();
    insta::assert_snapshot!(wrong, @r#"line 1: roles are written as {"role name": ["user id", …], …}"#);
}

#[test]
fn a_file_without_an_end_is_left_at_its_bounds() {
    let endless = |start: &'static str, byte: u8| start.as_bytes().chain(io::repeat(byte));
    for text in [
        endless("", b' '),
        endless("", b'\n'),
        endless("", b'x'),
        endless("[", b' '),
        endless("[", b'['),
        endless("[{\"user_id\":\"", b'a'),
        endless("{\"user_id\":\"", b'a'),
        endless("[{\"user_id\":\"a\",\"connection\":\"b\"}", b' '),
    ] {
        assert!(read_users(text).is_err());
    }
    let long = read_users(endless("{\"user_id\":\"", b'a')).unwrap_err();
    insta::assert_snapshot!(long, @"line 1: an entry is longer than 4 MiB");
}

#[test]
fn a_bomb_is_unpacked_no_further_than_its_bounds() {
    let spaces = gzip(&" ".repeat(5 * 1024 * 1024));
    assert!(spaces.len() < 64 * 1024);
    let error = read_users(spaces.as_slice()).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap();
    insta::assert_snapshot!(format!("{error}: {cause}"), @"the file cannot be read: an entry is longer than 4 MiB");
    // The same user a million times is one, and one too many.
    let lines = gzip(&format!("{ONE}\n").repeat(3));
    let error = read_users(lines.as_slice().chain(io::repeat(0))).unwrap_err();
    insta::assert_snapshot!(error, @"the user auth0|1 is in the file twice");
}

#[test]
fn a_mark_before_the_text_is_no_text() {
    for text in [format!("\u{feff}{ONE}\n"), format!("\u{feff}[{ONE}]")] {
        assert_eq!(read_users(text.as_bytes()).unwrap().users.len(), 1);
        assert_eq!(read_users(gzip(&text).as_slice()).unwrap().users.len(), 1);
    }
    assert_eq!(read_roles("\u{feff}{}".as_bytes()).unwrap(), BTreeMap::new());
}

#[test]
fn a_role_that_stands_there_twice_is_refused() {
    let twice = read_roles(
        &br#"{"admin":["auth0|1"],
        "admin":[]}"#[..],
    );
    insta::assert_snapshot!(twice.unwrap_err(), @"line 2: a role is in the file twice (column 19)");
    let user = problem(&format!("{ONE}\n{{\"user_id\":\"\",\"connection\":\"Staff\"}}"));
    insta::assert_snapshot!(user, @"line 2: an id is empty, too long, or holds control characters (column 13)");
}
