//! Rollcall measured: one table, each figure beside its bound. Nothing is asserted: machines are shared and noisy,
//! and a figure that misses its bound says so.
//!
//! ```sh
//! cargo bench                        # some minutes
//! cargo bench -- --long              # with what mostly waits for a slow tenant's limits: an hour
//! cargo bench -- --large             # with a million employees
//! cargo bench -- planning on-demand  # some parts only
//! ```
//!
//! The table is written to `target/bench/rollcall.md` and `rollcall.json` as well.

mod company;
mod dry_run;
mod machine;
mod naive;
mod on_demand;
mod place;
mod planning;
mod runs;
mod service;
mod table;

use table::Table;

/// What was asked for on the command line.
#[derive(Debug, Default)]
struct Wishes {
    /// Only these parts, where any are named.
    parts: Vec<String>,
    long: bool,
    large: bool,
}

impl Wishes {
    fn read(words: impl Iterator<Item = String>) -> Self {
        let mut wishes = Self::default();
        for word in words {
            match word.as_str() {
                "--long" => wishes.long = true,
                "--large" => wishes.large = true,
                // Cargo says so to every bench.
                "--bench" => {}
                _ => wishes.parts.push(word),
            }
        }
        wishes
    }

    fn wants(&self, part: &str) -> bool {
        self.parts.is_empty() || self.parts.iter().any(|it| it == part)
    }
}

fn main() {
    let mut words = std::env::args().skip(1).peekable();
    if words.peek().is_some_and(|it| it == planning::ALONE) {
        return planning::alone(words.nth(1).and_then(|it| it.parse().ok()).unwrap_or(1_000));
    }
    let wishes = Wishes::read(words);
    let mut table = Table::new(machine::tell());
    if wishes.wants("planning") {
        planning::measure(&wishes, &mut table);
    }
    if wishes.wants("dry-run") {
        dry_run::measure(&wishes, &mut table);
    }
    if wishes.wants("runs") {
        runs::measure(&wishes, &mut table);
    }
    if wishes.wants("on-demand") {
        on_demand::measure(&mut table);
    }
    if wishes.wants("service") {
        service::measure(&mut table);
    }
    if wishes.wants("naive") {
        naive::measure(&mut table);
    }
    table.write();
}
