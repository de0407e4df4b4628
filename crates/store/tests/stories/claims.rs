//! The lease, claims, and going on after a crash.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use diff::{Outcome, Plan, PlanId, Report, RunId, Tenant};
use store::{ClaimError, Error, Lease, LeaseError, PlanState, Refusal, RunState, Store};

use crate::world::{at, changes, everywhere, plan, tenant, yes};

async fn lease(store: &Store, holder: &str, now: DateTime<Utc>) -> Result<Lease, LeaseError> {
    store.lease(&tenant(), holder, now, TimeDelta::seconds(15)).await
}

async fn approved(store: &Store, plan: &Plan) -> PlanId {
    let id = store.propose(plan, &[], at("07:00:00")).await.unwrap().id;
    store.approve(id, yes(plan), at("07:30:00")).await.unwrap();
    id
}

/// All applied, or the first applied and the rest not tried.
fn report(run: RunId, id: PlanId, plan: &Plan, complete: bool) -> Report {
    let stopped = (!complete).then(|| "the tenant does not answer".to_owned());
    let not_tried = Outcome::NotTried { why: "the run stopped".to_owned() };
    let outcomes = changes(plan).into_iter().enumerate().map(|(number, change)| {
        (change, if complete || number == 0 { Outcome::Applied } else { not_tried.clone() })
    });
    Report { run, plan: id, outcomes: outcomes.collect(), stopped }
}

#[tokio::test]
async fn a_lease_is_held_renewed_released_and_fenced() {
    everywhere(|world| async move {
        let store = world.store().await;
        let mut first = lease(&store, "one", at("07:00:00")).await.unwrap();
        let refused = lease(&store, "two", at("07:00:14")).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "take the lease of colore.eu.auth0.com: one holds it until 07:00:15 UTC; wait, or look at the runs"
        );
        store.renew(&mut first, at("07:00:10")).await.unwrap();
        assert_eq!(first.expires_at(), at("07:00:25"));
        assert!(lease(&store, "two", at("07:00:20")).await.is_err());
        let second = lease(&store, "two", at("07:00:25")).await.unwrap();
        assert!(second.fence() > first.fence());
        assert!(matches!(store.renew(&mut first, at("07:00:26")).await, Err(LeaseError::Lost(_))));
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
        let claim = store.claim(id, &lease, at("08:00:01")).await.unwrap();
        assert_eq!((claim.plan.plan(), claim.plan.approval()), (&plan, &yes(&plan)));
        assert_eq!(store.plan(id).await.unwrap().state, PlanState::Applying);
        let again = store.claim(id, &lease, at("08:00:02")).await;
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
        let done = store.claim(id, &lease, at("08:00:05")).await.unwrap_err();
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
        let open = store.propose(&a, &[], at("07:00:00")).await.unwrap().id;
        let refused = store.claim(open, &lease_of_all, at("07:00:01")).await;
        assert!(matches!(refused, Err(ClaimError::Refused(Refusal::NotApproved(_)))), "{refused:?}");
        let other = Tenant::new("other");
        let other_lease = store.lease(&other, "one", at("07:00:00"), TimeDelta::seconds(15)).await.unwrap();
        store.approve(open, yes(&a), at("07:00:01")).await.unwrap();
        let refused = store.claim(open, &other_lease, at("07:00:02")).await;
        assert!(matches!(refused, Err(ClaimError::OtherTenant { .. })), "{refused:?}");
        let refused = store.claim(open, &lease_of_all, at("07:00:15")).await;
        assert!(matches!(refused, Err(ClaimError::LeaseLost(_))), "{refused:?}");
        assert_eq!(store.plan(open).await.unwrap().state, PlanState::Approved, "and nothing was written");
        let id = approved(&store, &b).await;
        let later = at("07:30:00") + TimeDelta::hours(24);
        let lease = lease(&store, "one", later).await.unwrap();
        let refused = store.claim(id, &lease, later).await;
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
        let refused = store.claim(id, &lease, at("08:00:00")).await;
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
        let first = store.claim(id, &lease, at("08:00:00")).await.unwrap();
        store.finish(&report(first.run, id, &plan, false), at("08:00:01")).await.unwrap();
        assert_eq!(store.plan(id).await.unwrap().state, PlanState::Incomplete);
        let refused = store.approve(id, yes(&plan), at("08:00:02")).await;
        assert!(matches!(refused, Err(Refusal::Incomplete(_))));
        let second = store.claim(id, &lease, at("08:00:03")).await.unwrap();
        let confirmed = store.confirmed(id).await.unwrap();
        assert_eq!(confirmed, BTreeMap::from([(changes(&plan)[0].clone(), Outcome::Applied)]));
        store.finish(&report(second.run, id, &plan, true), at("08:00:04")).await.unwrap();
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
        let claim = store.claim(id, &dead, at("08:00:00")).await.unwrap();
        assert!(store.abandoned(&dead).await.unwrap().is_empty(), "it is our own");
        let after = approved(&store, &next).await;
        let lease = lease(&store, "two", at("08:00:15")).await.unwrap();
        let refused = store.claim(after, &lease, at("08:00:15")).await;
        assert!(matches!(refused, Err(ClaimError::Unsettled(run)) if run == claim.run), "{refused:?}");
        let abandoned = store.abandoned(&lease).await.unwrap();
        assert_eq!((abandoned.len(), abandoned[0].run, abandoned[0].plan), (1, claim.run, id));
        assert_eq!((abandoned[0].holder.as_str(), abandoned[0].started_at), ("one", at("08:00:00")));
        store.settle(&report(claim.run, id, &plan, false), at("08:00:16")).await.unwrap();
        assert_eq!(store.run(claim.run).await.unwrap().state, RunState::Abandoned);
        assert_eq!(store.plan(id).await.unwrap().state, PlanState::Incomplete);
        let awake = store.finish(&report(claim.run, id, &plan, true), at("08:00:17")).await;
        assert!(matches!(awake, Err(Error::RunOver(_))), "the dead one wakes up and is told");
        store.claim(id, &lease, at("08:00:18")).await.unwrap();
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
        let refused = store.claim(id, &slept, at("08:00:14")).await;
        assert!(matches!(refused, Err(ClaimError::LeaseLost(_))), "{refused:?}");
        assert_eq!(store.plan(id).await.unwrap().state, PlanState::Approved);
    })
    .await;
}
