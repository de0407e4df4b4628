//! A small company, its runs, and what takes them back.

use chrono::NaiveDate;
use serde_json::json;

use super::super::ahead::Ahead;
use super::super::*;
use crate::account::{Account, Identity, User};
use crate::employee::Employee;
use crate::forecast::Reading;
use crate::ids::Tenant;
use crate::links::{Link, Links};
use crate::memory::Memory;
use crate::pace::RatePlan;
use crate::plan::RolesRead;
use crate::policy::Policy;
use crate::text::sentence;

/// Rows, users and links, and the runs that were made on them.
pub(super) struct Company {
    pub(super) rows: Vec<Employee>,
    pub(super) users: Vec<User>,
    pub(super) links: Links,
    pub(super) policy: Policy,
}

/// A run: its plan, and the users that it made.
pub(super) struct Ran {
    pub(super) plan: Plan,
    made: BTreeMap<EmployeeId, UserId>,
}

pub(super) fn user_id(id: i64) -> UserId {
    UserId::new(format!("auth0|{id}"))
}

pub(super) fn row(id: i64, name: &str, department: &str, code: &str) -> Employee {
    let mut row = Employee::empty(id.into());
    row.email = format!("{}@example.com", name.to_lowercase());
    row.full_name = name.to_owned();
    row.department = department.to_owned();
    row.role_code = code.to_owned();
    row.status = "active".to_owned();
    row
}

/// The user that the default policy asks for, and the role.
pub(super) fn user(row: &Employee, id: i64) -> User {
    let (connection, provider) = (Policy::default().connection, "auth0".into());
    let mut account = Account { email: Some(row.email.clone()), ..Account::default() };
    account.name = Some(row.full_name.clone());
    for (key, value) in [
        ("employee_id", json!(row.id.as_number())),
        ("full_name", json!(row.full_name)),
        ("department", json!(row.department)),
    ] {
        account.user_metadata.insert(key, value);
    }
    account.app_metadata.insert("employee_id", json!(row.id.as_number()));
    account.app_metadata.insert("role_code", json!(row.role_code));
    let role = Policy::default().roles.by_code[&row.role_code].clone();
    account.roles = [role].into_iter().collect();
    let identities = vec![Identity { connection, provider }];
    User { id: user_id(id), account, email_verified: true, identities, created_at: None }
}

impl Company {
    /// Settled people, by number.
    pub(super) fn of(people: &[(i64, &str)]) -> Self {
        let (links, policy) = (Links::default(), Policy::default());
        let mut company = Self { rows: Vec::new(), users: Vec::new(), links, policy };
        for (id, name) in people {
            let row = row(*id, name, "Packing", "associate");
            company.users.push(user(&row, *id));
            company.tie(*id, *id);
            company.rows.push(row);
        }
        company
    }

    pub(super) fn tie(&mut self, employee: i64, user: i64) {
        let link = Link { user: user_id(user), created_by_us: false, invited: true };
        self.links.tie(employee.into(), link).unwrap();
    }

    pub(super) fn cell(&mut self, id: i64, column: &str, text: &str) {
        let row = self.rows.iter_mut().find(|it| it.id == id.into()).unwrap();
        row.set_cell(column, text.to_owned());
    }

    pub(super) fn account(&mut self, id: i64) -> &mut Account {
        &mut self.users.iter_mut().find(|it| it.id == user_id(id)).unwrap().account
    }

    pub(super) fn at<T>(&self, look: impl FnOnce(&Situation<'_>) -> T) -> T {
        look(&Situation {
            tenant: &Tenant::new("tenant.example"),
            employees: &self.rows,
            users: &self.users,
            roles: RolesRead::Read,
            links: &self.links,
            memory: &Memory { last_rows: Some(1_000), ..Memory::default() },
            policy: &self.policy,
            scope: &Scope::everybody(),
            first_sync: true,
            today: NaiveDate::from_ymd_opt(2026, 11, 23).unwrap(),
            reading: &Reading::default(),
            rate_plan: RatePlan::Free,
            share: 1.0,
        })
    }

    /// Plans and carries out, with an account for everybody who gets one: `auth0|900` and on.
    pub(super) fn run(&mut self) -> Ran {
        let plan = self.at(plan);
        self.carry_out(plan)
    }

    pub(super) fn carry_out(&mut self, plan: Plan) -> Ran {
        let mut made = BTreeMap::new();
        let ahead = self.at(|at| Ahead::of(at, plan.changes()));
        (self.rows, self.users, self.links) = ahead.into_parts();
        for change in plan.changes().iter().filter(|it| it.kind() == Kind::Create) {
            let number = 900 + change.employee.as_number().unwrap();
            let row = self.rows.iter().find(|it| it.id == change.employee).unwrap();
            self.users.push(user(row, number));
            let link = Link { user: user_id(number), created_by_us: true, invited: true };
            self.links.tie(change.employee.clone(), link).unwrap();
            made.insert(change.employee.clone(), user_id(number));
        }
        Ran { plan, made }
    }

    pub(super) fn undo(&self, ran: &Ran) -> Plan {
        self.undo_but(ran, &[])
    }

    /// The same, where Auth0 held some of it already.
    pub(super) fn undo_but(&self, ran: &Ran, already: &[&str]) -> Plan {
        let ids = ran.plan.changes().iter().map(|it| it.id.clone());
        let done = ids.filter(|it| !already.contains(&it.as_str())).collect();
        let past = PastRun { id: RunId(7), plan: &ran.plan, done: &done, made: &ran.made };
        self.at(|at| undo(&past, at))
    }

    /// Carries the undo out, and tells it.
    pub(super) fn take_back(&mut self, ran: &Ran) -> (Ran, String) {
        let plan = self.undo(ran);
        let said = told(&plan);
        (self.carry_out(plan), said)
    }
}

/// A line a change with what it needs, and a line a note.
pub(super) fn told(plan: &Plan) -> String {
    let changes = plan.changes().iter().map(|it| {
        let needs: Vec<&str> = it.needs.iter().map(ChangeId::as_str).collect();
        let needs = if needs.is_empty() { String::new() } else { format!(" [needs {}]", needs.join(", ")) };
        format!("{}{needs}", sentence(it).replace(" · undoes run 7", "").replace(": undoes run 7", ""))
    });
    let name = |it: &Note| it.employee.as_ref().map(ToString::to_string).unwrap_or_default();
    let notes = plan.notes().iter().map(|it| format!("({}) {}", name(it), it.reason));
    changes.chain(notes).collect::<Vec<_>>().join("\n")
}
