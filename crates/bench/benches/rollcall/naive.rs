//! The way in which scripts do it: employee by employee, by address, create or patch, read the roles, assign one.
//! Over the same client, so that only the way differs.

use std::time::{Duration, Instant};

use diff::{EmailFlags, EmployeeId, Field, FieldChange, Request, RoleName};
use serde_json::json;

use crate::company::{self, Person};
use crate::place::{Place, Setting, client, run};
use crate::table::{Figure, Table, Verdict};

const SIZE: i64 = 300;

const PLAN: &str = "private-cloud-500";

pub(crate) fn measure(table: &mut Table) {
    let empty = || Setting {
        tenant: company::tenant(0),
        linked: 0,
        policy: crate::runs::newcomers(),
        ..Setting::settled(SIZE, PLAN)
    };
    let first = compared(empty);
    told(table, &format!("first sync of {SIZE}, {PLAN}"), first);
    let again = compared(|| Setting::settled(SIZE, PLAN));
    told(table, &format!("nothing to do, {SIZE} users, {PLAN}"), again);
}

/// Calls and time, naive and ours.
fn compared(setting: impl Fn() -> Setting) -> [(u64, Duration); 2] {
    run(async {
        let place = setting().place().await;
        let begun = Instant::now();
        let calls = naively(&place).await;
        let naive = (calls, begun.elapsed());
        place.simulator.shutdown().await;
        let place = setting().place().await;
        let begun = Instant::now();
        crate::runs::sync(&place).await;
        let ours = (place.engine.usage().calls.values().sum(), begun.elapsed());
        place.simulator.shutdown().await;
        [naive, ours]
    })
}

async fn naively(place: &Place) -> u64 {
    let client = client(&place.simulator, PLAN.parse().expect("the client knows the plan"));
    for it in company::people(SIZE) {
        one(&client, it).await;
    }
    client.usage().calls.values().sum()
}

async fn one(client: &auth0::Client, it: Person) {
    let found = client.users_by_email(&it.email()).await.expect("the tenant answers");
    let user = if let Some(user) = found.into_iter().next() {
        // Nobody compares before: the name is sent whatever it is.
        let (before, after) = (json!(null), json!(it.name()));
        let name = FieldChange { field: Field::Name, before, after, rule: String::new() };
        let patch = Request::Patch { user: user.id.clone(), fields: vec![name], email: None, access: None };
        client.carry_out(&patch, "naive", &|| true).await.expect("the tenant takes it");
        user.id
    } else {
        let fields = [(Field::Email, json!(it.email())), (Field::Name, json!(it.name()))].into();
        let email = EmailFlags { verified: false, send_verification: false };
        let create = Request::Create { employee: EmployeeId::from(it.id), fields, email };
        let made = client.carry_out(&create, "naive", &|| true).await.expect("the tenant makes it");
        made.user.expect("an answer to a create has the user").id
    };
    let roles = client.user_roles(&user).await.expect("the tenant answers");
    let role = RoleName::new(it.role());
    if !roles.contains(&role) {
        let grant = Request::GrantToUser { user, roles: [role].into() };
        client.carry_out(&grant, "naive", &|| true).await.expect("the tenant takes it");
    }
}

fn told(table: &mut Table, what: &str, [naive, ours]: [(u64, Duration); 2]) {
    let ratio = |naive: f64, ours: f64| format!("{:.1}×", naive / ours);
    #[expect(clippy::cast_precision_loss, reason = "no run makes 2^53 calls")]
    let calls = ratio(naive.0 as f64, ours.0 as f64);
    let time = ratio(naive.1.as_secs_f64(), ours.1.as_secs_f64());
    let mut push = |figure, measured, bound| {
        let what = format!("{what}: naive way against ours");
        table.push(Figure { what, of: figure, measured, bound, verdict: Verdict::Told });
    };
    push("calls", calls, format!("{} against {}", naive.0, ours.0));
    push("time", time, format!("{:.1} s against {:.1} s", naive.1.as_secs_f64(), ours.1.as_secs_f64()));
}
