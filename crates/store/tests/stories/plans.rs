//! The states of a plan, every arrow and every refusal.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use diff::{Breach, Limit, PlanId, Policy, Scope};
use store::{Error, PlanState, ProposalStanding, Refusal, Store};

use crate::world::{at, everywhere, grace, plan, plan_of, tenant, yes};

async fn proposed(store: &Store, leavers: &[&str]) -> PlanId {
    store.propose(&plan(leavers), &[], "client", at("07:00:00")).await.unwrap().id
}

#[tokio::test]
async fn a_plan_is_read_as_it_was_proposed() {
    everywhere(|world| async move {
        let store = world.store().await;
        let (plan, now) = (plan(&["1", "2"]), at("07:00:00.123456"));
        let people = [crate::world::id("1")].into();
        let breach = Breach { limit: Limit::Blocks, found: 2, allowed: 1, people };
        let id = store.propose(&plan, std::slice::from_ref(&breach), "client", now).await.unwrap().id;
        let stored = store.plan(id).await.unwrap();
        assert_eq!((&stored.plan, stored.plan.digest()), (&plan, plan.digest()));
        assert_eq!((stored.state, stored.proposed_at), (PlanState::Proposed, at("07:00:00.123")));
        assert_eq!((stored.breaches, stored.decision), (vec![breach], None));
        let listed = store.plans(10).await.unwrap().remove(0);
        assert_eq!((listed.digest, listed.scope), (plan.digest(), Scope::everybody()));
        assert_eq!((listed.figures.changes, listed.figures.breaches), (plan.counts(), 1));
        assert!(matches!(store.plan(PlanId(99)).await, Err(Error::NoPlan(PlanId(99)))));
    })
    .await;
}

#[tokio::test]
async fn a_long_plan_is_kept_in_pieces() {
    everywhere(|world| async move {
        let store = world.store().await;
        let names: Vec<String> = (1..=5_000).map(|it| it.to_string()).collect();
        let plan = plan(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let id = store.propose(&plan, &[], "client", at("07:00:00")).await.unwrap().id;
        assert_eq!(store.plan(id).await.unwrap().plan, plan);
        assert_ne!(world.text("SELECT count(*) FROM rollcall_plan_parts").await.as_deref(), Some("1"));
    })
    .await;
}

#[tokio::test]
async fn the_same_digest_stands_and_another_supersedes_its_own_scope_only() {
    everywhere(|world| async move {
        let store = world.store().await;
        let first = proposed(&store, &["1"]).await;
        let again = store.propose(&plan(&["1"]), &[], "client", at("07:30:00")).await.unwrap();
        assert_eq!((again.id, again.standing), (first, ProposalStanding::SameAsBefore));
        let scope = Scope { employees: BTreeSet::from([crate::world::id("1")]), ..Scope::everybody() };
        let other_scope =
            store.propose(&plan_of(scope, &["1"]), &[], "client", at("07:30:00")).await.unwrap();
        assert_eq!(other_scope.standing, ProposalStanding::New);
        let second = proposed(&store, &["1", "2"]).await;
        assert_eq!(store.plan(first).await.unwrap().superseded_by, Some(second));
        assert_eq!(store.plan(other_scope.id).await.unwrap().state, PlanState::Proposed);
        let late =
            store.approve(first, yes(&plan(&["1"])), &Policy::default(), at("08:00:00")).await.unwrap_err();
        assert_eq!(late.to_string(), format!("plan {first} is superseded: look at plan {second}"));
    })
    .await;
}

#[tokio::test]
async fn plans_that_may_still_go_on_are_listed_apart() {
    everywhere(|world| async move {
        let store = world.store().await;
        let ids = async || {
            let open = store.open_plans(&tenant()).await.unwrap();
            open.into_iter().map(|it| (it.id, it.state)).collect::<Vec<_>>()
        };
        assert_eq!(ids().await, []);
        let first = proposed(&store, &["1"]).await;
        store.approve(first, yes(&plan(&["1"])), &Policy::default(), at("08:00:00")).await.unwrap();
        let second = proposed(&store, &["2"]).await;
        let third = proposed(&store, &["3"]).await;
        assert_eq!(ids().await, [(third, PlanState::Proposed), (first, PlanState::Approved)], "not {second}");
        assert_eq!(store.open_plans(&diff::Tenant::new("other")).await.unwrap(), []);
        store.reject(third, grace(), None, at("08:00:00")).await.unwrap();
        assert_eq!(ids().await, [(first, PlanState::Approved)]);
    })
    .await;
}

#[tokio::test]
async fn an_approved_plan_is_not_superseded_and_its_digest_stands() {
    everywhere(|world| async move {
        let store = world.store().await;
        let first = proposed(&store, &["1"]).await;
        store.approve(first, yes(&plan(&["1"])), &Policy::default(), at("08:00:00")).await.unwrap();
        assert_eq!(proposed(&store, &["1"]).await, first);
        let second = proposed(&store, &["2"]).await;
        assert_ne!(second, first);
        assert_eq!(store.plan(first).await.unwrap().state, PlanState::Approved);
        let stored = store.plan(first).await.unwrap();
        let decision = stored.decision.unwrap();
        assert_eq!((decision.by, decision.at), (grace(), at("08:00:00")));
        assert_eq!(stored.approvals, [yes(&plan(&["1"]))]);
    })
    .await;
}

#[tokio::test]
async fn an_approval_of_another_digest_is_refused() {
    everywhere(|world| async move {
        let store = world.store().await;
        let id = proposed(&store, &["1"]).await;
        let refused = store.approve(id, yes(&plan(&["2"])), &Policy::default(), at("08:00:00")).await;
        assert!(matches!(refused, Err(Refusal::Digest(_))), "{refused:?}");
        assert_eq!(store.plan(id).await.unwrap().state, PlanState::Proposed);
    })
    .await;
}

#[tokio::test]
async fn what_is_decided_is_decided() {
    everywhere(|world| async move {
        let store = world.store().await;
        let yes = || yes(&plan(&["1"]));
        let id = proposed(&store, &["1"]).await;
        store.reject(id, grace(), Some("not today".to_owned()), at("08:00:00")).await.unwrap();
        let refused = store.approve(id, yes(), &Policy::default(), at("08:01:00")).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("plan {id} was rejected by grace@host (unverified), because: not today: make a new plan")
        );
        let again = proposed(&store, &["1"]).await;
        assert_ne!(again, id, "a rejected digest may be proposed again");
        store.approve(again, yes(), &Policy::default(), at("08:02:00")).await.unwrap();
        let refused = store.approve(again, yes(), &Policy::default(), at("08:03:00")).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!(
                "plan {again} is approved already, by grace@host (unverified): run `rollcall apply {again}`"
            )
        );
        assert!(matches!(
            store.reject(again, grace(), None, at("08:03:00")).await,
            Err(Refusal::AlreadyApproved { .. })
        ));
    })
    .await;
}

#[tokio::test]
async fn a_plan_lives_a_day_and_a_day_again_once_approved() {
    everywhere(|world| async move {
        let store = world.store().await;
        let (a, b) = (plan(&["1"]), plan(&["2"]));
        let first = store.propose(&a, &[], "client", at("07:00:00")).await.unwrap().id;
        store.approve(first, yes(&a), &Policy::default(), at("08:00:00")).await.unwrap();
        let second = store.propose(&b, &[], "client", at("07:00:00")).await.unwrap().id;
        let next_day = at("07:00:00") + TimeDelta::hours(24);
        let refused = store.approve(second, yes(&b), &Policy::default(), next_day).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("plan {second} has expired on 2026-11-24 at 07:00 UTC: make a new plan")
        );
        assert_eq!(store.plan(first).await.unwrap().state, PlanState::Approved);
        assert_eq!(store.expire_plans(next_day + TimeDelta::hours(1)).await.unwrap(), 1);
        assert_eq!(store.plan(first).await.unwrap().state, PlanState::Expired);
        let anew = store.propose(&b, &[], "client", next_day).await.unwrap();
        assert_eq!(anew.standing, ProposalStanding::New);
    })
    .await;
}

#[tokio::test]
async fn of_two_decisions_at_once_one_wins() {
    everywhere(|world| async move {
        let store = world.store().await;
        let other = world.open(store::SourceOptions::default()).await;
        let policy = Policy::default();
        for leaver in ["1", "2", "3", "4", "5"] {
            let id = proposed(&store, &[leaver]).await;
            let (a, b) = tokio::join!(
                store.approve(id, yes(&plan(&[leaver])), &policy, at("08:00:00")),
                other.reject(id, grace(), None, at("08:00:00"))
            );
            assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
            assert!(matches!(
                a.map(drop).and(b),
                Err(Refusal::AlreadyApproved { .. } | Refusal::Rejected { .. })
            ));
        }
    })
    .await;
}

#[tokio::test]
async fn of_two_proposals_at_once_one_stands() {
    everywhere(|world| async move {
        let store = world.store().await;
        let other = world.open(store::SourceOptions::default()).await;
        for (before, leaver) in ["1", "2", "3", "4", "5"].into_iter().enumerate() {
            let plan = plan(&[leaver]);
            let (a, b) = tokio::join!(
                store.propose(&plan, &[], "client", at("08:00:00")),
                other.propose(&plan, &[], "client", at("08:00:00"))
            );
            assert_eq!(a.unwrap().id, b.unwrap().id);
            assert_eq!(store.plans(10).await.unwrap().len(), before + 1);
        }
    })
    .await;
}

#[tokio::test]
async fn what_resolves_itself_is_not_waited_for() {
    everywhere(|world| async move {
        let store = world.store().await;
        let id = proposed(&store, &["1"]).await;
        let elsewhere = Scope { limit: Some(1), ..Scope::everybody() };
        let none = store.supersede_open(&tenant(), &elsewhere, at("08:00:00")).await.unwrap();
        assert_eq!(none, None, "another scope is another plan");
        let closed = store.supersede_open(&tenant(), &Scope::everybody(), at("08:00:00")).await.unwrap();
        assert_eq!(closed, Some(id));
        let stored = store.plan(id).await.unwrap();
        assert_eq!((stored.state, stored.superseded_by), (PlanState::Superseded, None));
        let late =
            store.approve(id, yes(&plan(&["1"])), &Policy::default(), at("08:01:00")).await.unwrap_err();
        assert_eq!(
            late.to_string(),
            format!("plan {id} is superseded: planned again, there was nothing left to do")
        );
        let approved = proposed(&store, &["1"]).await;
        store.approve(approved, yes(&plan(&["1"])), &Policy::default(), at("08:02:00")).await.unwrap();
        let none = store.supersede_open(&tenant(), &Scope::everybody(), at("08:03:00")).await.unwrap();
        assert_eq!(none, None, "what somebody approved stands until it is claimed or expires");
    })
    .await;
}

#[tokio::test]
async fn the_rest_of_a_plan_is_as_old_as_the_plan() {
    everywhere(|world| async move {
        let store = world.store().await;
        let id = proposed(&store, &["1", "2"]).await;
        let of = store.plan(id).await.unwrap();
        let rest = store.propose_rest(&of, &plan(&["1"]), &[], at("12:00:00")).await.unwrap().id;
        let rest = store.plan(rest).await.unwrap();
        assert_eq!((rest.proposed_at, rest.expires_at), (of.proposed_at, of.expires_at));
        assert_eq!(rest.client.as_deref(), Some("client"));
        assert_eq!(store.plan(id).await.unwrap().superseded_by, Some(rest.id));
    })
    .await;
}

#[tokio::test]
async fn what_another_client_read_is_another_proposal() {
    everywhere(|world| async move {
        let store = world.store().await;
        let first = proposed(&store, &["1"]).await;
        let other = store.propose(&plan(&["1"]), &[], "another client", at("07:30:00")).await.unwrap();
        assert_eq!(other.standing, ProposalStanding::New);
        assert_eq!(store.plan(first).await.unwrap().superseded_by, Some(other.id));
    })
    .await;
}
