//! Companies of any size, all invented and the same every time.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use diff::{EmployeeId, Link, Links, RoleName, User, UserId};
use serde_json::{Value, json};
use simulator::{DEFAULT_CONNECTION, State};

const DEPARTMENTS: [&str; 7] =
    ["Packing", "Shipping", "Customer Care", "IT", "Embroidery", "Finance", "Purchasing"];

const HEAD: &str = "id,email,full_name,given_name,family_name,department,role_code,status,starts_on,ends_on,\
                    auth0_user_id\n";

/// Codes and roles as the default policy has them.
const ROLES: [(&str, &str); 3] =
    [("associate", "production_associate"), ("team_lead", "team_lead"), ("manager", "manager")];

/// One invented person.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person {
    pub(crate) id: i64,
}

impl Person {
    pub(crate) fn email(self) -> String {
        format!("ann{}.example{}@example.com", self.id % 997, self.id)
    }

    fn given(self) -> String {
        format!("Ann{}", self.id % 997)
    }

    fn family(self) -> String {
        format!("Example{}", self.id)
    }

    pub(crate) fn name(self) -> String {
        format!("{} {}", self.given(), self.family())
    }

    pub(crate) fn department(self) -> &'static str {
        DEPARTMENTS[usize::try_from(self.id).unwrap_or_default() % DEPARTMENTS.len()]
    }

    /// Nine in ten are associates.
    fn role_index(self) -> usize {
        match self.id % 100 {
            0..90 => 0,
            90..97 => 1,
            _ => 2,
        }
    }

    pub(crate) fn code(self) -> &'static str {
        ROLES[self.role_index()].0
    }

    pub(crate) fn role(self) -> &'static str {
        ROLES[self.role_index()].1
    }

    pub(crate) fn user_id(self) -> String {
        format!("auth0|{:024x}", self.id)
    }

    /// As the export job writes a user.
    pub(crate) fn user(self) -> Value {
        let id = self.user_id();
        json!({
            "user_id": id,
            "email": self.email(),
            "email_verified": true,
            "name": self.name(),
            "user_metadata": {
                "employee_id": self.id, "full_name": self.name(), "department": self.department(),
            },
            "app_metadata": { "employee_id": self.id, "role_code": self.code() },
            "identities": [{
                "connection": DEFAULT_CONNECTION, "provider": "auth0", "user_id": id["auth0|".len()..], "isSocial": false,
            }],
            "created_at": created_at(self.id),
        })
    }

    pub(crate) fn link(self) -> Link {
        Link { user: UserId::new(self.user_id()), created_by_us: true, invited: true }
    }
}

/// So many people.
pub(crate) fn people(size: i64) -> impl Iterator<Item = Person> + Clone {
    (1..=size).map(|id| Person { id })
}

/// Their users as an export job writes them, a line each.
pub(crate) fn export(size: i64) -> String {
    let mut lines = String::new();
    for it in people(size) {
        writeln!(lines, "{}", it.user()).expect("writing to a string cannot fail");
    }
    lines
}

/// Who holds which role.
pub(crate) fn members(size: i64) -> BTreeMap<RoleName, BTreeSet<UserId>> {
    let mut members: BTreeMap<RoleName, BTreeSet<UserId>> = BTreeMap::new();
    for it in people(size) {
        members.entry(RoleName::new(it.role())).or_default().insert(UserId::new(it.user_id()));
    }
    members
}

/// The same users as planning reads them.
pub(crate) fn users(size: i64) -> Vec<User> {
    let export = auth0::export::read_users(export(size).as_bytes()).expect("it is an export");
    let mut users = export.users;
    auth0::attach_roles(&mut users, &members(size));
    users
}

/// What ties them to their users.
pub(crate) fn links(size: i64) -> Links {
    let mut links = Links::default();
    for it in people(size) {
        links.tie(EmployeeId::from(it.id), it.link()).expect("nobody is tied twice");
    }
    links
}

/// The rows with what was written back; every so-manieth person has moved to another department.
pub(crate) fn csv(size: i64, movers: Option<i64>) -> String {
    let mut csv = HEAD.to_owned();
    for it in people(size) {
        let moved = movers.is_some_and(|every| it.id % every == 0);
        let department = if moved { "Moved" } else { it.department() };
        writeln!(
            csv,
            "{},{},{},{},{},{department},{},active,2020-01-06,,{}",
            it.id,
            it.email(),
            it.name(),
            it.given(),
            it.family(),
            it.code(),
            it.user_id(),
        )
        .expect("writing to a string cannot fail");
    }
    csv
}

/// The tenant in which all of them are as they should be.
pub(crate) fn tenant(size: i64) -> State {
    let mut state = State::default();
    let user = |it: Person| serde_json::from_value(it.user()).expect("it is a user as Auth0 writes it");
    state.users = people(size).map(user).collect();
    for (_, name) in ROLES {
        let held = people(size).filter(|it| it.role() == name).map(Person::user_id).collect();
        let role = state.roles.iter_mut().find(|it| it.name == name);
        role.expect("a fresh tenant has the roles of the default policy").members = held;
    }
    state
}

/// Spread over four years, so that windows of time have something to tell apart.
fn created_at(id: i64) -> String {
    let first = chrono::DateTime::from_timestamp(1_577_836_800, 0).unwrap_or_default();
    let at = first + chrono::Duration::seconds(id * 1_259 % 126_000_000);
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
