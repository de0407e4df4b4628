//! The employee table: there, as mapped, believable, and which of its rows would wait for a person.

use diff::{Employee, Policy, Survey, believable, clean, survey};
use store::{MissingColumn, SourceKind, SourceOptions, SourceShape, Store, Writable};

use super::Doctor;
use super::check::{Check, Subject, count, few};
use super::unseen::Unseen;
use crate::run::chain;

const ABOUT: Subject = Subject::Source;

/// Ids shown of each kind of fault.
const IDS_SHOWN: usize = 5;

/// Shared addresses shown.
const SHARED_SHOWN: usize = 5;

impl Doctor {
    pub(super) async fn look_at_source(&self) -> Vec<Check> {
        let mut unseen = Unseen::default();
        let mut checks = Vec::new();
        match &self.source {
            Err(unopened) => {
                checks.push(unopened.check(ABOUT, "database"));
                for it in ["table", "rows", "write-back"] {
                    unseen.add(it, "there is no database to read");
                }
            }
            Ok(store) => {
                checks.push(ABOUT.ok("database", format!("{} is reachable", store.source_place())));
                self.look_at_table(store, &mut checks, &mut unseen).await;
            }
        }
        checks.extend(unseen.checks(ABOUT));
        checks
    }

    async fn look_at_table(&self, store: &Store, checks: &mut Vec<Check>, unseen: &mut Unseen) {
        let table = match store.source_shape().await {
            Ok(shape) => table(store, &shape),
            Err(error) => ABOUT.failed("table", could_not(&error), "grant the right to read the table"),
        };
        let usable = table.remedy.is_none();
        checks.push(table);
        if !usable {
            for it in ["rows", "write-back"] {
                unseen.add(it, "the table cannot be read as it is mapped");
            }
            return;
        }
        match store.employees().await {
            Ok(rows) => checks.extend(self.look_at_rows(store, &rows).await),
            Err(error) => checks.push(unreadable(&error)),
        }
        checks.push(write_back(store).await);
    }

    async fn look_at_rows(&self, store: &Store, rows: &[Employee]) -> Vec<Check> {
        let policy = &self.settings.policy;
        let survey = survey(rows, policy, self.settings.today());
        let mut checks = vec![self.belief(store, rows, &survey).await];
        if rows.is_empty() {
            return checks;
        }
        checks.push(held(&survey));
        checks.push(shared(&survey));
        checks.extend(default_role(store, rows, policy));
        checks
    }

    /// Whether a plan would take the table for what it says it is.
    async fn belief(&self, store: &Store, rows: &[Employee], survey: &Survey) -> Check {
        let policy = &self.settings.policy;
        if let Err(suspect) = believable(rows, policy) {
            let remedy = if rows.is_empty() {
                "rollcall employees import FILE.csv fills it; or correct [source] table of rollcall.toml"
            } else {
                "correct [source.columns] of rollcall.toml, or the table; until then nothing is planned"
            };
            return ABOUT.failed("rows", suspect.to_string(), remedy);
        }
        let breaches = match (self.opened_store(), &self.tenant) {
            (Some(ours), Some(tenant)) => self.shrunk(ours, tenant, rows).await,
            (None, _) | (_, None) => Vec::new(),
        };
        if !breaches.is_empty() {
            let found = format!("{}, fewer than the limits allow", count(rows.len(), "row"));
            let remedy = format!(
                "look whether {} is the right table, and whole; if people did leave, accept the limit in the next plan",
                few([&store.source_place().to_string()], 1)
            );
            return ABOUT.failed("rows", found, remedy).details(breaches.iter().map(ToString::to_string));
        }
        let Survey { employed, upcoming, left, .. } = survey;
        let standings = [(*employed, "employed"), (*upcoming, "not due yet"), (*left, "left")];
        let standings = standings.into_iter().chain([(survey.held_rows(), "held")]);
        let standings: Vec<String> = standings
            .filter(|(number, _)| *number > 0)
            .map(|(number, word)| format!("{number} {word}"))
            .collect();
        ABOUT.ok("rows", format!("{}: {}", count(rows.len(), "row"), standings.join(", ")))
    }
}

fn table(store: &Store, shape: &SourceShape) -> Check {
    let SourceShape { table, kind, missing, nearest_table, .. } = shape;
    let word = match kind {
        SourceKind::Absent => return no_table(store, table, nearest_table.as_deref()),
        SourceKind::Table => "the table",
        SourceKind::View => "the view",
    };
    if missing.is_empty() {
        return ABOUT.ok("table", format!("{word} {table} has all columns as mapped"));
    }
    let found = format!("{word} {table} lacks {}", count(missing.len(), "column"));
    let remedy =
        "name the table's columns under [source.columns] of rollcall.toml; \"\" says that it has none";
    ABOUT.failed("table", found, remedy).details(missing.iter().map(MissingColumn::to_string))
}

fn no_table(store: &Store, table: &str, nearest: Option<&str>) -> Check {
    let found = format!("there is no table {table} in {}", store.source_place());
    if let Some(nearest) = nearest {
        let found = format!("{found}, but {nearest}");
        return ABOUT.failed("table", found, format!("set [source] table = \"{nearest}\", if that is it"));
    }
    let remedy = if table == SourceOptions::DEFAULT_TABLE {
        "rollcall migrate makes it; or name yours in [source] table of rollcall.toml"
    } else {
        "correct [source] table of rollcall.toml, or DATABASE_URL"
    };
    ABOUT.failed("table", found, remedy)
}

fn unreadable(error: &store::Error) -> Check {
    if let store::Error::BadKeys { problems, .. } = error {
        let found = "rows cannot be told apart by their ids, so that none was read";
        return ABOUT
            .failed("rows", found, "correct these rows in the employee table")
            .details(problems.iter().cloned());
    }
    ABOUT.failed("rows", could_not(error), "grant the right to read the table's columns")
}

fn held(survey: &Survey) -> Check {
    if survey.held.is_empty() {
        return ABOUT.ok("held", "no row would be held for what stands in it");
    }
    let remedy = "correct them in the employee table; rollcall employee explain ID shows one in full";
    let details = survey
        .held
        .iter()
        .map(|((fault, remedy), ids)| format!("{}: {fault}; {remedy}", few(ids, IDS_SHOWN)));
    let found =
        format!("{} would be held: nothing is done about these people", count(survey.held_rows(), "row"));
    ABOUT.warning("held", found, remedy).details(details)
}

fn shared(survey: &Survey) -> Check {
    let shared = &survey.shared_addresses;
    if shared.is_empty() {
        return ABOUT.ok("addresses", "no two employed rows have one address");
    }
    let found = match shared.len() {
        1 => "one address stands in more than one employed row, and all of these wait".to_owned(),
        several => format!("{several} addresses stand in more than one employed row, and all of these wait"),
    };
    let mut details: Vec<String> =
        shared.iter().take(SHARED_SHOWN).map(|it| format!("employees {}", few(it, IDS_SHOWN))).collect();
    if let Some(more) = shared.len().checked_sub(SHARED_SHOWN).filter(|it| *it > 0) {
        details.push(format!("and {more} more addresses"));
    }
    ABOUT
        .warning("addresses", found, "give each person an address of their own in the employee table")
        .details(details)
}

/// An empty code is the default role: a column that is empty throughout makes it everybody's.
fn default_role(store: &Store, rows: &[Employee], policy: &Policy) -> Option<Check> {
    let column = store.column_name("role_code")?;
    if rows.len() < 2
        || policy.roles.by_code.len() < 2
        || rows.iter().any(|it| !clean(&it.role_code).is_empty())
    {
        return None;
    }
    let found =
        format!("{column} is empty in every row, which means {} for everybody", policy.roles.default_code);
    let remedy = "name the column in [source.columns] role_code; or, if there is none, set it to \"\"";
    Some(ABOUT.warning("role codes", found, remedy))
}

async fn write_back(store: &Store) -> Check {
    const ABOUT_IT: &str = "write-back";
    const OFF: &str = "set [source] write_back = false in rollcall.toml, to say that it is not wanted";
    match store.writable().await {
        Ok(Writable::Unwanted) => ABOUT.ok(ABOUT_IT, "switched off: nothing is written into the table"),
        Ok(Writable::Kept(columns)) => ABOUT.ok(ABOUT_IT, format!("{} can be written", columns.join(", "))),
        Ok(Writable::View) => {
            ABOUT.warning(ABOUT_IT, "it is a view, so that nothing is written into it", OFF)
        }
        Ok(Writable::Lacking(columns)) => ABOUT.warning(
            ABOUT_IT,
            format!("the table has no {}, so that nobody sees there who has an account", columns.join(", ")),
            format!("rollcall migrate adds them, where it may; or {OFF}"),
        ),
        Ok(Writable::Refused(why)) => ABOUT.warning(
            ABOUT_IT,
            format!("the table cannot be written: {why}"),
            format!("grant the right to update these columns; or {OFF}"),
        ),
        Err(error) => ABOUT.warning(ABOUT_IT, could_not(&error), OFF),
    }
}

/// What a store's error says, whose message is made to follow these words.
pub(super) fn could_not(error: &store::Error) -> String {
    format!("could not {}", chain(error))
}
