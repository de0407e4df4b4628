//! The journal of calls, and outcomes.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use diff::{
    AccessChange, Blame, ChangeId, EmailFlags, Field, Outcome, PlanId, Policy, Report, Request, RoleName,
    RunId, UserId,
};
use serde_json::json;
use store::{CallEnd, CallId, CallState, Error, Intent, Store};

use crate::world::{at, everywhere, id, plan, tenant, user, yes};

async fn running(store: &Store) -> (RunId, PlanId) {
    let plan = plan(&["1", "2"]);
    let id = store.propose(&plan, &[], "client", at("07:00:00")).await.unwrap().id;
    store.approve(id, yes(&plan), &Policy::default(), at("07:00:00")).await.unwrap();
    let lease = store.lease(&tenant(), "one", at("07:00:00"), TimeDelta::seconds(15)).await.unwrap();
    (store.claim(id, &lease, &Policy::default(), at("07:00:00")).await.unwrap().run, id)
}

fn create() -> Request<UserId> {
    let fields =
        [(Field::Email, json!("zoë@x.example")), (Field::UserMetadata("employee_id".to_owned()), json!(42))];
    let email = EmailFlags { verified: false, send_verification: true };
    Request::Create { employee: id("42"), fields: fields.into(), email }
}

fn block() -> Request<UserId> {
    Request::Patch { user: user("1"), fields: Vec::new(), email: None, access: Some(AccessChange::Block) }
}

fn end(call: CallId, state: CallState, outcomes: &[(&str, Outcome)]) -> CallEnd {
    CallEnd {
        id: call,
        state,
        status: Some(201),
        answer: Some(json!({ "user_id": "auth0|new" })),
        made: None,
        auth0_request_id: Some("req-1".to_owned()),
        outcomes: outcomes
            .iter()
            .map(|(change, outcome)| (ChangeId::new(*change), outcome.clone()))
            .collect(),
    }
}

#[tokio::test]
async fn a_call_is_read_as_it_was_journalled() {
    everywhere(|world| async move {
        let store = world.store().await;
        let (run, _) = running(&store).await;
        let (first, second) = (CallId { run, seq: 1 }, CallId { run, seq: 2 });
        let carries = [ChangeId::new("create-42")];
        let (create, block) = (create(), block());
        let intents = [
            Intent { id: first, request: &create, carries: &carries, correlation_id: "c-1" },
            Intent { id: second, request: &block, carries: &carries, correlation_id: "c-2" },
        ];
        store.intend(&intents, at("07:00:01.001")).await.unwrap();
        let ended = CallEnd {
            made: Some(user("new")),
            ..end(first, CallState::Done, &[("create-42", Outcome::Applied)])
        };
        store.conclude(&[ended], at("07:00:01.250")).await.unwrap();
        let calls = store.calls(run).await.unwrap();
        assert_eq!((calls[0].id, &calls[0].request, &calls[0].carries[..]), (first, &create, &carries[..]));
        assert_eq!(
            (calls[0].state, calls[0].status, calls[0].made.clone()),
            (CallState::Done, Some(201), Some(user("new")))
        );
        assert_eq!((calls[0].intended_at, calls[0].ended_at), (at("07:00:01.001"), Some(at("07:00:01.250"))));
        assert_eq!(calls[0].answer, Some(json!({ "user_id": "auth0|new" })));
        assert_eq!((calls[1].state.is_open(), calls[1].correlation_id.as_str()), (true, "c-2"));
        let twice = store.intend(&intents[..1], at("07:00:02")).await;
        assert!(matches!(twice, Err(Error::Database { .. })), "a number is given once: {twice:?}");
    })
    .await;
}

#[tokio::test]
async fn the_first_to_know_is_right_and_a_missing_answer_may_still_come() {
    everywhere(|world| async move {
        let store = world.store().await;
        let (run, _) = running(&store).await;
        let (call, block) = (CallId { run, seq: 1 }, block());
        store
            .intend(
                &[Intent { id: call, request: &block, carries: &[], correlation_id: "c" }],
                at("07:00:01"),
            )
            .await
            .unwrap();
        let failed = Outcome::Failed { why: "gone".to_owned(), blame: Blame::Change };
        for (state, outcomes, expected) in [
            (CallState::Unanswered, vec![], CallState::Unanswered),
            (CallState::Done, vec![("block-1", Outcome::Applied)], CallState::Done),
            (CallState::Failed, vec![("block-1", failed)], CallState::Done),
        ] {
            store.conclude(&[end(call, state, &outcomes)], at("07:00:02")).await.unwrap();
            assert_eq!(store.calls(run).await.unwrap()[0].state, expected);
        }
        assert_eq!(store.outcomes(run).await.unwrap()[&ChangeId::new("block-1")], Outcome::Applied);
    })
    .await;
}

#[tokio::test]
async fn what_went_wrong_is_not_hidden_by_what_went_well() {
    everywhere(|world| async move {
        let store = world.store().await;
        let (run, plan) = running(&store).await;
        let block = block();
        let failed = Outcome::Failed { why: "no such session".to_owned(), blame: Blame::Change };
        for (seq, outcome) in [(1, &failed), (2, &Outcome::Applied)] {
            let call = CallId { run, seq };
            store
                .intend(
                    &[Intent { id: call, request: &block, carries: &[], correlation_id: "c" }],
                    at("07:00:01"),
                )
                .await
                .unwrap();
            store
                .conclude(&[end(call, CallState::Done, &[("block-1", outcome.clone())])], at("07:00:02"))
                .await
                .unwrap();
        }
        let stale = BTreeMap::from([(
            ChangeId::new("block-2"),
            Outcome::Stale { why: "the row changed".to_owned() },
        )]);
        store.record(run, &stale).await.unwrap();
        let outcomes = store.outcomes(run).await.unwrap();
        assert_eq!(outcomes[&ChangeId::new("block-1")], failed);
        assert_eq!(outcomes.len(), 2);
        let report = Report { run, plan, outcomes: stale.clone(), stopped: None, spent: None };
        store.finish(&report, at("07:00:03")).await.unwrap();
        assert_eq!(store.outcomes(run).await.unwrap(), stale, "the report has the last word");
        assert!(matches!(store.record(run, &stale).await, Err(Error::RunOver(_))));
        let call = Intent { id: CallId { run, seq: 3 }, request: &block, carries: &[], correlation_id: "c" };
        assert!(matches!(store.intend(&[call], at("07:00:04")).await, Err(Error::RunOver(_))));
    })
    .await;
}

#[tokio::test]
async fn whom_we_wrote_to_lately_is_known() {
    everywhere(|world| async move {
        let store = world.store().await;
        let (run, _) = running(&store).await;
        let grant = Request::GrantToUsers { role: RoleName::new("admin"), users: vec![user("5"), user("6")] };
        let (old, create) = (block(), create());
        for (seq, request, time) in [(1, &old, "07:00:00"), (2, &grant, "07:40:00"), (3, &create, "07:45:00")]
        {
            let intent = Intent { id: CallId { run, seq }, request, carries: &[], correlation_id: "c" };
            store.intend(&[intent], at(time)).await.unwrap();
        }
        let made = CallEnd { made: Some(user("new")), ..end(CallId { run, seq: 3 }, CallState::Done, &[]) };
        store.conclude(&[made], at("07:45:01")).await.unwrap();
        let recent = store.recent_writes(&tenant(), at("07:30:00")).await.unwrap();
        let requests: Vec<_> = recent.iter().map(|it| (it.request.clone(), it.made.clone())).collect();
        assert_eq!(requests, [(grant, None), (create, Some(user("new")))]);
        assert!(store.recent_writes(&diff::Tenant::new("other"), at("07:00:00")).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn many_calls_are_journalled_at_once() {
    everywhere(|world| async move {
        let store = world.store().await;
        let (run, _) = running(&store).await;
        let block = block();
        let calls = (1..=40).map(|seq| {
            let (store, block) = (store.clone(), block.clone());
            async move {
                let id = CallId { run, seq };
                let intent = Intent { id, request: &block, carries: &[], correlation_id: "c" };
                store.intend(&[intent], at("07:00:01")).await.unwrap();
                let change = format!("block-{seq}");
                store
                    .conclude(&[end(id, CallState::Done, &[(&change, Outcome::Applied)])], at("07:00:02"))
                    .await
                    .unwrap();
            }
        });
        futures_util::future::join_all(calls).await;
        assert_eq!(store.outcomes(run).await.unwrap().len(), 40);
        assert!(store.calls(run).await.unwrap().iter().all(|it| it.state == CallState::Done));
    })
    .await;
}

#[tokio::test]
async fn a_create_without_an_answer_stays_open_until_it_is_settled() {
    everywhere(|world| async move {
        let store = world.store().await;
        let (run, _) = running(&store).await;
        let (call, create) = (CallId { run, seq: 1 }, create());
        let intent = Intent { id: call, request: &create, carries: &[], correlation_id: "c" };
        store.intend(&[intent], at("07:00:01")).await.unwrap();
        store.conclude(&[end(call, CallState::Unanswered, &[])], at("07:00:02")).await.unwrap();
        let open = store.open_creates(&tenant()).await.unwrap();
        assert_eq!(open.into_iter().collect::<Vec<_>>(), [id("42")]);
        store.conclude(&[end(call, CallState::Done, &[])], at("07:00:03")).await.unwrap();
        assert!(store.open_creates(&tenant()).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn what_a_run_did_by_itself_is_not_what_was_so_or_what_an_earlier_run_did() {
    everywhere(|world| async move {
        let store = world.store().await;
        let (run, _) = running(&store).await;
        let (create, block) = (create(), block());
        for (seq, request, change, state, outcome) in [
            (1, &create, "create-42", CallState::Done, Some(Outcome::Applied)),
            (2, &block, "update-2", CallState::Done, Some(Outcome::AlreadySo)),
            (3, &block, "block-3", CallState::Done, Some(Outcome::Applied)),
            (4, &block, "block-3", CallState::Failed, Some(Outcome::NotTried { why: "no".to_owned() })),
            (5, &block, "update-5", CallState::Failed, Some(Outcome::NotTried { why: "no".to_owned() })),
            (6, &block, "update-6", CallState::Unanswered, None),
        ] {
            let call = CallId { run, seq };
            let carries = [ChangeId::new(change)];
            let intent = Intent { id: call, request, carries: &carries, correlation_id: "c" };
            store.intend(&[intent], at("07:00:01")).await.unwrap();
            let outcomes: Vec<(&str, Outcome)> = outcome.into_iter().map(|it| (change, it)).collect();
            let made = (seq == 1).then(|| user("new"));
            store.conclude(&[CallEnd { made, ..end(call, state, &outcomes) }], at("07:00:02")).await.unwrap();
        }
        let linked = BTreeMap::from([(ChangeId::new("link-7"), Outcome::Applied)]);
        store.record(run, &linked).await.unwrap();
        let deeds = store.deeds(run).await.unwrap();
        let done: Vec<&str> = deeds.done.iter().map(ChangeId::as_str).collect();
        assert_eq!(done, ["block-3", "create-42", "link-7", "update-6"]);
        assert_eq!(deeds.made, BTreeMap::from([(id("42"), user("new"))]));
        assert_eq!(store.deeds(RunId(run.0 + 1)).await.unwrap(), store::Deeds::default());
    })
    .await;
}
