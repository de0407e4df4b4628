//! Opening a database that is not there, or is none.

use store::{Error, Options, Store};

async fn refused(url: &str) -> String {
    let error = Store::open(Options::one(url)).await.expect_err("it cannot be opened");
    let mut text = error.to_string();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(it) = cause.source() {
        text = format!("{text}: {it}");
        cause = it;
    }
    text
}

#[tokio::test]
async fn what_cannot_be_opened_is_named_without_its_password() {
    let refusal = refused("postgres://rollcall:s3cret@127.0.0.1:1/hr").await;
    assert!(refusal.starts_with("reach the database postgres://127.0.0.1:1/hr: "), "{refusal}");
    assert!(refusal.contains("refused"), "{refusal}");
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().display();
    assert_eq!(
        refused(&format!("sqlite:{path}/no/such/file.db")).await,
        format!(
            "open the database sqlite:{path}/no/such/file.db: the directory {path}/no/such does not exist, make it first"
        )
    );
    assert!(refused(&format!("sqlite:{path}")).await.ends_with("it is a directory, name a file in it"));
    assert!(refused("oracle://u:s3cret@db/x").await.contains("starts with \"oracle\""));
}

#[tokio::test]
async fn a_wrong_password_is_not_repeated() {
    let Ok(server) = std::env::var("ROLLCALL_TEST_MYSQL_URL") else { return };
    let host = server.rsplit_once('@').map_or(server.as_str(), |(_, it)| it);
    let refusal = refused(&format!("mysql://nobody:s3cret@{host}")).await;
    assert!(refusal.starts_with("reach the database mysql://"), "{refusal}");
    assert!(!refusal.contains("s3cret"), "{refusal}");
}

#[tokio::test]
async fn a_source_file_is_not_made_by_a_mistyped_path() {
    let directory = tempfile::tempdir().unwrap();
    let in_directory = |name: &str| format!("sqlite:{}", directory.path().join(name).display());
    let options = Options {
        source_url: Some(in_directory("emplyees.db")),
        ..Options::one(in_directory("rollcall.db"))
    };
    assert!(format!("{options:?}").starts_with("Options { source: SourceOptions"));
    assert!(matches!(Store::open(options).await, Err(Error::NoFile { .. })));
    assert!(!directory.path().join("emplyees.db").exists());
}
