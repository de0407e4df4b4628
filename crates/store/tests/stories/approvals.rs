//! Every yes, and who loses which race.

use chrono::TimeDelta;
use diff::{Approval, Approver, Concern, NoYes, Outcome, Plan, PlanId, Policy, Report};
use store::{ClaimError, Given, PlanState, Refusal, SourceOptions, Store};

use crate::world::{at, changes, everywhere, grace, plan, tenant, yes};

/// Two people for every plan.
fn two() -> Policy {
    let mut policy = Policy::default();
    policy.review.two_approvers.insert(Concern::Everything);
    policy
}

fn by(plan: &Plan, name: &str) -> Approval {
    Approval { by: Approver::Verified { name: name.to_owned() }, ..yes(plan) }
}

async fn proposed(store: &Store, plan: &Plan) -> PlanId {
    store.propose(plan, &[], "client", at("07:00:00")).await.unwrap().id
}

async fn state(store: &Store, id: PlanId) -> PlanState {
    store.plan(id).await.unwrap().state
}

#[tokio::test]
async fn every_yes_is_kept_and_the_one_that_completes_takes_the_arrow() {
    everywhere(|world| async move {
        let (store, plan, policy) = (world.store().await, plan(&["1"]), two());
        let id = proposed(&store, &plan).await;
        let first = store.approve(id, by(&plan, "grace"), &policy, at("08:00:00")).await.unwrap();
        let Given::Waits(missing) = first else { panic!("one is not enough") };
        assert_eq!(missing.to_string(), "a second verified person must say yes, as to every plan");
        assert_eq!(state(&store, id).await, PlanState::Proposed);
        let again = store.approve(id, by(&plan, "grace"), &policy, at("08:01:00")).await.unwrap_err();
        assert_eq!(
            again.to_string(),
            format!(
                "plan {id} is not approved by this: grace approved it already, and a second verified person \
                 must say yes, as to every plan"
            )
        );
        let lease = store.lease(&tenant(), "one", at("08:01:30"), TimeDelta::hours(1)).await.unwrap();
        let early = store.claim(id, &lease, &policy, at("08:01:30")).await.unwrap_err();
        assert!(matches!(early, ClaimError::Refused(Refusal::Waits { .. })), "{early:?}");
        let second = store.approve(id, by(&plan, "hal"), &policy, at("08:02:00")).await.unwrap();
        assert_eq!(second, Given::Enough);
        let stored = store.plan(id).await.unwrap();
        assert_eq!(stored.state, PlanState::Approved);
        assert_eq!(stored.expires_at, at("08:02:00") + TimeDelta::hours(24));
        assert_eq!(stored.approvals, [by(&plan, "grace"), by(&plan, "hal")]);
        assert_eq!(store.plans(1).await.unwrap()[0].approved_by.len(), 2);
        let late = store.approve(id, by(&plan, "ida"), &policy, at("08:03:00")).await.unwrap_err();
        assert_eq!(
            late.to_string(),
            format!("plan {id} is approved already, by grace and hal: run `rollcall apply {id}`")
        );
        let claim = store.claim(id, &lease, &policy, at("08:04:00")).await.unwrap();
        assert_eq!(claim.plan.approvals().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_verified_and_an_unverified_name_are_two() {
    everywhere(|world| async move {
        let (store, plan) = (world.store().await, plan(&["1"]));
        let id = proposed(&store, &plan).await;
        let refused = store.approve(id, yes(&plan), &two(), at("08:00:00")).await.unwrap_err();
        assert!(matches!(&refused, Refusal::NoYes { why: NoYes::Unverified { .. }, .. }), "{refused:?}");
        assert_eq!(store.plan(id).await.unwrap().approvals, [], "what does not count is not kept");
        store.approve(id, yes(&plan), &Policy::default(), at("08:00:00")).await.unwrap();
        store.approve(id, by(&plan, grace().name()), &two(), at("08:01:00")).await.unwrap();
        store.approve(id, by(&plan, "hal"), &two(), at("08:02:00")).await.unwrap();
        assert_eq!(store.plan(id).await.unwrap().approvals.len(), 3);
    })
    .await;
}

#[tokio::test]
async fn of_two_at_once_who_are_both_needed_both_are_heard_and_one_completes() {
    everywhere(|world| async move {
        let (store, policy) = (world.store().await, two());
        let other = world.open(SourceOptions::default()).await;
        for leaver in ["1", "2", "3", "4", "5"] {
            let plan = plan(&[leaver]);
            let id = proposed(&store, &plan).await;
            let (a, b) = tokio::join!(
                store.approve(id, by(&plan, "grace"), &policy, at("08:00:00")),
                other.approve(id, by(&plan, "hal"), &policy, at("08:00:00")),
            );
            let given = [a.unwrap(), b.unwrap()];
            assert_eq!(given.iter().filter(|it| **it == Given::Enough).count(), 1, "{given:?}");
            assert_eq!(state(&store, id).await, PlanState::Approved);
        }
    })
    .await;
}

#[tokio::test]
async fn of_two_at_once_of_whom_one_is_enough_one_is_told_so() {
    everywhere(|world| async move {
        let (store, policy) = (world.store().await, Policy::default());
        let other = world.open(SourceOptions::default()).await;
        for leaver in ["1", "2", "3", "4", "5"] {
            let plan = plan(&[leaver]);
            let id = proposed(&store, &plan).await;
            let (a, b) = tokio::join!(
                store.approve(id, by(&plan, "grace"), &policy, at("08:00:00")),
                other.approve(id, by(&plan, "hal"), &policy, at("08:00:00")),
            );
            assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
            assert!(matches!(a.and(b), Err(Refusal::AlreadyApproved { .. })));
            assert_eq!(store.plan(id).await.unwrap().approvals.len(), 1);
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_is_two_people_by_being_quick() {
    everywhere(|world| async move {
        let (store, policy) = (world.store().await, two());
        let other = world.open(SourceOptions::default()).await;
        for leaver in ["1", "2", "3", "4", "5"] {
            let plan = plan(&[leaver]);
            let id = proposed(&store, &plan).await;
            let (a, b) = tokio::join!(
                store.approve(id, by(&plan, "grace"), &policy, at("08:00:00")),
                other.approve(id, by(&plan, "grace"), &policy, at("08:00:00")),
            );
            assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
            assert!(matches!(a.and(b), Err(Refusal::NoYes { why: NoYes::Twice { .. }, .. })));
            assert_eq!(state(&store, id).await, PlanState::Proposed);
        }
    })
    .await;
}

#[tokio::test]
async fn of_the_yes_that_completes_and_a_no_one_is_heard() {
    everywhere(|world| async move {
        let (store, policy) = (world.store().await, two());
        let other = world.open(SourceOptions::default()).await;
        for leaver in ["1", "2", "3", "4", "5"] {
            let plan = plan(&[leaver]);
            let id = proposed(&store, &plan).await;
            store.approve(id, by(&plan, "grace"), &policy, at("07:30:00")).await.unwrap();
            let (yes, no) = tokio::join!(
                store.approve(id, by(&plan, "hal"), &policy, at("08:00:00")),
                other.reject(id, grace(), None, at("08:00:00")),
            );
            match (yes, no) {
                (Ok(_), Err(Refusal::AlreadyApproved { .. })) => {
                    assert_eq!(state(&store, id).await, PlanState::Approved);
                }
                (Err(Refusal::Rejected { .. }), Ok(())) => {
                    assert_eq!(state(&store, id).await, PlanState::Rejected);
                    assert_eq!(store.plan(id).await.unwrap().approvals.len(), 1, "a lost yes is not kept");
                }
                (yes, no) => panic!("{yes:?} {no:?}"),
            }
        }
    })
    .await;
}

#[tokio::test]
async fn of_a_yes_and_a_newer_plan_one_comes_first() {
    everywhere(|world| async move {
        let (store, policy) = (world.store().await, Policy::default());
        let other = world.open(SourceOptions::default()).await;
        for leaver in ["1", "2", "3", "4", "5"] {
            let (plan, newer) = (plan(&[leaver]), plan(&[leaver, "99"]));
            let id = proposed(&store, &plan).await;
            let (yes, newer) = tokio::join!(
                store.approve(id, by(&plan, "grace"), &policy, at("08:00:00")),
                other.propose(&newer, &[], "client", at("08:00:00")),
            );
            let newer = newer.unwrap().id;
            let stored = store.plan(id).await.unwrap();
            match yes {
                Ok(_) => assert_eq!((stored.state, stored.superseded_by), (PlanState::Approved, None)),
                Err(Refusal::Superseded { .. }) => {
                    assert_eq!((stored.state, stored.superseded_by), (PlanState::Superseded, Some(newer)));
                    assert_eq!(stored.approvals, []);
                }
                Err(other) => panic!("{other:?}"),
            }
            assert_eq!(state(&store, newer).await, PlanState::Proposed);
        }
    })
    .await;
}

#[tokio::test]
async fn of_two_claims_at_once_one_is_a_run() {
    everywhere(|world| async move {
        let (store, policy) = (world.store().await, Policy::default());
        let other = world.open(SourceOptions::default()).await;
        let lease = store.lease(&tenant(), "one", at("08:00:00"), TimeDelta::hours(1)).await.unwrap();
        for leaver in ["1", "2", "3", "4", "5"] {
            let plan = plan(&[leaver]);
            let id = proposed(&store, &plan).await;
            store.approve(id, yes(&plan), &policy, at("08:00:00")).await.unwrap();
            let (a, b) = tokio::join!(
                store.claim(id, &lease, &policy, at("08:00:01")),
                other.claim(id, &lease, &policy, at("08:00:01")),
            );
            let (claim, refused) = match (a, b) {
                (Ok(claim), Err(refused)) | (Err(refused), Ok(claim)) => (claim, refused),
                both => panic!("{both:?}"),
            };
            assert!(
                matches!(refused, ClaimError::Refused(Refusal::Applying(_)) | ClaimError::Unsettled(_)),
                "{refused:?}"
            );
            let outcomes = changes(&plan).into_iter().map(|it| (it, Outcome::Applied)).collect();
            let report = Report { run: claim.run, plan: id, outcomes, stopped: None, spent: None };
            store.finish(&report, at("08:00:02")).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn what_one_approved_is_not_claimed_once_two_are_asked() {
    everywhere(|world| async move {
        let (store, plan) = (world.store().await, plan(&["1"]));
        let id = proposed(&store, &plan).await;
        store.approve(id, by(&plan, "grace"), &Policy::default(), at("08:00:00")).await.unwrap();
        let lease = store.lease(&tenant(), "one", at("08:00:00"), TimeDelta::hours(1)).await.unwrap();
        let refused = store.claim(id, &lease, &two(), at("08:00:01")).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("plan {id} is not approved yet: a second verified person must say yes, as to every plan")
        );
        assert_eq!(state(&store, id).await, PlanState::Approved);
        assert!(matches!(
            store.approve(id, by(&plan, "grace"), &two(), at("08:00:02")).await,
            Err(Refusal::NoYes { why: NoYes::Twice { .. }, .. })
        ));
        let given = store.approve(id, by(&plan, "hal"), &two(), at("08:00:03")).await.unwrap();
        assert_eq!(given, Given::Enough);
        store.claim(id, &lease, &two(), at("08:00:04")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn what_a_run_left_undone_is_gone_on_with_for_a_day() {
    everywhere(|world| async move {
        let (store, plan, policy) = (world.store().await, plan(&["1"]), Policy::default());
        let id = proposed(&store, &plan).await;
        store.approve(id, yes(&plan), &policy, at("08:00:00")).await.unwrap();
        let lease = store.lease(&tenant(), "one", at("09:00:00"), TimeDelta::hours(48)).await.unwrap();
        let run = store.claim(id, &lease, &policy, at("09:00:00")).await.unwrap().run;
        let why = "the run stopped".to_owned();
        let outcomes =
            changes(&plan).into_iter().map(|it| (it, Outcome::NotTried { why: why.clone() })).collect();
        let report = Report { run, plan: id, outcomes, stopped: Some(why.clone()), spent: None };
        store.finish(&report, at("09:30:00")).await.unwrap();
        let stored = store.plan(id).await.unwrap();
        let until = at("09:30:00") + TimeDelta::hours(24);
        assert_eq!((stored.state, stored.expires_at), (PlanState::Incomplete, until));
        let refused = store.claim(id, &lease, &policy, until).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("plan {id} has expired on 2026-11-24 at 09:30 UTC: make a new plan")
        );
    })
    .await;
}

#[tokio::test]
async fn an_approval_from_before_there_were_several_is_one_of_them() {
    everywhere(|world| async move {
        let (store, plan) = (world.store().await, plan(&["1"]));
        let id = proposed(&store, &plan).await;
        store.approve(id, by(&plan, "grace"), &Policy::default(), at("08:00:00")).await.unwrap();
        store.migrate_down(6).await.unwrap();
        let column = world.text("SELECT approval FROM rollcall_plans").await.unwrap();
        assert_eq!(serde_json::from_str::<Approval>(&column).unwrap(), by(&plan, "grace"));
        store.migrate().await.unwrap();
        let stored = store.plan(id).await.unwrap();
        assert_eq!((stored.approvals, stored.client), (vec![by(&plan, "grace")], None));
    })
    .await;
}
