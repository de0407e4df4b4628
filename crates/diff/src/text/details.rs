//! One change, a line a fact: for whoever reads about one person, and has time.

use crate::change::{Action, Change, Who};

use super::facts::{cause, how_found, roles};
use super::safe::safe;
use super::style::Style;
use super::values::{field_line, value};

/// What a change does, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Details {
    /// A line for everything that becomes another, with the rule behind it: `name: Jess → Jessica (from full_name)`.
    pub before_after: Vec<String>,
    /// Why, and how the user was found; nothing where the rules say it.
    pub why: Vec<String>,
}

/// All that there is to say about a change. It names the person, so it is not for logs.
pub fn details(change: &Change) -> Details {
    let mut why: Vec<String> = cause(&change.cause).into_iter().collect();
    why.extend(how_found(change.matched).map(str::to_owned));
    Details { before_after: before_after(change), why }
}

fn before_after(change: &Change) -> Vec<String> {
    let one = |line: String| vec![line];
    match &change.action {
        Action::Create { fields, .. } => fields
            .iter()
            .map(|(field, it)| format!("{}: not set → {}", safe(&field.to_string()), value(it)))
            .collect(),
        Action::Update { fields, .. } => fields.iter().map(|it| field_line(Style::new(false), it)).collect(),
        Action::Link { user, .. } => one(format!("link: none → {}", safe(user.as_str()))),
        Action::Unlink { user } => one(format!("link: {} → none", safe(user.as_str()))),
        Action::Relink { user, from, .. } => {
            let (user, from) = (safe(user.as_str()), safe(from.as_str()));
            one(format!("link: none → {user}, which was employee {from}'s"))
        }
        // Ending sessions is a call of its own, and told by it.
        Action::Block { .. } => one("access: open → blocked".to_owned()),
        Action::Unblock { .. } => one("access: blocked → open".to_owned()),
        Action::GrantRoles { .. } => one(format!("roles: given {}", roles(change))),
        Action::RevokeRoles { .. } => one(format!("roles: taken {}", roles(change))),
        Action::SendInvitation { who, email, .. } => {
            let account = match who {
                Who::User(_) => "",
                Who::CreatedFor(_) => ", the new account",
            };
            one(format!("invitation mail: to {}{account}", safe(email)))
        }
        Action::SendVerification { .. } => one("verification mail: sent again".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn every_kind_of_change_in_detail() {
        let plan = samples::every_kind().plan();
        let mut told = Vec::new();
        for change in plan.changes() {
            let Details { before_after, why } = details(change);
            told.push(change.id.to_string());
            told.extend(before_after.iter().chain(&why).map(|it| format!("    {it}")));
        }
        insta::assert_snapshot!(told.join("\n"));
    }
}
