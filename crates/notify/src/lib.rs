//! Notifications: what needs somebody, told to people and to other systems once when it begins and once when it
//! is over.
//!
//! ```text
//! Condition ─► Notifier ─► board: what stands, and which channel told it ─► a task a channel ─► Slack, JSON, mail
//! ```
//!
//! The service says what it sees, as often as it likes: [`Notifier::raise`], [`Notifier::clear`], or
//! [`Notifier::observe`] where it looks again and again. Only a change of state is told. None of these waits for
//! anything; each [`Channel`] has a task and a bounded queue of its own.
//!
//! It depends on no other crate of ours, and decides nothing about anybody: when a condition stands is the
//! service's to say. It knows ids and numbers, and no names or addresses of people.
//!
//! * [`Condition`] is what may stand, with what is said of it and the command to run next.
//! * [`Kind`] and [`Subject`] name it: `leaver_pending` of `employee 42` is told once, however often it is raised.
//! * [`Announced`] is what to write down, so that a restart does not tell everything again.
//!
//! What looks odd:
//!
//! * A channel's queue holds no messages. It holds what its readers believe wrongly (`board.rs`), and words are
//!   found when it is sent. So what was over before it was told is told to nobody, and neither is what was over
//!   for a moment only.
//! * Where no answer came, readers may or may not know. Then both are told: that it stands, until somebody
//!   takes it; and that it is over, even if nobody did. Better twice than never.
//! * The address of a webhook is a secret, because who knows it can write there. It is in no error, no log and no
//!   `Debug`; what the other side says is not repeated either, apart from statuses and single words.
//! * A mail goes to each recipient by itself. In one transaction the server's no to one would be a no to all.
//! * Time is the service's clock ([`Origin::with_clock`]), apart from the timestamp that a signature covers: it is
//!   about the request, and the receiver compares it with its own clock.
//!
//! # The JSON webhook
//!
//! `POST` with `event`, `state` (`raised` or `over`), `subject`, `severity` (`info`, `warning`, `critical`), `title`,
//! `text`, `tenant`, `at` (RFC 3339, UTC) and `audit_head` (or null). These stay; others may come. A notice may come
//! twice, with the same `event`, `subject`, `state` and `at`. Any status from 200 to 299 takes it; 408, 429 and from
//! 500 on is tried again, `Retry-After` is heeded, everything else is given up.
//!
//! Signed, it has `Rollcall-Timestamp` (seconds since 1970) and `Rollcall-Signature: sha256=HEX`, the HMAC-SHA256
//! of timestamp, dot and body. A receiver computes the same, and refuses a timestamp of more than five minutes ago.

mod address;
mod board;
mod channel;
mod condition;
mod errand;
mod failure;
mod http;
mod kind;
mod lane;
mod mail;
mod message;
mod notice;
mod notifier;
mod patience;
mod settings;
mod shared;
mod signature;
mod stats;
mod wording;
mod worker;

pub use address::AddressError;
pub use channel::{Channel, ChannelError};
pub use condition::Condition;
pub use kind::{Kind, Severity, Subject};
pub use mail::{Login, MailConfig, MailError, Security};
pub use notice::{Announced, Notice, State, Unsent};
pub use notifier::{Notifier, NotifierError};
pub use patience::Patience;
pub use settings::{Origin, Settings};
pub use stats::ChannelStats;
