//! The points on which the public sources about Auth0 are silent or contradict each other.
//!
//! Each has the answer that is likeliest by `FACTS.md` §13 as its default, and another that a client must survive.

use serde::{Deserialize, Serialize};

/// One field for each open point. Readable and settable while running under `/_simulator/switches`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Switches {
    /// What `x-ratelimit-reset` means.
    pub reset: Reset,
    /// How a bucket fills.
    pub refill: Refill,
    /// Whether a 429 of the Management API names a wait.
    pub retry_after: RetryAfter,
    /// The message of a 429 from an endpoint group's bucket; only the global one was ever recorded.
    pub group_limit_message: String,
    /// Whether a request that is refused costs a token.
    pub refused: Refused,
    /// Whether Essentials and Professional have a global bucket too (2020–2023: 50 burst, 1000 a minute).
    pub hidden_global: HiddenGlobal,
    /// Whether `POST`/`PATCH` and `DELETE` of users drain one bucket (2020) or one each (today's table).
    pub user_writes: UserWrites,
    /// The largest `per_page` of `GET /users`.
    pub per_page_max: u64,
    /// What `total` says when more than 1,000 users match.
    pub totals: Totals,
    /// The largest batch of `POST /roles/{id}/users`; `None` is no limit.
    pub role_batch_max: Option<usize>,
    /// Granting what is held, and removing what is not.
    pub repeated_role: RepeatedRole,
    /// How far `GET /roles/{id}/users` trails behind role writes.
    pub role_members_lag_ms: u64,
    /// Whether 400s about passwords and forbidden combinations carry an `errorCode`.
    pub uncertain_codes: UncertainCodes,
    /// What a PATCH of `email` alone does to `email_verified`.
    pub email_change: EmailChange,
    /// Whether sending an unchanged email ends the user's sessions, as it did before 2025-08.
    pub unchanged_email: UnchangedEmail,
    /// What `DELETE` of an absent user answers.
    pub absent_user_delete: AbsentUserDelete,
    /// Whether sessions and refresh tokens can be deleted.
    pub session_api: SessionApi,
    /// Longest `name`.
    pub name_max: usize,
    /// Longest `nickname`.
    pub nickname_max: usize,
    /// Which store an export job reads.
    pub export_store: ExportStore,
    /// How long an export job takes.
    pub export_ms: u64,
    /// How an export job that is asked for from now on ends.
    pub export_end: ExportEnd,
    /// How long the link to an exported file is good for. Nobody doubts Auth0's 60 seconds: a shorter life shows a
    /// link that has lapsed without the wait.
    pub export_link_ms: u64,
    /// How many export jobs may run at once; `None` is no limit.
    pub exports_max: Option<usize>,
    /// How far the tenant's clock is ahead of this machine's, as the `Date` of its answers tells. Nobody doubts
    /// Auth0's clock: this is how a wrong one on our side looks.
    pub clock_ahead_s: i64,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            reset: Reset::BucketFull,
            refill: Refill::Continuous,
            retry_after: RetryAfter::Absent,
            group_limit_message: "Global limit has been reached".to_owned(),
            refused: Refused::Free,
            hidden_global: HiddenGlobal::Absent,
            user_writes: UserWrites::OneBucketEach,
            per_page_max: 100,
            totals: Totals::Exact,
            role_batch_max: None,
            repeated_role: RepeatedRole::Accepted,
            role_members_lag_ms: 0,
            uncertain_codes: UncertainCodes::Absent,
            email_change: EmailChange::Unverifies,
            unchanged_email: UnchangedEmail::Nothing,
            absent_user_delete: AbsentUserDelete::NoContent,
            session_api: SessionApi::ByPlan,
            name_max: 300,
            nickname_max: 300,
            export_store: ExportStore::Primary,
            export_ms: 200,
            export_end: ExportEnd::Completes,
            export_link_ms: 60_000,
            exports_max: None,
            clock_ahead_s: 0,
        }
    }
}

macro_rules! two_ways {
    ($(#[$doc:meta])* $name:ident { $(#[$doc_a:meta])* $a:ident, $(#[$doc_b:meta])* $b:ident }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $(#[$doc_a])* $a, $(#[$doc_b])* $b }
    };
}

two_ways!(
    /// The meaning of `x-ratelimit-reset`.
    Reset {
        /// When the bucket will be full (recordings 2018–2021).
        BucketFull,
        /// When one more request is allowed (a documentation page).
        NextToken
    }
);
two_ways!(
    /// How tokens come back.
    Refill {
        /// One by one.
        Continuous,
        /// All at the top of each second or minute.
        FixedWindow
    }
);
two_ways!(
    /// The header `Retry-After` on a 429.
    RetryAfter {
        /// Not sent.
        Absent,
        /// Whole seconds until a token is there.
        Seconds
    }
);
two_ways!(
    /// The price of a refused request.
    Refused {
        /// Nothing.
        Free,
        /// A token, so that hammering keeps the bucket empty.
        CostsAToken
    }
);
two_ways!(
    /// A global bucket over the groups.
    HiddenGlobal {
        /// There is none.
        Absent,
        /// Burst 50, 1,000 a minute.
        Burst50
    }
);
two_ways!(
    /// The buckets for writing users.
    UserWrites {
        /// One for `POST` and `PATCH`, one for `DELETE`.
        OneBucketEach,
        /// One for all three.
        OneShared
    }
);
two_ways!(
    /// `total` over the ceiling.
    Totals {
        /// The true count.
        Exact,
        /// 1,000.
        CappedAt1000
    }
);
two_ways!(
    /// Repeated grants and removals.
    RepeatedRole {
        /// Success, nothing changes.
        Accepted,
        /// 400.
        Refused
    }
);
two_ways!(
    /// `errorCode` where only the message is known.
    UncertainCodes {
        /// Left out.
        Absent,
        /// Filled with the likeliest one.
        Present
    }
);
two_ways!(
    /// `email_verified` after an email PATCH without it.
    EmailChange {
        /// Becomes false.
        Unverifies,
        /// Stays.
        KeepsVerified
    }
);
two_ways!(
    /// A PATCH with the email that the user already has.
    UnchangedEmail {
        /// Changes nothing.
        Nothing,
        /// Ends sessions.
        EndsSessions
    }
);
two_ways!(
    /// `DELETE` of a user that is not there.
    AbsentUserDelete {
        /// 204.
        NoContent,
        /// 404.
        NotFound
    }
);
two_ways!(
    /// Sessions and refresh tokens over the API.
    SessionApi {
        /// On Enterprise, private clouds and without a plan; 403 on the others.
        ByPlan,
        /// On every plan.
        Always
    }
);
two_ways!(
    /// What an export reads.
    ExportStore {
        /// The primary store: everything that was written.
        Primary,
        /// The search store, with its lag.
        Search
    }
);
two_ways!(
    /// The end of an export job.
    ExportEnd {
        /// With a file.
        Completes,
        /// With a failure.
        Fails
    }
);
