//! Rollcall's memory: the employee table read whole, and everything of ours in tables prefixed `rollcall_`.
//!
//! There are two databases, the same one unless configured otherwise. The **source** holds the employee
//! table, which belongs to somebody else: it may be a view, read-only, or have names of its own. The
//! **store** holds links, plans, runs, the journal of calls, the audit record and the lease. Each is
//! SQLite, PostgreSQL, or MySQL/MariaDB; [`Store::open`] takes their URLs.
//!
//! This crate speaks in the core's types and shows none of its rows. It never decides about a person,
//! never talks to Auth0, and has no clock: `now` is an argument everywhere. Nothing that it stores has a
//! secret in it. Its URLs may, and the audit's keys are some: neither is ever shown (see [`Place`], [`AuditKeys`]).
//!
//! What to know about each part:
//!
//! * [`Store::employees`] gives the whole table or an error, never a shorter list. Every cell is the
//!   text that the database itself makes of it, and null is `""`.
//! * [`Store::rows_like`] and [`Store::links_among`] read what may have to do with a few people, and not less.
//! * [`Store::import`] stores a [`CsvFile`], which [`read_csv`] takes or refuses as a whole.
//! * [`Store::links`] are the truth about who is whose; [`Store::write_back`] mirrors them into the
//!   employee table's three columns where it has them.
//! * [`Store::propose`], [`Store::approve`], [`Store::reject`] and [`Store::claim`] are the arrows between
//!   a plan's states. Each is one conditional UPDATE, and whoever loses a race gets a [`Refusal`]. Every yes
//!   is kept; the one that completes what the policy asks for takes the arrow.
//! * A [`StoredToken`] makes a name a verified one; the store knows its hash, and never the token.
//! * A [`Lease`] is the proof that this process may apply plans to a tenant; [`Claim`] holds the approved
//!   plan, its digest checked again, and the run in whose name every call is journalled:
//!   [`Store::intend`] before, [`Store::conclude`] after. An [`EmployeeClaim`] is the same for one employee,
//!   beside the tenant's run. Whoever journals an intent locks the lease's row with others, and whoever takes a
//!   lease or a claim locks it alone: no intent comes after its fence was lost, and no act beside an intent.
//! * [`Store::last_rows`] and [`Store::absences`] are what good readings of the table have found, and what the
//!   next one is measured by.
//! * [`Store::rows_seen`] is what was seen of each row when a plan last dealt with it, and [`Store::looks`] when all were
//!   looked at: what quick runs go by.
//! * A run whose process died is found by [`Store::abandoned`] and closed by [`Store::settle`]; then its plan
//!   can be claimed again, and [`Store::confirmed`] says what need not be done twice. [`Store::deeds`] says what
//!   a run did by itself, which is what an undo takes back.
//! * [`Store::take_tick`] gives a tick of a schedule to one of all who ask for it, and [`Store::last_tick`] says where
//!   a process that was down goes on; [`Store::pause`] is a person's pause, for every process.
//! * A [`Turn`] is the proof that this process sends notices, and no other; what was told is kept with it.
//! * [`Store::audit`] appends to the record, where each entry is chained to the one before it;
//!   [`Store::verify_audit`] names what somebody changed, and [`Store::erase_audit`] takes a person's bodies
//!   out of it. The salts of the bodies are the only thing here that is random.
//!
//! What looks odd: SQLite gets a single connection and takes its write lock at the beginning of a
//! transaction, because it has one writer and one that becomes a writer half-way fails instead of
//! waiting; documents are text and not JSON columns, because a digest is of the bytes; and plans are
//! kept in pieces, because a MySQL server takes packets of a bounded size only.

mod address;
mod again;
mod approvals;
mod audit;
mod blocks;
mod claim;
mod csv;
mod deeds;
mod employee_claim;
mod entities;
mod error;
mod hold;
mod ignored;
mod import;
mod journal;
mod keys;
mod lacks;
mod layout;
mod lease;
mod links;
mod look;
mod notices;
mod open;
mod pauses;
mod plans;
mod pool;
mod prepare;
mod propose;
mod quarantine;
mod readings;
mod review;
mod rows_seen;
mod runs;
mod sought;
mod source;
mod source_shape;
mod tenant;
mod term;
mod ticks;
mod tie;
mod tokens;
mod words;
mod write_back;

pub use approvals::Given;
pub use audit::{
    AuditEntry, AuditFilter, AuditHead, AuditHeadError, AuditKeyError, AuditKeys, AuditLink, AuditPages,
    AuditRow, AuditVerdict, ChainFault, ChainReport, ERASED, Erased, FaultKind, KeySpan, LostHead,
};
pub use claim::{Claim, ClaimError};
pub use csv::{CsvError, CsvFault, CsvFile, CsvProblem, LONGEST_CSV, read_csv};
pub use deeds::Deeds;
pub use employee_claim::EmployeeClaim;
pub use error::{Error, Fault, Place};
pub use hold::Hold;
pub use import::{ImportReport, Missing};
pub use journal::{CallEnd, CallId, CallState, Intent, JournalledCall};
pub use keys::{KEY_LIFETIME, KeptAnswer, Key, KeyBegun};
pub use lease::{Lease, LeaseError};
pub use links::StoredLink;
pub use look::{LeaseHeld, Looked, Writable};
pub use notices::Turn;
pub use open::{Options, SourceOptions, Store};
pub use pauses::Pause;
pub use plans::{Decision, PLAN_LIFETIME, PlanFigures, PlanState, PlanSummary, StoredPlan};
pub use pool::Pool;
pub use propose::{Proposal, ProposalStanding};
pub use review::Refusal;
pub use rows_seen::{Look, Looks};
pub use runs::{AbandonedRun, RunState, StoredRun};
pub use source_shape::{MissingColumn, SourceColumn, SourceKind, SourceShape};
pub use ticks::{StoredTick, TICKS_KEPT, TickEnd, TickPage, TickState};
pub use tie::Tie;
pub use tokens::{Act, NewToken, StoredToken, TokenName, TokenNameError, TokenRole};
pub use write_back::{SyncStatus, WriteBack};
