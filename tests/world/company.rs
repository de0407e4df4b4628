//! A company to tell a story about: rows as HR keeps them, users as the tenant holds them, links.

use std::collections::BTreeMap;

use diff::{Employee, EmployeeId, Link, Links, Policy, Scope, UserId};
use serde_json::{Value, json};
use simulator::{DEFAULT_CONNECTION, Role, State};
use store::SourceOptions;

use super::NOW;

/// A row: column → text.
pub(crate) type Row = BTreeMap<String, String>;

/// Rows, users and links before the story begins.
pub(crate) struct Company {
    pub(crate) rows: BTreeMap<EmployeeId, Row>,
    pub(crate) source: SourceOptions,
    /// Whether the write-back columns say already what the links say.
    pub(crate) mirrored: bool,
    /// SQL that makes the employee table somebody else's.
    pub(crate) before_rows: Vec<String>,
    pub(crate) now: String,
    pub(crate) tenant: State,
    pub(crate) links: Links,
    pub(crate) policy: Policy,
    pub(crate) scope: Scope,
    pub(crate) first_sync: bool,
}

impl Company {
    /// Nobody, and a fresh tenant.
    pub(crate) fn new() -> Self {
        Self {
            rows: BTreeMap::new(),
            source: SourceOptions::default(),
            mirrored: true,
            before_rows: Vec::new(),
            now: NOW.to_owned(),
            tenant: State::default(),
            links: Links::default(),
            policy: Policy::default(),
            scope: Scope::everybody(),
            first_sync: false,
        }
    }

    /// An employed row without a user.
    pub(crate) fn row(mut self, id: i64, name: &str, department: &str, role_code: &str) -> Self {
        let cells = [
            ("id", id.to_string()),
            ("email", address(name)),
            ("full_name", name.to_owned()),
            ("department", department.to_owned()),
            ("role_code", role_code.to_owned()),
            ("status", "active".to_owned()),
        ];
        self.rows.insert(EmployeeId::from(id), cells.map(|(column, it)| (column.to_owned(), it)).into());
        self
    }

    /// An employed row, its user `auth0|ID` as it should be, the role, and the link.
    pub(crate) fn settled(self, id: i64, name: &str, department: &str, role_code: &str) -> Self {
        self.row(id, name, department, role_code)
            .user(&format!("auth0|{id}"), account(id, name, department, role_code))
            .member(role_of(role_code), &format!("auth0|{id}"))
            .link(id, &format!("auth0|{id}"))
    }

    /// So many more settled people, `Staff 101` and so on: what limits count shares of.
    pub(crate) fn staff(self, count: i64) -> Self {
        (101..101 + count).fold(self, |it, id| it.settled(id, &format!("Staff {id}"), "Packing", "associate"))
    }

    /// Another text in a cell.
    pub(crate) fn cell(mut self, id: i64, column: &str, text: &str) -> Self {
        self.rows.get_mut(&EmployeeId::from(id)).unwrap().insert(column.to_owned(), text.to_owned());
        self
    }

    /// A user with what the JSON says; the rest is as if made over the API.
    pub(crate) fn user(mut self, id: &str, mut json: Value) -> Self {
        json["user_id"] = id.into();
        if json.get("created_at").is_none() {
            json["created_at"] = "2026-03-01T09:00:00.000Z".into();
        }
        self.tenant.users.push(serde_json::from_value(json).unwrap());
        self
    }

    /// Somebody else's hand at a user.
    pub(crate) fn edit(mut self, user: &str, edit: impl FnOnce(&mut simulator::User)) -> Self {
        edit(self.tenant.users.iter_mut().find(|it| it.user_id == user).unwrap());
        self
    }

    /// A role that a user holds. One that the tenant does not have is made.
    pub(crate) fn member(mut self, role: &str, user: &str) -> Self {
        let roles = &mut self.tenant.roles;
        if !roles.iter().any(|it| it.name == role) {
            let (name, id) = (role.to_owned(), String::new());
            roles.push(Role { id, name, description: None, members: Vec::new() });
        }
        roles.iter_mut().find(|it| it.name == role).unwrap().members.push(user.to_owned());
        self
    }

    /// Takes all roles from a user.
    pub(crate) fn without_roles(mut self, user: &str) -> Self {
        self.tenant.roles.iter_mut().for_each(|it| it.members.retain(|it| it != user));
        self
    }

    /// A stored link to a user that was not made by us.
    pub(crate) fn link(mut self, id: i64, user: &str) -> Self {
        let link = Link { user: UserId::new(user), created_by_us: false, invited: true };
        self.links.tie(EmployeeId::from(id), link).unwrap();
        self
    }

    /// Forgets a link.
    pub(crate) fn without_link(mut self, id: i64) -> Self {
        let before = std::mem::take(&mut self.links);
        for (employee, link) in before.iter().filter(|(it, _)| **it != EmployeeId::from(id)) {
            self.links.tie(employee.clone(), link.clone()).unwrap();
        }
        self
    }

    /// Another policy.
    pub(crate) fn policy(mut self, change: impl FnOnce(&mut Policy)) -> Self {
        change(&mut self.policy);
        self
    }

    /// A further application of the tenant.
    pub(crate) fn application(mut self, id: &str, secret: &str, scopes: &[&str]) -> Self {
        let json = json!({ "client_id": id, "client_secret": secret, "scopes": scopes });
        self.tenant.applications.push(serde_json::from_value(json).unwrap());
        self
    }

    /// The rows as HR would export them.
    pub(crate) fn csv(&self) -> String {
        let mut csv = Employee::COLUMNS.join(",");
        for cells in self.rows.values() {
            let cells = Employee::COLUMNS.map(|it| cells.get(it).map_or("", String::as_str));
            csv.push('\n');
            csv.push_str(&cells.join(","));
        }
        csv.push('\n');
        csv
    }
}

/// The statement by which HR's own system puts a row into the table.
pub(crate) fn insert(table: &str, row: &Row) -> String {
    let columns: Vec<&str> = row.keys().map(String::as_str).collect();
    let values: Vec<String> = row.values().map(|it| literal(it)).collect();
    format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), values.join(", "))
}

/// A text as SQL writes it; an empty cell is null, as dates need it.
pub(crate) fn literal(text: &str) -> String {
    if text.is_empty() { "NULL".to_owned() } else { format!("'{}'", text.replace('\'', "''")) }
}

/// `Ana Silva` → `ana.silva@example.com`
pub(crate) fn address(name: &str) -> String {
    format!("{}@example.com", name.to_lowercase().replace(' ', "."))
}

/// The user that the default policy asks for.
pub(crate) fn account(id: i64, name: &str, department: &str, role_code: &str) -> Value {
    json!({
        "email": address(name),
        "email_verified": true,
        "name": name,
        "user_metadata": { "employee_id": id, "full_name": name, "department": department },
        "app_metadata": { "employee_id": id, "role_code": role_code },
        "identities": [{
            "connection": DEFAULT_CONNECTION, "user_id": id.to_string(), "provider": "auth0", "isSocial": false,
        }],
    })
}

/// The role that the default policy gives for a code.
fn role_of(code: &str) -> &str {
    if code == "associate" { "production_associate" } else { code }
}
