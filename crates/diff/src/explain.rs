//! Everything about one employee and why: row, standing, match, account, changes, notes.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use crate::account::{Field, User};
use crate::change::{Change, Matched};
use crate::employee::Employee;
use crate::ids::{EmployeeId, RoleName, UserId};
use crate::limits::Breach;
use crate::matching::{Match, matches};
use crate::note::Note;
use crate::planning::plan;
use crate::policy::Authority;
use crate::roll::Roll;
use crate::scope::Scope;
use crate::situation::{Situation, View};
use crate::standing::Standing;
use crate::wanted::WantedRoles;

/// Why an employee's account is, or is not, what it is. Reading it changes nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The row.
    pub row: Employee,
    /// What the row means, in words.
    pub standing: String,
    /// Who it is in Auth0, in words.
    pub matched: String,
    /// Other users that bear the person's address or mark, with what they bear.
    pub candidates: BTreeMap<UserId, String>,
    /// Field by field, what the policy asks for and what Auth0 holds.
    pub fields: Vec<ExplainedField>,
    /// The managed roles that the policy asks for, each with its rule.
    pub roles: BTreeMap<RoleName, String>,
    /// The user, where there is one.
    pub user: Option<User>,
    /// What a plan of this employee alone would do.
    pub changes: Vec<Change>,
    /// What it would leave alone.
    pub notes: Vec<Note>,
    /// The limits that a plan of everybody would exceed, as far as they count this employee.
    pub breaches: Vec<Breach>,
}

/// One field of an explanation.
#[derive(Clone, Debug, PartialEq)]
pub struct ExplainedField {
    /// Which.
    pub field: Field,
    /// What the policy asks for; null empties it.
    pub wanted: Value,
    /// What Auth0 holds.
    pub observed: Value,
    /// The rule, `{department}`.
    pub rule: String,
    /// Whose the field is.
    pub authority: Authority,
}

/// Explains an employee; none where the table has no such row.
pub fn explain(situation: &Situation<'_>, id: &EmployeeId) -> Option<Explanation> {
    let roll = Roll::of(situation);
    let view = View::of(&roll);
    let place = view.place(id)?;
    let (judged, matched) = (&view.rows[place], &matches(&view)[place]);
    let user = match matched {
        Match::Linked(user) | Match::Found(user, _) | Match::Former(user, _) => Some(*user),
        Match::Gone(_) | Match::Nobody | Match::Unclear(_) => None,
    };
    let scope = Scope { employees: [id.clone()].into(), ..Scope::everybody() };
    let plan = plan(&Situation { scope: &scope, ..*situation });
    let everybody = crate::planning::plan(&Situation { scope: &Scope::everybody(), ..*situation });
    let mut breaches = situation.policy.limits.breaches(&everybody, &situation.policy.roles);
    breaches.retain(|it| it.people.contains(id));
    let (fields, roles) = match &judged.standing {
        Standing::Employed(email) => {
            let wanted = judged.wanted(email, situation.policy);
            let observed = |field: &Field| user.map_or(Value::Null, |it| it.account.get(field));
            let fields = wanted.fields.iter().map(|it| ExplainedField {
                field: it.field.clone(),
                wanted: it.value.clone(),
                observed: observed(&it.field),
                rule: it.rule.clone(),
                authority: it.authority,
            });
            let roles = match &wanted.roles {
                WantedRoles::Exactly(roles) => roles.clone(),
                WantedRoles::Keep { .. } => BTreeMap::new(),
            };
            (fields.collect(), roles)
        }
        Standing::Left(_) | Standing::Upcoming { .. } | Standing::Held(_) => (Vec::new(), BTreeMap::new()),
    };
    Some(Explanation {
        row: judged.row.clone(),
        standing: judged.standing.to_string(),
        matched: matched.to_string(),
        candidates: candidates(&view, id, user),
        fields,
        roles,
        user: user.cloned(),
        changes: plan.changes().to_vec(),
        notes: plan.notes().to_vec(),
        breaches,
    })
}

fn candidates(view: &View<'_>, id: &EmployeeId, own: Option<&User>) -> BTreeMap<UserId, String> {
    let email = view.row(id).and_then(|it| it.email(view.at.policy));
    let by_email = email.iter().flat_map(|it| view.with_email(it.as_str())).map(|it| (it, "has the address"));
    let by_mark = view.marked(id).iter().map(|it| (it, "is marked with the employee id"));
    let mut candidates: BTreeMap<UserId, Vec<&str>> = BTreeMap::new();
    for (user, why) in by_email.chain(by_mark).filter(|(it, _)| own.is_none_or(|own| own.id != it.id)) {
        candidates.entry(user.id.clone()).or_default().push(why);
    }
    let owner = |user: &UserId| view.at.links.owner(user).map(|it| format!("is linked to employee {it}"));
    candidates
        .into_iter()
        .map(|(user, whys)| {
            let mut whys: Vec<String> = whys.into_iter().map(str::to_owned).collect();
            whys.extend(owner(&user));
            (user, whys.join(", "))
        })
        .collect()
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Employed(_) => f.write_str("employed"),
            Self::Upcoming { starts_on, due_on } => {
                write!(f, "starts on {starts_on}, the account is due on {due_on}")
            }
            Self::Left(leaving) => write!(f, "left: {leaving}"),
            Self::Held(held) => write!(f, "held: {held}"),
        }
    }
}

impl fmt::Display for Match<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Linked(user) => write!(f, "linked to {}", user.id),
            Self::Gone(user) => write!(f, "linked to {user}, which does not exist any more"),
            Self::Found(user, how) => write!(f, "should be linked to {}: {how}", user.id),
            Self::Former(user, from) => write!(f, "should take over {} from former row {from}", user.id),
            Self::Nobody => f.write_str("no user in Auth0"),
            Self::Unclear(reason) => write!(f, "unclear: {}", reason.word()),
        }
    }
}

impl fmt::Display for Matched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Link => "by the stored link",
            Self::MarkAndEmail => "employee id and address agree",
            Self::MarkAndName => "employee id and name agree",
            Self::Email => "the address agrees",
            Self::New => "there is no user yet",
        })
    }
}
