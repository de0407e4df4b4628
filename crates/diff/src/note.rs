//! Something seen and left alone, with the reason.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::account::Field;
use crate::change::Kind;
use crate::ids::{EmployeeId, UserId};
use crate::memory::NextTry;
use crate::standing::Held;

/// Nothing is done about what a note tells: the plan is silent about nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// The employee concerned, where there is one.
    pub employee: Option<EmployeeId>,
    /// What a reviewer calls the person; empty where nobody knows.
    pub name: String,
    /// Why nothing is done.
    pub reason: Reason,
}

/// Why something is left alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// A leaver has a second account that can still log in.
    OpenAccess {
        /// The account.
        user: UserId,
    },
    /// A leaver's own account cannot be taken for sure.
    LeaverUnclear {
        /// Who it may be.
        candidates: BTreeSet<UserId>,
    },
    /// A leaver, and the policy only reports leavers.
    LeaverReported {
        /// The account that is still open.
        user: UserId,
    },
    /// A leaver whose account is a break-glass one, which is never touched.
    LeaverBreakGlass {
        /// The account that is still open.
        user: UserId,
    },
    /// Linked to us, and the row has vanished from the table. No row is not "left".
    Absent {
        /// The account.
        user: UserId,
        /// In how many readings in a row so far, where the policy blocks such people after
        /// [`crate::Absent::READINGS`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        readings: Option<u32>,
    },
    /// The row cannot be trusted.
    Held {
        /// What is wrong with it.
        held: Held,
    },
    /// Employed rows with one address.
    SharedEmail {
        /// The address.
        email: String,
        /// The other rows.
        others: BTreeSet<EmployeeId>,
    },
    /// More than one user may be this employee.
    SeveralUsers {
        /// They.
        candidates: BTreeSet<UserId>,
    },
    /// More than one employee may be this user.
    SeveralEmployees {
        /// The user.
        user: UserId,
        /// The other rows.
        others: BTreeSet<EmployeeId>,
    },
    /// The user with this address is linked to another employee.
    LinkedElsewhere {
        /// The user.
        user: UserId,
        /// Whose it is.
        owner: EmployeeId,
    },
    /// The address sits on the account of somebody who left.
    LeaversAddress {
        /// The account.
        user: UserId,
        /// Who left.
        leaver: EmployeeId,
    },
    /// A user says it is this employee, but neither address nor name agree.
    MarkDisagrees {
        /// The user.
        user: UserId,
    },
    /// The user with this address says it is another employee.
    MarkedForOther {
        /// The user.
        user: UserId,
        /// Whom its mark names.
        marked: String,
    },
    /// The linked user does not exist any more.
    UserGone {
        /// The user.
        user: UserId,
    },
    /// A linked employee's second account: the link decides.
    OtherClaimant {
        /// The second account.
        user: UserId,
    },
    /// The write-back column names another user than the stored link, or one that is taken.
    ColumnDisagrees {
        /// What the column says.
        column: UserId,
    },
    /// Blocked by somebody else, who knows why.
    BlockedByOther {
        /// The user.
        user: UserId,
    },
    /// The new address is another user's.
    EmailTaken {
        /// The address.
        email: String,
        /// Whose it is.
        user: UserId,
    },
    /// Addresses that go round in a circle: none can be released before it is claimed.
    EmailCycle {
        /// The employees of the circle, this one among them.
        circle: BTreeSet<EmployeeId>,
    },
    /// No role is known for the code; the person's roles stay.
    UnknownRoleCode {
        /// The code.
        code: String,
    },
    /// Fields that belong to the user's own directory.
    Federated {
        /// The user.
        user: UserId,
        /// The fields.
        fields: BTreeSet<Field>,
    },
    /// A joiner whose account is not due yet.
    Upcoming {
        /// The first day.
        starts_on: NaiveDate,
        /// The day from which the account is made.
        due_on: NaiveDate,
    },
    /// A break-glass account, which is never touched.
    BreakGlass {
        /// The user.
        user: UserId,
    },
    /// Somebody said to leave the employee alone.
    IgnoredEmployee {
        /// Why.
        why: String,
    },
    /// Somebody said to leave the user alone.
    IgnoredUser {
        /// The user.
        user: UserId,
        /// Why.
        why: String,
    },
    /// A change that failed again and again, and is not tried at present.
    Parked {
        /// Which kind of change.
        kind: Kind,
        /// How often it has failed.
        failures: u32,
        /// What was said the last time.
        error: String,
        /// When it is tried again.
        next: NextTry,
    },
    /// A change of a run, or a part of it, that its undo leaves as it is.
    NotUndone {
        /// Which kind of change.
        kind: Kind,
        /// Why.
        why: String,
    },
    /// What the table asks for once a run is undone: the next plan would bring it back.
    StillAsked {
        /// By changes of these kinds.
        kinds: BTreeSet<Kind>,
    },
}

impl Reason {
    /// The word for it in JSON's counts and in filters.
    pub fn word(&self) -> &'static str {
        match self {
            Self::OpenAccess { .. } => "open_access",
            Self::LeaverUnclear { .. } => "leaver_unclear",
            Self::LeaverReported { .. } => "leaver_reported",
            Self::LeaverBreakGlass { .. } => "leaver_break_glass",
            Self::Absent { .. } => "absent",
            Self::Held { .. } => "held",
            Self::SharedEmail { .. } => "shared_email",
            Self::SeveralUsers { .. } => "several_users",
            Self::SeveralEmployees { .. } => "several_employees",
            Self::LinkedElsewhere { .. } => "linked_elsewhere",
            Self::LeaversAddress { .. } => "leavers_address",
            Self::MarkDisagrees { .. } => "mark_disagrees",
            Self::MarkedForOther { .. } => "marked_for_other",
            Self::UserGone { .. } => "user_gone",
            Self::OtherClaimant { .. } => "other_claimant",
            Self::ColumnDisagrees { .. } => "column_disagrees",
            Self::BlockedByOther { .. } => "blocked_by_other",
            Self::EmailTaken { .. } => "email_taken",
            Self::EmailCycle { .. } => "email_cycle",
            Self::UnknownRoleCode { .. } => "unknown_role_code",
            Self::Federated { .. } => "federated",
            Self::Upcoming { .. } => "upcoming",
            Self::BreakGlass { .. } => "break_glass",
            Self::IgnoredEmployee { .. } => "ignored_employee",
            Self::IgnoredUser { .. } => "ignored_user",
            Self::Parked { .. } => "parked",
            Self::NotUndone { .. } => "not_undone",
            Self::StillAsked { .. } => "still_asked",
        }
    }

    /// Whether somebody may still have access that should not.
    pub fn is_loud(&self) -> bool {
        matches!(
            self,
            Self::OpenAccess { .. }
                | Self::LeaverUnclear { .. }
                | Self::LeaverReported { .. }
                | Self::LeaverBreakGlass { .. }
        )
    }

    /// Whether the employee as a whole waits for a person: held rows and ambiguous matches.
    pub fn holds_employee(&self) -> bool {
        match self {
            Self::Held { .. }
            | Self::LeaverUnclear { .. }
            | Self::SharedEmail { .. }
            | Self::SeveralUsers { .. }
            | Self::SeveralEmployees { .. }
            | Self::LinkedElsewhere { .. }
            | Self::LeaversAddress { .. }
            | Self::MarkDisagrees { .. }
            | Self::MarkedForOther { .. }
            | Self::UserGone { .. } => true,
            Self::OpenAccess { .. }
            | Self::LeaverReported { .. }
            | Self::LeaverBreakGlass { .. }
            | Self::Absent { .. }
            | Self::OtherClaimant { .. }
            | Self::ColumnDisagrees { .. }
            | Self::BlockedByOther { .. }
            | Self::EmailTaken { .. }
            | Self::EmailCycle { .. }
            | Self::UnknownRoleCode { .. }
            | Self::Federated { .. }
            | Self::Upcoming { .. }
            | Self::BreakGlass { .. }
            | Self::IgnoredEmployee { .. }
            | Self::IgnoredUser { .. }
            | Self::Parked { .. }
            | Self::NotUndone { .. }
            | Self::StillAsked { .. } => false,
        }
    }
}
