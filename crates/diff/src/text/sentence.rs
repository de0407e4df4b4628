//! One change on one line.

use crate::account::Field;
use crate::change::{Action, Change, FieldChange, Who};

use super::facts::{cause, how_found, roles};
use super::safe::{person, safe};
use super::style::Style;
use super::values::{field_line, value};

/// One line for one change: `update 12 Jessica Morris (auth0|6): name: Jess → Jessica (from full_name)`.
///
/// For people: outcomes, `explain`, errors on a terminal. It names the person, so it is not for logs.
pub fn sentence(change: &Change) -> String {
    let Change { id: _, employee, name, action, cause: why, matched, needs: _ } = change;
    let user = action.user().map(|it| format!(" ({})", safe(it.as_str()))).unwrap_or_default();
    let who = format!("{} {}{user}", change.kind(), person(employee, name));
    let mut facts = Vec::new();
    facts.extend(what(change, action));
    facts.extend(cause(why));
    facts.extend(how_found(*matched).map(str::to_owned));
    if facts.is_empty() { who } else { format!("{who}: {}", facts.join(" · ")) }
}

/// What is done beside what the kind says.
fn what(change: &Change, action: &Action) -> Option<String> {
    match action {
        Action::Create { fields, .. } => fields.get(&Field::Email).map(value),
        Action::Relink { from, .. } => Some(format!("was the account of employee {}", safe(from.as_str()))),
        Action::Update { fields, .. } => Some(fields.iter().map(plain).collect::<Vec<_>>().join(", ")),
        Action::GrantRoles { .. } | Action::RevokeRoles { .. } => Some(roles(change)),
        Action::SendInvitation { who, email, .. } => Some(match who {
            Who::User(_) => safe(email).into_owned(),
            Who::CreatedFor(_) => format!("{}, the new account", safe(email)),
        }),
        Action::Block { end_sessions: true, .. } => Some("sessions end".to_owned()),
        Action::Block { end_sessions: false, .. }
        | Action::Link { .. }
        | Action::Unlink { .. }
        | Action::Unblock { .. }
        | Action::SendVerification { .. } => None,
    }
}

fn plain(it: &FieldChange) -> String {
    field_line(Style::new(false), it)
}
