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
use crate::plan::{Digest, Draft, PLAN_VERSION, Plan, SourceSummary, UsersSummary};
use crate::reading::figures;
use crate::scope::Scope;
use crate::situation::{Judged, Situation, View, is_open};
use crate::standing::Standing;

/// Works out the exact, smallest set of changes that makes the tenant agree with the table.
///
/// Pure: the same situation gives the same plan to the byte, whatever the order of rows and users.
pub fn plan(situation: &Situation<'_>) -> Plan {
    let view = View::of(situation);
    let mut matches = one_row_a_user(matches(&view));
    let in_scope: Vec<&Judged<'_>> = view.rows.iter().filter(|it| situation.scope.contains(it.row)).collect();
    let acting = acting(&view, &matches, &in_scope);
    // A row whose account goes to the same person's new row has none any more.
    for former in former_rows(&view, &matches, &acting) {
        matches.insert(former, Match::Nobody);
    }
    let taken = taken(&matches);
    let emails = moves(&view, &matches, &acting);
    let mut changes = Vec::new();
    let mut notes = Vec::new();
    for judged in &in_scope {
        let decided = decide(&view, &taken, judged, &matches[&judged.row.id], emails.get(&judged.row.id));
        changes.extend(decided.changes);
        notes.extend(decided.notes);
    }
    let (blocked, told) = absent(&view);
    changes.extend(blocked);
    notes.extend(told);
    let (changes, parked) = unparked(situation.memory, met(changes));
    notes.extend(parked);
    let changes = within(situation.scope, changes);
    document(&view, &in_scope, changes, notes)
}

/// The plan of changes that are one of a kind per employee, and whose needs are among them.
pub(crate) fn document(
    view: &View<'_>,
    in_scope: &[&Judged<'_>],
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
fn one_row_a_user<'a>(
    mut matches: BTreeMap<&'a EmployeeId, Match<'a>>,
) -> BTreeMap<&'a EmployeeId, Match<'a>> {
    let mut claimed: BTreeMap<UserId, BTreeSet<EmployeeId>> = BTreeMap::new();
    for (employee, matched) in &matches {
        if let Match::Former(user, _) = matched {
            claimed.entry(user.id.clone()).or_default().insert((*employee).clone());
        }
    }
    for (user, claimants) in claimed.into_iter().filter(|(_, it)| it.len() > 1) {
        for employee in &claimants {
            let mut others = claimants.clone();
            others.remove(employee);
            matches.insert(
                matches.get_key_value(employee).map(|(key, _)| *key).expect("claimants are keys of the map"),
                Match::Unclear(Reason::SeveralEmployees { user: user.clone(), others }),
            );
        }
    }
    matches
}

/// The rows for which this plan may change anything.
fn acting<'a>(
    view: &View<'a>,
    matches: &BTreeMap<&'a EmployeeId, Match<'a>>,
    in_scope: &[&Judged<'a>],
) -> BTreeSet<&'a EmployeeId> {
    in_scope
        .iter()
        .filter(|it| !view.is_ignored(it))
        .filter(|it| !matches[&it.row.id].user().is_some_and(|it| view.is_untouchable(it)))
        .filter(|it| match &it.standing {
            Standing::Employed(email) => view.wanting(email.as_str()).len() == 1,
            Standing::Left(_) => true,
            Standing::Upcoming { .. } | Standing::Held(_) => false,
        })
        .map(|it| &it.row.id)
        .collect()
}

/// The users that the links and this plan's matches give to somebody.
fn taken<'a>(matches: &BTreeMap<&'a EmployeeId, Match<'a>>) -> HashSet<&'a UserId> {
    matches.values().filter_map(|it| it.user().map(|it| &it.id)).collect()
}

/// Rows whose account goes to the same person's new row.
fn former_rows<'a>(
    view: &View<'a>,
    matches: &BTreeMap<&'a EmployeeId, Match<'a>>,
    acting: &BTreeSet<&'a EmployeeId>,
) -> Vec<&'a EmployeeId> {
    let moving = matches.iter().filter(|(employee, _)| acting.contains(*employee));
    let former = moving.filter_map(|(_, it)| if let Match::Former(_, from) = it { Some(from) } else { None });
    former.filter_map(|it| view.row(it).map(|it| &it.row.id)).collect()
}

/// Drops what needs a change that was not made, such as an update of a break-glass account.
fn met(changes: Vec<Change>) -> Vec<Change> {
    let there: BTreeSet<ChangeId> = changes.iter().map(|it| it.id.clone()).collect();
    let unmet: BTreeSet<ChangeId> = changes
        .iter()
        .filter(|it| it.needs.iter().any(|it| !there.contains(it)))
        .map(|it| it.id.clone())
        .collect();
    keep_without(changes, &unmet)
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

fn source_summary(view: &View<'_>, in_scope: &[&Judged<'_>]) -> SourceSummary {
    let (rows, in_scope_rows) = (view.rows.len(), in_scope.len());
    let mut summary = SourceSummary { rows, in_scope: in_scope_rows, ..SourceSummary::default() };
    // An undo does not ask what rows say: a wrong table must not stand in the way of taking it back.
    if view.at.scope.undo.is_none() {
        let (links, memory) = (view.at.links, view.at.memory);
        summary = figures(rows, in_scope_rows, links, memory, |it| view.row(it).is_some());
    }
    for judged in in_scope {
        match judged.standing {
            Standing::Employed(_) => summary.employed += 1,
            Standing::Left(_) => summary.left += 1,
            Standing::Upcoming { .. } => summary.upcoming += 1,
            Standing::Held(_) => summary.held += 1,
        }
    }
    summary
}

fn users_summary(view: &View<'_>, changes: &[Change]) -> UsersSummary {
    let newly_linked: BTreeSet<&UserId> = changes
        .iter()
        .filter_map(|it| match &it.action {
            Action::Link { user, .. } => Some(user),
            Action::Create { .. }
            | Action::Relink { .. }
            | Action::Unlink { .. }
            | Action::Update { .. }
            | Action::Block { .. }
            | Action::Unblock { .. }
            | Action::GrantRoles { .. }
            | Action::RevokeRoles { .. }
            | Action::SendInvitation { .. }
            | Action::SendVerification { .. } => None,
        })
        .collect();
    let managed = view.at.users.iter().filter(|it| view.at.links.owner(&it.id).is_some()).count();
    // Collected first: a set is made of a sorted list in one go, and users come sorted.
    let mut open_holders: BTreeMap<&RoleName, Vec<UserId>> = BTreeMap::new();
    for user in view.at.users.iter().filter(|it| is_open(it)) {
        for role in user.account.roles.iter().filter(|it| view.managed_roles.contains(it)) {
            open_holders.entry(role).or_default().push(user.id.clone());
        }
    }
    let open_holders =
        open_holders.into_iter().map(|(role, users)| (role.clone(), users.into_iter().collect())).collect();
    UsersSummary {
        read: view.at.users.len(),
        managed,
        unmanaged: view.at.users.len() - managed - newly_linked.len(),
        roles: view.at.roles,
        open_holders,
        lacks: view.at.memory.lacks.clone(),
    }
}
