//! Databases of a test's own, on servers that the environment names.

use std::sync::atomic::{AtomicU32, Ordering};

use sea_orm::{ConnectionTrait as _, Database, DatabaseConnection};

/// A database server, or the file that needs none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Server {
    Postgres,
    MySql,
}

/// A database that is dropped with this value.
pub(crate) struct Own {
    pub(crate) url: String,
    name: String,
    server_url: String,
}

static MADE: AtomicU32 = AtomicU32::new(0);

impl Server {
    fn variable(self) -> &'static str {
        match self {
            Self::Postgres => "ROLLCALL_TEST_POSTGRES_URL",
            Self::MySql => "ROLLCALL_TEST_MYSQL_URL",
        }
    }

    /// A new, empty database; none where no server is named and none is required.
    pub(crate) async fn database(self) -> Option<Own> {
        let variable = self.variable();
        let Ok(server_url) = std::env::var(variable) else {
            let required = std::env::var_os("ROLLCALL_TEST_REQUIRE_DATABASES").is_some();
            assert!(!required, "{variable} is not set, and ROLLCALL_TEST_REQUIRE_DATABASES is");
            println!("skipped: {variable} is not set");
            return None;
        };
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("rollcall_story_{}_{number}", std::process::id());
        let server = Database::connect(&server_url).await.unwrap();
        server.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
        server.close().await.unwrap();
        let (base, _) = server_url.rsplit_once('/').unwrap();
        Some(Own { url: format!("{base}/{name}"), name, server_url })
    }
}

impl Own {
    /// A way into it.
    pub(crate) async fn connect(&self) -> DatabaseConnection {
        Database::connect(&self.url).await.unwrap()
    }
}

/// A failed story must not leave its database behind; `Drop` cannot wait, so a thread with a runtime of its own does.
impl Drop for Own {
    fn drop(&mut self) {
        let (name, url) = (self.name.clone(), self.server_url.clone());
        let force = if url.starts_with("postgres") { " WITH (FORCE)" } else { "" };
        let drop = async move {
            let server = Database::connect(url).await?;
            server.execute_unprepared(&format!("DROP DATABASE {name}{force}")).await?;
            server.close().await
        };
        let dropped = std::thread::spawn(move || {
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(drop)
        });
        if let Ok(Err(error)) = dropped.join() {
            println!("a database stays behind: {error}");
        }
    }
}
