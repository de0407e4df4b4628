//! By what is told: each kind of channel, one that hangs, others from now on, and the figures.

use store::PlanState;

use super::served::{latest_is, mover, serve, settings};
use super::sinks::{Hook, MailServer};
use crate::world::until;

#[tokio::test]
async fn slack_a_webhook_and_mail_all_tell_it_with_tenant_and_audit_head() {
    let world = mover().await;
    let (slack, hook, mail) = (Hook::new().await, Hook::new().await, MailServer::new().await);
    let channels = vec![slack.slack("chat"), hook.channel("pager"), mail.channel("mail")];
    // Something is on record already, so that there is a head.
    world.engine.note_refusal(&crate::world::person("mallory"), "no such role").await.unwrap();
    let head = world.engine.store().newest_audit_head(world.engine.tenant()).await.unwrap().unwrap();
    let service = serve(&world, "host:1", channels).await;
    world.plan().await;
    hook.has("plan_waits plan 1: raised").await;
    until(|| slack.bodies().len() == 1 && mail.mails().len() == 1).await;
    assert!(service.stop().await);
    let (tenant, head) = (world.engine.tenant().as_str(), head.to_string());
    let json = hook.bodies().remove(0);
    assert_eq!((json["tenant"].as_str(), json["audit_head"].as_str()), (Some(tenant), Some(head.as_str())));
    insta::assert_snapshot!(json["text"].as_str().unwrap(), @"
    It has 1 change. Nothing is changed before somebody approves it.
    Next: read it with `rollcall plan show 1`, which names the command that approves it.
    ");
    for text in [slack.bodies()[0]["text"].as_str().unwrap(), &mail.mails()[0]] {
        assert!(text.contains("Plan 1 waits for a yes or no"), "{text}");
        assert!(text.contains(&head[..20]), "{text}");
    }
}

#[tokio::test]
async fn a_channel_that_hangs_holds_up_neither_a_run_nor_the_others_and_is_told_after_a_restart() {
    let world = mover().await;
    let (dead, hook) = (Hook::new().await, Hook::new().await);
    dead.hang(true);
    let channels = || vec![dead.channel("dead"), hook.channel("ops")];
    let service = serve(&world, "host:1", channels()).await;
    world.plan().await;
    hook.has("plan_waits plan 1: raised").await;
    until(|| dead.told().len() == 1).await; // which never gets an answer
    world.approve_as("grace").await;
    latest_is(&world, PlanState::Applied).await;
    hook.has("plan_waits plan 1: over").await;
    assert!(service.stop().await, "what a channel has not sent is no work that breaks off");
    dead.hang(false);
    let service = serve(&world, "host:2", channels()).await;
    // It may have heard that the plan waits, so it hears that this is over.
    dead.has("plan_waits plan 1: over").await;
    assert!(service.stop().await);
    assert_eq!(hook.told().len(), 2, "{:?}", hook.told());
}

#[tokio::test]
async fn channels_are_replaced_as_a_whole_and_a_new_one_tells_what_stands() {
    let world = mover().await;
    let (old, new) = (Hook::new().await, Hook::new().await);
    let service = serve(&world, "host:1", Vec::new()).await;
    world.plan().await;
    let reload = async |channels| {
        let settings = settings("host:1", channels);
        service.reload(world.another(|_| ()), settings, Vec::new()).await.map(|_| ())
    };
    reload(vec![old.channel("old")]).await.unwrap();
    old.has("plan_waits plan 1: raised").await;
    let twice = reload(vec![new.channel("new"), new.channel("new")]).await.unwrap_err();
    assert_eq!(twice.to_string(), "two channels are called \"new\"");
    reload(vec![new.channel("new")]).await.unwrap();
    new.has("plan_waits plan 1: raised").await;
    super::served::reject(&world).await;
    new.has("plan_waits plan 1: over").await;
    assert!(service.stop().await);
    assert_eq!(old.told(), ["plan_waits plan 1: raised"]);
}

#[tokio::test]
async fn what_each_channel_has_sent_is_counted() {
    let (world, hook) = (mover().await, Hook::new().await);
    let service = serve(&world, "host:1", vec![hook.channel("counted")]).await;
    let metrics = format!("http://{}/metrics", service.metrics_address().unwrap());
    world.plan().await;
    hook.has("plan_waits plan 1: raised").await;
    let line = "rollcall_notices_total{channel=\"counted\",state=\"sent\"} 1\n";
    let waiting = async {
        while !reqwest::get(&metrics).await.unwrap().text().await.unwrap().contains(line) {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), waiting).await.expect("it is counted in time");
    let figures = reqwest::get(&metrics).await.unwrap().text().await.unwrap();
    assert!(figures.contains("# HELP rollcall_notices_total "), "{figures}");
    assert!(figures.contains("rollcall_notices_waiting{channel=\"counted\"} 0\n"), "{figures}");
    assert!(service.stop().await);
}
