//! The audit record, through the real program: a person's whole story, whether anybody changed the record, what
//! goes out of it, and what is erased.

mod export;
mod keys;
mod life;
mod verified;

use std::path::Path;

use serde_json::Value;

use crate::cli::Desk;
use crate::world::Company;

/// Ana, who joins, moves and leaves, and Ben, who stays.
fn two_people() -> Company {
    Company::new().row(1, "Ana Silva", "Packing", "associate").row(2, "Ben Okoye", "IT", "manager")
}

impl Desk {
    /// HR's next export.
    fn hr(&mut self, change: impl FnOnce(String) -> String) {
        let csv = change(self.read("employees.csv"));
        self.write("employees.csv", &csv);
        self.quietly(&["employees import employees.csv"]);
    }

    /// Plans, approves for a reason, and applies.
    fn carry_out(&mut self, plan: u32, reason: &str) {
        let approve = format!("plan approve {plan} --reason '{reason}'");
        self.quietly(&["plan", &approve, &format!("apply {plan}")]);
    }

    /// What need not be read.
    fn quietly(&mut self, lines: &[&str]) {
        for line in lines {
            let said = self.run(line);
            assert_eq!(said.code, 0, "{line}: {}{}", said.stdout, said.stderr);
        }
        self.forget();
    }

    /// The transcript, without hashes: they stand in what was typed as well.
    fn told(&self) -> String {
        let hash = regex::Regex::new("[0-9a-f]{64}").unwrap();
        hash.replace_all(self.transcript(), "[hash]").replace("[digest]", "[hash]")
    }

    /// The head that `audit verify` prints.
    fn head(&mut self) -> String {
        let said = self.run("audit verify --format json");
        let verdict: Value = serde_json::from_str(&said.stdout).unwrap();
        self.forget();
        verdict["chains"][0]["head"].as_str().unwrap().to_owned()
    }
}

/// Whether a text is in any file of the folder.
fn is_in_a_file(folder: &Path, text: &str) -> bool {
    let files = std::fs::read_dir(folder).unwrap().map(|it| std::fs::read(it.unwrap().path()).unwrap());
    files.into_iter().any(|it| it.windows(text.len()).any(|it| it == text.as_bytes()))
}
