//! HR exports as they really look: what becomes of each odd row, against an empty tenant and against
//! one that everybody is in already.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use diff::{
    Action, Change, Email, Employee, EmployeeId, Field, Idn, Limit, Plan, Reason, Standing, clean, standing,
};
use serde_json::{Value, json};

use super::company::Company;
use super::folder::today;
use super::reading;
use crate::tenant::{CONNECTION, Object, Tenant};

#[test]
fn each_odd_row_becomes_what_the_readme_says() {
    let readme = fs::read_to_string(fixtures().join("README.md")).expect("the fixtures have a README");
    for (file, odd) in [("hr_export.csv", 32), ("messy.csv", 40)] {
        let plan = first_sync(file).plan();
        let (_, section) = readme.split_once(&format!("## {file}\n")).expect("each file has its section");
        let rows = section.lines().take_while(|it| !it.starts_with('#')).filter_map(row_of_a_table);
        let told: Vec<(i64, &str)> = rows.collect();
        for (id, said) in &told {
            assert_eq!(becomes(&plan, &(*id).into()), *said, "row {id} of {file}");
        }
        assert_eq!(told.len(), odd, "the README tells of every odd row of {file}");
    }
}

/// The id in the first column and what the last one says.
fn row_of_a_table(line: &str) -> Option<(i64, &str)> {
    let mut cells = line.strip_prefix("| ")?.strip_suffix(" |")?.splitn(3, " | ");
    Some((cells.next()?.parse().ok()?, cells.nth(1)?))
}

#[test]
fn a_first_sync_settles_in_one_run() {
    for file in ["hr_export.csv", "messy.csv"] {
        let mut company = first_sync(file);
        company.carry_out(&company.plan());
        company.assert_settled();
    }
}

#[test]
fn a_first_sync_of_the_export_waits_for_a_yes_to_its_admins_and_its_many_mails() {
    let company = first_sync("hr_export.csv");
    let breaches = company.policy.limits.breaches(&company.plan(), &company.policy.roles);
    let limits: Vec<Limit> = breaches.into_iter().map(|it| it.limit).collect();
    assert_eq!(limits, [Limit::AdminGrants, Limit::Mails]);
}

#[test]
fn no_odd_row_changes_somebody_else_and_no_leaver_keeps_access() {
    for file in ["hr_export.csv", "messy.csv"] {
        let mut company = first_sync(file);
        let owners = everybody_is_there(&mut company);
        let before = company.tenant.clone();
        let plan = company.plan();
        for change in plan.changes() {
            let owner = change.action.user().map(|it| &owners[it.as_str()]);
            assert!(
                owner.is_none_or(|it| *it == change.employee),
                "{} is about another's account",
                change.id
            );
        }
        company.carry_out(&plan);
        company.assert_settled();
        for (user, employee) in &owners {
            let row = company.rows.iter().find(|it| it.id == *employee).expect("accounts were made of rows");
            match standing(row, &company.policy, company.today) {
                Standing::Left(_) => {
                    assert!(!company.tenant.is_open(user), "{file}: {employee} left and can log in");
                }
                Standing::Held(_) | Standing::Upcoming { .. } => {
                    assert_eq!(
                        company.tenant.user(user),
                        before.user(user),
                        "{file}: {employee} is left alone"
                    );
                }
                Standing::Employed(_) => {
                    assert!(company.tenant.is_open(user), "{file}: {employee} can log in");
                }
            }
        }
    }
}

/// What the plan does with a row against an empty tenant, in the words of the README.
fn becomes(plan: &Plan, id: &EmployeeId) -> String {
    let changes = plan.changes().iter().filter(|it| it.employee == *id).map(done);
    let notes = plan.notes().iter().filter(|it| it.employee.as_ref() == Some(id)).map(|it| told(&it.reason));
    let all: Vec<String> = changes.chain(notes).collect();
    if all.is_empty() { "nothing: left, and has no account".to_owned() } else { all.join(", ") }
}

fn done(change: &Change) -> String {
    if let Action::Create { fields, .. } = &change.action {
        let told = ["email", "name", "user_metadata.department"].into_iter();
        let texts =
            told.filter_map(|key| fields.get(&Field::try_from(key.to_owned()).expect("it is a field")));
        let texts = texts.map(|it| it.as_str().expect("these are texts"));
        return ["created"].into_iter().chain(texts).collect::<Vec<_>>().join(", ");
    }
    if let Action::GrantRoles { roles, .. } = &change.action {
        return roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    }
    change.kind().to_string()
}

fn told(reason: &Reason) -> String {
    if let Reason::Held { held } = reason {
        return format!("held: {held}");
    }
    if let Reason::SharedEmail { others, .. } = reason {
        return format!("held: shares its address with {}", others.first().expect("with somebody"));
    }
    if let Reason::Upcoming { due_on, .. } = reason {
        return format!("waits until {due_on}");
    }
    if let Reason::UnknownRoleCode { code } = reason {
        return format!("no role for {code}");
    }
    reason.word().to_owned()
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/hr")
}

fn first_sync(file: &str) -> Company {
    let table = reading::employees(&fixtures().join(file));
    let mut company = Company::new(table.rows, today());
    company.policy.id_type = table.id_type;
    company.first_sync = true;
    company
}

/// Gives everybody an account that was made by hand, leavers too, and tells whose is whose. An
/// address that cannot be used is another one in Auth0, and the account is marked instead.
fn everybody_is_there(company: &mut Company) -> BTreeMap<String, EmployeeId> {
    let mut owners = BTreeMap::new();
    let mut users: BTreeMap<String, Object> = BTreeMap::new();
    let mut members: BTreeMap<String, BTreeSet<String>> = company.tenant.members().clone();
    // Of two rows with one address, the account is the one's whose name it is made of.
    let named = |it: &&Employee| !local_part_is_of_the_name(it);
    let mut rows: Vec<&Employee> = company.rows.iter().collect();
    rows.sort_by_key(named);
    for row in rows {
        let (email, mark) = match Email::parse(&row.email, Idn::Hold) {
            Ok(email) => (email.to_string(), None),
            Err(_) => (format!("person.{}@example.com", row.id), Some(row.id.as_str())),
        };
        if users.contains_key(&email) {
            continue;
        }
        let id = format!("auth0|{}", row.id);
        owners.insert(id.clone(), row.id.clone());
        users.insert(email.clone(), account(&id, &email, row, mark));
        members.entry("production_associate".to_owned()).or_default().insert(id);
    }
    company.tenant = Tenant::of(users.into_values().collect(), members);
    owners
}

fn account(id: &str, email: &str, row: &Employee, mark: Option<&str>) -> Object {
    let name: String = clean(&row.full_name).chars().take(300).collect();
    let mut user = json!({
        "user_id": id,
        "email": email,
        "email_verified": true,
        "name": if name.is_empty() { email } else { &name },
        "identities": [{ "connection": CONNECTION, "provider": "auth0", "user_id": row.id.as_str(), "isSocial": false }],
    });
    if let Some(mark) = mark {
        user["app_metadata"] = json!({ "employee_id": mark });
    }
    let Value::Object(user) = user else { unreachable!("it is one") };
    user
}

fn local_part_is_of_the_name(row: &Employee) -> bool {
    let family = row.family_name.to_lowercase();
    !family.is_empty() && row.email.to_lowercase().contains(&format!(".{family}@"))
}
