//! The core of Rollcall: what the employee table and an Auth0 tenant say becomes a plan.
//!
//! ```text
//! rows ─► Standing ┐
//!                  ├─► plan() ─► Plan ─► review ─► ApprovedPlan ─► calls()
//! users ─► Account ┘
//! ```
//!
//! **All choices are made here.** Planning is synchronous and deterministic, and it does no I/O:
//! time, ids and randomness come in as arguments. Whoever applies a plan has no choice left to make.
//!
//! The few main types:
//!
//! * [`Employee`] is a row as it stands, every cell its text. [`standing()`] judges it: a row that
//!   cannot be trusted is [`Standing::Held`] and never looks like a person who left.
//! * [`User`] is an Auth0 user and [`Account`] what there is to compare about it. [`Wanted`] is what
//!   the [`Policy`] makes of an employed row, with the rule behind each field.
//! * [`believable`] and [`reading()`] judge a table before its rows: one without values is refused, and one that
//!   lost many rows, or is another one, is a [`Breach`] that a person may accept.
//! * [`Links`] say which user is whose. Only linked users are ours to change.
//! * [`plan()`] gives a [`Plan`]: [`Change`]s, each with its before, after and reason, and
//!   [`Note`]s for everything that was seen and left alone.
//! * [`Plan::approve`] is the one door to an [`ApprovedPlan`]; [`missing`] says whose yes it lacks, by the
//!   policy's [`ReviewRules`], and [`at_once()`] what need not wait for anybody.
//! * [`calls()`] turns changes into requests; one call may carry many changes.
//! * [`fingerprints`] tell which rows say something else than when somebody looked last, so that a quick run plans
//!   for those alone: [`changed()`], [`dealt_with`], [`missed`].
//! * [`undo()`] gives the plan that takes a [`PastRun`] back, which is reviewed and applied like any other.
//!
//! What looks odd: cells are plain `String`s with `""` for absent, because absent, null and empty
//! mean the same in an employee table; and every ordered thing is a `BTreeMap`, a `BTreeSet` or
//! sorted, because the plan of one situation must be the same to the byte wherever it is made.

mod absent;
mod account;
mod approval;
mod at_once;
mod call;
mod calls;
mod change;
mod changed;
mod clean;
mod decide;
mod email;
mod email_moves;
mod employee;
mod error_rate;
mod explain;
mod forecast;
mod grants;
mod handover;
mod ids;
mod limits;
mod links;
mod matching;
mod memory;
mod metadata;
mod note;
mod order;
mod outcome;
mod pace;
mod plan;
mod planning;
mod policy;
mod quarantine;
mod reading;
mod reflected;
mod remedy;
mod resend;
mod review;
mod role_set;
mod roll;
mod scope;
mod shared;
mod situation;
mod sought;
mod stale;
mod standing;
mod survey;
mod template;
mod text;
mod undo;
mod wanted;

pub use account::{Access, Account, BLOCK_MARK, EMPLOYEE_MARK, Field, FieldError, Identity, User};
pub use approval::{Approval, ApprovalError, ApprovedPlan, Approver};
pub use at_once::{Automatic, at_once};
pub use call::{AccessChange, Call, Phase, Request};
pub use calls::{GRANT_BATCH, Resolved, calls, calls_in_batches};
pub use change::{Action, Cause, Change, EmailFlags, FieldChange, Kind, KindError, Matched, Who};
pub use changed::{Left, Seen, changed, dealt_with, fingerprints, missed};
pub use clean::{clean, name_key};
pub use email::{Email, EmailError, Idn};
pub use employee::Employee;
pub use error_rate::{ErrorRate, TooMany};
pub use explain::{ExplainedField, Explanation, explain};
pub use forecast::{Forecast, GrantShapes, Reading, ReadingForm, Spent, forecast};
pub use ids::{
    ChangeId, ConnectionName, EmployeeId, EmployeeIdError, PlanId, RoleName, RunId, Tenant, UserId,
};
pub use limits::{Breach, Limit, Limits, Share};
pub use links::{Link, LinkError, Links};
pub use memory::{Feature, Memory, NextTry, Parked};
pub use metadata::Metadata;
pub use note::{Note, Reason};
pub use outcome::{Blame, Outcome, Report};
pub use pace::{Bucket, Buckets, Group, RatePlan, RatePlanError};
pub use plan::{
    Digest, Draft, OpenHolders, PLAN_VERSION, Plan, PlanError, RolesRead, SourceSummary, UsersSummary,
};
pub use planning::plan;
pub use policy::{
    Absent, Authority, EmailRules, IdType, Leavers, Onboarding, Policy, RoleRule, RoleRules, Rule,
    StatusWords, Welcome,
};
pub use quarantine::{Quarantine, Quarantined, Tally, moot, tally};
pub use reading::{Absence, Suspect, absences, believable, believable_alone, reading};
pub use reflected::unreflected;
pub use remedy::Remedy;
pub use resend::{Mail, NoMail, resend};
pub use review::{Concern, Missing, NoYes, ReviewRules, missing, weigh};
pub use role_set::RoleSet;
pub use scope::{NobodyMeant, Scope};
pub use shared::shared;
pub use situation::{Situation, address};
pub use sought::Sought;
pub use stale::{overtaken, stale};
pub use standing::{Held, Leaving, Standing, standing};
pub use survey::{Survey, survey};
pub use template::{Template, TemplateError};
pub use text::{
    Details, MARKDOWN_MAX, TextOptions, acceptance, cost, details, forecast_and_spent, markdown, sentence,
    spent, text, ways_out,
};
pub use undo::{PastRun, undo};
pub use wanted::{Wanted, WantedField, WantedRoles, wanted};
