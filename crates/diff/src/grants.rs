//! The cheapest shape for grants: a role to many users by one call, or all roles of one user by one.

use std::collections::{BTreeMap, BTreeSet};

use crate::call::{Call, Request};
use crate::change::Who;
use crate::ids::{ChangeId, RoleName};

/// Roles that somebody shall get.
pub(crate) struct Grant<'a> {
    pub(crate) change: &'a ChangeId,
    pub(crate) who: &'a Who,
    pub(crate) roles: &'a BTreeSet<RoleName>,
}

/// More roles than this and only the two pure forms are compared.
const ROLES_TO_WEIGH: usize = 12;

/// How many people get the same set of roles, by set.
type Wishes<'a> = BTreeMap<BTreeSet<&'a RoleName>, usize>;

/// Somebody either gets each role with a batch, or all roles with a call alone. Which roles go in batches is
/// weighed by trying every choice, and then whoever makes one batch more necessary than it is worth gets a call.
pub(crate) fn grant_calls(grants: &[Grant<'_>], batch: usize) -> Vec<Call> {
    let mut wishes = Wishes::new();
    for grant in grants {
        *wishes.entry(grant.roles.iter().collect()).or_insert(0) += 1;
    }
    let roles: Vec<&RoleName> =
        wishes.keys().flatten().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let choices: Vec<BTreeSet<&RoleName>> = if roles.len() <= ROLES_TO_WEIGH {
        (0..1_usize << roles.len()).map(|bits| subset(&roles, bits)).collect()
    } else {
        vec![BTreeSet::new(), roles.iter().copied().collect()]
    };
    let weighed = choices.iter().map(|it| in_batches(&wishes, it, batch));
    let cheapest = weighed.min_by_key(|it| cost(&wishes, it, batch));
    shape(grants, cheapest.unwrap_or_default(), batch)
}

/// Of each set of roles, how many people get them in batches, where these roles go in batches.
fn in_batches<'a>(wishes: &Wishes<'a>, roles: &BTreeSet<&RoleName>, batch: usize) -> Wishes<'a> {
    let mut batched: Wishes<'a> = wishes
        .iter()
        .filter(|(wish, _)| wish.is_subset(roles))
        .map(|(wish, people)| (wish.clone(), *people))
        .collect();
    let mut holders = holders(&batched);
    // A few who fill no batch of their own are cheaper alone, where that spares more batches than they are.
    loop {
        let spared = |wish: &BTreeSet<&RoleName>, people: usize| -> usize {
            let of = |it: &&RoleName| {
                let all = holders[*it];
                all.div_ceil(batch) - (all - people).div_ceil(batch)
            };
            wish.iter().map(of).sum()
        };
        let moves = batched.iter().flat_map(|(wish, there)| {
            // So many fill the last batch of one of their roles.
            let last = wish.iter().map(|it| (holders[*it] - 1) % batch + 1).filter(|it| it <= there);
            last.map(|people| (spared(wish, people).saturating_sub(people), wish.clone(), people))
                .collect::<Vec<_>>()
        });
        let best = moves.filter(|it| it.0 > 0).max_by_key(|it| it.0);
        let Some((_, wish, people)) = best else { return batched };
        for role in &wish {
            holders.entry(role).and_modify(|it| *it -= people);
        }
        batched.entry(wish).and_modify(|it| *it -= people);
        batched.retain(|_, it| *it > 0);
    }
}

/// How many people of these get each role.
fn holders<'a>(wishes: &Wishes<'a>) -> BTreeMap<&'a RoleName, usize> {
    let mut holders = BTreeMap::new();
    for (roles, people) in wishes {
        for role in roles {
            *holders.entry(*role).or_insert(0) += people;
        }
    }
    holders
}

/// How many calls it takes where so many people get their roles in batches.
fn cost(wishes: &Wishes<'_>, batched: &Wishes<'_>, batch: usize) -> usize {
    let of_batches: usize = holders(batched).values().map(|it| it.div_ceil(batch)).sum();
    let people = |it: &Wishes<'_>| it.values().sum::<usize>();
    of_batches + people(wishes) - people(batched)
}

fn subset<'a>(roles: &[&'a RoleName], bits: usize) -> BTreeSet<&'a RoleName> {
    roles.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1).map(|(_, it)| *it).collect()
}

fn shape<'a>(grants: &[Grant<'a>], mut batched: Wishes<'a>, size: usize) -> Vec<Call> {
    let mut by_role: BTreeMap<&RoleName, Vec<&Grant<'_>>> = BTreeMap::new();
    let mut singly = Vec::new();
    for grant in grants {
        let wish: BTreeSet<&RoleName> = grant.roles.iter().collect();
        match batched.get_mut(&wish) {
            Some(people) if *people > 0 => {
                *people -= 1;
                grant.roles.iter().for_each(|it| by_role.entry(it).or_default().push(grant));
            }
            Some(_) | None => singly.push(grant),
        }
    }
    let mut calls = Vec::new();
    for (role, given) in by_role {
        for batch in given.chunks(size) {
            let users = batch.iter().map(|it| it.who.clone()).collect();
            let carries = batch.iter().map(|it| it.change.clone()).collect();
            calls.push(Call { request: Request::GrantToUsers { role: role.clone(), users }, carries });
        }
    }
    for Grant { change, who, roles } in singly {
        if !roles.is_empty() {
            let request = Request::GrantToUser { user: (*who).clone(), roles: (*roles).clone() };
            calls.push(Call { request, carries: vec![(*change).clone()] });
        }
    }
    calls
}
