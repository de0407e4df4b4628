//! From files and from the tenant in memory to what the core takes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use auth0::export::read_users;
use cli::config::{Config, Env};
use diff::{Plan, Policy, RoleName, RolesRead, TextOptions, User, text};
use store::{CsvFile, read_csv};

use super::company::Company;
use crate::tenant::{Object, Tenant};

/// The tenant's users, through the export that `rollcall plan --users` reads.
pub(crate) fn users(tenant: &Tenant, roles: RolesRead) -> Vec<User> {
    let lines: Vec<String> =
        tenant.users().map(|it| serde_json::to_string(it).expect("an object is JSON")).collect();
    let mut users = read_users(lines.join("\n").as_bytes()).expect("the tenant's users are an export").users;
    if roles == RolesRead::Read {
        for user in &mut users {
            user.account.roles = tenant
                .members()
                .iter()
                .filter(|(_, members)| members.contains(user.id.as_str()))
                .map(|(role, _)| RoleName::new(role.clone()))
                .collect();
        }
    }
    users
}

/// An employee table as a file, through the reader of `rollcall employees import`.
pub(crate) fn employees(path: &Path) -> CsvFile {
    let bytes = fs::read(path).expect("the table is there");
    read_csv(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The users of a file as they stand there, newline-delimited or as an array.
pub(crate) fn user_objects(path: &Path) -> Vec<Object> {
    let text = fs::read_to_string(path).unwrap();
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(&text).unwrap();
    }
    text.lines().filter(|it| !it.trim().is_empty()).map(|it| serde_json::from_str(it).unwrap()).collect()
}

pub(crate) fn members(path: &Path) -> Option<BTreeMap<String, BTreeSet<String>>> {
    Some(serde_json::from_str(&fs::read_to_string(path).ok()?).unwrap())
}

pub(crate) fn policy(path: &Path) -> Option<Policy> {
    let text = fs::read_to_string(path).ok()?;
    let config =
        Config::parse(Some((path, &text)), &Env::empty()).expect("a scenario's rollcall.toml is one");
    Some(config.policy)
}

/// The plan as an admin reads it.
pub(crate) fn page(company: &Company, plan: &Plan) -> String {
    let breaches = company.policy.limits.breaches(plan, &company.policy.roles);
    let options =
        TextOptions { all: false, color: false, width: None, admin: &company.policy.roles.admin, id: None };
    text(plan, &breaches, options)
}
