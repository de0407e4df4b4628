//! The readers of exported users and of roles.

use std::io::Write as _;

use auth0::export::{read_roles, read_users};
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{bytes, is_harmless, mutated, one_byte_off};
use crate::properties::config;

fn users() -> Vec<Value> {
    let user = |number: u32| {
        json!({
            "user_id": format!("auth0|{number}"),
            "email": format!("hush{number}@example.com"),
            "email_verified": true,
            "name": "Hush Nobody",
            "user_metadata": { "department": "IT", "deep": [{ "er": 1.5e3 }] },
            "app_metadata": { "employee_id": number },
            "blocked": false,
            "identities": [{ "connection": "Staff", "provider": "auth0", "user_id": "1", "isSocial": false }],
            "roles": ["admin"],
            "created_at": "2026-01-01T00:00:00.000Z",
        })
    };
    (1..=3).map(user).collect()
}

fn lines() -> Vec<u8> {
    users().iter().flat_map(|it| [it.to_string().into_bytes(), b"\n".to_vec()].concat()).collect()
}

fn array() -> Vec<u8> {
    Value::Array(users()).to_string().into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn roles() -> Vec<u8> {
    br#"{"admin":["auth0|1","auth0|2"],"packer":[],"team lead":["auth0|3"]}"#.to_vec()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn anything_at_all_is_taken_or_refused(bytes in bytes()) {
        told(read_users(bytes.as_slice()).map(|_| ()))?;
        told(read_roles(bytes.as_slice()).map(|_| ()))?;
        let packed = gzip(&bytes);
        told(read_users(packed.as_slice()).map(|_| ()))?;
        let like_gzip = [&[0x1f, 0x8b], bytes.as_slice()].concat();
        told(read_users(like_gzip.as_slice()).map(|_| ()))?;
    }

    #[test]
    fn a_damaged_export_is_taken_or_refused(lines in mutated(lines()), array in mutated(array()), roles in mutated(roles())) {
        told(read_users(lines.as_slice()).map(|_| ()))?;
        told(read_users(gzip(&lines).as_slice()).map(|_| ()))?;
        told(read_users(array.as_slice()).map(|_| ()))?;
        told(read_roles(roles.as_slice()).map(|_| ()))?;
    }

    #[test]
    fn a_damaged_archive_is_never_a_shorter_list(bytes in one_byte_off(gzip(&lines())), cut in any::<prop::sample::Index>()) {
        for bytes in [&bytes[..], &bytes[..cut.index(bytes.len() - 1)]] {
            if let Ok(export) = read_users(bytes) {
                // An archive of nothing is a file of nothing.
                prop_assert!(export.users.len() == 3 || bytes.is_empty());
            }
        }
    }

    #[test]
    fn one_byte_never_makes_anybody_vanish(lines in one_byte_off(lines()), array in one_byte_off(array()), roles in one_byte_off(roles())) {
        for bytes in [lines, array] {
            if let Ok(export) = read_users(bytes.as_slice()) {
                prop_assert_eq!(export.users.len(), 3, "{}", String::from_utf8_lossy(&bytes));
            }
        }
        if let Ok(read) = read_roles(roles.as_slice()) {
            prop_assert_eq!(read.len(), 3, "{}", String::from_utf8_lossy(&roles));
        }
    }
}

/// Refused in words that quote nobody.
fn told(read: Result<(), auth0::export::ExportError>) -> Result<(), TestCaseError> {
    let Err(error) = read else { return Ok(()) };
    let chain = std::iter::successors(Some(&error as &dyn std::error::Error), |it| (**it).source());
    let text: Vec<String> = chain.map(ToString::to_string).collect();
    let text = text.join(": ");
    prop_assert!(!text.to_lowercase().contains("hush"), "{text}");
    prop_assert!(is_harmless(&text), "{text:?}");
    Ok(())
}

#[test]
fn the_documents_are_ones_that_are_taken() {
    for bytes in [lines(), array(), gzip(&lines()), gzip(&array())] {
        assert_eq!(read_users(bytes.as_slice()).unwrap().users.len(), 3);
    }
    assert_eq!(read_roles(roles().as_slice()).unwrap().len(), 3);
}

#[test]
fn depth_and_numbers_beyond_all_reason_are_refused() {
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(200_000), close.repeat(200_000));
    let user =
        |metadata: &str| format!("{{\"user_id\":\"a\",\"connection\":\"b\",\"app_metadata\":{metadata}}}");
    for metadata in [deep("[", "]"), deep("{\"a\":", "}"), "{\"n\":1e400}".into(), "{\"n\":-1e999}".into()] {
        for text in [user(&metadata), format!("[{}]", user(&metadata))] {
            assert!(read_users(text.as_bytes()).is_err());
        }
    }
    for text in [deep("[", "]"), deep("{\"a\":", "}"), deep("{\"a\":[", "]}")] {
        assert!(read_users(text.as_bytes()).is_err());
        assert!(read_roles(text.as_bytes()).is_err());
    }
}
