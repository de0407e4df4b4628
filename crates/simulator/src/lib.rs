//! An Auth0 tenant over real HTTP, for tests, for rehearsals with one's own data, and for the demo.
//!
//! It answers as Auth0 does, as far as is publicly known: the same shapes, statuses, wording, headers, defaults,
//! merge and conflict rules, rate limits, and the same lag between writing a user and finding it. It decides
//! nothing for its callers' comfort: where Auth0 is awkward, so is this.
//!
//! **What it never does.** It shares no type and no rule with the client crate, which would make both agree with
//! each other and not with Auth0. It keeps no password, not even a hash: it judges them and forgets them. It prints
//! nothing; it logs with `tracing`, ids only.
//!
//! # Main types
//!
//! * [`Options`] and [`start`]: a tenant on a port, and [`Simulator`], the handle to it.
//! * [`State`]: everything that the tenant holds, as JSON that a person can write by hand.
//! * [`Fault`]: scripted trouble, from a 429 to an answer that is lost after the work was done.
//! * [`JournalLine`], [`Stats`], [`Mail`]: what was asked, how often, and what was mailed.
//! * [`Switches`]: the points on which nobody outside Auth0 knows the answer.
//! * [`Conditions`]: how far away the tenant is, and how much its other applications call.
//!
//! ```
//! # tokio::runtime::Runtime::new()?.block_on(async {
//! let simulator = simulator::start(simulator::Options { users: 10, ..Default::default() }).await?;
//! assert!(simulator.url().starts_with("http://127.0.0.1:"));
//! assert_eq!(simulator.state().users.len(), 10);
//! simulator.shutdown().await;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Controls over HTTP
//!
//! What the handle can do can also be done from another process. These paths need no token and are neither limited,
//! nor journalled, nor struck by faults.
//!
//! | path | methods |
//! |---|---|
//! | `/_simulator/journal` | `GET`: a JSON line a request; `DELETE`: forget lines and statistics |
//! | `/_simulator/stats` | `GET`: counts by method and path template, 429s, peak in flight |
//! | `/_simulator/state` | `GET`, `PUT`: the whole tenant as a [`State`] |
//! | `/_simulator/mails` | `GET`: the outbox; `DELETE`: empty it |
//! | `/_simulator/faults` | `GET`, `PUT`: a list of [`Fault`]s; `DELETE`: none |
//! | `/_simulator/switches` | `GET`, `PUT`: the [`Switches`] |
//! | `/_simulator/conditions` | `GET`, `PUT`: the [`Conditions`] |
//! | `/_simulator/tokens` | `PUT`: `{"expire": true}` or `{"revoke": true}` for every token issued so far |
//!
//! The link in a mail or a ticket can be opened (`GET`), and then does what it says, once.
//!
//! # What looks odd, and why
//!
//! * **One table of routes instead of the web framework's router** (`router`): faults, statistics, rate groups and
//!   scopes are all said per route, and Auth0's own order of checks (rate, token, scope, body) has to hold for each.
//! * **Handlers are plain functions over one locked tenant** (`tenant`): everything is in memory and takes
//!   microseconds, and a write is then all or nothing without further thought.
//! * **Connections are wrapped** (`wire`): cutting one is the only way to show a client what a lost answer looks
//!   like.
//! * **Ids repeat** (`ids`): the same requests in the same order get the same ids, so that tests can snapshot them.
//!   Tokens and links are random.
//! * **Searches read a copy** (`search::view`) that trails behind the users by a set time, and shares them, so that
//!   100,000 users cost no copying.

mod answer;
mod call;
mod clock;
mod company;
mod conditions;
mod connections;
mod control;
mod domains;
mod error;
mod faults;
mod gate;
mod ids;
mod jobs;
mod journal;
mod limits;
mod logs;
mod mail;
mod options;
mod params;
mod roles;
mod router;
mod saving;
mod search;
mod server;
mod sessions;
mod settings;
mod state;
mod switches;
mod switching;
mod tenant;
mod tickets;
mod tokens;
mod users;
mod validate;
mod wire;

pub use clock::Timestamp;
pub use conditions::Conditions;
pub use faults::{Fault, Matching, Trouble};
pub use journal::{Count, JournalLine, Stats};
pub use options::{Options, RatePlan, UnknownPlan};
pub use saving::StateFileError;
pub use server::{Simulator, StartError, start};
pub use state::{
    Application, Connection, CustomDomain, CustomDomainStatus, DEFAULT_CONNECTION, EmailProvider, Identity,
    Mail, MailKind, PUBLIC_APPLICATION, RefreshToken, Role, Session, State, User,
};
pub use switches::{
    AbsentUserDelete, EmailChange, ExportEnd, ExportStore, HiddenGlobal, Refill, Refused, RepeatedRole,
    Reset, RetryAfter, SessionApi, Switches, Totals, UncertainCodes, UnchangedEmail, UserWrites,
};
pub use switching::{Setting, UnknownSwitch};
