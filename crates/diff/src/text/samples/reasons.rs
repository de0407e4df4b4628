//! A sample of every reason to leave something alone.

use std::collections::BTreeSet;

use super::{day, user};
use crate::account::Field;
use crate::change::Kind;
use crate::ids::EmployeeId;
use crate::memory::NextTry;
use crate::note::Reason;
use crate::standing::Held;

/// Every reason to leave something alone.
pub(in crate::text) fn every_reason() -> Vec<Reason> {
    let users = |ids: &[i64]| ids.iter().map(|it| user(*it)).collect::<BTreeSet<_>>();
    let rows = |ids: &[i64]| ids.iter().map(|it| EmployeeId::from(*it)).collect::<BTreeSet<_>>();
    let held = |held| Reason::Held { held };
    vec![
        Reason::OpenAccess { user: user(901) },
        Reason::LeaverUnclear { candidates: users(&[902, 903]) },
        Reason::LeaverReported { user: user(904) },
        Reason::LeaverBreakGlass { user: user(927) },
        Reason::Absent { user: user(905), readings: None },
        Reason::Absent { user: user(928), readings: Some(1) },
        held(Held::Status { status: "furlough".into() }),
        held(Held::Date { column: "ends_on".into(), text: "31.12.2026".into() }),
        held(Held::Email { text: "-".into(), why: "is not of the form name@domain".into() }),
        held(Held::Domain { email: "kim@gmail.example".into() }),
        held(Held::TooLong { field: "name".into(), chars: 312, max: 300 }),
        Reason::SharedEmail { email: "front.desk@acme.example".into(), others: rows(&[11, 12]) },
        Reason::SeveralUsers { candidates: users(&[906, 907]) },
        Reason::SeveralEmployees { user: user(908), others: rows(&[13]) },
        Reason::LinkedElsewhere { user: user(909), owner: 14.into() },
        Reason::LeaversAddress { user: user(910), leaver: 15.into() },
        Reason::MarkDisagrees { user: user(911) },
        Reason::MarkedForOther { user: user(912), marked: "16".into() },
        Reason::UserGone { user: user(913) },
        Reason::OtherClaimant { user: user(914) },
        Reason::ColumnDisagrees { column: user(915) },
        Reason::BlockedByOther { user: user(916) },
        Reason::EmailTaken { email: "taken@acme.example".into(), user: user(917) },
        Reason::EmailCycle { circle: rows(&[21, 18, 19]) },
        Reason::UnknownRoleCode { code: "forklift".into() },
        Reason::Federated { user: user(918), fields: [Field::Email, Field::Name].into() },
        Reason::Upcoming { starts_on: day("2026-12-14"), due_on: day("2026-12-07") },
        Reason::BreakGlass { user: user(919) },
        Reason::IgnoredEmployee { why: "on a world tour".into() },
        Reason::IgnoredUser { user: user(920), why: "load test".into() },
        Reason::Parked {
            kind: Kind::Update,
            failures: 3,
            error: "PATCH /users/{id} → 400: invalid_body".into(),
            next: NextTry::At { at: "2026-11-23T14:00:00Z".parse().unwrap() },
        },
        Reason::Parked {
            kind: Kind::Create,
            failures: 30,
            error: "POST /users → 400: invalid_body".into(),
            next: NextTry::WhenReleased,
        },
        Reason::Parked {
            kind: Kind::GrantRoles,
            failures: 2,
            error: "POST /roles/{id}/users → 404".into(),
            next: NextTry::Dropped { by: "grace".into(), why: "a contractor".into() },
        },
        Reason::NotUndone { kind: Kind::Update, why: "name was changed since, and stays".into() },
        Reason::StillAsked { kinds: BTreeSet::from([Kind::Update, Kind::GrantRoles]) },
    ]
}
