//! How many requests a second a tenant of 100,000 users answers, with the load made on the same machine.
//!
//! `cargo bench -p simulator` measures every kind of call that Rollcall makes; words behind `--` choose some
//! (`cargo bench -p simulator -- "GET users"`). A line a kind: requests a second beside the goal, and how long the
//! median and the slowest hundredth took. `endurance` is left out unless it is named: a million requests, whose
//! speed and memory must not change on the way.

mod load;

use std::{
    error::Error,
    fs,
    io::{self, Write as _},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use simulator::{DEFAULT_CONNECTION, Options, Role, Simulator, State, Switches};

use load::{Measured, Request, Target};

/// What each kind of call is to reach, so that the tenant is never what a benchmark measures.
const GOAL_RPS: f64 = 5_000.0;
const USERS: usize = 100_000;
const MEASURED: Duration = Duration::from_secs(2);
const CROWD: &str = "rol_0123456789abcdef";

/// One kind of call: its name, and the request with a number.
type Kind = (&'static str, Box<dyn Fn(u64) -> Request + Sync>);

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo adds flags of its own.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with("--")).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let start = Instant::now();
    let simulator = runtime.block_on(simulator::start(options()))?;
    say(&format!("{USERS} users: started in {:.1?}, {} MiB", start.elapsed(), resident_mib()))?;
    let target = Target::log_in(&simulator)?;
    for (name, request) in kinds(&target)? {
        if is_wanted(name, &wanted) {
            // Once unmeasured, so that what is made at the first reading is made.
            load::run(&target, MEASURED / 4, &request)?;
            report(name, &load::run(&target, MEASURED, &request)?)?;
        }
    }
    if is_wanted("export", &wanted) {
        export(&target)?;
    }
    if wanted.iter().any(|it| it == "endurance") {
        endurance(&target, &simulator)?;
    }
    runtime.block_on(simulator.shutdown());
    Ok(())
}

fn options() -> Options {
    let members = (1..=USERS as u64).map(user_id).collect();
    let crowd = Role { id: CROWD.to_owned(), name: "crowd".to_owned(), description: None, members };
    let few = |n: u32| Role {
        id: format!("rol_fewmembers{n:06}"),
        name: format!("few {n}"),
        description: None,
        members: Vec::new(),
    };
    let state = State { roles: vec![crowd, few(1), few(2)], ..State::default() };
    let switches = Switches { export_ms: 0, ..Switches::default() };
    Options { users: USERS, state: Some(state), switches, ..Options::default() }
}

/// As users are invented.
fn user_id(number: u64) -> String {
    format!("auth0|{number:024x}")
}

/// A user of the tenant for each number, not in their order.
fn some_user(number: u64) -> String {
    user_id(number.wrapping_mul(7_919) % USERS as u64 + 1).replace('|', "%7C")
}

fn is_wanted(name: &str, wanted: &[String]) -> bool {
    wanted.is_empty() || wanted.iter().any(|it| name.contains(it.as_str()))
}

fn kinds(target: &Target) -> Result<Vec<Kind>, Box<dyn Error>> {
    let everybody = format!("identities.connection%3A%22{DEFAULT_CONNECTION}%22");
    let search = move |clause: &str, per_page: u64, page: u64| {
        Request::get(&format!(
            "/api/v2/users?q={everybody}{clause}&search_engine=v3&sort=created_at%3A1&include_totals=true\
             &per_page={per_page}&page={page}"
        ))
    };
    let (pages, counts, marks, windows) = (search.clone(), search.clone(), search.clone(), search);
    let checkpoints = checkpoints(target)?;
    let post = |path: &str, body: String| Request::with_body("POST", path, body);
    Ok(vec![
        ("GET users/{id}", Box::new(|n| Request::get(&format!("/api/v2/users/{}", some_user(n))))),
        ("GET users, a page of 100", Box::new(move |n| pages("", 100, n % 10))),
        ("GET users, how many", Box::new(move |_| counts("", 1, 0))),
        ("GET users, a window of 900", Box::new(move |n| windows(&window(n), 100, n % 9))),
        ("GET users, by a mark", Box::new(move |n| marks(&mark(n), 100, 0))),
        (
            "GET users-by-email",
            Box::new(|n| Request::get(&format!("/api/v2/users-by-email?email=nobody{n}%40x.de"))),
        ),
        (
            "GET users/{id}/roles",
            Box::new(|n| Request::get(&format!("/api/v2/users/{}/roles", some_user(n)))),
        ),
        (
            "GET roles/{id}/users, 100",
            Box::new(move |n| {
                let at = usize::try_from(n).unwrap_or(0) % checkpoints.len();
                Request::get(&format!("/api/v2/roles/{CROWD}/users?take=100{}", checkpoints[at]))
            }),
        ),
        (
            "PATCH users/{id}",
            Box::new(|n| {
                let body = format!(r#"{{"user_metadata":{{"department":"D{n}"}},"name":"Name {n}"}}"#);
                Request::with_body("PATCH", &format!("/api/v2/users/{}", some_user(n)), body)
            }),
        ),
        ("POST users", Box::new(move |n| post("/api/v2/users", new_user(n)))),
        (
            "POST roles/{id}/users, 50",
            Box::new(move |n| {
                let ids: Vec<String> =
                    (0..50).map(|it| format!("\"{}\"", user_id((n * 50 + it) % USERS as u64 + 1))).collect();
                post(
                    "/api/v2/roles/rol_fewmembers000001/users",
                    format!(r#"{{"users":[{}]}}"#, ids.join(",")),
                )
            }),
        ),
        (
            "POST users/{id}/roles",
            Box::new(move |n| {
                let body = r#"{"roles":["rol_fewmembers000002"]}"#.to_owned();
                post(&format!("/api/v2/users/{}/roles", some_user(n)), body)
            }),
        ),
    ])
}

/// Invented users were made a minute apart, from 2024 on.
fn window(number: u64) -> String {
    let day = number % 60;
    let at = |hour: u64| format!("2024-{:02}-{:02}T{hour:02}%3A00%3A00.000Z", day / 28 + 1, day % 28 + 1);
    format!("%20AND%20created_at%3A%5B{}%20TO%20{}%7D", at(0), at(15))
}

fn mark(number: u64) -> String {
    let id = number.wrapping_mul(7_919) % USERS as u64 + 1;
    format!("%20AND%20(app_metadata.employee_id%3A%22{id}%22%20OR%20app_metadata.employee_id%3A{id})")
}

/// Somebody new each time, also when the same number comes again in the next run.
fn new_user(number: u64) -> String {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let unique = MADE.fetch_add(1, Ordering::Relaxed);
    serde_json::json!({
        "connection": DEFAULT_CONNECTION,
        "email": format!("new.{unique}@example.com"),
        "password": "aG00d!Enough.Password",
        "name": format!("New {unique}"),
        "verify_email": false,
        "user_metadata": {"employee_id": number, "full_name": "New", "department": "IT"},
        "app_metadata": {"employee_id": number, "role_code": "associate"},
    })
    .to_string()
}

/// Where the pages of the crowd begin: the queries to add, the first of them empty.
fn checkpoints(target: &Target) -> Result<Vec<String>, Box<dyn Error>> {
    let mut found = vec![String::new()];
    while found.len() < 200 {
        let from = found.last().cloned().unwrap_or_default();
        let page = target.once(&Request::get(&format!("/api/v2/roles/{CROWD}/users?take=100{from}")))?;
        let page: serde_json::Value = serde_json::from_slice(&page)?;
        let next = page["next"].as_str().ok_or("the crowd has no further page")?;
        found.push(format!("&from={}", next.replace('=', "%3D").replace('+', "%2B").replace('/', "%2F")));
    }
    Ok(found)
}

/// All users once: from the order to the last byte.
fn export(target: &Target) -> Result<(), Box<dyn Error>> {
    let fields = ["user_id", "email", "name", "blocked", "email_verified", "created_at", "identities"];
    let fields = fields.iter().chain(&["user_metadata", "app_metadata"]);
    let fields: Vec<_> = fields.map(|it| serde_json::json!({"name": it})).collect();
    let order = serde_json::json!({"format": "json", "fields": fields}).to_string();
    let start = Instant::now();
    let job = target.once(&Request::with_body("POST", "/api/v2/jobs/users-exports", order))?;
    let job: serde_json::Value = serde_json::from_slice(&job)?;
    let path = format!("/api/v2/jobs/{}", job["id"].as_str().ok_or("a job without an id")?);
    let job: serde_json::Value = serde_json::from_slice(&target.once(&Request::get(&path))?)?;
    let link = job["location"].as_str().ok_or("the job is not completed")?;
    let path = link.splitn(4, '/').nth(3).ok_or("a link without a path")?;
    let ordered = start.elapsed();
    let file = target.once(&Request::get(&format!("/{path}")))?;
    let kib = file.len() >> 10;
    say(&format!(
        "{:<28} ordered in {ordered:.1?}, {kib} KiB in {:.1?}",
        "export of everybody",
        start.elapsed()
    ))
}

/// A million calls in ten parts.
fn endurance(target: &Target, simulator: &Simulator) -> Result<(), Box<dyn Error>> {
    let kind = |n: u64| {
        let body = format!(r#"{{"user_metadata":{{"department":"D{n}"}}}}"#);
        Request::with_body("PATCH", &format!("/api/v2/users/{}", some_user(n)), body)
    };
    for part in 1..=10 {
        let measured = load::run_times(target, 100_000, &kind)?;
        report(&format!("{part}00,000 calls"), &measured)?;
        say(&format!("{:<28} {} MiB", "", resident_mib()))?;
    }
    say(&format!("{:<28} {} lines, {} counted", "", simulator.journal().len(), simulator.stats().total))
}

fn report(name: &str, measured: &Measured) -> Result<(), Box<dyn Error>> {
    let Measured { rps, p50, p99 } = measured;
    let verdict = if *rps >= GOAL_RPS { "reached" } else { "MISSED" };
    say(&format!(
        "{name:<28} {rps:>9.0}/s   goal {GOAL_RPS:.0}/s {verdict}   p50 {p50:>8.2?}   p99 {p99:>8.2?}"
    ))
}

fn say(line: &str) -> Result<(), Box<dyn Error>> {
    Ok(writeln!(io::stdout(), "{line}")?)
}

/// What this process holds in memory; nought where the system does not say.
fn resident_mib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) >> 10
}
