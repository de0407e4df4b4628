//! Which user is whose. Ambiguity is never guessed.
//!
//! 1. The link alone decides.
//! 2. A mark that names the employee, together with an equal address or name, proposes a link.
//! 3. An equal address, among users of the managed connection, proposes a link.

use std::collections::{BTreeSet, HashMap};

use crate::account::User;
use crate::change::Matched;
use crate::email::Email;
use crate::ids::{EmployeeId, UserId};
use crate::note::Reason;
use crate::roll::Judged;
use crate::situation::View;
use crate::standing::Standing;

/// What matching says about one row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Match<'a> {
    /// Linked, and the user exists.
    Linked(&'a User),
    /// Linked, and the user does not exist any more.
    Gone(&'a UserId),
    /// A user that should be linked.
    Found(&'a User, Matched),
    /// The account of a former row of the same person.
    Former(&'a User, &'a EmployeeId),
    /// Nobody.
    Nobody,
    /// Somebody, but it takes a person to say who.
    Unclear(Box<Reason>),
}

impl<'a> Match<'a> {
    pub(crate) fn unclear(reason: Reason) -> Self {
        Self::Unclear(Box::new(reason))
    }

    /// The user that is, or would be, the row's.
    pub(crate) fn user(&self) -> Option<&'a User> {
        match self {
            Self::Linked(user) | Self::Found(user, _) | Self::Former(user, _) => Some(user),
            Self::Gone(_) | Self::Nobody | Self::Unclear(_) => None,
        }
    }
}

/// A candidate with the strength of the claim.
#[derive(Clone, Copy, PartialEq)]
struct Claim<'a> {
    user: &'a User,
    how: Matched,
    strength: Strength,
}

/// What speaks for a claim, the weakest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    /// The address alone, which somebody may have mistyped into the row of another.
    Address,
    /// The name too.
    Name,
    /// The mark.
    Mark,
}

/// Who claims which user.
type Claimed<'a> = HashMap<&'a UserId, Claimants<'a>>;

/// Matches every row, in the order of the rows.
pub(crate) fn matches<'a>(view: &View<'a>) -> Vec<Match<'a>> {
    // A linked row claims nobody: the link decides.
    let claims: Vec<Vec<Claim<'a>>> =
        view.rows.iter().map(|it| if it.link.is_none() { claims(view, it) } else { Vec::new() }).collect();
    let claimed = claimants(view, &claims);
    view.rows.iter().zip(&claims).map(|(it, claims)| one(view, it, claims, &claimed)).collect()
}

fn one<'a>(
    view: &View<'a>,
    judged: &'a Judged<'a>,
    claims: &[Claim<'a>],
    claimed: &Claimed<'a>,
) -> Match<'a> {
    if let Some(link) = judged.link {
        return judged.own.map_or(Match::Gone(&link.user), |it| Match::Linked(it.user));
    }
    if let Some(column) = &judged.row.written_back {
        return Match::unclear(Reason::SeveralEmployees {
            user: column.clone(),
            others: named_by_others(view, &judged.row.id, column),
        });
    }
    match &judged.standing {
        Standing::Employed(_) => joiner(view, judged, claims, claimed),
        Standing::Left(_) => leaver(view, judged, claims, claimed),
        Standing::Upcoming { .. } | Standing::Held(_) => Match::Nobody,
    }
}

fn joiner<'a>(
    view: &View<'a>,
    judged: &Judged<'a>,
    claims: &[Claim<'a>],
    claimed: &Claimed<'a>,
) -> Match<'a> {
    let (lost, claims): (Vec<Claim<'a>>, Vec<Claim<'a>>) = claims
        .iter()
        .partition(|it| it.strength == Strength::Address && claimed[&it.user.id].leaver_is_known());
    match (claims.as_slice(), lost.first()) {
        ([], None) => unclaimed(view, judged),
        ([], Some(lost)) => {
            let (_, leaver) = claimed[&lost.user.id].leaver.expect("it was lost to a leaver");
            Match::unclear(Reason::LeaversAddress { user: lost.user.id.clone(), leaver: leaver.clone() })
        }
        ([claim], _) => only_claim(view, judged, claim, &claimed[&claim.user.id]),
        (several, _) => Match::unclear(Reason::SeveralUsers { candidates: users(several) }),
    }
}

/// The one user that the row may be, unless it may be another row's as well.
fn only_claim<'a>(
    view: &View<'a>,
    judged: &Judged<'a>,
    claim: &Claim<'a>,
    claimants: &Claimants<'a>,
) -> Match<'a> {
    let id = &judged.row.id;
    let user = claim.user.id.clone();
    let mut others: BTreeSet<&EmployeeId> =
        claimants.employed.iter().map(|(_, it)| *it).filter(|it| *it != id).collect();
    if claim.strength == Strength::Address {
        others.extend(&claimants.bystanders);
    }
    if !others.is_empty() {
        let others = others.into_iter().cloned().collect();
        return Match::unclear(Reason::SeveralEmployees { user, others });
    }
    match marked_for_other(view, judged, claim.user) {
        Some(marked) => Match::unclear(Reason::MarkedForOther { user, marked }),
        None => Match::Found(claim.user, claim.how),
    }
}

/// Nobody free claims to be this person: a new account, unless the address or the mark speaks
/// against it.
fn unclaimed<'a>(view: &View<'a>, judged: &Judged<'a>) -> Match<'a> {
    let Some(email) = judged.email(view.at.policy) else { return Match::Nobody };
    if let Some(user) = view.marked(&judged.row.id).iter().find(|it| view.is_free(it)) {
        return Match::unclear(Reason::MarkDisagrees { user: user.id.clone() });
    }
    let Some(user) = view.with_email(email.as_str()).first() else { return Match::Nobody };
    let Some(owner) = view.at.links.owner(&user.id) else {
        let why = view.at.links.ignored_users.get(&user.id).cloned().unwrap_or_default();
        return Match::unclear(Reason::IgnoredUser { user: user.id.clone(), why });
    };
    if !view.has_left(owner) {
        // Whether the owner gives the address up in this very plan is for `email_moves` to see.
        return Match::unclear(Reason::LinkedElsewhere { user: user.id.clone(), owner: owner.clone() });
    }
    let same_name = view.row(owner).is_some_and(|it| it.is_namesake_of(judged));
    if (same_name || judged.is_named_like(user, view.at.policy))
        && !view.at.links.ignored_employees.contains_key(owner)
    {
        return Match::Former(user, owner);
    }
    Match::unclear(Reason::LeaversAddress { user: user.id.clone(), leaver: owner.clone() })
}

/// A leaver's account is looked for as hard as an employed person's: an open one must be blocked. But
/// it must be the leaver's own, so an address alone is not enough against any other row's claim.
fn leaver<'a>(
    view: &View<'a>,
    judged: &Judged<'a>,
    claims: &[Claim<'a>],
    claimed: &Claimed<'a>,
) -> Match<'a> {
    let id = &judged.row.id;
    let mine = |claim: &&Claim<'a>| {
        let claimants = &claimed[&claim.user.id];
        claimants.leaver.is_some_and(|(_, it)| it == id)
            && (claimants.employed.is_empty() || claimants.leaver_is_known())
    };
    let doubtful = |claim: &Claim<'a>| {
        let bystanders = &claimed[&claim.user.id].bystanders;
        (claim.strength == Strength::Address && !bystanders.is_empty())
            || view.marked_row(claim.user).is_some_and(|it| it.row.id != *id && !view.has_left(&it.row.id))
    };
    let claims: Vec<Claim<'a>> = claims.iter().filter(mine).copied().collect();
    match claims.as_slice() {
        [] => Match::Nobody,
        [claim] if !doubtful(claim) => Match::Found(claim.user, claim.how),
        unclear => Match::unclear(Reason::LeaverUnclear { candidates: users(unclear) }),
    }
}

/// Who else the user of a write-back column is said to be: whoever it is linked to, or the other
/// rows whose columns name it.
fn named_by_others(view: &View<'_>, id: &EmployeeId, user: &UserId) -> BTreeSet<EmployeeId> {
    let owner = view.at.links.owner(user).into_iter();
    let rows = view.rows.iter().filter(|it| it.row.written_back.as_ref() == Some(user)).map(|it| &it.row.id);
    owner.chain(rows).filter(|it| *it != id).cloned().collect()
}

/// Free users that the row may be, by mark or address.
fn claims<'a>(view: &View<'a>, judged: &Judged<'a>) -> Vec<Claim<'a>> {
    let mut claims: Vec<Claim<'a>> = Vec::new();
    match judged.standing {
        Standing::Employed(_) | Standing::Left(_) if !view.is_ignored(judged) => {}
        Standing::Employed(_) | Standing::Left(_) | Standing::Held(_) | Standing::Upcoming { .. } => {
            return claims;
        }
    }
    let email = judged.email(view.at.policy);
    for user in email.iter().flat_map(|it| view.with_email(it.as_str())).filter(|it| view.is_free(it)) {
        let (how, strength) = if user.account.is_marked(&judged.row.id) {
            (Matched::MarkAndEmail, Strength::Mark)
        } else if bears_name(view, judged, user) {
            (Matched::Email, Strength::Name)
        } else {
            (Matched::Email, Strength::Address)
        };
        claims.push(Claim { user, how, strength });
    }
    let marked = view.marked(&judged.row.id).iter();
    for user in marked.filter(|it| view.is_free(it) && judged.is_named_like(it, view.at.policy)) {
        if claims.iter().all(|it| it.user.id != user.id) {
            claims.push(Claim { user, how: Matched::MarkAndName, strength: Strength::Mark });
        }
    }
    claims
}

/// Who claims a user.
#[derive(Default)]
struct Claimants<'a> {
    employed: Vec<(Strength, &'a EmployeeId)>,
    /// The leaver with the best claim; of equal ones the first, as any of them has left.
    leaver: Option<(Strength, &'a EmployeeId)>,
    /// Rows that bear the address and are in no position to claim anything, but whose account it
    /// may be all the same: held, upcoming and ignored ones.
    bystanders: BTreeSet<&'a EmployeeId>,
}

impl Claimants<'_> {
    /// Whether more than an address says that it is the leaver's, and no more than that says that it
    /// is somebody employed's.
    fn leaver_is_known(&self) -> bool {
        self.leaver.is_some_and(|(strength, _)| strength > Strength::Address)
            && self.employed.iter().all(|(strength, _)| *strength == Strength::Address)
    }
}

fn claimants<'a>(view: &View<'a>, claims: &[Vec<Claim<'a>>]) -> Claimed<'a> {
    let mut claimed = Claimed::new();
    for (judged, claims) in view.rows.iter().zip(claims).filter(|(it, _)| it.link.is_none()) {
        let id = &judged.row.id;
        match judged.standing {
            Standing::Employed(_) | Standing::Left(_) if !view.is_ignored(judged) => {}
            Standing::Employed(_) | Standing::Left(_) | Standing::Held(_) | Standing::Upcoming { .. } => {
                let email = Email::parse(&judged.row.email, view.at.policy.email.idn).ok();
                for user in email.iter().flat_map(|it| view.with_email(it.as_str())) {
                    claimed.entry(&user.id).or_default().bystanders.insert(id);
                }
            }
        }
        for claim in claims {
            let of = claimed.entry(&claim.user.id).or_default();
            if let Standing::Employed(_) = judged.standing {
                of.employed.push((claim.strength, id));
            } else if of.leaver.is_none_or(|(best, _)| claim.strength > best) {
                of.leaver = Some((claim.strength, id));
            }
        }
    }
    claimed
}

/// Another row of the table that the user's mark names: not to be guessed over, unless that row
/// has left and this one bears the user's name, which is the same person under a new id.
fn marked_for_other(view: &View<'_>, judged: &Judged<'_>, user: &User) -> Option<String> {
    let marked = view.marked_row(user).filter(|it| it.row.id != judged.row.id)?;
    let rehired = view.has_left(&marked.row.id) && bears_name(view, judged, user);
    (!rehired).then(|| marked.row.id.to_string())
}

/// Whether the row bears the user's name, or that of the person who left and whom the user's mark names.
fn bears_name(view: &View<'_>, judged: &Judged<'_>, user: &User) -> bool {
    let former = view.marked_row(user).filter(|it| view.has_left(&it.row.id));
    judged.is_named_like(user, view.at.policy) || former.is_some_and(|it| it.is_namesake_of(judged))
}

fn users(claims: &[Claim<'_>]) -> BTreeSet<UserId> {
    claims.iter().map(|it| it.user.id.clone()).collect()
}
