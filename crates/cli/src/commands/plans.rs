//! `rollcall plans`

use serde_json::{Value, json};
use store::PlanSummary;

use crate::args::{Global, ListArgs};
use crate::output::Format;
use crate::table::Table;
use crate::{Exit, Output, Result, hints, session, show};

/// Lists the plans, the newest first.
pub(super) async fn run(args: &ListArgs, global: &Global, output: &Output) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let plans = session::store(&config).await?.plans(args.last).await.map_err(hints::store)?;
    match output.format {
        Format::Text | Format::Markdown => output.data(&text(&plans)),
        Format::Json => output.json(&plans.iter().map(document).collect::<Vec<_>>()),
    }
    if plans.is_empty() {
        output.say("there are no plans yet\n  → rollcall plan makes one");
    }
    Ok(Exit::Done)
}

fn text(plans: &[PlanSummary]) -> String {
    let mut table = Table::new(["plan", "state", "made", "digest", "changes", "held", "by"]);
    for plan in plans {
        let PlanSummary {
            id,
            tenant: _,
            digest,
            scope: _,
            state,
            proposed_at,
            expires_at: _,
            decision,
            figures,
        } = plan;
        let kinds: Vec<String> =
            figures.changes.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        table.row(&[
            id.to_string(),
            state.to_string(),
            show::moment(*proposed_at),
            digest.short().to_owned(),
            kinds.join(", "),
            figures.held.to_string(),
            decision.as_ref().map(|it| it.by.to_string()).unwrap_or_default(),
        ]);
    }
    if plans.is_empty() { String::new() } else { table.text() }
}

fn document(plan: &PlanSummary) -> Value {
    let PlanSummary { id, tenant, digest, scope, state, proposed_at, expires_at, decision, figures } = plan;
    json!({
        "id": id,
        "tenant": tenant,
        "digest": digest,
        "scope": scope,
        "state": state,
        "proposed_at": show::timestamp(*proposed_at),
        "expires_at": show::timestamp(*expires_at),
        "decided_by": decision.as_ref().map(|it| it.by.to_string()),
        "decided_at": decision.as_ref().map(|it| show::timestamp(it.at)),
        "reason": decision.as_ref().and_then(|it| it.reason.clone()),
        "figures": figures,
    })
}
