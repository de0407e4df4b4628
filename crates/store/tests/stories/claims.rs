//! The lease, claims, and going on after a crash.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use diff::{AccessChange, Outcome, Plan, PlanId, Policy, Report, Request, RunId, Tenant, UserId};
use store::{
    CallEnd, CallId, CallState, ClaimError, Error, Intent, Lease, LeaseError, PlanState, Refusal, RunState,
    Store,
};

use crate::world::{at, changes, everywhere, plan, tenant, user, yes};

async fn lease(store: &Store, holder: &str, now: DateTime<Utc>) -> Result<Lease, LeaseError> {
    store.lease(&tenant(), holder, now, TimeDelta::seconds(15)).await
}

async fn approved(store: &Store, plan: &Plan) -> PlanId {
    let id = store.propose(plan, &[], "client", at("07:00:00")).await.unwrap().id;
    store.approve(id, yes(plan), &Policy::default(), at("07:30:00")).await.unwrap();
    id
}

/// All applied, or the first applied and the rest not tried.
fn report(run: RunId, id: PlanId, plan: &Plan, complete: bool) -> Report {
    let stopped = (!complete).then(|| "the tenant does not answer".to_owned());
    let not_tried = Outcome::NotTried { why: "the run stopped".to_owned() };
    let outcomes = changes(plan).into_iter().enumerate().map(|(number, change)| {
        (change, if complete || number == 0 { Outcome::Applied } else { not_tried.clone() })
    });
    Report { run, plan: id, outcomes: outcomes.collect(), stopped, spent: None }
}

#[tokio::test]
async fn a_lease_is_held_renewed_released_and_fenced() {
    everywhere(|world| async move {
        let store = world.store().await;
        let first = lease(&store, "one", at("07:00:00")).await.unwrap();
        let refused = lease(&store, "two", at("07:00:14")).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "take the lease of colore.eu.auth0.com: one holds it until 07:00:15 UTC; wait, or look at the runs"
        );
        store.renew(&first, at("07:00:10")).await.unwrap();
        assert_eq!(first.expires_at(), at("07:00:25"));
        assert!(lease(&store, "two", at("07:00:20")).await.is_err());
        let second = lease(&store, "two", at("07:00:25")).await.unwrap();
        assert!(second.fence() > first.fence());
        assert!(matches!(store.renew(&first, at("07:00:26")).await, Err(LeaseError::Lost(_))));
        store.release(first).await.unwrap();
        assert!(lease(&store, "three", at("07:00:27")).await.is_err(), "an old lease releases nothing");
        store.release(second).await.unwrap();
        lease(&store, "three", at("07:00:27")).await.unwrap();
        store.lease(&Tenant::new("other"), "one", at("07:00:27"), TimeDelta::seconds(15)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn of_two_leases_at_once_one_is_given() {
    everywhere(|world| async move {
        let store = world.store().await;
        let other = world.open(store::SourceOptions::default()).await;
        for second in 0..5 {
            let now = at("07:00:00") + TimeDelta::minutes(second);
            let (a, b) = tokio::join!(lease(&store, "one", now), lease(&other, "two", now));
            assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
            assert!(matches!(a.and(b), Err(LeaseError::HeldBy { .. })));
        }
    })
    .await;
}

#[tokio::test]
async fn an_approved_plan_is_claimed_once_and_finished() {
    everywhere(|world| async move {
        let store = world.store().await;
        let plan = plan(&["1", "2"]);
        let id = approved(&store, &plan).await;
        let lease = lease(&store, "one", at("08:00:00")).await.unwrap();
        let claim = store.claim(id, &lease, &Policy::default(), at("08:00:01")).await.unwrap();
        assert_eq!((claim.plan.plan(), claim.plan.approvals()), (&plan, &[yes(&plan)][..]));
        assert_eq!(store.plan(id).await.unwrap().state, PlanState::Applying);
        let again = store.claim(id, &lease, &Policy::default(), at("08:00:02")).await;
        assert!(matches!(again, Err(ClaimError::Unsettled(run)) if run == claim.run), "{again:?}");
        let report = report(claim.run, id, &plan, true);
        store.finish(&report, at("08:00:03")).await.unwrap();
        assert_eq!(store.plan(id).await.unwrap().state, PlanState::Applied);
        let run = store.run(claim.run).await.unwrap();
        assert_eq!(
            (run.state, run.ended_at, run.report),
            (RunState::Applied, Some(at("08:00:03")), Some(report.clone()))
        );
        assert!(matches!(store.finish(&report, at("08:00:04")).await, Err(Error::RunOver(_))));
        let done = store.claim(id, &lease, &Policy::default(), at("08:00:05")).await.unwrap_err();
        assert_eq!(done.to_string(), format!("plan {id} is applied already: make a new plan"));
        assert_eq!(store.runs(10).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_approved_is_not_claimed() {
    everywhere(|world| async move {
        let store = world.store().await;
        let (a, b) = (plan(&["1"]), plan(&["2"]));
        let lease_of_all = lease(&store, "one", at("07:00:00")).await.unwrap();
        let open = store.propose(&a, &[], "client", at("07:00:00")).await.unwrap().id;
        let refused = store.claim(open, &lease_of_all, &Policy::default(), at("07:00:01")).await;
        assert!(matches!(refused, Err(ClaimError::Refused(Refusal::NotApproved(_)))), "{refused:?}");
        let other = Tenant::new("other");
        let other_lease = store.lease(&other, "one", at("07:00:00"), TimeDelta::seconds(15)).await.unwrap();
        store.approve(open, yes(&a), &Policy::default(), at("07:00:01")).await.unwrap();
        let refused = store.claim(open, &other_lease, &Policy::default(), at("07:00:02")).await;
        assert!(matches!(refused, Err(ClaimError::OtherTenant { .. })), "{refused:?}");
        let refused = store.claim(open, &lease_of_all, &Policy::default(), at("07:00:15")).await;
        assert!(matches!(refused, Err(ClaimError::LeaseLost(_))), "{refused:?}");
        assert_eq!(store.plan(open).await.unwrap().state, PlanState::Approved, "and nothing was written");
        let id = approved(&store, &b).await;
        let later = at("07:30:00") + TimeDelta::hours(24);
        let lease = lease(&store, "one", later).await.unwrap();
        let refused = store.claim(id, &lease, &Policy::default(), later).await;
        assert!(matches!(refused, Err(ClaimError::Refused(Refusal::Expired { .. }))), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn what_was_approved_is_what_is_stored() {
    everywhere(|world| async move {
        let store = world.store().await;
        let id = approved(&store, &plan(&["1"])).await;
        world.sql("UPDATE rollcall_plan_parts SET document = replace(document, 'auth0|1', 'auth0|9')").await;
        let lease = lease(&store, "one", at("08:00:00")).await.unwrap();
        let refused = store.claim(id, &lease, &Policy::default(), at("08:00:00")).await;
        assert!(matches!(refused, Err(ClaimError::Changed(_))), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn a_half_done_plan_is_claimed_again_and_skips_what_is_confirmed() {
    everywhere(|world| async move {
        let store = world.store().await;
        let plan = plan(&["1", "2"]);
        let id = approved(&store, &plan).await;
        let lease = lease(&store, "one", at("08:00:00")).await.unwrap();
        let first = store.claim(id, &lease, &Policy::default(), at("08:00:00")).await.unwrap();
        assert_eq!(store.last_ended_run(&tenant()).await.unwrap(), None, "it is under way");
        store.finish(&report(first.run, id, &plan, false), at("08:00:01")).await.unwrap();
        let last = store.last_ended_run(&tenant()).await.unwrap().unwrap();
        assert_eq!((last.id, last.state), (first.run, RunState::Incomplete));
        assert_eq!(store.last_ended_run(&Tenant::new("other")).await.unwrap(), None);
        assert_eq!(store.plan(id).await.unwrap().state, PlanState::Incomplete);
        let refused = store.approve(id, yes(&plan), &Policy::default(), at("08:00:02")).await;
        assert!(matches!(refused, Err(Refusal::Incomplete(_))));
        let second = store.claim(id, &lease, &Policy::default(), at("08:00:03")).await.unwrap();
        let confirmed = store.confirmed(id).await.unwrap();
        assert_eq!(confirmed, BTreeMap::from([(changes(&plan)[0].clone(), Outcome::Applied)]));
        store.finish(&report(second.run, id, &plan, true), at("08:00:04")).await.unwrap();
        assert_eq!(store.last_ended_run(&tenant()).await.unwrap().unwrap().id, second.run);
        assert_eq!(store.confirmed(id).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_crash_is_settled_before_anything_is_claimed() {
    everywhere(|world| async move {
        let store = world.store().await;
        let (plan, next) = (plan(&["1", "2"]), plan(&["3"]));
        let id = approved(&store, &plan).await;
        let dead = lease(&store, "one", at("08:00:00")).await.unwrap();
        let claim = store.claim(id, &dead, &Policy::default(), at("08:00:00")).await.unwrap();
        assert!(store.abandoned(&dead).await.unwrap().is_empty(), "it is our own");
        let after = approved(&store, &next).await;
        let lease = lease(&store, "two", at("08:00:15")).await.unwrap();
        let refused = store.claim(after, &lease, &Policy::default(), at("08:00:15")).await;
        assert!(matches!(refused, Err(ClaimError::Unsettled(run)) if run == claim.run), "{refused:?}");
        let abandoned = store.abandoned(&lease).await.unwrap();
        assert_eq!((abandoned.len(), abandoned[0].run, abandoned[0].plan), (1, claim.run, id));
        assert_eq!((abandoned[0].holder.as_str(), abandoned[0].started_at), ("one", at("08:00:00")));
        store.settle(&report(claim.run, id, &plan, false), &lease, at("08:00:16")).await.unwrap();
        assert_eq!(store.run(claim.run).await.unwrap().state, RunState::Abandoned);
        assert_eq!(store.plan(id).await.unwrap().state, PlanState::Incomplete);
        let awake = store.finish(&report(claim.run, id, &plan, true), at("08:00:17")).await;
        assert!(matches!(awake, Err(Error::RunOver(_))), "the dead one wakes up and is told");
        store.claim(id, &lease, &Policy::default(), at("08:00:18")).await.unwrap();
        assert_eq!(store.confirmed(id).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_lease_that_was_lost_claims_nothing() {
    everywhere(|world| async move {
        let store = world.store().await;
        let id = approved(&store, &plan(&["1"])).await;
        let slept = lease(&store, "one", at("08:00:00")).await.unwrap();
        lease(&store, "two", at("08:00:15")).await.unwrap();
        let refused = store.claim(id, &slept, &Policy::default(), at("08:00:14")).await;
        assert!(matches!(refused, Err(ClaimError::LeaseLost(_))), "{refused:?}");
        assert_eq!(store.plan(id).await.unwrap().state, PlanState::Approved);
    })
    .await;
}

fn block() -> Request<UserId> {
    Request::Patch { user: user("1"), fields: Vec::new(), email: None, access: Some(AccessChange::Block) }
}

async fn intend(store: &Store, run: RunId, seq: i64, now: DateTime<Utc>) -> Result<(), Error> {
    let id = CallId { run, seq };
    store.intend(&[Intent { id, request: &block(), carries: &[], correlation_id: "c" }], now).await
}

#[tokio::test]
async fn whoever_lost_the_lease_journals_nothing_and_closes_nothing() {
    everywhere(|world| async move {
        let store = world.store().await;
        let plan = plan(&["1", "2"]);
        let id = approved(&store, &plan).await;
        let slept = lease(&store, "one", at("08:00:00")).await.unwrap();
        let run = store.claim(id, &slept, &Policy::default(), at("08:00:00")).await.unwrap().run;
        intend(&store, run, 1, at("08:00:01")).await.unwrap();
        intend(&store, run, 2, at("08:00:20")).await.expect("it ran out, and nobody has taken it");
        let awake = lease(&store, "two", at("08:00:21")).await.unwrap();
        let refused = intend(&store, run, 3, at("08:00:05")).await.unwrap_err();
        assert!(matches!(refused, Error::LeaseLost(lost) if lost == run), "{refused:?}");
        assert_eq!(refused.to_string(), format!("go on with run {run}: somebody else has taken the lease"));
        let outcomes = BTreeMap::from([(changes(&plan)[0].clone(), Outcome::Applied)]);
        assert!(matches!(store.record(run, &outcomes).await, Err(Error::LeaseLost(_))));
        let whole = report(run, id, &plan, true);
        assert!(matches!(store.finish(&whole, at("08:00:05")).await, Err(Error::LeaseLost(_))));
        assert!(matches!(store.settle(&whole, &slept, at("08:00:05")).await, Err(Error::LeaseLost(_))));
        let late = CallEnd {
            id: CallId { run, seq: 1 },
            state: CallState::Done,
            status: None,
            answer: None,
            made: None,
            auth0_request_id: None,
            outcomes,
        };
        store.conclude(&[late], at("08:00:22")).await.expect("an answer that comes late is the truth");
        let states: Vec<CallState> = store.calls(run).await.unwrap().iter().map(|it| it.state).collect();
        assert_eq!(states, [CallState::Done, CallState::Intended]);
        store.settle(&report(run, id, &plan, false), &awake, at("08:00:23")).await.unwrap();
        assert_eq!(store.run(run).await.unwrap().state, RunState::Abandoned);
    })
    .await;
}

#[tokio::test]
async fn once_the_lease_is_taken_no_intent_comes_after() {
    everywhere(|world| async move {
        let store = world.store().await;
        let other = world.open(store::SourceOptions::default()).await;
        let plan = plan(&["1"]);
        let id = approved(&store, &plan).await;
        let mut now = at("08:00:00");
        let mut held = lease(&store, "one", now).await.unwrap();
        for _ in 0..12 {
            let run = store.claim(id, &held, &Policy::default(), now).await.unwrap().run;
            let asking = (1..=30).map(|seq| {
                let store = store.clone();
                tokio::spawn(async move { intend(&store, run, seq, now).await.is_ok() })
            });
            let asking: Vec<_> = asking.collect();
            now += TimeDelta::seconds(15);
            let taken = lease(&other, "two", now).await.unwrap();
            let seen = other.calls(run).await.unwrap().len();
            let mut allowed = 0;
            for it in asking {
                allowed += usize::from(it.await.unwrap());
            }
            assert_eq!(other.calls(run).await.unwrap().len(), seen, "whoever settles sees all there will be");
            assert_eq!(allowed, seen);
            other.settle(&report(run, id, &plan, false), &taken, now).await.unwrap();
            held = taken;
        }
    })
    .await;
}
