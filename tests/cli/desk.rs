//! Somebody's desk: an empty folder, a terminal, and a tenant in a process of its own.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::world::{Company, SECRET};

/// A folder with what is typed in it, and what was seen.
pub(crate) struct Desk {
    folder: TempDir,
    variables: BTreeMap<String, String>,
    tenant: Option<Tenant>,
    transcript: String,
}

/// `rollcall simulator`, ended when dropped.
struct Tenant {
    process: Child,
    address: String,
}

/// What a command left behind.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The program, built once a process; `ROLLCALL_TEST_BIN` names another.
pub(crate) fn rollcall() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        if let Some(named) = std::env::var_os("ROLLCALL_TEST_BIN") {
            return named.into();
        }
        let mut cargo = Command::new(env!("CARGO"));
        // What cargo tells a test about its package would make a dependency's build script think that it moved.
        for (name, _) in std::env::vars()
            .filter(|(it, _)| it.starts_with("CARGO_PKG_") || it.starts_with("CARGO_MANIFEST_"))
        {
            cargo.env_remove(name);
        }
        let built = cargo
            .args(["build", "--package=cli", "--bin=rollcall", "--message-format=json"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(built.status.success(), "rollcall can be built");
        let messages = String::from_utf8(built.stdout).unwrap();
        let executable = messages.lines().rev().find_map(|line| {
            let message: Value = serde_json::from_str(line).ok()?;
            message["executable"].as_str().map(PathBuf::from)
        });
        executable.expect("cargo tells where it put the program")
    })
}

impl Desk {
    /// Nothing is set up.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder, variables: BTreeMap::new(), tenant: None, transcript: String::new() }
    }

    /// A tenant runs, `employees.csv` lies there, and the environment says where everything is: no more is needed.
    pub(crate) fn with(company: &Company, options: &[&str]) -> Self {
        let mut desk = Self::empty();
        desk.write("employees.csv", &company.csv());
        desk.write("tenant.json", &serde_json::to_string(&company.tenant).unwrap());
        desk.start_tenant(options);
        desk.set("DATABASE_URL", "sqlite://rollcall.db");
        desk.set("AUTH0_CLIENT_ID", "simulator-client");
        desk.set("AUTH0_CLIENT_SECRET", SECRET);
        // One call at a time, so that what is told about each comes in the same order every time.
        desk.write("rollcall.toml", "[auth0]\nmax_in_flight = 1\n");
        desk
    }

    /// The same, with tables and rows.
    pub(crate) fn ready(company: &Company, options: &[&str]) -> Self {
        let mut desk = Self::with(company, options);
        for setup in ["migrate", "employees import employees.csv"] {
            let said = desk.run(setup);
            assert_eq!(said.code, 0, "{}", said.stderr);
        }
        desk.transcript.clear();
        desk
    }

    /// The same, with everything applied.
    pub(crate) fn settled(company: &Company, options: &[&str]) -> Self {
        let mut desk = Self::ready(company, options);
        let said = desk.run("sync --first-sync");
        assert_eq!(said.code, 0, "{}{}", said.stdout, said.stderr);
        desk.transcript.clear();
        desk
    }

    /// Starts the tenant, in the state that its file says.
    pub(crate) fn start_tenant(&mut self, options: &[&str]) {
        let mut process = Command::new(rollcall())
            .args(["simulator", "--state", "tenant.json", "--client-secret", SECRET])
            .args(options)
            .current_dir(self.path())
            .env_clear()
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let address = url.trim().strip_prefix("http://").expect("it tells its address").to_owned();
        self.set("AUTH0_DOMAIN", url.trim());
        self.tenant = Some(Tenant { process, address });
    }

    /// Ends the tenant.
    pub(crate) fn stop_tenant(&mut self) {
        self.tenant = None;
    }

    /// Where the tenant answers.
    pub(crate) fn address(&self) -> &str {
        &self.tenant.as_ref().expect("a tenant runs").address
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    pub(crate) fn set(&mut self, variable: &str, value: &str) {
        self.variables.insert(variable.to_owned(), value.to_owned());
    }

    /// The command, ready to be started. Words are split at spaces, except between quotes.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(rollcall());
        command.args(words(line)).current_dir(self.path()).env_clear().envs(&self.variables);
        command.stdin(Stdio::null());
        command
    }

    /// Runs a command to its end, and notes what was seen.
    pub(crate) fn run(&mut self, line: &str) -> Said {
        let output = self.command(line).output().unwrap();
        self.note(line, &output)
    }

    /// Notes what a command that ended has said.
    pub(crate) fn note(&mut self, line: &str, output: &std::process::Output) -> Said {
        let said = Said {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout.clone()).unwrap(),
            stderr: String::from_utf8(output.stderr.clone()).unwrap(),
        };
        let _ = writeln!(self.transcript, "$ rollcall {line}");
        let mut stdout = self.stable(&said.stdout);
        if TABLES.iter().any(|it| line.starts_with(it)) {
            // Their columns are as wide as the name of whoever runs the tests.
            stdout = regex("(\\S) {2,}").replace_all(&stdout, "$1  ").into_owned();
        }
        let _ = write!(self.transcript, "{stdout}");
        for line in self.stable(&said.stderr).lines().filter(|it| !is_progress(it)) {
            let _ = writeln!(self.transcript, "! {line}");
        }
        if said.code != 0 {
            let _ = writeln!(self.transcript, "[exit {}]", said.code);
        }
        self.transcript.push('\n');
        said
    }

    /// Forgets what was seen so far.
    pub(crate) fn forget(&mut self) {
        self.transcript.clear();
    }

    /// Notes something that happens beside the terminal.
    pub(crate) fn remark(&mut self, text: &str) {
        let _ = writeln!(self.transcript, "# {text}\n");
    }

    /// What was seen so far.
    pub(crate) fn transcript(&self) -> &str {
        self.transcript.trim_end()
    }

    /// Puts what is another at every run in brackets.
    fn stable(&self, text: &str) -> String {
        let mut text = text.replace(&self.path().display().to_string(), "[folder]");
        text = text.replace(&rollcall().display().to_string(), "[rollcall]");
        if let Some(Tenant { address, .. }) = &self.tenant {
            text = text.replace(address, "[tenant]");
        }
        let who = regex(r"[\w.-]+@[\w.-]+ \(unverified\)|[\w.-]+@[\w-]+:\d+|os-user@host");
        text = who.replace_all(&text, "[somebody]").into_owned();
        for (pattern, name) in [
            (r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z| UTC)?", "[time]"),
            (r"\d{4}-\d{2}-\d{2} at \d{2}:\d{2} UTC", "[time]"),
            (r"\brct_[0-9A-Za-z]{43}\b", "[token]"),
            (r"\b[0-9a-f]{64}\b", "[digest]"),
            (r"\b[0-9a-f]{12}\b", "[digest12]"),
            (r"auth0\|[0-9a-f]{24}", "auth0|[made]"),
            (r"Auth0's request [0-9A-Za-z]+", "Auth0's request [request]"),
            (r"127\.0\.0\.1:\d{4,5}", "[address]"),
            (r"· \d{4}-\d{2}-\d{2} ·", "· [today] ·"),
            (r"\b\d+ s  ", "[took]  "),
            (r"\), \d+ s, (no 429|\d+ )", "), [time], $1"),
            // Users whom the search does not show yet are read one by one.
            (r" in \d+ calls?", " in [some] calls"),
            (r"(?m)  [\w.-]+:\d+( \(employee \w+\))?$", "  [process]$1"),
        ] {
            text = regex(pattern).replace_all(&text, name).into_owned();
        }
        text
    }

    /// What was asked of the tenant, a line a request.
    pub(crate) fn journal(&self) -> Vec<Value> {
        let lines = self.http("GET", "/_simulator/journal", "");
        lines.lines().map(|it| serde_json::from_str(it).unwrap()).collect()
    }

    /// The requests that changed something, tokens apart.
    pub(crate) fn writes(&self) -> Vec<String> {
        let lines = self.journal();
        let writes = lines.iter().filter(|it| it["method"] != "GET" && it["path"] != "/oauth/token");
        writes
            .map(|it| format!("{} {}", it["method"].as_str().unwrap(), it["path"].as_str().unwrap()))
            .collect()
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        serde_json::from_str(&self.http("GET", path, "")).unwrap()
    }

    /// Scripts trouble.
    pub(crate) fn faults(&self, faults: &Value) {
        self.http("PUT", "/_simulator/faults", &faults.to_string());
    }

    /// Changes the tenant by hand.
    pub(crate) fn in_auth0(&self, change: impl FnOnce(&mut Value)) {
        let mut state = self.get("/_simulator/state");
        change(&mut state);
        self.http("PUT", "/_simulator/state", &state.to_string());
    }

    /// Makes the tenant another one on the points that are open, or set for a rehearsal.
    pub(crate) fn switches(&self, switches: &Value) {
        self.http("PUT", "/_simulator/switches", &switches.to_string());
    }

    /// What a stranger does to an SQLite file, which is made where there is none.
    pub(crate) fn sql(&self, file: &str, statements: &str) {
        let url = format!("sqlite://{}?mode=rwc", self.path().join(file).display());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let database = sea_orm::Database::connect(url).await.unwrap();
            sea_orm::ConnectionTrait::execute_unprepared(&database, statements).await.unwrap();
            database.close().await.unwrap();
        });
    }

    fn http(&self, method: &str, path: &str, body: &str) -> String {
        let address = self.address();
        let mut stream = TcpStream::connect(address).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 2"), "{method} {path}: {answer}");
        body.to_owned()
    }
}

/// It is asked to end, so that it saves its state.
impl Drop for Tenant {
    fn drop(&mut self) {
        let asked = Command::new("kill").arg(self.process.id().to_string()).status();
        if !asked.is_ok_and(|it| it.success()) {
            let _gone_already = self.process.kill();
        }
        let _no_zombie = self.process.wait();
    }
}

/// Four people of whom two are in the tenant, one of them with an old name.
pub(crate) fn people() -> Company {
    Company::new()
        .row(1, "Ana Silva", "Packing", "associate")
        .row(2, "Ben Okoye", "IT", "manager")
        .row(3, "Cem Aydin", "Packing", "team_lead")
        .row(4, "Dora Novak", "Packing", "associate")
        .cell(4, "email", "-")
        .user("auth0|1", json!({ "email": "ana.silva@example.com", "name": "Ana", "email_verified": true }))
        .user("auth0|9", json!({ "email": "robot@example.com", "name": "Robot" }))
}

/// Waits for a condition, for twenty seconds at most.
pub(crate) fn until(what: &str, condition: impl Fn() -> bool) {
    let since = Instant::now();
    while !condition() {
        assert!(since.elapsed() < Duration::from_secs(20), "it did not come about in time: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// What prints tables with names and times in them.
const TABLES: [&str; 7] = ["plans", "runs", "run show", "audit", "employee show", "quarantine", "token list"];

/// Bars are drawn by the clock.
fn is_progress(line: &str) -> bool {
    regex(r"^\d+ of \d+ calls · ").is_match(line)
}

fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, part) in line.split('\'').enumerate() {
        if at % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(str::to_owned));
        }
    }
    words
}

fn regex(pattern: &str) -> regex::Regex {
    regex::Regex::new(pattern).unwrap()
}
