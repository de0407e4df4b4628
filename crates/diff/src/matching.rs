//! Which user is whose. Ambiguity is never guessed.
//!
//! 1. The link alone decides.
//! 2. A mark that names the employee, together with an equal address or name, proposes a link.
//! 3. An equal address, among users of the managed connection, proposes a link.

use std::collections::{BTreeMap, BTreeSet};

use crate::account::User;
use crate::change::Matched;
use crate::clean::name_key;
use crate::ids::{EmployeeId, UserId};
use crate::note::Reason;
use crate::situation::{Judged, View};
use crate::standing::Standing;

/// What matching says about one row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Match<'a> {
    /// Linked, and the user exists.
    Linked(&'a User),
    /// Linked, and the user does not exist any more.
    Gone(UserId),
    /// A user that should be linked.
    Found(&'a User, Matched),
    /// The account of a former row of the same person.
    Former(&'a User, EmployeeId),
    /// Nobody.
    Nobody,
    /// Somebody, but it takes a person to say who.
    Unclear(Reason),
}

/// A candidate with the strength of the claim.
#[derive(Clone, Copy, PartialEq)]
struct Claim<'a> {
    user: &'a User,
    how: Matched,
    /// Whether the mark or the name speaks for it, beside the address.
    corroborated: bool,
}

/// Matches every row.
pub(crate) fn matches<'a>(view: &View<'a>) -> BTreeMap<&'a EmployeeId, Match<'a>> {
    let claims: BTreeMap<&EmployeeId, Vec<Claim<'a>>> =
        view.rows.iter().map(|it| (&it.row.id, claims(view, it))).collect();
    let claimed = claimants(view, &claims);
    view.rows.iter().map(|it| (&it.row.id, one(view, it, &claims, &claimed))).collect()
}

fn one<'a>(
    view: &View<'a>,
    judged: &Judged<'a>,
    claims: &BTreeMap<&EmployeeId, Vec<Claim<'a>>>,
    claimed: &BTreeMap<&UserId, Claimants<'a>>,
) -> Match<'a> {
    let id = &judged.row.id;
    if let Some(link) = view.at.links.of(id) {
        return view.user(&link.user).map_or_else(|| Match::Gone(link.user.clone()), Match::Linked);
    }
    if let Some(column) = &judged.row.written_back {
        return Match::Unclear(Reason::ColumnDisagrees { column: column.clone() });
    }
    match &judged.standing {
        Standing::Employed(_) => joiner(view, judged, &claims[id], claimed),
        Standing::Left(_) => leaver(judged, &claims[id], claimed),
        Standing::Upcoming { .. } | Standing::Held(_) => Match::Nobody,
    }
}

fn joiner<'a>(
    view: &View<'a>,
    judged: &Judged<'a>,
    claims: &[Claim<'a>],
    claimed: &BTreeMap<&UserId, Claimants<'a>>,
) -> Match<'a> {
    let id = &judged.row.id;
    match claims {
        [] => unclaimed(view, judged),
        [claim] => {
            let Claimants { employed, corroborated_leaver } = &claimed[&claim.user.id];
            let user = claim.user.id.clone();
            let others: BTreeSet<EmployeeId> =
                employed.iter().filter(|it| **it != id).map(|it| (*it).clone()).collect();
            if !others.is_empty() {
                return Match::Unclear(Reason::SeveralEmployees { user, others });
            }
            if let Some(leaver) = corroborated_leaver
                && !claim.corroborated
            {
                return Match::Unclear(Reason::LeaversAddress { user, leaver: (*leaver).clone() });
            }
            match marked_for_other(view, judged, claim.user) {
                Some(marked) => Match::Unclear(Reason::MarkedForOther { user, marked }),
                None => Match::Found(claim.user, claim.how),
            }
        }
        several => Match::Unclear(Reason::SeveralUsers { candidates: users(several) }),
    }
}

/// Nobody free claims to be this person: a new account, unless the address or the mark speaks
/// against it.
fn unclaimed<'a>(view: &View<'a>, judged: &Judged<'a>) -> Match<'a> {
    let Some(email) = judged.email(view.at.policy) else { return Match::Nobody };
    if let Some(user) = view.marked(&judged.row.id).iter().find(|it| view.is_free(it)) {
        return Match::Unclear(Reason::MarkDisagrees { user: user.id.clone() });
    }
    let Some(user) = view.with_email(email.as_str()).first() else { return Match::Nobody };
    let Some(owner) = view.at.links.owner(&user.id) else {
        let why = view.at.links.ignored_users.get(&user.id).cloned().unwrap_or_default();
        return Match::Unclear(Reason::IgnoredUser { user: user.id.clone(), why });
    };
    if !view.has_left(owner) {
        // Whether the owner gives the address up in this very plan is for `email_moves` to see.
        return Match::Unclear(Reason::LinkedElsewhere { user: user.id.clone(), owner: owner.clone() });
    }
    let same_name = view.row(owner).is_some_and(|it| {
        let name = name_key(&it.row.full_name);
        !name.is_empty() && name == name_key(&judged.row.full_name)
    });
    if same_name || judged.is_named_like(user) {
        return Match::Former(user, owner.clone());
    }
    Match::Unclear(Reason::LeaversAddress { user: user.id.clone(), leaver: owner.clone() })
}

fn leaver<'a>(
    judged: &Judged<'a>,
    claims: &[Claim<'a>],
    claimed: &BTreeMap<&UserId, Claimants<'a>>,
) -> Match<'a> {
    let mine = |claim: &&Claim<'a>| {
        let Claimants { employed, corroborated_leaver } = &claimed[&claim.user.id];
        corroborated_leaver.is_some_and(|it| *it == judged.row.id) || employed.is_empty()
    };
    let claims: Vec<Claim<'a>> = claims.iter().filter(mine).copied().collect();
    match claims.as_slice() {
        [] => Match::Nobody,
        [claim] => Match::Found(claim.user, claim.how),
        several => Match::Unclear(Reason::LeaverUnclear { candidates: users(several) }),
    }
}

/// Free users that the row may be, by mark or address.
fn claims<'a>(view: &View<'a>, judged: &Judged<'a>) -> Vec<Claim<'a>> {
    let Some(email) = judged.email(view.at.policy) else {
        return marked_and_named(view, judged);
    };
    let mut claims: Vec<Claim<'a>> = Vec::new();
    for user in view.with_email(email.as_str()).iter().filter(|it| view.is_free(it)) {
        let marked = user.account.marked_employee().is_some_and(|it| it == judged.row.id.as_str());
        let how = if marked { Matched::MarkAndEmail } else { Matched::Email };
        claims.push(Claim { user, how, corroborated: marked || judged.is_named_like(user) });
    }
    for claim in marked_and_named(view, judged) {
        if claims.iter().all(|it| it.user.id != claim.user.id) {
            claims.push(claim);
        }
    }
    claims
}

fn marked_and_named<'a>(view: &View<'a>, judged: &Judged<'a>) -> Vec<Claim<'a>> {
    match judged.standing {
        Standing::Held(_) | Standing::Upcoming { .. } => return Vec::new(),
        Standing::Employed(_) | Standing::Left(_) => {}
    }
    view.marked(&judged.row.id)
        .iter()
        .filter(|it| view.is_free(it) && judged.is_named_like(it))
        .map(|user| Claim { user, how: Matched::MarkAndName, corroborated: true })
        .collect()
}

/// Who claims a user.
#[derive(Default)]
struct Claimants<'a> {
    employed: Vec<&'a EmployeeId>,
    /// A leaver whose name or mark the user bears, while no employed claimant has as much.
    corroborated_leaver: Option<&'a EmployeeId>,
}

fn claimants<'a>(
    view: &View<'a>,
    claims: &BTreeMap<&EmployeeId, Vec<Claim<'a>>>,
) -> BTreeMap<&'a UserId, Claimants<'a>> {
    let mut claimed: BTreeMap<&UserId, Claimants<'a>> = BTreeMap::new();
    let mut won: BTreeSet<&UserId> = BTreeSet::new();
    for judged in &view.rows {
        if view.at.links.of(&judged.row.id).is_some() {
            continue; // the link decides; a linked row claims nobody else
        }
        for claim in &claims[&judged.row.id] {
            let of = claimed.entry(&claim.user.id).or_default();
            match judged.standing {
                Standing::Left(_) if claim.corroborated => {
                    of.corroborated_leaver.get_or_insert(&judged.row.id);
                }
                Standing::Employed(_) => {
                    of.employed.push(&judged.row.id);
                    if claim.corroborated {
                        won.insert(&claim.user.id);
                    }
                }
                Standing::Left(_) | Standing::Upcoming { .. } | Standing::Held(_) => {}
            }
        }
    }
    for user in won {
        if let Some(it) = claimed.get_mut(user) {
            it.corroborated_leaver = None;
        }
    }
    claimed
}

/// Another row of the table that the user's mark names: not to be guessed over, unless that row
/// has left and this one bears the user's name, which is the same person under a new id.
fn marked_for_other(view: &View<'_>, judged: &Judged<'_>, user: &User) -> Option<String> {
    let marked = user.account.marked_employee().filter(|it| it != judged.row.id.as_str())?;
    let other = EmployeeId::parse(&marked).ok()?;
    let row = view.row(&other)?;
    let rehired = matches!(row.standing, Standing::Left(_)) && judged.is_named_like(user);
    (!rehired).then_some(marked)
}

fn users(claims: &[Claim<'_>]) -> BTreeSet<UserId> {
    claims.iter().map(|it| it.user.id.clone()).collect()
}
