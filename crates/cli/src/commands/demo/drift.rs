//! What has happened since the tenant was last right: the table moved on, and so did the tenant.

use diff::{EmployeeId, Link, UserId};
use serde_json::{Value, json};
use simulator::{Role, Session, State, User};
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
        user_id: "auth0|0000000000000000000b0b07".to_owned(),
        email: Some("label-printer@example.com".to_owned()),
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
