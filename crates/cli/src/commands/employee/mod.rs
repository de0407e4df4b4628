//! `rollcall employee`: one person.

mod act;
mod chapter;
mod explain;
mod story;

use diff::{Approver, EmployeeId, UserId};
use store::Act;

use crate::args::{EmployeeCommand, Global, IgnoreArgs, Subject};
use crate::{Exit, Failure, Output, Result, hints, session, who};

/// Looks at somebody, or decides something by hand.
pub(super) async fn run(command: EmployeeCommand, global: &Global, output: &Output) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let engine = session::engine(&config).await?;
    match command {
        EmployeeCommand::Show { id } => story::run(&engine, &id, output).await,
        EmployeeCommand::Explain { id } => explain::run(&engine, &id, output).await,
        EmployeeCommand::Sync { id } => act::sync(&engine, &config, &id, global, output).await,
        EmployeeCommand::Resend(args) => act::resend(&engine, &config, &args, global, output).await,
        EmployeeCommand::Link { id, user } => {
            let by = who::actor(&engine, global, Act::Decide).await?;
            engine.link(&id, &user, &by).await.map_err(hints::hand)?;
            Ok(said(&format!("{user} is the user of employee {id} from now on"), &id, output))
        }
        EmployeeCommand::Unlink { id } => {
            let by = who::actor(&engine, global, Act::Decide).await?;
            let user = engine.unlink(&id, &by).await.map_err(hints::hand)?;
            Ok(said(
                &format!("{user} is not the user of employee {id} any more; the user stays as it is"),
                &id,
                output,
            ))
        }
        EmployeeCommand::Recreate { id } => {
            let by = who::actor(&engine, global, Act::Decide).await?;
            let user = engine.recreate(&id, &by).await.map_err(hints::hand)?;
            Ok(said(&format!("{user}, which does not exist any more, is forgotten"), &id, output))
        }
        EmployeeCommand::Ignore(args) => {
            let by = who::actor(&engine, global, Act::Decide).await?;
            ignore(&engine, args, &by, output).await
        }
    }
}

async fn ignore(engine: &engine::Engine, args: IgnoreArgs, by: &Approver, output: &Output) -> Result<Exit> {
    let IgnoreArgs { subject, reason, off: _ } = args;
    let told = match (&subject, reason) {
        (Subject::Employee(id), Some(why)) => {
            engine.ignore_employee(id, &why, by).await.map_err(hints::hand)?;
            format!("employee {id} is left alone from now on")
        }
        (Subject::User(user), Some(why)) => {
            engine.ignore_user(user, &why, by).await.map_err(hints::hand)?;
            format!("{user} is left alone from now on")
        }
        (Subject::Employee(id), None) => {
            heeded(engine.heed_employee(id, by).await.map_err(hints::hand)?, &format!("employee {id}"))
        }
        (Subject::User(user), None) => {
            heeded(engine.heed_user(user, by).await.map_err(hints::hand)?, user.as_str())
        }
    };
    output.say(&format!("{told}\n  → rollcall plan shows what follows from it"));
    Ok(Exit::Done)
}

fn heeded(was_ignored: bool, whom: &str) -> String {
    if was_ignored { format!("{whom} is heeded again") } else { format!("{whom} was not ignored") }
}

fn said(what: &str, id: &EmployeeId, output: &Output) -> Exit {
    output.say(&format!("{what}\n  → rollcall plan --employee {id} shows what follows from it"));
    Exit::Done
}

/// There is no such row.
fn unknown(id: &EmployeeId) -> Failure {
    Failure::new(
        anyhow::anyhow!("there is no employee {id} in the table"),
        "rollcall employees list shows who is",
    )
}

/// A user's id as a shell word.
fn quoted(user: &UserId) -> String {
    format!("'{user}'")
}
