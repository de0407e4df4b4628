//! What people read when they name a file that is another one.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use insta::assert_snapshot;

use crate::cli::Desk;

const EMPLOYEES: &str = "id,email,full_name,status,department,role_code,starts_on,ends_on\n\
                         1,hush@example.com,Hush Nobody,active,IT,,,\n";

fn desk() -> Desk {
    let desk = Desk::empty();
    desk.write("employees.csv", EMPLOYEES);
    desk.write("users.json", "[]");
    desk
}

fn put(desk: &Desk, name: &str, bytes: impl AsRef<[u8]>) {
    std::fs::write(desk.path().join(name), bytes).unwrap();
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

#[test]
fn employees_that_are_another_file() {
    let mut desk = desk();
    let sixteen: Vec<u8> = EMPLOYEES.encode_utf16().flat_map(u16::to_le_bytes).collect();
    put(&desk, "sixteen.csv", [b"\xff\xfe".as_slice(), &sixteen].concat());
    put(
        &desk,
        "latin.csv",
        EMPLOYEES.replace("Nobody", "M\u{fc}ller").chars().map(|it| it as u8).collect::<Vec<u8>>(),
    );
    put(&desk, "quote.csv", EMPLOYEES.replace(",IT", ",\"IT"));
    put(&desk, "page.csv", "<!DOCTYPE html>\n<html><body>hush@example.com, please log in</body></html>\n");
    put(&desk, "sheet.csv", b"PK\x03\x04\x14\0\x06\0[Content_Types].xml\0\0\n\0,");
    put(&desk, "nul.csv", EMPLOYEES.replace("Nobody", "No\0body"));
    for file in ["sixteen", "latin", "quote", "page", "sheet", "nul"] {
        desk.run(&format!("plan --employees {file}.csv --users users.json --today 2026-11-23"));
    }
    desk.set("DATABASE_URL", "sqlite://rollcall.db");
    desk.run("employees import quote.csv");
    assert!(!desk.transcript().contains("hush@"));
    assert_snapshot!(desk.transcript());
}

#[test]
fn users_that_are_another_file() {
    let mut desk = desk();
    put(&desk, "bomb.json.gz", gzip(&vec![b' '; 8 * 1024 * 1024]));
    put(&desk, "half.json.gz", &gzip(b"{\"user_id\":\"auth0|1\",\"connection\":\"Staff\"}\n")[..30]);
    put(&desk, "page.json", "<!DOCTYPE html>\n<html><body>hush@example.com, please log in</body></html>\n");
    put(&desk, "table.csv", "user_id;email\nauth0|1;hush@example.com\n");
    put(&desk, "id.json", "{\"user_id\":\"auth0|1\\u0000\",\"email\":\"hush@example.com\"}");
    put(&desk, "twice.json", "{\"admin\":[\"auth0|1\"],\n\"admin\":[]}");
    for file in ["bomb.json.gz", "half.json.gz", "page.json", "table.csv", "id.json", "."] {
        desk.run(&format!("plan --employees employees.csv --users {file} --today 2026-11-23"));
    }
    desk.run("plan --employees employees.csv --users users.json --roles twice.json --today 2026-11-23");
    assert!(!desk.transcript().contains("hush@"));
    assert_snapshot!(desk.transcript());
}

#[test]
fn a_configuration_that_is_another_file() {
    let mut desk = desk();
    put(&desk, "latin.toml", b"[auth0]\n# M\xfcller\ndomain = \"x.auth0.com\"\n");
    put(&desk, "nul.toml", "[auth0]\ndomain = \"x\0.auth0.com\"\n");
    put(&desk, "page.toml", "<!DOCTYPE html>\n<html><body>hush@example.com</body></html>\n");
    put(&desk, "long.toml", "# nothing\n".repeat(200_000));
    put(&desk, "keys.toml", "\"\\u001b[2J\" = 1\n[auth0]\n\"doma\\u0000in\" = \"x\"\n");
    for file in ["latin.toml", "nul.toml", "page.toml", "long.toml", "keys.toml", "."] {
        desk.run(&format!("--config {file} plan"));
    }
    assert!(!desk.transcript().contains('\u{1b}'));
    assert_snapshot!(desk.transcript());
}
