//! What can go wrong in each phase.

use std::collections::BTreeSet;

use diff::{
    Breach, ChangeId, ConnectionName, Digest, EmployeeId, Kind, NobodyMeant, PlanId, RoleName, Suspect,
    Tenant,
};

/// Reading failed: nothing was planned.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The store belongs to another tenant.
    #[error("this store is bound to the tenant {bound}, and the configuration names {asked}")]
    OtherTenant {
        /// Its tenant.
        bound: Tenant,
        /// The configured one.
        asked: Tenant,
    },
    /// The database.
    #[error("could not read employees")]
    Store(#[from] store::Error),
    /// The table cannot be this company's, whoever accepts it.
    #[error("the employee table {table:?} of {place} is not believed: {why}")]
    Source {
        /// The table.
        table: String,
        /// Its database.
        place: store::Place,
        /// What is wrong with it.
        why: Suspect,
    },
    /// The plan would be about nobody.
    #[error(transparent)]
    Nobody(#[from] NobodyMeant),
    /// Linked users of the connection exist, and the listing does not have them: who else is missing?
    #[error(
        "Auth0's listing of {connection} is not whole: at least {missing} of {linked} linked users exist and are \
         not in it, and {allowed} may be missing"
    )]
    ListingLacks {
        /// The connection.
        connection: ConnectionName,
        /// So many, at least, were not in it.
        missing: usize,
        /// So many may be missing, because the search trails behind.
        allowed: usize,
        /// So many are linked.
        linked: usize,
    },
    /// Roles that the policy names and the tenant does not have.
    #[error("the policy names roles that the tenant does not have: {}", list(missing))]
    RolesMissing {
        /// They.
        missing: BTreeSet<RoleName>,
    },
    /// The tenant.
    #[error("could not read the tenant's users and roles")]
    Auth0(#[from] auth0::Error),
}

/// A plan could not be stored, approved or rejected.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// The database refused.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The state of the plan forbids it.
    #[error(transparent)]
    Refused(#[from] store::Refusal),
    /// The plan exceeds limits.
    #[error("plan {plan} exceeds limits: {}", list(breaches))]
    Breached {
        /// Which plan.
        plan: PlanId,
        /// By what.
        breaches: Vec<Breach>,
    },
    /// A limit can be accepted for one digest only.
    #[error("to accept a limit, name the digest that you looked at: --digest {digest}")]
    NoDigest {
        /// Which plan.
        plan: PlanId,
        /// Its digest.
        digest: Digest,
    },
    /// A limit was accepted that the plan does not exceed.
    #[error("plan {plan} does not exceed the limit {limit:?}")]
    NotBreached {
        /// Which plan.
        plan: PlanId,
        /// What was accepted.
        limit: String,
    },
    /// A change was dropped that is not there.
    #[error("plan {plan} has no change {change}")]
    NoChange {
        /// Which plan.
        plan: PlanId,
        /// What was to be dropped.
        change: ChangeId,
    },
    /// An employee was named for whom the plan has nothing to leave out.
    #[error("plan {plan} has {} for employee {employee}", no_change(kinds))]
    NothingFor {
        /// Which plan.
        plan: PlanId,
        /// Who.
        employee: EmployeeId,
        /// Changes of which kinds were meant; empty for all.
        kinds: BTreeSet<Kind>,
    },
    /// A kind was named of which the plan has no change.
    #[error("plan {plan} has no change of the kind {kind}")]
    NoKind {
        /// Which plan.
        plan: PlanId,
        /// Which kind.
        kind: Kind,
    },
    /// The person saw another plan.
    #[error("plan {plan} has the digest {digest}, not {named}: look at it again before you approve it")]
    OtherDigest {
        /// Which plan.
        plan: PlanId,
        /// Its digest.
        digest: Digest,
        /// What the person named.
        named: String,
    },
}

/// A plan could not be applied at all; what fails inside a run is in its report.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The rows could not be read again.
    #[error("could not read employees again before applying")]
    Read(#[from] ReadError),
    /// Somebody else applies.
    #[error(transparent)]
    Lease(#[from] store::LeaseError),
    /// The plan cannot be claimed.
    #[error(transparent)]
    Claim(#[from] store::ClaimError),
    /// Made under another policy.
    #[error("plan {0} was made under another policy: make a new plan")]
    OtherPolicy(PlanId),
    /// Made from another tenant.
    #[error("plan {plan} is of the tenant {planned}, and the configuration names {configured}")]
    OtherTenant {
        /// Which plan.
        plan: PlanId,
        /// Its tenant.
        planned: Tenant,
        /// The configured one.
        configured: Tenant,
    },
    /// Made by another application of Auth0, which may see and do other things.
    #[error("plan {plan} was made by the client {planned}, and the configuration names {configured}")]
    OtherClient {
        /// Which plan.
        plan: PlanId,
        /// The client that read the tenant for it.
        planned: String,
        /// The configured one.
        configured: String,
    },
    /// The plan exceeds limits.
    #[error("plan {plan} exceeds limits: {}", list(breaches))]
    Breached {
        /// Which plan.
        plan: PlanId,
        /// By what.
        breaches: Vec<Breach>,
    },
    /// The table has lost rows since the plan was made, beyond what its approval accepts.
    #[error("the employee table looks wrong since plan {plan} was made: {}", list(breaches))]
    SourceSince {
        /// Which plan.
        plan: PlanId,
        /// By what.
        breaches: Vec<Breach>,
    },
    /// The database.
    #[error("could not record the run")]
    Store(#[source] store::Error),
    /// The tenant does not tell what a run that broke off has done: nothing is begun before that is known.
    #[error("could not find out what the run that broke off has done")]
    Settling(#[source] auth0::Error),
    /// Another process took the lease: this one has stopped at once.
    #[error("the lease was lost to another process; what was done is in the journal")]
    LeaseLost,
}

impl From<store::Error> for ApplyError {
    fn from(error: store::Error) -> Self {
        let is_lost = matches!(error, store::Error::LeaseLost(_) | store::Error::RunOver(_));
        if is_lost { Self::LeaseLost } else { Self::Store(error) }
    }
}

/// A sync failed before its plan was applied.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// Reading.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Proposing or approving.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// Applying.
    #[error(transparent)]
    Apply(#[from] ApplyError),
}

impl ReadError {
    /// Whether a side looks wrong rather than unreachable: nothing is written, and somebody must look.
    pub fn is_suspect(&self) -> bool {
        match self {
            Self::Source { .. }
            | Self::Nobody(_)
            | Self::ListingLacks { .. }
            | Self::Auth0(auth0::Error::ListingUnstable { .. }) => true,
            Self::Auth0(_) | Self::OtherTenant { .. } | Self::Store(_) | Self::RolesMissing { .. } => false,
        }
    }
}

/// `no change`, or `no block or revoke`
fn no_change(kinds: &BTreeSet<Kind>) -> String {
    let words: Vec<&str> = kinds.iter().map(|it| it.word()).collect();
    if words.is_empty() { "no change".to_owned() } else { format!("no {}", words.join(" or ")) }
}

fn list<'a, T: ToString + 'a>(items: impl IntoIterator<Item = &'a T>) -> String {
    items.into_iter().map(T::to_string).collect::<Vec<_>>().join("; ")
}
