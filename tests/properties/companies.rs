//! Companies and tenants with all the mess that there is, made up by proptest.

use std::collections::{BTreeMap, BTreeSet};

use diff::{
    Authority, Email, Employee, EmployeeId, Idn, Leavers, Link, Links, Policy, RolesRead, UserId, Welcome,
};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::scenarios::company::Company;
use crate::scenarios::folder::today;
use crate::tenant::{CONNECTION, Object, Tenant};

const NAMES: [&str; 7] = [
    "Ana Silva",
    "Ben Okoye",
    "Cleo Marsh",
    "José Ñúñez",
    "Jose\u{301} N\u{303}u\u{301}n\u{303}ez ",
    "Ana  Silva",
    "",
];
const ADDRESSES: [&str; 7] = [
    "ana@example.com",
    "ben@example.com",
    "cleo@example.com",
    "office@example.com",
    "desk@example.com",
    "jose@example.com",
    "lobby@example.com",
];
const NO_ADDRESSES: [&str; 4] = ["", "-", "k.warehouse", "li.wei@bücher.example"];
const ROLES: [&str; 5] = ["production_associate", "team_lead", "manager", "admin", "forklift"];

/// How many employee ids there are: some have rows, some only a link or a mark.
const IDS: i64 = 12;

/// A company in any state whatever.
pub(crate) fn companies() -> impl Strategy<Value = Company> {
    let people = vec((row(), weighted(0.7, (user(), vec(any::<bool>(), 5), weighted(0.6, link())))), 0..10);
    let strays = vec((user(), weighted(0.3, (1..=IDS, link()))), 0..4);
    let ignored = (weighted(0.1, 1..=IDS), weighted(0.1, 0..8_usize));
    let roles = prop_oneof![4 => Just(RolesRead::Read), 1 => Just(RolesRead::NotRead)];
    (people, strays, policy(), ignored, roles).prop_map(|(people, strays, policy, ignored, roles)| {
        let mut built = Built::default();
        for (id, (row, twin)) in (1..).zip(people) {
            built.person(id, row, twin);
        }
        for (user, owner) in strays {
            built.stray(user, owner);
        }
        built.company(policy, ignored, roles)
    })
}

/// What a link knows beside its two ends.
fn link() -> impl Strategy<Value = (bool, bool, bool)> {
    (any::<bool>(), any::<bool>(), prop::bool::weighted(0.1))
}

fn row() -> impl Strategy<Value = Employee> {
    let email = prop_oneof![
        8 => select(&ADDRESSES[..]).prop_map(ToOwned::to_owned),
        1 => select(&ADDRESSES[..]).prop_map(|it| format!(" {} ", it.to_uppercase())),
        1 => select(&NO_ADDRESSES[..]).prop_map(ToOwned::to_owned),
    ];
    let status = select(vec![
        "active",
        "active",
        "active",
        "Active",
        "on_leave",
        "terminated",
        "terminated",
        "furlough",
        "",
    ]);
    let starts_on = select(vec!["", "", "2024-01-01", "2026-11-28", "2027-01-01"]);
    let ends_on = select(vec!["", "", "", "2026-11-22", "2026-11-23", "soon"]);
    let role_code = select(vec!["associate", "team_lead", "manager", "admin", "", "superviser"]);
    let column = weighted(0.05, 0..12_usize);
    (
        email,
        select(&NAMES[..]),
        select(vec!["Packing", "IT", ""]),
        role_code,
        status,
        starts_on,
        ends_on,
        column,
    )
        .prop_map(|(email, name, department, role_code, status, starts_on, ends_on, column)| {
            let mut row = Employee::empty(1.into());
            row.email = email;
            row.written_back = column.map(user_id);
            for (column, text) in [
                ("full_name", name),
                ("department", department),
                ("role_code", role_code),
                ("status", status),
                ("starts_on", starts_on),
                ("ends_on", ends_on),
            ] {
                row.set_cell(column, text.to_owned());
            }
            row
        })
}

/// A user and its roles; the id comes later.
fn user() -> impl Strategy<Value = (Object, BTreeSet<&'static str>)> {
    let mark = prop_oneof![
        2 => Just(Value::Null),
        2 => (1..=IDS).prop_map(|it| json!(it)),
        1 => (1..=IDS).prop_map(|it| json!(it.to_string())),
    ];
    let blocked = select(vec![
        (None, None),
        (None, None),
        (Some(true), None),
        (Some(true), Some(true)),
        (Some(false), Some(true)),
    ]);
    let provider =
        select(vec![("auth0", CONNECTION), ("auth0", CONNECTION), ("auth0", CONNECTION), ("waad", "corp")]);
    let roles = vec(select(&ROLES[..]), 0..3);
    (select(&ADDRESSES[..]), select(&NAMES[..]), select(vec!["Packing", "IT"]), mark, blocked, provider, roles).prop_map(
        |(email, name, department, mark, (blocked, ours), (provider, connection), roles)| {
            let mut app = json!({ "plan": "gold" });
            put(&mut app, "employee_id", mark);
            put(&mut app, "rollcall_blocked", ours.map_or(Value::Null, Value::Bool));
            let mut user = json!({
                "email": email,
                "email_verified": true,
                "name": if name.is_empty() { email } else { name },
                "identities": [{ "connection": connection, "provider": provider, "user_id": "x", "isSocial": false }],
                "user_metadata": { "department": department, "theme": "dark" },
                "app_metadata": app,
            });
            put(&mut user, "blocked", blocked.map_or(Value::Null, Value::Bool));
            let Value::Object(user) = user else { unreachable!("it is one") };
            (user, roles.into_iter().collect())
        },
    )
}

fn put(object: &mut Value, key: &str, value: Value) {
    if !value.is_null() {
        object[key] = value;
    }
}

fn policy() -> impl Strategy<Value = Policy> {
    let welcome = select(vec![
        Welcome::Verification,
        Welcome::Silent,
        Welcome::Invitation { client_id: "app".to_owned() },
    ]);
    let leavers = prop_oneof![
        5 => any::<bool>().prop_map(|end_sessions| Leavers::Block { end_sessions }),
        1 => Just(Leavers::Report),
    ];
    let authority =
        select(vec![Authority::Always, Authority::Always, Authority::OnCreate, Authority::Unmanaged]);
    let break_glass = weighted(0.1, 0..8_usize);
    (welcome, leavers, authority, any::<bool>(), prop::bool::weighted(0.85), break_glass).prop_map(
        |(welcome, leavers, authority, clear, assign, break_glass)| {
            let mut policy = Policy::default();
            policy.onboarding.welcome = welcome;
            policy.leavers = leavers;
            policy.roles.assign = assign;
            policy.break_glass = break_glass.map(user_id).into_iter().collect();
            for rule in
                policy.mapping.values_mut().filter(|it| it.from.columns().any(|it| it == "department"))
            {
                rule.authority = authority;
                rule.clear = clear;
            }
            policy
        },
    )
}

fn user_id(number: usize) -> UserId {
    UserId::new(format!("auth0|{number}"))
}

#[derive(Default)]
struct Built {
    rows: Vec<Employee>,
    users: Vec<Object>,
    members: BTreeMap<String, BTreeSet<String>>,
    links: Links,
}

/// A user that was made for a row, and which of its parts are as the row says.
type Twin = ((Object, BTreeSet<&'static str>), Vec<bool>, Option<(bool, bool, bool)>);

impl Built {
    fn person(&mut self, id: i64, mut row: Employee, twin: Option<Twin>) {
        row.id = id.into();
        if let Some(((mut user, roles), alike, link)) = twin {
            if let Ok(email) = Email::parse(&row.email, Idn::Hold)
                && alike[0]
            {
                user.insert("email".to_owned(), json!(email.as_str()));
            }
            if alike[1] && !row.full_name.is_empty() {
                user.insert("name".to_owned(), json!(row.full_name));
            }
            if alike[2] {
                user["app_metadata"]["employee_id"] = json!(id);
            }
            if alike[3] {
                user["app_metadata"]["role_code"] = json!(row.role_code);
                user["user_metadata"]["employee_id"] = json!(id);
                user["user_metadata"]["full_name"] = json!(row.full_name);
            }
            if let Some(number) = self.user(user, &roles)
                && let Some(link) = link
            {
                self.link(id.into(), number, link);
            }
        }
        self.rows.push(row);
    }

    fn stray(
        &mut self,
        (user, roles): (Object, BTreeSet<&'static str>),
        owner: Option<(i64, (bool, bool, bool))>,
    ) {
        if let Some(number) = self.user(user, &roles)
            && let Some((owner, link)) = owner
        {
            self.link(owner.into(), number, link);
        }
    }

    /// Takes the user in unless its address is taken in the database.
    fn user(&mut self, mut user: Object, roles: &BTreeSet<&str>) -> Option<usize> {
        let in_database = |it: &Object| it["identities"][0]["connection"] == json!(CONNECTION);
        let taken = self.users.iter().any(|it| in_database(it) && it["email"] == user["email"]);
        if taken && in_database(&user) {
            return None;
        }
        let number = self.users.len();
        let id = user_id(number).to_string();
        user.insert("user_id".to_owned(), json!(id));
        for role in roles {
            self.members.entry((*role).to_owned()).or_default().insert(id.clone());
        }
        self.users.push(user);
        Some(number)
    }

    /// Ties the two, or the employee to a user that does not exist any more.
    fn link(
        &mut self,
        employee: EmployeeId,
        number: usize,
        (created_by_us, invited, gone): (bool, bool, bool),
    ) {
        let user = user_id(if gone { 100 + number } else { number });
        // One that is tied already stays tied to the other.
        let _taken = self.links.tie(employee, Link { user, created_by_us, invited });
    }

    fn company(self, policy: Policy, ignored: (Option<i64>, Option<usize>), roles: RolesRead) -> Company {
        let mut company = Company::new(self.rows, today());
        let mut members = self.members;
        for role in ROLES {
            members.entry(role.to_owned()).or_default();
        }
        company.tenant = Tenant::of(self.users, members);
        company.links = self.links;
        company.links.ignored_employees =
            ignored.0.map(|it| (it.into(), "said so".to_owned())).into_iter().collect();
        company.links.ignored_users =
            ignored.1.map(|it| (user_id(it), "said so".to_owned())).into_iter().collect();
        company.policy = policy;
        company.roles = roles;
        company
    }
}
