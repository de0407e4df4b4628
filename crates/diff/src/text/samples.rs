//! Plans for the tests of what people read, put together by hand.

mod reasons;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde_json::{Value, json};

use crate::account::Field;
use crate::change::{Action, Cause, Change, EmailFlags, FieldChange, Matched, Who};
use crate::forecast::{Forecast, Reading, ReadingForm};
use crate::ids::{ChangeId, EmployeeId, RoleName, RunId, Tenant, UserId};
use crate::note::{Note, Reason};
use crate::pace::{Group, RatePlan};
use crate::plan::{Digest, Draft, PLAN_VERSION, Plan, RolesRead, SourceSummary, UsersSummary};
use crate::scope::Scope;
use crate::standing::{Held, Leaving};

pub(super) use reasons::every_reason;

/// A plan in the making.
pub(super) struct Sample {
    pub(super) draft: Draft,
}

impl Sample {
    pub(super) fn new() -> Self {
        let draft = Draft {
            version: PLAN_VERSION,
            tenant: Tenant::new("acme.eu.auth0.com"),
            scope: Scope::everybody(),
            policy: Digest::of(&"policy"),
            today: day("2026-11-23"),
            first_sync: false,
            source: SourceSummary {
                rows: 1_200,
                in_scope: 1_200,
                employed: 1_150,
                left: 20,
                upcoming: 3,
                held: 27,
                ..SourceSummary::default()
            },
            users: UsersSummary {
                read: 1_190,
                managed: 1_140,
                unmanaged: 50,
                roles: RolesRead::Read,
                open_holders: BTreeMap::new(),
                lacks: BTreeSet::new(),
            },
            changes: Vec::new(),
            notes: Vec::new(),
            forecast: Forecast {
                reading: Reading {
                    form: ReadingForm::Pages,
                    calls: [(Group::ReadUsers, 12), (Group::Other, 4)].into(),
                },
                writes: BTreeMap::new(),
                rate_plan: RatePlan::Free,
                share: 0.8,
                seconds: 0,
                grants: None,
                reads_if_old: 0,
            },
        };
        Self { draft }
    }

    pub(super) fn change(
        mut self,
        id: i64,
        name: &str,
        action: Action,
        cause: Cause,
        matched: Matched,
    ) -> Self {
        let employee = EmployeeId::from(id);
        let id = Change::id_of(action.kind(), &employee);
        self.draft.changes.push(Change {
            id,
            employee,
            name: name.into(),
            action,
            cause,
            matched,
            needs: vec![],
        });
        self
    }

    /// What the change just added needs.
    pub(super) fn needs(mut self, id: &str) -> Self {
        self.draft.changes.last_mut().unwrap().needs.push(ChangeId::new(id));
        self
    }

    pub(super) fn note(mut self, id: i64, name: &str, reason: Reason) -> Self {
        self.draft.notes.push(Note { employee: Some(id.into()), name: name.into(), reason });
        self
    }

    pub(super) fn costs(mut self, users: usize, others: usize, seconds: u64) -> Self {
        self.draft.forecast.writes = [(Group::WriteUsers, users), (Group::Other, others)].into();
        self.draft.forecast.seconds = seconds;
        self
    }

    pub(super) fn plan(self) -> Plan {
        Plan::new(self.draft).unwrap()
    }

    pub(super) fn block(self, id: i64, name: &str, leaving: Leaving) -> Self {
        let action = Action::Block { user: user(id), end_sessions: true };
        self.change(id, name, action, Cause::Left { leaving }, Matched::Link)
    }

    pub(super) fn create(self, id: i64, name: &str, department: &str, code: &str) -> Self {
        let email = email(name);
        let fields = [
            (Field::Email, json!(email)),
            (Field::Name, json!(name)),
            (user_field("employee_id"), json!(id)),
            (user_field("full_name"), json!(name)),
            (user_field("department"), json!(department)),
            (app_field("employee_id"), json!(id)),
            (app_field("role_code"), json!(code)),
        ];
        let email = EmailFlags { verified: false, send_verification: false };
        let action = Action::Create { fields: fields.into(), email };
        self.change(id, name, action, Cause::NoAccount, Matched::New)
    }

    pub(super) fn invite(self, id: i64, name: &str) -> Self {
        let who = Who::CreatedFor(id.into());
        let action = Action::SendInvitation { who, email: email(name), client_id: "OkzTbhY2".into() };
        self.change(id, name, action, Cause::NotInvited, Matched::New).needs(&format!("create-{id}"))
    }

    pub(super) fn update(self, id: i64, name: &str, fields: Vec<FieldChange>) -> Self {
        let moves = fields.iter().any(|it| it.field == Field::Email);
        let email = moves.then_some(EmailFlags { verified: false, send_verification: true });
        self.change(id, name, Action::Update { user: user(id), fields, email }, Cause::Drift, Matched::Link)
    }

    pub(super) fn grant(self, id: i64, name: &str, role: &str) -> Self {
        let action = Action::GrantRoles { who: Who::User(user(id)), roles: [RoleName::new(role)].into() };
        self.change(id, name, action, by_code(role), Matched::Link)
    }

    pub(super) fn grant_new(self, id: i64, name: &str, role: &str) -> Self {
        let action =
            Action::GrantRoles { who: Who::CreatedFor(id.into()), roles: [RoleName::new(role)].into() };
        self.change(id, name, action, by_code(role), Matched::New).needs(&format!("create-{id}"))
    }

    pub(super) fn revoke(self, id: i64, name: &str, role: &str, cause: Cause) -> Self {
        let action = Action::RevokeRoles { user: user(id), roles: [RoleName::new(role)].into() };
        self.change(id, name, action, cause, Matched::Link)
    }

    pub(super) fn link(self, id: i64, name: &str, matched: Matched) -> Self {
        self.change(id, name, Action::Link { user: user(id), address: String::new() }, Cause::NoLink, matched)
    }
}

/// Every kind of change, and everything that may be said about one.
pub(super) fn every_kind() -> Sample {
    let text = |it: &str| json!(it);
    Sample::new()
        .block(17, "Jessica Morris", terminated())
        .block(88, "Tom Berg", Leaving::Ended { ends_on: day("2026-11-20") })
        .revoke(17, "Jessica Morris", "team_lead", Cause::Left { leaving: terminated() })
        .revoke(31, "Priya Nair", "production_associate", by_code("manager"))
        .link(40, "Ida Lund", Matched::MarkAndEmail)
        .link(41, "مريم حسن", Matched::Email)
        .change(
            1_201,
            "Tom Berg",
            Action::Relink { user: user(88), from: 88.into(), address: String::new() },
            Cause::NoLink,
            Matched::Email,
        )
        .update(
            31,
            "Priya Nair",
            vec![
                field("user_metadata.department", text("Packing"), text("Heat Press")),
                field("app_metadata.role_code", text("associate"), text("manager")),
            ],
        )
        .update(
            52,
            "Jessica Blum",
            vec![
                field("email", text("j.morris@acme.example"), text("jessica.blum@acme.example")),
                field("name", text("Jessica Morris"), text("Jessica Blum")),
            ],
        )
        .update(
            53,
            "Bo Ek",
            vec![field(
                "user_metadata.title",
                text("Senior packer at the east gate, second line, late shift"),
                text("Senior packer at the north gate, second line, early shift"),
            )],
        )
        .update(
            54,
            "<img src=x onerror=alert(1)> Kim",
            vec![
                field("name", text("Kim\u{1b}[31m\u{202e}"), text("<img src=x onerror=alert(1)> Kim")),
                field("app_metadata.employee_id", text("54"), json!(54)),
                field("user_metadata.badge", Value::Null, text("42")),
            ],
        )
        .create(501, "Ann Lee", "Packing", "associate")
        .create(502, "Zoë O'Neil", "IT", "admin")
        .change(70, "Rehired Rose", Action::Unblock { user: user(70) }, Cause::Rehired, Matched::Link)
        .grant(31, "Priya Nair", "manager")
        .needs("revoke-31")
        .grant_new(501, "Ann Lee", "production_associate")
        .grant_new(502, "Zoë O'Neil", "admin")
        .invite(501, "Ann Lee")
        .invite(502, "Zoë O'Neil")
        .change(60, "Ola Nord", Action::SendVerification { user: user(60) }, Cause::OnDemand, Matched::Link)
        .change(
            80,
            "Wrong Link",
            Action::Unlink { user: user(80) },
            Cause::Undo { run: RunId(3) },
            Matched::Link,
        )
        .costs(9, 6, 12)
}

/// A note of every reason, each about another person.
pub(super) fn every_note() -> Sample {
    (201..).zip(every_reason()).fold(Sample::new(), |sample, (id, reason)| {
        sample.note(id, NAMES[usize::try_from(id).unwrap() % NAMES.len()], reason)
    })
}

/// A Monday after a reorganisation: many moves, a few of everything else, 1,000 changes in all.
pub(super) fn thousand() -> Plan {
    let mut sample = Sample::new().costs(800, 60, 1_260);
    let name = |id: i64| -> String {
        let at = usize::try_from(id).unwrap();
        format!("{} {}", FIRST[at % FIRST.len()], NAMES[(at / FIRST.len()) % NAMES.len()])
    };
    for id in 1..=9 {
        sample = sample.block(id, &name(id), terminated());
        sample = sample.revoke(id, &name(id), "production_associate", Cause::Left { leaving: terminated() });
    }
    for id in 10..=40 {
        sample = sample.revoke(id, &name(id), "team_lead", by_code("production_associate"));
        sample = sample.grant(id, &name(id), "production_associate").needs(&format!("revoke-{id}"));
    }
    for id in 41..=60 {
        sample = sample.link(id, &name(id), if id < 58 { Matched::Email } else { Matched::MarkAndName });
    }
    for id in 61..=800 {
        sample = sample.update(id, &name(id), one_of_many(id, &name(id)));
    }
    for id in 801..=850 {
        let (department, code) =
            if id % 3 == 0 { ("Heat Press", "associate") } else { ("Packing", "associate") };
        sample = sample.create(id, &name(id), department, code);
        sample = sample.grant_new(id, &name(id), "production_associate").invite(id, &name(id));
    }
    for id in 851..=858 {
        sample = sample.grant(id, &name(id), "team_lead");
    }
    sample = sample.grant(859, &name(859), "admin").grant(860, &name(860), "manager");
    for id in 901..=940 {
        sample = sample.note(
            id,
            &name(id),
            Reason::Upcoming { starts_on: day("2026-12-01"), due_on: day("2026-11-24") },
        );
    }
    for id in 941..=960 {
        sample = sample.note(id, &name(id), Reason::UserGone { user: user(id) });
    }
    for id in 961..=965 {
        sample =
            sample.note(id, &name(id), Reason::Held { held: Held::Status { status: "furlough".into() } });
    }
    sample.note(3, &name(3), Reason::OpenAccess { user: user(7_003) }).plan()
}

/// Most of these are one of four moves; some are a typing error of their own.
fn one_of_many(id: i64, name: &str) -> Vec<FieldChange> {
    let moved = |before: &str, after: &str| field("user_metadata.department", json!(before), json!(after));
    match id {
        61..=400 => vec![moved("Packing", "Fulfilment")],
        401..=600 => vec![moved("Heat Press", "Print")],
        601..=700 => vec![
            moved("Stock", "Fulfilment"),
            field("app_metadata.role_code", json!("stock"), json!("associate")),
        ],
        701..=780 => vec![
            field("user_metadata.employee_id", Value::Null, json!(id)),
            field("user_metadata.full_name", Value::Null, json!(name)),
        ],
        781..=792 => vec![field(
            "email",
            json!(email(name).replace("acme.example", "acme-old.example")),
            json!(email(name)),
        )],
        _ => vec![field("name", json!(name.replace('a', "aa")), json!(name))],
    }
}

pub(super) fn user(id: i64) -> UserId {
    UserId::new(format!("auth0|63d16b5edf1ce1712620{id:04}"))
}

pub(super) fn field(field: &str, before: Value, after: Value) -> FieldChange {
    let column = field.rsplit('.').next().unwrap();
    let column = if column == "name" { "full_name" } else { column };
    let field = Field::try_from(field.to_owned()).unwrap();
    FieldChange { field, before, after, rule: format!("{{{column}}}") }
}

pub(super) fn by_code(role: &str) -> Cause {
    let code = role.trim_start_matches("production_");
    Cause::Roles { rules: [(RoleName::new(role), format!("role_code = {code}"))].into() }
}

pub(super) fn terminated() -> Leaving {
    Leaving::Status { status: "terminated".into() }
}

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn email(name: &str) -> String {
    let local: String = name.to_lowercase().chars().map(|it| if it == ' ' { '.' } else { it }).collect();
    format!("{}@acme.example", local.replace('ë', "e"))
}

fn user_field(key: &str) -> Field {
    Field::UserMetadata(key.into())
}

fn app_field(key: &str) -> Field {
    Field::AppMetadata(key.into())
}

const FIRST: [&str; 12] =
    ["Ada", "Bo", "Chiara", "Dmitri", "Eva", "Femi", "Gita", "Hugo", "Ines", "Jonas", "Kaya", "Li"];
const NAMES: [&str; 14] = [
    "Abbas", "Berg", "Castillo", "Dahl", "Eriksen", "Fofana", "Grant", "Haddad", "Ito", "Jansen", "Kowalski",
    "Lund", "Moreau", "Nowak",
];
