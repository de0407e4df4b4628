//! `rollcall doctor`

use engine::{Check, Fix, Verdict};
use serde_json::json;

use crate::args::{DoctorArgs, Global};
use crate::output::Format;
use crate::table::safe;
use crate::{Exit, Output, Result, session};

/// Looks at everything, and says what to mend.
pub(super) async fn run(args: &DoctorArgs, global: &Global, output: &Output) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let engine = session::engine(&config).await?;
    let checks = engine.doctor(if args.fix { Fix::Yes } else { Fix::No }).await;
    match output.format {
        Format::Text | Format::Markdown => output.data(&checks.iter().map(text).collect::<String>()),
        Format::Json => output.json(&checks.iter().map(document).collect::<Vec<_>>()),
    }
    let failed = checks.iter().filter(|it| it.verdict == Verdict::Failed).count();
    if failed == 0 {
        output.say("everything that is needed is there\n  → rollcall plan shows what would change");
        return Ok(Exit::Done);
    }
    let things = if failed == 1 { "1 thing does not work" } else { &format!("{failed} things do not work") };
    output.say(&format!("{things}\n  → mend what is marked above, then run rollcall doctor again"));
    Ok(Exit::Error)
}

fn text(check: &Check) -> String {
    let Check { what, verdict, found, remedy } = check;
    let mark = word(*verdict);
    let line = format!("{mark:7}  {what:15}  {}\n", safe(found));
    match remedy {
        Some(remedy) => format!("{line}{:26}→ {}\n", "", safe(remedy)),
        None => line,
    }
}

fn document(check: &Check) -> serde_json::Value {
    let Check { what, verdict, found, remedy } = check;
    json!({ "what": what, "verdict": word(*verdict), "found": found, "remedy": remedy })
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Ok => "ok",
        Verdict::Warning => "warning",
        Verdict::Failed => "failed",
    }
}
