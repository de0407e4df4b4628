//! What there is to know about a change beside who and what: why, how the user was found, and what
//! follows from it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::account::{BLOCK_MARK, Field};
use crate::change::{Action, Cause, Change, EmailFlags, FieldChange, Kind, Matched, Who};
use crate::handover::is_handover;
use crate::ids::{EmployeeId, RoleName};
use crate::memory::Feature;
use crate::plan::Plan;

use super::safe::safe;
use super::values::value;
use super::words::{and, listed};

/// What the facts of one change depend on beside the change.
pub(super) struct Context<'a> {
    /// Whose new account is followed by an invitation.
    invited: BTreeSet<&'a EmployeeId>,
    lacks: &'a BTreeSet<Feature>,
    admin: &'a BTreeSet<RoleName>,
    pub(super) all: bool,
}

impl<'a> Context<'a> {
    pub(super) fn of(plan: &'a Plan, admin: &'a BTreeSet<RoleName>, all: bool) -> Self {
        let mut invited = BTreeSet::new();
        for change in plan.changes() {
            if let Action::SendInvitation { who: Who::CreatedFor(employee), .. } = &change.action {
                invited.insert(employee);
            }
        }
        Self { invited, lacks: &plan.document().users.lacks, admin, all }
    }

    /// In the order in which a reviewer asks: why, how found, and then what.
    pub(super) fn facts(&self, change: &Change) -> Vec<String> {
        let mut facts: Vec<String> = cause(&change.cause).into_iter().collect();
        facts.extend(how_found(change.matched).map(str::to_owned));
        facts.extend(self.consequences(change));
        facts
    }

    /// Whether the change gives or takes an admin role.
    pub(super) fn is_about_admin(&self, change: &Change) -> bool {
        let (Action::GrantRoles { roles, .. } | Action::RevokeRoles { roles, .. }) = &change.action else {
            return false;
        };
        !roles.is_disjoint(self.admin)
    }

    fn consequences(&self, change: &Change) -> Vec<String> {
        let mut facts = self.of_action(change);
        if is_handover(change) {
            facts.insert(0, "another person's name: is it the same person?".to_owned());
        }
        facts
    }

    fn of_action(&self, change: &Change) -> Vec<String> {
        let facts = |it: &[&str]| it.iter().map(|it| (*it).to_owned()).collect();
        match &change.action {
            Action::Create { fields, email } => self.of_create(change, fields, *email),
            Action::Update { fields, email, .. } => of_update(fields, *email),
            Action::Block { end_sessions, .. } => self.of_block(*end_sessions),
            Action::SendInvitation { client_id, .. } => {
                vec![format!("application {}", safe(client_id)), "cannot be undone".to_owned()]
            }
            Action::SendVerification { .. } => facts(&["cannot be undone"]),
            Action::Link { .. }
            | Action::Relink { .. }
            | Action::Unlink { .. }
            | Action::Unblock { .. }
            | Action::GrantRoles { .. }
            | Action::RevokeRoles { .. } => Vec::new(),
        }
    }

    /// What ends and what runs on. A plan without sessions to end is told why, where the tenant is the reason.
    fn of_block(&self, end_sessions: bool) -> Vec<String> {
        let runs_on = "until they expire, because the tenant's plan cannot end them";
        let lacks = |it| self.lacks.contains(&it);
        match (end_sessions, lacks(Feature::Sessions), lacks(Feature::RefreshTokens)) {
            (true, false, false) => vec!["sessions end, which cannot be undone".to_owned()],
            (true, true, false) => vec![
                "refresh tokens end, which cannot be undone".to_owned(),
                format!("sessions run on {runs_on}"),
            ],
            (true, false, true) => vec![
                "sessions end, which cannot be undone".to_owned(),
                format!("refresh tokens run on {runs_on}"),
            ],
            (_, true, true) => vec![format!("sessions run on {runs_on}")],
            (false, _, _) => vec!["sessions run on until they expire".to_owned()],
        }
    }

    fn of_create(&self, change: &Change, fields: &BTreeMap<Field, Value>, email: EmailFlags) -> Vec<String> {
        let invited = self.invited.contains(&change.employee);
        let mut facts = match (invited, email.verified || email.send_verification) {
            (true, false) => vec!["invitation mail".to_owned()],
            (true, true) => vec!["invitation mail".to_owned(), mail(email).to_owned()],
            (false, _) => vec![mail(email).to_owned()],
        };
        if !self.all {
            facts.push(format!("sets {}", field_names(fields.keys())));
        }
        facts.push("cannot be undone, only blocked".to_owned());
        facts
    }
}

/// An undo does not put our mark on an account that is open: the next block by somebody else would look ours.
fn of_update(fields: &[FieldChange], email: Option<EmailFlags>) -> Vec<String> {
    let mut facts = Vec::new();
    if let Some(email) = email {
        facts.extend(["sessions end, which cannot be undone".to_owned(), mail(email).to_owned()]);
    }
    let mark = Field::AppMetadata(BLOCK_MARK.to_owned());
    if fields.iter().any(|it| it.field == mark && it.after.is_null()) {
        facts.push("our mark goes, which cannot be undone".to_owned());
    }
    facts
}

fn mail(email: EmailFlags) -> &'static str {
    let EmailFlags { verified, send_verification } = email;
    match (verified, send_verification) {
        (_, true) => "verification mail",
        (true, false) => "address taken as verified, no mail",
        (false, false) => "no mail",
    }
}

/// Why; nothing where the roles or fields of the change say so themselves.
pub(super) fn cause(cause: &Cause) -> Option<String> {
    match cause {
        Cause::NoAccount => Some("employed, no account yet".to_owned()),
        Cause::NoLink => Some("not linked yet".to_owned()),
        Cause::Left { leaving } => Some(safe(&leaving.to_string()).into_owned()),
        Cause::Rehired => Some("employed again, and the block is ours".to_owned()),
        Cause::NotInvited => Some("not invited yet".to_owned()),
        Cause::OnDemand => Some("asked for by hand".to_owned()),
        Cause::Absent { readings } => Some(format!("the row was missing {readings} times in a row")),
        Cause::Undo { run } => Some(format!("undoes run {run}")),
        Cause::Drift | Cause::Roles { .. } => None,
    }
}

/// How the user was found, where it was not by the stored link.
pub(super) fn how_found(matched: Matched) -> Option<&'static str> {
    match matched {
        Matched::Link | Matched::New => None,
        Matched::MarkAndEmail => Some("found by employee id and address"),
        Matched::MarkAndName => Some("found by employee id and name"),
        Matched::Email => Some("found by address"),
    }
}

/// The roles of a grant or a revocation with the rule behind them.
pub(super) fn roles(change: &Change) -> String {
    let (Action::GrantRoles { roles, .. } | Action::RevokeRoles { roles, .. }) = &change.action else {
        return String::new();
    };
    let none = BTreeMap::new();
    let (rules, by_rule) = match &change.cause {
        Cause::Roles { rules } => (rules, true),
        Cause::NoAccount
        | Cause::NoLink
        | Cause::Left { .. }
        | Cause::Rehired
        | Cause::Drift
        | Cause::NotInvited
        | Cause::Absent { .. }
        | Cause::Undo { .. }
        | Cause::OnDemand => (&none, false),
    };
    if change.kind() == Kind::RevokeRoles {
        let taken = listed(roles.iter().map(|it| safe(it.as_str()).into_owned()).collect()).join(" ");
        return if by_rule { format!("{taken} ({})", instead(rules)) } else { taken };
    }
    let given = roles.iter().map(|role| match rules.get(role) {
        Some(rule) => format!("{} ({})", safe(role.as_str()), safe(rule)),
        None => safe(role.as_str()).into_owned(),
    });
    listed(given.collect()).join(" ")
}

/// Why a role is taken: what the rules give instead.
fn instead(rules: &BTreeMap<RoleName, String>) -> String {
    if rules.is_empty() {
        return "no rule gives it".to_owned();
    }
    let given = rules.iter().map(|(role, rule)| format!("{} gives {}", safe(rule), safe(role.as_str())));
    and(&given.collect::<Vec<_>>())
}

/// What a new account will hold beside what is plainly the person's own: name, address, number.
pub(super) fn values(change: &Change, fields: &BTreeMap<Field, Value>) -> String {
    let email = fields.get(&Field::Email);
    let mut shown: Vec<String> = Vec::new();
    for (field, it) in fields {
        let own = Some(it) == email
            || it.as_str() == Some(change.name.as_str())
            || value(it).trim_matches('"') == change.employee.as_str()
            || matches!(field, Field::GivenName | Field::FamilyName);
        let text = format!("{}: {}", safe(key(field)), value(it));
        if !own && !shown.contains(&text) {
            shown.push(text);
        }
    }
    listed(shown).join(" ")
}

/// Everything that a new account will hold, but the address, which stands beside the name.
pub(super) fn all_values(fields: &BTreeMap<Field, Value>) -> String {
    let shown = fields
        .iter()
        .filter(|(field, _)| **field != Field::Email)
        .map(|(field, it)| format!("{}: {}", safe(&field.to_string()), value(it)));
    listed(shown.collect()).join(" ")
}

fn key(field: &Field) -> &str {
    match field {
        Field::Email => "email",
        Field::Name => "name",
        Field::GivenName => "given_name",
        Field::FamilyName => "family_name",
        Field::UserMetadata(key) | Field::AppMetadata(key) => key,
    }
}

/// `email, name, user_metadata {department, employee_id}`
fn field_names<'a>(fields: impl Iterator<Item = &'a Field>) -> String {
    let (mut names, mut user, mut app) = (Vec::new(), Vec::new(), Vec::new());
    for field in fields {
        let list = match field {
            Field::Email | Field::Name | Field::GivenName | Field::FamilyName => &mut names,
            Field::UserMetadata(_) => &mut user,
            Field::AppMetadata(_) => &mut app,
        };
        list.push(safe(key(field)).into_owned());
    }
    for (name, keys) in [("user_metadata", user), ("app_metadata", app)] {
        if !keys.is_empty() {
            names.push(format!("{name} {{{}}}", keys.join(", ")));
        }
    }
    names.join(", ")
}
