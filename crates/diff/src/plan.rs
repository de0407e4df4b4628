//! The plan document: all changes and notes, in settled order, with a digest.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::calls::{GRANT_BATCH, calls_in_batches};
use crate::change::{Action, Cause, Change, Kind, Matched};
use crate::forecast::{Forecast, forecast};
use crate::handover::is_handover;
use crate::ids::{ChangeId, EmployeeId, RoleName, Tenant, UserId};
use crate::memory::Feature;
use crate::note::{Note, Reason};
use crate::order;
use crate::policy::Policy;
use crate::scope::Scope;

/// The version of the document's shape.
pub const PLAN_VERSION: u32 = 1;

/// Everything that would be done, and everything that was seen and left alone.
///
/// The order of changes is settled here and nowhere else: access is taken away before any is
/// given, email moves release before they claim, and then by employee.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Draft", into = "Draft")]
pub struct Plan {
    draft: Draft,
    /// Where the changes stand, in the order of their ids: a run asks for each of them.
    places: Vec<usize>,
}

/// A plan as it is put together and as it is written down, in any order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// [`PLAN_VERSION`]
    pub version: u32,
    /// The tenant that was read, and the only one that it may be applied to.
    pub tenant: Tenant,
    /// Whom it is about.
    pub scope: Scope,
    /// The policy that it was made under.
    pub policy: Digest,
    /// The day for which standings were judged.
    pub today: NaiveDate,
    /// Whether it was announced as a first sync, which lifts some limits.
    pub first_sync: bool,
    /// What was read from the source.
    pub source: SourceSummary,
    /// What was read from the tenant.
    pub users: UsersSummary,
    /// What is to be done.
    pub changes: Vec<Change>,
    /// What was left alone.
    pub notes: Vec<Note>,
    /// What it will cost.
    pub forecast: Forecast,
}

/// What was read from the source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceSummary {
    /// Rows read.
    pub rows: usize,
    /// Rows in scope.
    pub in_scope: usize,
    /// Of those: employed.
    pub employed: usize,
    /// Of those: left.
    pub left: usize,
    /// Of those: not due yet.
    pub upcoming: usize,
    /// Of those: held.
    pub held: usize,
    /// Rows that the scope's last good run read; none before the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_rows: Option<usize>,
    /// Linked employees who had a row when it was last read whole.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub known: usize,
    /// Of those: who have none now.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub vanished: BTreeSet<EmployeeId>,
}

/// What was read from the tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsersSummary {
    /// Users read.
    pub read: usize,
    /// Of those: linked to an employee.
    pub managed: usize,
    /// Of those: nobody's. They are left alone.
    pub unmanaged: usize,
    /// Whether roles were read; if not, roles are not planned.
    pub roles: RolesRead,
    /// Unblocked holders of each managed role, managed users or not.
    pub open_holders: BTreeMap<RoleName, OpenHolders>,
    /// What a leaver's block leaves running, because the tenant's plan cannot end it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub lacks: BTreeSet<Feature>,
}

/// The unblocked holders of a role: how many, and by name only those whom the plan is about. A plan of one
/// change must not carry a hundred thousand ids.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "WrittenHolders")]
pub struct OpenHolders {
    /// How many there are.
    pub count: usize,
    /// Those whom a change of the plan blocks, or takes the role from.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub losing: BTreeSet<UserId>,
}

/// Holders as plans are or were written: a run of a plan that is in the store must be settled, and can be
/// undone, whichever release made it.
#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenHolders {
    Counted {
        count: usize,
        #[serde(default)]
        losing: BTreeSet<UserId>,
    },
    /// Every one by name, any of whom may lose the role.
    Named(BTreeSet<UserId>),
}

impl From<WrittenHolders> for OpenHolders {
    fn from(written: WrittenHolders) -> Self {
        match written {
            WrittenHolders::Counted { count, losing } => Self { count, losing },
            WrittenHolders::Named(losing) => Self { count: losing.len(), losing },
        }
    }
}

impl OpenHolders {
    /// Takes out somebody who is a holder no more.
    pub(crate) fn lose(&mut self, user: &UserId) {
        if self.losing.remove(user) {
            self.count = self.count.saturating_sub(1);
        }
    }
}

/// Whether roles were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RolesRead {
    /// They were.
    #[default]
    Read,
    /// They were not, so that nothing about roles is planned.
    NotRead,
}

/// A SHA-256, in hex. Shown by its first twelve digits; people may name it so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

/// Why a document is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Written by another version.
    #[error("the plan has version {0}, and this program reads {PLAN_VERSION}: make a new plan")]
    Version(u32),
    /// Two changes with one id.
    #[error("the plan has the change {0} twice")]
    Twice(ChangeId),
    /// A change needs one that is not there.
    #[error("the change {change} needs {needed}, which the plan does not have")]
    Missing {
        /// The change.
        change: ChangeId,
        /// What it needs.
        needed: ChangeId,
    },
    /// Changes that need each other.
    #[error("the changes {0} and others need each other")]
    Circle(ChangeId),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Plan {
    /// Settles the order.
    ///
    /// # Errors
    /// Another version, an id twice, or `needs` that cannot be met.
    pub fn new(mut draft: Draft) -> Result<Self, PlanError> {
        if draft.version != PLAN_VERSION {
            return Err(PlanError::Version(draft.version));
        }
        draft.changes = order::settle(draft.changes)?;
        draft.notes.sort_by(|a, b| order::note_key(a).cmp(&order::note_key(b)));
        Ok(Self::settled(draft))
    }

    /// A draft whose order stands.
    fn settled(draft: Draft) -> Self {
        let mut places: Vec<usize> = (0..draft.changes.len()).collect();
        places.sort_unstable_by_key(|it| &draft.changes[*it].id);
        Self { draft, places }
    }

    /// All of it, to read.
    pub fn document(&self) -> &Draft {
        &self.draft
    }

    /// What is to be done, in order.
    pub fn changes(&self) -> &[Change] {
        &self.draft.changes
    }

    /// What was left alone, the loud ones first.
    pub fn notes(&self) -> &[Note] {
        &self.draft.notes
    }

    /// The tenant.
    pub fn tenant(&self) -> &Tenant {
        &self.draft.tenant
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.draft.changes.is_empty()
    }

    /// The change of this id.
    pub fn change(&self, id: &ChangeId) -> Option<&Change> {
        let changes = &self.draft.changes;
        let found = self.places.binary_search_by(|it| changes[*it].id.cmp(id)).ok()?;
        Some(&changes[self.places[found]])
    }

    /// How many employees wait for a person: held rows and ambiguous matches.
    pub fn held(&self) -> usize {
        let held: BTreeSet<_> =
            self.draft.notes.iter().filter(|it| it.reason.holds_employee()).map(|it| &it.employee).collect();
        held.len()
    }

    /// How many changes are due and not tried at present, because they failed again and again.
    pub fn parked(&self) -> usize {
        self.draft.notes.iter().filter(|it| matches!(it.reason, Reason::Parked { .. })).count()
    }

    /// How many mails applying it makes Auth0 send.
    pub fn mails(&self) -> usize {
        self.draft.changes.iter().map(|it| it.action.mails()).sum()
    }

    /// How many changes there are of each kind that occurs.
    pub fn counts(&self) -> BTreeMap<Kind, usize> {
        let mut counts = BTreeMap::new();
        for it in &self.draft.changes {
            *counts.entry(it.kind()).or_insert(0) += 1;
        }
        counts
    }

    /// What a person must look at before it may run: accounts that go from one person to another, admin
    /// roles, blocks of people whose row has vanished, and every undo. Whoever announces a first sync has
    /// looked at whom it finds by address, and at nothing else.
    pub fn needs_review<'a>(&'a self, policy: &'a Policy) -> impl Iterator<Item = &'a Change> {
        self.draft.changes.iter().filter(move |it| match &it.action {
            _ if matches!(it.cause, Cause::Undo { .. }) => true,
            Action::Relink { .. } => true,
            Action::Block { .. } | Action::RevokeRoles { .. } => matches!(it.cause, Cause::Absent { .. }),
            Action::GrantRoles { roles, .. } => !roles.is_disjoint(&policy.roles.admin),
            Action::Update { .. } => {
                let announced = self.draft.first_sync && it.matched != Matched::Link;
                is_handover(it) && !announced
            }
            Action::Create { .. }
            | Action::Link { .. }
            | Action::Unlink { .. }
            | Action::Unblock { .. }
            | Action::SendInvitation { .. }
            | Action::SendVerification { .. } => false,
        })
    }

    /// Tenant, scope, policy and every change; not times, ids, notes or figures. The same situation
    /// gives the same digest, and an approval names it.
    pub fn digest(&self) -> Digest {
        let Draft { version, tenant, scope, policy, first_sync, changes, .. } = &self.draft;
        Digest::of(&(version, tenant, scope, policy, first_sync, changes))
    }

    /// The plan without some changes and without what needs them: a new plan with its own digest.
    ///
    /// A mover's revocation falls together with the grant: nobody ends up with both roles or none.
    pub fn without(&self, dropped: &BTreeSet<ChangeId>) -> Self {
        let mut draft = self.draft.clone();
        let dropped = order::falling(&draft.changes, dropped);
        draft.changes.retain(|it| !dropped.contains(&it.id));
        let Forecast { reading, rate_plan, share, grants, .. } = draft.forecast;
        let batch = grants.map_or(GRANT_BATCH, |it| it.batch);
        let calls = calls_in_batches(&draft.changes, batch);
        draft.forecast = forecast(&calls, reading, rate_plan, share, batch);
        Self::settled(draft)
    }
}

impl Digest {
    /// The digest of anything that has one JSON form.
    pub fn of(value: &impl Serialize) -> Self {
        let json = serde_json::to_vec(value).expect("documents have string keys and finite numbers");
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(json) {
            hex.extend(char::from_digit((byte >> 4).into(), 16));
            hex.extend(char::from_digit((byte & 15).into(), 16));
        }
        Self(hex)
    }

    /// A digest that was kept as text; none where the text is none.
    pub fn parse(text: &str) -> Option<Self> {
        let is_hex = |it: u8| matches!(it, b'0'..=b'9' | b'a'..=b'f');
        (text.len() == 64 && text.bytes().all(is_hex)).then(|| Self(text.to_owned()))
    }

    /// All of it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What people read and type.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }

    /// Whether a text names it: all of it, or at least the first twelve digits.
    pub fn is_named_by(&self, text: &str) -> bool {
        text.len() >= 12 && self.0.starts_with(text)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.short())
    }
}

impl From<Plan> for Draft {
    fn from(plan: Plan) -> Self {
        plan.draft
    }
}

impl TryFrom<Draft> for Plan {
    type Error = PlanError;

    fn try_from(draft: Draft) -> Result<Self, Self::Error> {
        Self::new(draft)
    }
}
