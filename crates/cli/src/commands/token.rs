//! `rollcall token`: who may approve by name.

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret as _;
use serde_json::json;
use store::{Act, NewToken, StoredToken};

use crate::args::{CreateToken, Global, TokenCommand};
use crate::output::Format;
use crate::table::Table;
use crate::{Exit, Output, Result, hints, session, show, who};

/// Hands out, lists and takes away.
pub(super) async fn run(command: TokenCommand, global: &Global, output: &Output) -> Result<Exit> {
    match command {
        TokenCommand::Create(args) => create(args, global, output).await,
        TokenCommand::List => list(global, output).await,
        TokenCommand::Revoke { name } => revoke(&name, global, output).await,
    }
}

/// Prints the token and nothing else, so that it can be sent where it belongs.
async fn create(args: CreateToken, global: &Global, output: &Output) -> Result<Exit> {
    let CreateToken { name, role, expires } = args;
    let config = session::config(global.config.as_deref())?;
    let engine = session::engine(&config).await?;
    let by = who::actor(&engine, global, Act::Administer).await?;
    let token = NewToken { name, role, expires_at: expires.map(|it| Utc::now() + it.0) };
    let secret = engine.create_token(&token, &by).await.map_err(hints::store)?;
    let NewToken { name, role, expires_at } = token;
    let secret = secret.expose_secret();
    match output.format {
        Format::Text | Format::Markdown => output.data(&format!("{secret}\n")),
        Format::Json => output.json(&json!({
            "name": name.as_str(),
            "role": role,
            "expires_at": expires_at.map(documents::timestamp),
            "token": secret,
        })),
    }
    output.say(&format!(
        "this is the token of {name}, {role}, {}: it is shown once and kept nowhere\n  \
         → set ROLLCALL_TOKEN to it, or keep it in a file that only {name} can read and name that with --token-file",
        until(expires_at)
    ));
    Ok(Exit::Done)
}

async fn list(global: &Global, output: &Output) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let tokens = session::store(&config).await?.tokens().await.map_err(hints::store)?;
    match output.format {
        Format::Text | Format::Markdown => output.data(&text(&tokens)),
        Format::Json => output.json(&tokens.iter().map(documents::token).collect::<Vec<_>>()),
    }
    if tokens.is_empty() {
        output
            .say("there are no tokens yet\n  → rollcall token create --name NAME --role approver makes one");
    }
    Ok(Exit::Done)
}

async fn revoke(name: &str, global: &Global, output: &Output) -> Result<Exit> {
    let config = session::config(global.config.as_deref())?;
    let engine = session::engine(&config).await?;
    let by = who::actor(&engine, global, Act::Administer).await?;
    let StoredToken { name, role, .. } = engine.revoke_token(name, &by).await.map_err(hints::store)?;
    match output.format {
        Format::Text | Format::Markdown => output.data(&format!("revoked the token of {name}, {role}\n")),
        Format::Json => output.json(&json!({ "revoked": name, "role": role })),
    }
    Ok(Exit::Done)
}

fn text(tokens: &[StoredToken]) -> String {
    if tokens.is_empty() {
        return String::new();
    }
    let mut table = Table::new(["name", "role", "good", "used last", "made", "by"]);
    for token in tokens {
        let StoredToken { name, role, created_at, created_by, expires_at: _, revoked_at: _, used_at } = token;
        table.row(&[
            name.clone(),
            role.to_string(),
            good(token),
            used_at.map_or_else(|| "never".to_owned(), show::moment),
            show::moment(*created_at),
            created_by.clone(),
        ]);
    }
    table.text()
}

fn good(token: &StoredToken) -> String {
    match (token.revoked_at, token.expires_at) {
        (Some(at), _) => format!("revoked {}", show::moment(at)),
        (None, Some(at)) if token.is_expired(Utc::now()) => format!("expired {}", show::moment(at)),
        (None, expires_at) => until(expires_at),
    }
}

fn until(expires_at: Option<DateTime<Utc>>) -> String {
    expires_at.map_or_else(|| "until it is revoked".to_owned(), |it| format!("until {}", show::moment(it)))
}
