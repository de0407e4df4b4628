//! What has happened since the tenant was last right: the table moved on, and so did the tenant.

use diff::{EmployeeId, Link, UserId};
use serde_json::{Value, json};
use simulator::{DEFAULT_CONNECTION, Identity, Role, Session, State, User};
use store::Tie;

use super::company::{Person, people};

/// The people to whom something happened. The smallest company has them all.
pub(super) mod who {
    /// Left; the account is still open.
    pub(crate) const LEAVER: u32 = 7;
    /// Leads a team in another department now; the tenant still has the old role.
    pub(crate) const MOVER: u32 = 9;
    /// Has another family name and address.
    pub(crate) const RENAMED: u32 = 11;
    /// Swapped addresses.
    pub(crate) const SWAPPED: [u32; 2] = [12, 13];
    /// Has had an account for long, which nobody has linked.
    pub(crate) const UNLINKED: u32 = 14;
    /// Blocked by somebody in Auth0.
    pub(crate) const BLOCKED: u32 = 16;
    /// New, without accounts.
    pub(crate) const JOINERS: [u32; 2] = [17, 20];
    /// New as well, and by mistake with one address.
    pub(crate) const TWINS: [u32; 2] = [18, 19];
}

/// A user that is no employee's.
const PRINTER: &str = "auth0|0000000000000000000b0b07";

/// The table as it is now, and the tenant as it was left.
pub(super) struct Demo {
    /// The employee table.
    pub(super) people: Vec<Person>,
    /// Who is linked to which user already.
    pub(super) links: Vec<(u32, String)>,
    /// The tenant.
    pub(super) tenant: State,
}

impl Demo {
    /// The links, as the store takes them.
    pub(super) fn ties(&self) -> Vec<Tie> {
        let tie = |(id, user): &(u32, String)| Tie {
            employee: EmployeeId::from(i64::from(*id)),
            link: Link { user: UserId::new(user.as_str()), created_by_us: false, invited: true },
            created_at: None,
        };
        self.links.iter().map(tie).collect()
    }
}

/// A company of `size` people, and a tenant that has drifted from it.
pub(super) fn demo(size: u32) -> Demo {
    let before = people(size);
    let has_user = |it: &&Person| !who::JOINERS.contains(&it.id) && !who::TWINS.contains(&it.id);
    let links = before.iter().filter(has_user).filter(|it| it.id != who::UNLINKED);
    Demo {
        links: links.map(|it| (it.id, it.user_id())).collect(),
        tenant: tenant(&before.iter().filter(has_user).collect::<Vec<_>>()),
        people: now(before),
    }
}

/// What HR entered since.
fn now(mut people: Vec<Person>) -> Vec<Person> {
    let [one, other] = who::SWAPPED.map(|id| people[index(id)].email.clone());
    people[index(who::SWAPPED[0])].email = other;
    people[index(who::SWAPPED[1])].email = one;
    people[index(who::LEAVER)].status = "terminated";
    let mover = &mut people[index(who::MOVER)];
    (mover.department, mover.role_code) = ("Customer Care", "team_lead");
    let renamed = &mut people[index(who::RENAMED)];
    "Castellanos".clone_into(&mut renamed.family_name);
    "kwame.castellanos@example.com".clone_into(&mut renamed.email);
    let shared = people[index(who::TWINS[0])].email.clone();
    people[index(who::TWINS[1])].email = shared;
    people
}

fn index(id: u32) -> usize {
    id as usize - 1
}

fn tenant(people: &[&Person]) -> State {
    let mut users: Vec<User> = people.iter().map(|it| user(it)).collect();
    for user in &mut users {
        if user.user_id == id_of(who::BLOCKED) {
            user.blocked = Some(true);
        }
        if user.user_id == id_of(who::UNLINKED) {
            // Signed up alone, long ago: no mark, and the name that Auth0 gives.
            (user.name, user.user_metadata, user.app_metadata) = (user.email.clone(), None, None);
        }
    }
    users.push(User {
        user_id: PRINTER.to_owned(),
        email: Some("label-printer@example.com".to_owned()),
        identities: vec![identity(PRINTER)],
        name: Some("Label printer (service account)".to_owned()),
        ..User::default()
    });
    State { users, roles: roles(people), sessions: vec![session(who::LEAVER)], ..State::default() }
}

fn user(person: &Person) -> User {
    User {
        user_id: person.user_id(),
        email: Some(person.email.clone()),
        email_verified: Some(true),
        identities: vec![identity(&person.user_id())],
        name: Some(person.full_name()),
        user_metadata: object(&json!({
            "employee_id": person.id,
            "full_name": person.full_name(),
            "department": person.department,
        })),
        app_metadata: object(&json!({ "employee_id": person.id, "role_code": person.role_code })),
        ..User::default()
    }
}

fn identity(user_id: &str) -> Identity {
    let id = user_id.trim_start_matches("auth0|").to_owned();
    let connection = DEFAULT_CONNECTION.to_owned();
    Identity { connection, user_id: id, provider: "auth0".to_owned(), is_social: false }
}

fn object(value: &Value) -> Option<serde_json::Map<String, Value>> {
    value.as_object().cloned()
}

fn roles(people: &[&Person]) -> Vec<Role> {
    let code = |role: &str| if role == "production_associate" { "associate" } else { role }.to_owned();
    let members = |role: &str| {
        let holders = people.iter().filter(|it| it.role_code == code(role) && it.id != who::UNLINKED);
        holders.map(|it| it.user_id()).collect()
    };
    Role::defaults().into_iter().map(|it| Role { members: members(&it.name), ..it }).collect()
}

fn session(id: u32) -> Session {
    Session {
        id: String::new(),
        user_id: id_of(id),
        created_at: None,
        client_id: simulator::PUBLIC_APPLICATION.to_owned(),
    }
}

fn id_of(id: u32) -> String {
    people(id).pop().map(|it| it.user_id()).expect("ids count from 1")
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use diff::{Links, Policy, Reading, RolesRead, Scope, Situation, Tenant, TextOptions};

    use super::*;
    use crate::commands::demo::company;

    /// The demo's plan, from what the demo makes, without a tenant.
    fn plan(size: u32) -> (diff::Plan, Policy) {
        let demo = demo(size);
        let users: Vec<String> = demo.tenant.users.iter().map(|it| json!(it).to_string()).collect();
        let mut users = auth0::export::read_users(users.join("\n").as_bytes()).unwrap().users;
        let members =
            |it: &Role| it.members.iter().map(|it| UserId::new(it.as_str())).collect::<BTreeSet<_>>();
        let roles = demo.tenant.roles.iter().map(|it| (diff::RoleName::new(it.name.as_str()), members(it)));
        auth0::attach_roles(&mut users, &roles.collect::<BTreeMap<_, _>>());
        let employees = store::read_csv(company::csv(&demo.people).as_bytes()).unwrap().rows;
        let mut links = Links::default();
        for tie in demo.ties() {
            links.tie(tie.employee, tie.link).unwrap();
        }
        let policy = Policy::default();
        let plan = diff::plan(&Situation {
            tenant: &Tenant::new("simulator"),
            employees: &employees,
            users: &users,
            roles: RolesRead::Read,
            links: &links,
            memory: &diff::Memory::default(),
            policy: &policy,
            scope: &Scope::everybody(),
            first_sync: false,
            today: "2026-11-23".parse().unwrap(),
            reading: &Reading::default(),
            rate_plan: diff::RatePlan::Free,
            share: 0.8,
        });
        (plan, policy)
    }

    #[test]
    fn the_demos_plan_has_something_of_everything_and_can_be_read_in_a_minute() {
        let (plan, policy) = plan(60);
        let options =
            TextOptions { all: false, color: false, width: None, admin: &policy.roles.admin, id: None };
        insta::assert_snapshot!(diff::text(&plan, &[], options));
    }

    #[test]
    fn a_company_of_any_size_has_the_same_changes_and_stays_inside_the_limits() {
        let (usual, _) = plan(60);
        for size in [20, 1000] {
            let (plan, policy) = plan(size);
            assert_eq!(plan.changes(), usual.changes(), "{size}");
            assert_eq!(policy.limits.breaches(&plan, &policy.roles), [], "{size}");
        }
    }
}
