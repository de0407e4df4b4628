//! Who may take which address in this plan: moves release before they claim.
//!
//! An address that somebody gives up in the same plan may be claimed, after that. Addresses that
//! go round in a circle cannot: Auth0 refuses an address that another user still holds.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::account::{Field, User};
use crate::ids::{EmployeeId, UserId};
use crate::matching::Match;
use crate::note::Reason;
use crate::policy::Authority;
use crate::roll::Judged;
use crate::situation::View;
use crate::standing::Standing;

/// Whether an address that a row wants, and does not have, can be had.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Move {
    /// Nobody holds it.
    Free,
    /// The other employee's update releases it first.
    After(EmployeeId),
    /// It cannot be had in this plan.
    Refused(Reason),
}

/// A row that wants an address, and who holds it.
struct Wish<'a> {
    email: String,
    holder: Option<&'a User>,
    /// Whose the holder is, by link or by the match that this plan proposes.
    owner: Option<EmployeeId>,
}

/// Judges every wish. `acting` are the rows for which this plan may do anything; it and the matches come
/// in the order of the rows.
pub(crate) fn moves<'a>(
    view: &View<'a>,
    matches: &[Match<'a>],
    acting: &[bool],
) -> BTreeMap<EmployeeId, Move> {
    let owners = new_owners(view, matches);
    let mut wishes: BTreeMap<EmployeeId, Wish<'a>> = BTreeMap::new();
    let asking = view.rows.iter().zip(matches).zip(acting).filter(|(_, acting)| **acting).map(|(it, _)| it);
    for (judged, matched) in asking.filter(|(it, _)| !it.own.is_some_and(|it| it.is_at_home)) {
        if let Some(wish) = wish(view, judged, matched, &owners) {
            wishes.insert(judged.row.id.clone(), wish);
        }
    }
    let mut moves = BTreeMap::new();
    refuse_circles(&mut wishes, &mut moves);
    refuse_held(view, &mut wishes, &mut moves);
    for (employee, wish) in wishes {
        moves.insert(employee, wish.owner.map_or(Move::Free, Move::After));
    }
    moves
}

/// Whom this plan's matches give a user to.
fn new_owners<'a>(view: &View<'a>, matches: &[Match<'a>]) -> HashMap<&'a UserId, &'a EmployeeId> {
    let owner = |(judged, matched): (&'a Judged<'a>, &Match<'a>)| match matched {
        Match::Found(user, _) | Match::Former(user, _) => Some((&user.id, &judged.row.id)),
        Match::Linked(_) | Match::Gone(_) | Match::Nobody | Match::Unclear(_) => None,
    };
    view.rows.iter().zip(matches).filter_map(owner).collect()
}

fn wish<'a>(
    view: &View<'a>,
    judged: &Judged<'a>,
    matched: &Match<'a>,
    owners: &HashMap<&'a UserId, &'a EmployeeId>,
) -> Option<Wish<'a>> {
    let Standing::Employed(email) = &judged.standing else { return None };
    let own = match matched {
        Match::Linked(user) | Match::Found(user, _) | Match::Former(user, _) => Some(*user),
        Match::Unclear(reason) if matches!(**reason, Reason::LinkedElsewhere { .. }) => None,
        Match::Nobody | Match::Gone(_) | Match::Unclear(_) => return None,
    };
    if let Some(user) = own {
        let rule = view.at.policy.mapping.get(&Field::Email);
        let managed = rule.is_some_and(|it| it.authority == Authority::Always);
        if !managed || !user.takes(&Field::Email) || user.account.email.as_deref() == Some(email.as_str()) {
            return None;
        }
    }
    let holder =
        view.with_email(email.as_str()).iter().find(|it| own.is_none_or(|own| own.id != it.id)).copied();
    let owner = holder.and_then(|it| owners.get(&it.id).copied().or_else(|| view.at.links.owner(&it.id)));
    let owner = owner.cloned();
    Some(Wish { email: email.to_string(), holder, owner })
}

/// Each wish waits for at most one other, so a circle is found by following the owners.
fn refuse_circles(wishes: &mut BTreeMap<EmployeeId, Wish<'_>>, moves: &mut BTreeMap<EmployeeId, Move>) {
    let starts: Vec<EmployeeId> = wishes.keys().cloned().collect();
    for start in starts {
        let mut path = vec![start.clone()];
        let mut at = &start;
        while let Some(next) = wishes.get(at).and_then(|it| it.owner.as_ref()) {
            if path.contains(next) {
                break;
            }
            path.push(next.clone());
            at = &path[path.len() - 1];
        }
        let closes = wishes.get(at).and_then(|it| it.owner.as_ref()) == Some(&start);
        if closes {
            let circle: BTreeSet<EmployeeId> = path.into_iter().collect();
            for employee in &circle {
                wishes.remove(employee);
                moves.insert(employee.clone(), Move::Refused(Reason::EmailCycle { circle: circle.clone() }));
            }
        }
    }
}

/// A holder that stays keeps its address, and whoever waits for the one refused stays as well.
fn refuse_held(
    view: &View<'_>,
    wishes: &mut BTreeMap<EmployeeId, Wish<'_>>,
    moves: &mut BTreeMap<EmployeeId, Move>,
) {
    loop {
        let stays = |it: &Wish<'_>| {
            it.holder.is_some() && it.owner.as_ref().is_none_or(|it| !wishes.contains_key(it))
        };
        let refused: Vec<EmployeeId> =
            wishes.iter().filter(|(_, it)| stays(it)).map(|(employee, _)| employee.clone()).collect();
        if refused.is_empty() {
            return;
        }
        for employee in refused {
            if let Some(Wish { email, holder: Some(holder), owner }) = wishes.remove(&employee) {
                let user = holder.id.clone();
                let reason = match owner {
                    Some(leaver) if view.has_left(&leaver) => Reason::LeaversAddress { user, leaver },
                    Some(_) | None => Reason::EmailTaken { email, user },
                };
                moves.insert(employee, Move::Refused(reason));
            }
        }
    }
}
