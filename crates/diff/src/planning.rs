//! `plan()`: from what was read to what would be done.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::absent::absent;
use crate::calls::calls_in_batches;
use crate::change::{Action, Change, Kind};
use crate::decide::decide;
use crate::email_moves::moves;
use crate::forecast::forecast;
use crate::ids::{ChangeId, EmployeeId, RoleName, UserId};
use crate::matching::{Match, matches};
use crate::memory::Memory;
use crate::note::{Note, Reason};
use crate::order::falling;
use crate::plan::{Digest, Draft, OpenHolders, PLAN_VERSION, Plan, SourceSummary, UsersSummary};
use crate::reading::figures;
use crate::roll::{Judged, Roll};
use crate::scope::Scope;
use crate::situation::{Situation, View, is_open};
use crate::standing::Standing;

/// Works out the exact, smallest set of changes that makes the tenant agree with the table.
///
/// Pure: the same situation gives the same plan to the byte, whatever the order of rows and users.
pub fn plan(situation: &Situation<'_>) -> Plan {
    let roll = Roll::of(situation);
    let view = View::of(&roll);
    let mut matches = matches(&view);
    one_row_a_user(&view, &mut matches);
    let in_scope: Vec<bool> = view.rows.iter().map(|it| situation.scope.contains(it.row)).collect();
    let acting = acting(&view, &matches, &in_scope);
    // A row whose account goes to the same person's new row has none any more.
    for former in former_rows(&view, &matches, &acting) {
        matches[former] = Match::Nobody;
    }
    let taken = taken(&matches);
    let emails = moves(&view, &matches, &acting);
    let mut changes = Vec::new();
    let mut notes = Vec::new();
    for (judged, matched) in in_turn(&in_scope, view.rows.iter().zip(&matches)) {
        let decided = decide(&view, &taken, judged, matched, emails.get(&judged.row.id));
        changes.extend(decided.changes);
        notes.extend(decided.notes);
    }
    let (blocked, told) = absent(&view);
    changes.extend(blocked);
    notes.extend(told);
    let (changes, parked) = unparked(situation.memory, met(changes));
    notes.extend(parked);
    let changes = within(situation.scope, changes);
    document(&view, in_turn(&in_scope, view.rows), changes, notes)
}

/// Those of the rows, or of what stands beside them, for which something holds.
fn in_turn<T>(holds: &[bool], rows: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
    rows.into_iter().zip(holds).filter_map(|(it, holds)| holds.then_some(it))
}

/// The plan of changes that are one of a kind per employee, and whose needs are among them.
pub(crate) fn document<'a>(
    view: &View<'a>,
    in_scope: impl Iterator<Item = &'a Judged<'a>>,
    changes: Vec<Change>,
    notes: Vec<Note>,
) -> Plan {
    let at = view.at;
    let draft = Draft {
        version: PLAN_VERSION,
        tenant: at.tenant.clone(),
        scope: at.scope.clone(),
        policy: at.policy.digest(),
        today: at.today,
        first_sync: at.first_sync,
        source: source_summary(view, in_scope),
        users: users_summary(view, &changes),
        forecast: forecast(
            &calls_in_batches(&changes, at.policy.grant_batch),
            at.reading.clone(),
            at.rate_plan,
            at.share,
            at.policy.grant_batch,
        ),
        changes,
        notes,
    };
    Plan::new(draft).expect("whoever plans keeps to one of a kind and drops unmet needs")
}

impl crate::policy::Policy {
    /// The digest that a plan carries, so that it is never applied under another policy.
    pub fn digest(&self) -> Digest {
        Digest::of(self)
    }
}

/// A former row's account can go to one new row only.
fn one_row_a_user<'a>(view: &View<'a>, matches: &mut [Match<'a>]) {
    let mut claimed: BTreeMap<&UserId, Vec<usize>> = BTreeMap::new();
    for (at, matched) in matches.iter().enumerate() {
        if let Match::Former(user, _) = matched {
            claimed.entry(&user.id).or_default().push(at);
        }
    }
    for (user, claimants) in claimed.into_iter().filter(|(_, it)| it.len() > 1) {
        for at in &claimants {
            let others = claimants.iter().filter(|it| *it != at);
            let others = others.map(|it| view.rows[*it].row.id.clone()).collect();
            matches[*at] = Match::unclear(Reason::SeveralEmployees { user: user.clone(), others });
        }
    }
}

/// For which rows this plan may change anything.
fn acting(view: &View<'_>, matches: &[Match<'_>], in_scope: &[bool]) -> Vec<bool> {
    let acts = |(judged, matched): (&Judged<'_>, &Match<'_>)| {
        let present = match &judged.standing {
            Standing::Employed(email) => !view.is_shared(email),
            Standing::Left(_) => true,
            Standing::Upcoming { .. } | Standing::Held(_) => false,
        };
        present && !view.is_ignored(judged) && !matched.user().is_some_and(|it| view.is_untouchable(it))
    };
    view.rows.iter().zip(matches).zip(in_scope).map(|(it, in_scope)| *in_scope && acts(it)).collect()
}

/// The users that this plan's matches give to somebody; whom a link gives away is not free anyway.
fn taken<'a>(matches: &[Match<'a>]) -> HashSet<&'a UserId> {
    let found = |it: &Match<'a>| if let Match::Found(user, _) = it { Some(&user.id) } else { None };
    matches.iter().filter_map(found).collect()
}

/// Where the rows stand whose account goes to the same person's new row.
fn former_rows(view: &View<'_>, matches: &[Match<'_>], acting: &[bool]) -> Vec<usize> {
    let former = in_turn(acting, matches);
    former.filter_map(|it| if let Match::Former(_, from) = it { view.place(from) } else { None }).collect()
}

/// Drops what needs a change that was not made, such as an update of a break-glass account.
fn met(changes: Vec<Change>) -> Vec<Change> {
    let there: HashSet<&ChangeId> = changes.iter().map(|it| &it.id).collect();
    let unmet: BTreeSet<ChangeId> = changes
        .iter()
        .filter(|it| it.needs.iter().any(|it| !there.contains(it)))
        .map(|it| it.id.clone())
        .collect();
    if unmet.is_empty() { changes } else { keep_without(changes, &unmet) }
}

/// Takes out what is parked, with what needs it, and tells of each. A mover's revocation does not fall
/// with a parked grant: taking access away never waits.
fn unparked(memory: &Memory, changes: Vec<Change>) -> (Vec<Change>, Vec<Note>) {
    let mut notes = Vec::new();
    let mut parked: BTreeSet<ChangeId> = BTreeSet::new();
    for change in &changes {
        if let Some(why) = memory.parks(change) {
            let kind = change.kind();
            let (failures, error, next) = (why.failures, why.error.clone(), why.next.clone());
            let reason = Reason::Parked { kind, failures, error, next };
            notes.push(Note { employee: Some(change.employee.clone()), name: change.name.clone(), reason });
            parked.insert(change.id.clone());
        }
    }
    let kept = changes.into_iter().filter(|it| !parked.contains(&it.id)).collect();
    (met(kept), notes)
}

/// The scope's kinds and number of people. What depends on a change of an asked kind goes along, and
/// so does the link that it needs: it costs nothing, and without it no leaver who is not linked yet
/// could be blocked by a plan of blocks alone.
fn within(scope: &Scope, changes: Vec<Change>) -> Vec<Change> {
    let mut kept = changes;
    if !scope.only.is_empty() {
        let by_id: BTreeMap<&ChangeId, &Change> = kept.iter().map(|it| (&it.id, it)).collect();
        let (asked, others): (Vec<&Change>, Vec<&Change>) =
            kept.iter().partition(|it| asked(it, &by_id, &scope.only));
        let needed: BTreeSet<&ChangeId> = asked.iter().flat_map(|it| &it.needs).collect();
        let dropped = others.iter().filter(|it| it.kind() != Kind::Link || !needed.contains(&it.id));
        let dropped: BTreeSet<ChangeId> = dropped.map(|it| it.id.clone()).collect();
        kept = keep_without(kept, &dropped);
    }
    if let Some(limit) = scope.limit {
        let people: BTreeSet<&EmployeeId> = kept.iter().map(|it| &it.employee).collect();
        let people: BTreeSet<EmployeeId> = people.into_iter().take(limit).cloned().collect();
        let dropped: BTreeSet<ChangeId> =
            kept.iter().filter(|it| !people.contains(&it.employee)).map(|it| it.id.clone()).collect();
        kept = keep_without(kept, &dropped);
    }
    kept
}

fn asked(change: &Change, by_id: &BTreeMap<&ChangeId, &Change>, only: &BTreeSet<Kind>) -> bool {
    only.contains(&change.kind())
        || change.needs.iter().any(|it| by_id.get(it).is_some_and(|it| asked(it, by_id, only)))
}

fn keep_without(mut changes: Vec<Change>, dropped: &BTreeSet<ChangeId>) -> Vec<Change> {
    let dropped = falling(&changes, dropped);
    changes.retain(|it| !dropped.contains(&it.id));
    changes
}

fn source_summary<'a>(view: &View<'a>, in_scope: impl Iterator<Item = &'a Judged<'a>>) -> SourceSummary {
    let mut standings = SourceSummary::default();
    for judged in in_scope {
        standings.in_scope += 1;
        match judged.standing {
            Standing::Employed(_) => standings.employed += 1,
            Standing::Left(_) => standings.left += 1,
            Standing::Upcoming { .. } => standings.upcoming += 1,
            Standing::Held(_) => standings.held += 1,
        }
    }
    let SourceSummary { in_scope, employed, left, upcoming, held, .. } = standings;
    let mut summary = SourceSummary { rows: view.rows.len(), in_scope, ..SourceSummary::default() };
    // An undo does not ask what rows say: a wrong table must not stand in the way of taking it back.
    if view.at.scope.undo.is_none() {
        let there = view.rows.iter().filter(|it| it.link.is_some()).count();
        let gone = view.vanished().iter().map(|(it, _)| *it);
        summary = figures(view.at.memory, view.rows.len(), in_scope, there, gone);
    }
    SourceSummary { employed, left, upcoming, held, ..summary }
}

fn users_summary(view: &View<'_>, changes: &[Change]) -> UsersSummary {
    let links = changes
        .iter()
        .filter_map(|it| if let Action::Link { user, .. } = &it.action { Some(user) } else { None });
    let newly_linked: HashSet<&UserId> = links.collect();
    let linked = view.rows.iter().filter(|it| it.own.is_some()).count();
    let managed = linked + view.vanished().iter().filter(|(_, it)| view.user(&it.user).is_some()).count();
    UsersSummary {
        read: view.at.users.len(),
        managed,
        unmanaged: view.at.users.len() - managed - newly_linked.len(),
        roles: view.at.roles,
        open_holders: open_holders(view, changes),
        lacks: view.at.memory.lacks.clone(),
    }
}

/// Who can log in and holds which managed role.
fn open_holders(view: &View<'_>, changes: &[Change]) -> BTreeMap<RoleName, OpenHolders> {
    let mut holders: BTreeMap<&RoleName, OpenHolders> = BTreeMap::new();
    for user in view.at.users.iter().filter(|it| is_open(it)) {
        for role in user.account.roles.iter().filter(|it| view.managed_roles().contains(it)) {
            holders.entry(role).or_default().count += 1;
        }
    }
    for change in changes {
        let Some(user) = change.action.user().and_then(|it| view.user(it)).filter(|it| is_open(it)) else {
            continue;
        };
        let loses = |it: &&RoleName| change.kind() == Kind::Block || change.action.revokes(it);
        for role in user.account.roles.iter().filter(loses) {
            if let Some(holders) = holders.get_mut(role) {
                holders.losing.insert(user.id.clone());
            }
        }
    }
    holders.into_iter().map(|(role, holders)| (role.clone(), holders)).collect()
}
