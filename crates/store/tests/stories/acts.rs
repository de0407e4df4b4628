//! One act for each employee, beside the tenant's run.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use diff::{AccessChange, ChangeId, Feature, Outcome, Plan, PlanId, Policy, Report, Request, RunId, UserId};
use store::{
    CallEnd, CallId, CallState, ClaimError, EmployeeClaim, Error, Intent, Lease, LeaseError, RunState, Store,
};

use crate::world::{at, changes, everywhere, id, plan, tenant, user, yes};

const TERM: TimeDelta = TimeDelta::seconds(15);

async fn claim(store: &Store, employee: &str, now: DateTime<Utc>) -> Result<EmployeeClaim, LeaseError> {
    store.claim_employee(&tenant(), &id(employee), "clerk", now, TERM).await
}

async fn lease(store: &Store, now: DateTime<Utc>) -> Lease {
    store.lease(&tenant(), "night", now, TERM).await.unwrap()
}

async fn approved(store: &Store, plan: &Plan) -> PlanId {
    let number = store.propose(plan, &[], "client", at("07:00:00")).await.unwrap().id;
    store.approve(number, yes(plan), &Policy::default(), at("07:30:00")).await.unwrap();
    number
}

/// Asks to block the employees in one call.
async fn intend(
    store: &Store,
    run: RunId,
    seq: i64,
    employees: &[&str],
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let request: Request<UserId> = Request::Patch {
        user: user("1"),
        fields: Vec::new(),
        email: None,
        access: Some(AccessChange::Block),
    };
    let carries: Vec<ChangeId> = employees.iter().map(|it| ChangeId::new(format!("block-{it}"))).collect();
    let id = CallId { run, seq };
    store.intend(&[Intent { id, request: &request, carries: &carries, correlation_id: "c" }], now).await
}

async fn conclude(store: &Store, run: RunId, seq: i64) {
    let end = CallEnd {
        id: CallId { run, seq },
        state: CallState::Done,
        status: None,
        answer: None,
        made: None,
        auth0_request_id: None,
        outcomes: BTreeMap::new(),
    };
    store.conclude(&[end], at("08:00:30")).await.unwrap();
}

fn nothing(run: RunId, plan: PlanId) -> Report {
    Report { run, plan, outcomes: BTreeMap::new(), stopped: None, spent: None }
}

#[tokio::test]
async fn an_employee_is_held_renewed_released_and_fenced() {
    everywhere(|world| async move {
        let store = world.store().await;
        let first = claim(&store, "42", at("08:00:00")).await.unwrap();
        let refused = claim(&store, "42", at("08:00:14")).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "act on employee 42: clerk does until 08:00:15 UTC at the latest; try again in a moment"
        );
        claim(&store, "43", at("08:00:14")).await.expect("somebody else is free");
        store.renew(&first, at("08:00:10")).await.unwrap();
        assert_eq!(first.expires_at(), at("08:00:25"));
        assert!(claim(&store, "42", at("08:00:20")).await.is_err());
        let second = claim(&store, "42", at("08:00:25")).await.unwrap();
        assert!(second.fence() > first.fence());
        assert!(matches!(store.renew(&first, at("08:00:26")).await, Err(LeaseError::Lost(_))));
        store.release_claim(first).await.unwrap();
        assert!(claim(&store, "42", at("08:00:27")).await.is_err(), "an old claim releases nothing");
        let fence = second.fence();
        store.release_claim(second).await.unwrap();
        assert!(claim(&store, "42", at("08:00:27")).await.unwrap().fence() > fence);
    })
    .await;
}

#[tokio::test]
async fn of_two_acts_at_once_one_is_let_in() {
    everywhere(|world| async move {
        let store = world.store().await;
        let other = world.open(store::SourceOptions::default()).await;
        for minute in 0..5 {
            let now = at("08:00:00") + TimeDelta::minutes(minute);
            let (a, b) = tokio::join!(claim(&store, "42", now), claim(&other, "42", now));
            assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
            assert!(matches!(a.and(b), Err(LeaseError::EmployeeHeldBy { .. })));
        }
    })
    .await;
}

#[tokio::test]
async fn a_run_asks_nothing_about_whom_somebody_acts_on() {
    everywhere(|world| async move {
        let store = world.store().await;
        let plan = plan(&["1", "2"]);
        let number = approved(&store, &plan).await;
        let held = lease(&store, at("08:00:00")).await;
        let run = store.claim(number, &held, &Policy::default(), at("08:00:00")).await.unwrap().run;
        let act = claim(&store, "1", at("08:00:01")).await.unwrap();
        let refused = intend(&store, run, 1, &["1"], at("08:00:02")).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "ask about employee 1: clerk acts on it until 08:00:16 UTC at the latest"
        );
        assert!(matches!(
            intend(&store, run, 1, &["2", "1"], at("08:00:02")).await,
            Err(Error::ClaimedBy { .. })
        ));
        intend(&store, run, 1, &["2"], at("08:00:02")).await.unwrap();
        store.release_claim(act).await.unwrap();
        intend(&store, run, 2, &["1"], at("08:00:03")).await.unwrap();
        let dead = claim(&store, "2", at("08:00:04")).await.unwrap_err();
        assert!(matches!(dead, LeaseError::EmployeeHeldBy { .. }), "the call about 2 is under way: {dead:?}");
        conclude(&store, run, 1).await;
        let _forgotten = claim(&store, "2", at("08:00:05")).await.unwrap();
        assert!(intend(&store, run, 3, &["2"], at("08:00:19")).await.is_err());
        intend(&store, run, 3, &["2"], at("08:00:20")).await.expect("whoever acted has gone");
    })
    .await;
}

#[tokio::test]
async fn nobody_acts_on_whom_a_run_asks_about_unless_the_run_is_dead() {
    everywhere(|world| async move {
        let store = world.store().await;
        let plan = plan(&["1", "12"]);
        let number = approved(&store, &plan).await;
        let held = lease(&store, at("08:00:00")).await;
        let run = store.claim(number, &held, &Policy::default(), at("08:00:00")).await.unwrap().run;
        intend(&store, run, 1, &["12"], at("08:00:01")).await.unwrap();
        claim(&store, "1", at("08:00:02")).await.expect("1 is not 12");
        let refused = claim(&store, "12", at("08:00:02")).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "act on employee 12: night does until 08:00:15 UTC at the latest; try again in a moment"
        );
        claim(&store, "12", at("08:00:15")).await.expect("its process is dead or asleep");
    })
    .await;
}

#[tokio::test]
async fn a_claim_and_an_intent_never_miss_each_other() {
    everywhere(|world| async move {
        let store = world.store().await;
        let other = world.open(store::SourceOptions::default()).await;
        let plan = plan(&["1"]);
        let number = approved(&store, &plan).await;
        let held = lease(&store, at("08:00:00")).await;
        let run = store.claim(number, &held, &Policy::default(), at("08:00:00")).await.unwrap().run;
        for seq in 1..=25 {
            let now = at("08:00:01");
            let (asked, claimed) =
                tokio::join!(intend(&store, run, seq, &["1"], now), claim(&other, "1", now));
            assert!(asked.is_ok() != claimed.is_ok(), "{seq}: {asked:?} {claimed:?}");
            match claimed {
                Ok(claimed) => other.release_claim(claimed).await.unwrap(),
                Err(_) => conclude(&store, run, seq).await,
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_act_has_a_run_of_its_own_beside_the_tenants() {
    everywhere(|world| async move {
        let store = world.store().await;
        let (night, clerk) = (plan(&["1", "2"]), plan(&["3"]));
        let running = approved(&store, &night).await;
        let held = lease(&store, at("08:00:00")).await;
        let run = store.claim(running, &held, &Policy::default(), at("08:00:00")).await.unwrap().run;
        let acting = approved(&store, &clerk).await;
        let wrong = claim(&store, "4", at("08:00:01")).await.unwrap();
        let refused = store.claim(acting, &wrong, &Policy::default(), at("08:00:01")).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("plan {acting} changes employee 3, and only employee 4 is held")
        );
        let act = claim(&store, "3", at("08:00:01")).await.unwrap();
        let own = store.claim(acting, &act, &Policy::default(), at("08:00:01")).await.unwrap().run;
        assert_eq!(store.run(own).await.unwrap().employee, Some(id("3")));
        assert_eq!(store.acts_under_way(&tenant()).await.unwrap(), [id("3")]);
        assert!(store.abandoned(&held).await.unwrap().is_empty(), "an act is no run of the tenant");
        intend(&store, own, 1, &["3"], at("08:00:02")).await.unwrap();
        intend(&store, run, 1, &["1"], at("08:00:02")).await.unwrap();
        store.finish(&nothing(own, acting), at("08:00:03")).await.unwrap();
        assert!(store.acts_under_way(&tenant()).await.unwrap().is_empty());
        store.finish(&nothing(run, running), at("08:00:03")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_act_that_died_is_settled_by_whoever_takes_the_employee() {
    everywhere(|world| async move {
        let store = world.store().await;
        let plan = plan(&["3"]);
        let number = approved(&store, &plan).await;
        let dead = claim(&store, "3", at("08:00:00")).await.unwrap();
        let run = store.claim(number, &dead, &Policy::default(), at("08:00:00")).await.unwrap().run;
        intend(&store, run, 1, &["3"], at("08:00:01")).await.unwrap();
        let next = claim(&store, "3", at("08:00:15")).await.unwrap();
        let refused = store.claim(number, &next, &Policy::default(), at("08:00:15")).await;
        assert!(matches!(refused, Err(ClaimError::Unsettled(it)) if it == run), "{refused:?}");
        let awake = intend(&store, run, 2, &["3"], at("08:00:14")).await;
        assert!(matches!(awake, Err(Error::LeaseLost(_))), "{awake:?}");
        let abandoned = store.abandoned(&next).await.unwrap();
        assert_eq!(abandoned.iter().map(|it| it.run).collect::<Vec<_>>(), [run]);
        let outcomes = BTreeMap::from([(changes(&plan)[0].clone(), Outcome::Applied)]);
        let report = Report { outcomes, ..nothing(run, number) };
        assert!(matches!(store.settle(&report, &dead, at("08:00:16")).await, Err(Error::LeaseLost(_))));
        store.settle(&report, &next, at("08:00:16")).await.unwrap();
        assert_eq!(store.run(run).await.unwrap().state, RunState::Abandoned);
        store.claim(number, &next, &Policy::default(), at("08:00:17")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_the_tenants_plan_lacks_is_remembered_until_it_is_forgotten() {
    everywhere(|world| async move {
        let store = world.store().await;
        let lacks = |after: &str| {
            let (store, after) = (store.clone(), at(after));
            async move { store.lacks(&tenant(), after).await.unwrap() }
        };
        let refusal = "403 This feature is not enabled for this tenant";
        store.note_lack(&tenant(), Feature::Sessions, refusal, at("08:00:00")).await.unwrap();
        assert_eq!(lacks("07:00:00").await, [Feature::Sessions].into());
        assert!(lacks("08:00:00").await.is_empty(), "it was found out too long ago");
        store.note_lack(&tenant(), Feature::Sessions, "403 other words", at("09:00:00")).await.unwrap();
        assert_eq!(lacks("08:00:00").await, [Feature::Sessions].into());
        let other = diff::Tenant::new("other");
        assert!(store.lacks(&other, at("07:00:00")).await.unwrap().is_empty());
        store.forget_lacks(&tenant()).await.unwrap();
        assert!(lacks("07:00:00").await.is_empty());
    })
    .await;
}
