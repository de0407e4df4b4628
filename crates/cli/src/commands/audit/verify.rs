//! `rollcall audit verify`

use serde_json::{Value, json};
use store::{AuditHead, AuditVerdict, ChainFault, ChainReport, FaultKind, KeySpan};

use crate::args::Global;
use crate::output::Format;
use crate::table::{lines, safe};
use crate::{Exit, Output, Result, hints, session, show};

/// Reads the record, and tells what does not fit.
pub(super) async fn run(noted: &[AuditHead], global: &Global, output: &Output) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let store = session::store(&config).await?;
    let verdict = store.verify_audit(noted).await.map_err(hints::store)?;
    match output.format {
        Format::Text | Format::Markdown => output.data(&text(&verdict)),
        Format::Json => output.json(&document(&verdict)),
    }
    output.say(&advice(&verdict).join("\n"));
    Ok(if verdict.is_whole() { Exit::Done } else { Exit::Error })
}

fn text(verdict: &AuditVerdict) -> String {
    let AuditVerdict { key_id: _, chains, lost } = verdict;
    let chains: Vec<String> = chains.iter().map(chain_text).collect();
    let mut last: Vec<String> = lost.iter().map(|it| format!("broken    {it}")).collect();
    if verdict.is_whole() {
        last.push("whole     nothing was changed, removed, inserted or moved".to_owned());
    }
    chains.join("\n") + &lines(last)
}

fn chain_text(chain: &ChainReport) -> String {
    let ChainReport { tenant, faults, more_faults, vouched, keys, head, .. } = chain;
    let mut told = vec![
        format!("tenant    {}", safe(tenant.as_str())),
        format!("entries   {}", figures(chain)),
        format!("key       {}", key_words(keys)),
    ];
    told.extend(head.as_ref().map(|it| format!("head      {it}")));
    told.extend(vouched.iter().map(|it| format!("noted     {}", safe(&it.to_string()))));
    told.extend(faults.iter().map(|it| format!("broken    {}", safe(&it.to_string()))));
    if *more_faults > 0 {
        told.push(format!("broken    and {more_faults} more"));
    }
    lines(told)
}

fn figures(chain: &ChainReport) -> String {
    let ChainReport { entries, before_chain, first_at, last_at, erased, .. } = chain;
    let mut figures = vec![entries.to_string()];
    if let (Some(first), Some(last)) = (first_at, last_at) {
        figures.push(format!("from {} to {}", show::moment(*first), show::moment(*last)));
    }
    if *erased > 0 {
        figures.push(format!("{erased} with an erased body"));
    }
    if *before_chain > 0 {
        figures.push(format!("and {before_chain} from before the chain"));
    }
    figures.join(" · ")
}

fn key_words(keys: &[KeySpan]) -> String {
    let span = |it: &KeySpan| {
        let KeySpan { key_id, first, entries: _ } = it;
        format!("{} from entry {first}", key_id.as_deref().unwrap_or("none"))
    };
    match keys {
        [] => "none".to_owned(),
        [only] => only.key_id.clone().unwrap_or_else(|| "none".to_owned()),
        several => several.iter().map(span).collect::<Vec<_>>().join(", "),
    }
}

/// What to do now.
fn advice(verdict: &AuditVerdict) -> Vec<String> {
    let whole = if verdict.is_whole() { "the record is whole" } else { "the record is not whole" };
    let mut advice = vec![whole.to_owned()];
    advice.extend(about_faults(verdict).into_iter().map(str::to_owned));
    advice.extend(about_key(verdict));
    advice.extend(about_head(verdict));
    advice
}

fn about_faults(verdict: &AuditVerdict) -> Vec<&'static str> {
    let (mut changed, mut unknown, mut downgraded) = (!verdict.lost.is_empty(), false, false);
    for fault in verdict.chains.iter().flat_map(|it| &it.faults) {
        match fault.kind {
            FaultKind::UnknownKey { .. } => unknown = true,
            FaultKind::Downgraded { .. } => downgraded = true,
            FaultKind::Before { .. }
            | FaultKind::Missing
            | FaultKind::CutOff
            | FaultKind::Beyond
            | FaultKind::Body
            | FaultKind::BodyGone
            | FaultKind::Column(_)
            | FaultKind::Changed
            | FaultKind::Moved { .. }
            | FaultKind::Inserted
            | FaultKind::Replaced
            | FaultKind::NoHead
            | FaultKind::Head => changed = true,
        }
    }
    let advice = [
        (
            changed,
            "  → keep the database as it is, compare what is named above with a backup or an export from before,\n    \
             and find out who may write to the tables rollcall_audit and rollcall_audit_heads",
        ),
        (
            unknown,
            "  → give the key that is not known, on a line of its own below the present one: in ROLLCALL_AUDIT_KEY,\n    \
             or in the file that [audit] key_file names",
        ),
        (
            downgraded,
            "  → if one of your machines had no key, or an older one: give it the key, look at these entries, note the\n    \
             head, and verify with --head from then on; it vouches for whatever stands before it",
        ),
    ];
    advice.into_iter().filter(|(is_due, _)| *is_due).map(|(_, text)| text).collect()
}

/// What the chain does not protect from.
fn about_key(verdict: &AuditVerdict) -> Option<String> {
    let AuditVerdict { key_id, chains, lost: _ } = verdict;
    let mut newest = chains.iter().filter_map(|it| it.keys.last());
    let mut spans = chains.iter().flat_map(|it| &it.keys);
    match key_id {
        None => newest.any(|it| it.key_id.is_none()).then(|| {
            "  → without a key this finds mistakes only: whoever may write to the database can rewrite the record\n    \
             and its chain; set ROLLCALL_AUDIT_KEY, or [audit] key_file"
                .to_owned()
        }),
        Some(key) => (newest.next().is_some() && spans.all(|it| it.key_id.is_none())).then(|| {
            format!(
                "  → no entry has the key {key}: either none was written since it was given, or somebody without it\n    \
                 has written the record anew"
            )
        }),
    }
}

fn about_head(verdict: &AuditVerdict) -> Option<String> {
    let heads = verdict.chains.iter().filter_map(|it| it.head.as_ref());
    let options: Vec<String> = heads.map(|it| format!("--head {it}")).collect();
    (verdict.is_whole() && !options.is_empty()).then(|| {
        format!(
            "  → note the head where nobody can change it: it shows later whether the end was cut off\n    \
             rollcall audit verify {}",
            options.join(" ")
        )
    })
}

fn document(verdict: &AuditVerdict) -> Value {
    let AuditVerdict { key_id, chains, lost } = verdict;
    let lost = lost.iter().map(|it| json!({ "head": it.head.to_string(), "what": it.to_string() }));
    json!({
        "whole": verdict.is_whole(),
        "key_id": key_id,
        "chains": chains.iter().map(chain_document).collect::<Vec<_>>(),
        "lost_heads": lost.collect::<Vec<_>>(),
    })
}

fn chain_document(chain: &ChainReport) -> Value {
    let ChainReport {
        tenant,
        entries,
        before_chain,
        first_at,
        last_at,
        erased,
        keys,
        head,
        faults,
        more_faults,
        vouched,
    } = chain;
    let keys = keys.iter().map(
        |KeySpan { key_id, first, entries }| json!({ "key_id": key_id, "first": first, "entries": entries }),
    );
    json!({
        "tenant": tenant,
        "whole": chain.is_whole(),
        "entries": entries,
        "before_chain": before_chain,
        "first_at": first_at.map(documents::timestamp),
        "last_at": last_at.map(documents::timestamp),
        "erased": erased,
        "keys": keys.collect::<Vec<_>>(),
        "head": head.as_ref().map(ToString::to_string),
        "faults": faults.iter().map(fault_document).collect::<Vec<_>>(),
        "more_faults": more_faults,
        "vouched": vouched.iter().map(fault_document).collect::<Vec<_>>(),
    })
}

fn fault_document(fault: &ChainFault) -> Value {
    let ChainFault { kind, first, last, at, event } = fault;
    json!({
        "first": first,
        "last": last,
        "at": at.map(documents::timestamp),
        "event": event,
        "what": kind.to_string(),
    })
}
