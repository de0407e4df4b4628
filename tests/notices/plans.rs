//! Plans that wait, plans over a limit, and leavers in them.

use store::PlanState;

use super::served::{latest_is, mover, reject, serve, today};
use super::sinks::Hook;
use crate::world::Company;

#[tokio::test]
async fn a_plan_that_waits_is_told_once_and_over_when_it_is_approved() {
    let (world, hook) = (mover().await, Hook::new().await);
    let service = serve(&world, "host:1", vec![hook.channel("ops")]).await;
    let plan = world.plan().await.id;
    hook.has("plan_waits plan 1: raised").await;
    assert_eq!(world.plan().await.id, plan, "the same plan, proposed once more, is the same news");
    world.approve_as("grace").await;
    hook.has("plan_waits plan 1: over").await;
    latest_is(&world, PlanState::Applied).await;
    assert!(service.stop().await);
    assert_eq!(hook.told(), ["plan_waits plan 1: raised", "plan_waits plan 1: over"]);
}

#[tokio::test]
async fn a_plan_that_is_rejected_waits_no_more() {
    let (world, hook) = (mover().await, Hook::new().await);
    let service = serve(&world, "host:1", vec![hook.channel("ops")]).await;
    world.plan().await;
    hook.has("plan_waits plan 1: raised").await;
    reject(&world).await;
    hook.has("plan_waits plan 1: over").await;
    assert!(service.stop().await);
}

#[tokio::test]
async fn a_plan_over_a_limit_and_each_leaver_in_it_are_told_until_the_table_is_mended() {
    let company = (101..107).fold(Company::new().staff(12), |it, id| it.cell(id, "status", "terminated"));
    let (world, hook) = (today(company).await, Hook::new().await);
    let service = serve(&world, "host:1", vec![hook.channel("ops")]).await;
    world.plan().await;
    hook.has("limit_breached plan 1: raised").await;
    for id in 101..107 {
        hook.has(&format!("leaver_pending employee {id}: raised")).await;
    }
    let breach = hook.bodies().into_iter().find(|it| it["event"] == "limit_breached").unwrap();
    insta::assert_snapshot!(breach["text"].as_str().unwrap(), @"
    More would change than is usual:
    - blocks: 6 planned, 5 allowed
    Next: see `rollcall plan show 1`, which names the command that accepts each limit.
    ");
    for id in 101..107 {
        world.hr(id, "status", "active").await;
    }
    world.plan().await; // nothing is left to do, which closes the plan
    hook.has("limit_breached plan 1: over").await;
    for id in 101..107 {
        hook.has(&format!("leaver_pending employee {id}: over")).await;
    }
    assert!(service.stop().await);
    assert_eq!(hook.told().len(), 14, "{:?}", hook.told());
    assert_eq!(hook.told_of("plan_waits"), Vec::<String>::new(), "a plan over a limit is told as that");
}

#[tokio::test]
async fn a_leaver_is_pending_until_the_block_is_done() {
    let company = Company::new()
        .settled(7, "Grace O'Neill", "Packing", "associate")
        .cell(7, "ends_on", "2026-01-31")
        .cell(7, "status", "terminated");
    let (world, hook) = (today(company).await, Hook::new().await);
    let service = serve(&world, "host:1", vec![hook.channel("ops")]).await;
    world.plan().await;
    hook.has("leaver_pending employee 7: raised").await;
    let notice = hook.bodies().into_iter().find(|it| it["event"] == "leaver_pending").unwrap();
    assert_eq!(notice["severity"], "critical");
    let text = notice["text"].as_str().unwrap();
    assert!(text.contains("Their row has said so for ") && text.contains(" days"), "{text}");
    assert!(!notice.to_string().contains("Grace"), "nobody is named");
    world.approve_as("grace").await;
    hook.has("leaver_pending employee 7: over").await;
    latest_is(&world, PlanState::Applied).await;
    assert!(service.stop().await);
    assert_eq!(hook.told_of("leaver_pending").len(), 2, "{:?}", hook.told());
}
