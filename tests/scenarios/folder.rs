//! A scenario is a folder: what its files say, as a company.
//!
//! `employees.csv` and `users.json` are always there. `roles.json` says who holds which role; without
//! it roles are not read. `rollcall.toml` is the policy, else the default one holds. `scenario.json`
//! tells the story and whatever is stored beside the table: links, what people said to ignore, scope.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use chrono::NaiveDate;
use diff::{EmployeeId, Link, Links, RolesRead, Scope, UserId};
use serde::Deserialize;

use super::company::Company;
use super::reading;
use crate::tenant::Tenant;

/// `scenario.json`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scenario {
    story: String,
    #[serde(default = "today")]
    today: NaiveDate,
    #[serde(default)]
    links: BTreeMap<EmployeeId, LinkOf>,
    #[serde(default)]
    ignored_employees: BTreeMap<EmployeeId, String>,
    #[serde(default)]
    ignored_users: BTreeMap<UserId, String>,
    #[serde(default)]
    scope: Scope,
    #[serde(default)]
    first_sync: bool,
}

/// A link, most often one that was proposed and approved once.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkOf {
    user: UserId,
    #[serde(default)]
    created_by_us: bool,
    #[serde(default = "yes")]
    invited: bool,
}

fn yes() -> bool {
    true
}

/// The day on which all scenarios happen unless they say otherwise: a Monday.
pub(crate) fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).expect("it is a date")
}

/// The company of a folder, with its story.
pub(crate) fn read(folder: &Path) -> (Company, String) {
    let json = fs::read_to_string(folder.join("scenario.json")).expect("every scenario tells its story");
    let scenario: Scenario = serde_json::from_str(&json).expect("scenario.json is one");
    let table = reading::employees(&folder.join("employees.csv"));
    let mut company = Company::new(table.rows, scenario.today);
    let members = reading::members(&folder.join("roles.json"));
    company.roles = if members.is_some() { RolesRead::Read } else { RolesRead::NotRead };
    if let Some(policy) = reading::policy(&folder.join("rollcall.toml")) {
        company.policy = policy;
    }
    company.policy.id_type = table.id_type;
    let mut all: BTreeMap<String, BTreeSet<String>> = members.unwrap_or_default();
    for role in company.policy.roles.managed() {
        all.entry(role.to_string()).or_default();
    }
    company.tenant = Tenant::of(reading::user_objects(&folder.join("users.json")), all);
    company.links = links(scenario.links);
    company.links.ignored_employees = scenario.ignored_employees;
    company.links.ignored_users = scenario.ignored_users;
    company.scope = scenario.scope;
    company.first_sync = scenario.first_sync;
    (company, scenario.story)
}

fn links(of: BTreeMap<EmployeeId, LinkOf>) -> Links {
    let mut links = Links::default();
    for (employee, LinkOf { user, created_by_us, invited }) in of {
        links.tie(employee, Link { user, created_by_us, invited }).expect("a scenario ties nobody twice");
    }
    links
}
