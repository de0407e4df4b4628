//! The tenant: one call a thing, and none that could not succeed.

use std::collections::{BTreeMap, BTreeSet};

use auth0::{Client, Connection, Error};
use diff::{Feature, Policy};

use super::Doctor;
use super::check::{Check, Fix, Subject};
use super::unseen::Unseen;
use crate::memory::LACKS_FOR;
use crate::run::chain;

pub(super) const ABOUT: Subject = Subject::Auth0;

/// What is looked at once there is a token, in this order.
const WITH_A_TOKEN: [&str; 8] =
    ["scopes", "connection", "roles", "users", "break-glass", "custom domains", "mails", "rate plan"];

/// The tenant while it is looked at.
pub(super) struct Ward<'a> {
    pub(super) doctor: &'a Doctor,
    pub(super) checks: Vec<Check>,
    pub(super) unseen: Unseen,
    /// The connection, once it was read.
    pub(super) connection: Option<Connection>,
    granted: BTreeSet<String>,
    /// Something happened that would happen to every further call.
    down: bool,
}

impl<'a> Ward<'a> {
    pub(super) fn new(doctor: &'a Doctor) -> Self {
        Self {
            doctor,
            checks: Vec::new(),
            unseen: Unseen::default(),
            connection: None,
            granted: BTreeSet::new(),
            down: false,
        }
    }

    pub(super) fn policy(&self) -> &'a Policy {
        &self.doctor.settings.policy
    }

    pub(super) fn push(&mut self, check: Check) {
        self.checks.push(check);
    }

    /// Looks at everything, the rest in one line.
    pub(super) async fn look(&mut self, fix: Fix) {
        match &self.doctor.auth0 {
            Ok(client) => self.look_through(client, fix).await,
            Err(unopened) => {
                self.push(unopened.check(ABOUT, "configuration"));
                self.all_unseen("nothing can be asked of Auth0");
            }
        }
        let unseen = std::mem::take(&mut self.unseen);
        self.checks.extend(unseen.checks(ABOUT));
    }

    async fn look_through(&mut self, client: &Client, fix: Fix) {
        let reached = self.reach(client).await;
        self.look_at_clock(client);
        let Some(granted) = reached else { return self.all_unseen("there is no token") };
        let lacks = self.lacks().await;
        self.look_at_scopes(&granted, lacks.as_ref());
        self.granted = granted;
        self.look_at_connection(client).await;
        self.look_at_roles(client, fix).await;
        self.look_at_users(client).await;
        self.look_at_break_glass(client).await;
        self.look_at_custom_domains(client).await;
        self.look_at_mails(client).await;
        self.look_at_pace(client);
        self.look_at_lacks(lacks.as_ref(), fix).await;
    }

    fn all_unseen(&mut self, why: &'static str) {
        for it in WITH_A_TOKEN {
            self.unseen.add(it, why);
        }
    }

    /// Whether the token has the scope; what is not looked at for want of it is noted.
    pub(super) fn may(&mut self, what: &'static str, scope: &'static str) -> bool {
        let may = self.granted.contains(scope);
        if !may {
            self.unseen.for_want_of(scope, what);
        }
        may
    }

    /// Asks something that needs a scope. What fails for everything is told once, and nothing is asked
    /// after it; what fails for this alone is told in its own line.
    pub(super) async fn ask<T>(
        &mut self,
        what: &'static str,
        scope: &'static str,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Option<T> {
        if self.down {
            self.unseen.add(what, "the call above failed");
            return None;
        }
        if !self.may(what, scope) {
            return None;
        }
        match call.await {
            Ok(answer) => Some(answer),
            Err(error) => {
                self.down = fails_for_all(&error);
                self.push(ABOUT.failed(what, chain(&error), remedy(&error)));
                None
            }
        }
    }

    /// What the tenant's plan is known not to have; none where that is not known.
    async fn lacks(&self) -> Option<BTreeSet<Feature>> {
        let (store, tenant) = (self.doctor.opened_store()?, self.doctor.tenant.as_ref()?);
        store.lacks(tenant, self.doctor.settings.clock.now() - LACKS_FOR).await.ok()
    }

    /// Told as long as it is known; to mend it is to forget it, so that the next block asks again.
    async fn look_at_lacks(&mut self, lacks: Option<&BTreeSet<Feature>>, fix: Fix) {
        let lacks = lacks.into_iter().flatten().map(Feature::to_string).collect::<Vec<_>>();
        if lacks.is_empty() || !super::scopes::ends_sessions(self.policy()) {
            return;
        }
        let known = self.doctor.opened_store().zip(self.doctor.tenant.as_ref());
        if let (Fix::Yes, Some((store, tenant))) = (fix, known)
            && store.forget_lacks(tenant).await.is_ok()
        {
            let found = format!(
                "the next block asks for {} again, which the plan did not allow",
                lacks.join(" and ")
            );
            return self.push(ABOUT.ok("features", found));
        }
        self.push(ABOUT.warning(
            "features",
            format!(
                "the tenant's plan does not allow {}: what a leaver is logged in to goes on until it ends by itself",
                lacks.join(" and ")
            ),
            "set [leavers] end_sessions = false to say that it is known; it is tried again every month, and after \
             rollcall doctor --fix",
        ));
    }
}

/// What would happen to every other call as well.
fn fails_for_all(error: &Error) -> bool {
    match error {
        Error::TokenRefused { .. }
        | Error::Unauthorised { .. }
        | Error::Unreachable { .. }
        | Error::BrokenOff { .. }
        | Error::Redirected { .. }
        | Error::Exhausted { .. }
        | Error::Unreadable { .. } => true,
        Error::MissingScope { .. }
        | Error::Refused { .. }
        | Error::ListingUnstable { .. }
        | Error::Export { .. }
        | Error::TooManyUsers { .. }
        | Error::Endless { .. } => false,
    }
}

pub(super) fn remedy(error: &Error) -> &'static str {
    match error {
        Error::Exhausted { refusal, .. } if refusal.status == 429 => {
            "look who else uses the tenant's API, wait a minute, and run rollcall doctor again"
        }
        Error::Exhausted { .. } => "look at https://status.auth0.com, and run rollcall doctor again later",
        Error::Unreachable { .. } | Error::BrokenOff { .. } => {
            "look at the network and the proxy, and run rollcall doctor again"
        }
        Error::Unreadable { .. } | Error::Redirected { .. } => {
            "check AUTH0_DOMAIN, and let the proxy pass https to it"
        }
        Error::TokenRefused { .. } | Error::Unauthorised { .. } | Error::MissingScope { .. } => {
            "check the application in Auth0 under Applications > Applications"
        }
        Error::Refused { .. }
        | Error::Export { .. }
        | Error::TooManyUsers { .. }
        | Error::ListingUnstable { .. }
        | Error::Endless { .. } => {
            "run rollcall doctor again; if it stays so, look at Auth0's logs under Monitoring > Logs"
        }
    }
}

/// Names by what they are for, to be told one under the other.
pub(super) fn by_purpose(scopes: &BTreeMap<&'static str, &'static str>) -> Vec<String> {
    let mut purposes: Vec<(&str, Vec<&str>)> = Vec::new();
    for (scope, purpose) in scopes {
        match purposes.iter_mut().find(|(it, _)| it == purpose) {
            Some((_, scopes)) => scopes.push(scope),
            None => purposes.push((purpose, vec![scope])),
        }
    }
    purposes.into_iter().map(|(purpose, scopes)| format!("{purpose}: {}", scopes.join(" "))).collect()
}
