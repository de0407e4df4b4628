//! `rollcall doctor`

mod opened;
mod text;

use engine::{Check, Fix, Verdict};
use serde_json::{Value, json};

use crate::args::{DoctorArgs, Global};
use crate::output::{Format, width};
use crate::{Exit, Output, Result, session};

/// Looks at everything, whatever is missing, and says what to mend.
pub(super) async fn run(args: &DoctorArgs, global: &Global, output: &Output) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let doctor = opened::doctor(&config).await;
    let checks = doctor.look(if args.fix { Fix::Yes } else { Fix::No }).await;
    match output.format {
        Format::Text | Format::Markdown => output.data(&text::text(&checks, output.data_colour(), width())),
        Format::Json => output.json(&document(&checks)),
    }
    if of(&checks, Verdict::Failed) > 0 {
        output.say("  → mend what failed, from the top, then run rollcall doctor again");
        return Ok(Exit::Error);
    }
    output.say("  → rollcall plan shows what would change");
    Ok(Exit::Done)
}

/// How many checks have the verdict.
fn of(checks: &[Check], verdict: Verdict) -> usize {
    checks.iter().filter(|it| it.verdict == verdict).count()
}

fn document(checks: &[Check]) -> Value {
    json!({
        "failed": of(checks, Verdict::Failed),
        "warnings": of(checks, Verdict::Warning),
        "checks": checks.iter().map(check).collect::<Vec<_>>(),
    })
}

fn check(check: &Check) -> Value {
    let Check { subject, what, verdict, found, details, remedy } = check;
    json!({
        "subject": subject.title().to_lowercase(),
        "what": what,
        "verdict": verdict.word(),
        "found": found,
        "details": details,
        "remedy": remedy,
    })
}
