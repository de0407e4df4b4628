//! The way to the tenant: its domain, its certificate, its clock, and a token.

use std::collections::BTreeSet;

use auth0::{CertificateTrouble, Client, Error, Trouble};
use chrono::TimeDelta;

use super::tenant::{ABOUT, Ward, remedy};
use crate::run::chain;

/// A clock that is farther off is told.
const CLOCKS_AGREE: TimeDelta = TimeDelta::seconds(30);

impl Ward<'_> {
    /// Asks for a token, and gives the scopes that it has.
    pub(super) async fn reach(&mut self, client: &Client) -> Option<BTreeSet<String>> {
        let domain = client.domain();
        let answers = if domain.is_encrypted() {
            format!("{domain} answers over https, and shows a valid certificate")
        } else {
            format!("{domain} answers over plain http, which is for simulators on this machine alone")
        };
        let error = match client.token_scopes().await {
            Ok(granted) => {
                self.push(ABOUT.ok("domain", answers));
                self.push(ABOUT.ok("token", format!("Auth0 gives one to {}", client.client_id())));
                return Some(granted);
            }
            Err(error) => error,
        };
        match &error {
            Error::TokenRefused { refusal, advice } => {
                self.push(ABOUT.ok("domain", answers));
                self.push(ABOUT.failed("token", format!("Auth0 gives none: {refusal}"), *advice));
            }
            Error::Exhausted { .. } => {
                self.push(ABOUT.ok("domain", answers));
                self.push(ABOUT.failed("token", chain(&error), remedy(&error)));
            }
            Error::Unreachable { .. } => {
                let (found, advice) = match error.trouble() {
                    Some(trouble) => told(&trouble, &domain.to_string()),
                    None => (chain(&error), "check AUTH0_DOMAIN, the network and the proxy"),
                };
                self.push(ABOUT.failed("domain", found, advice));
            }
            Error::Unauthorised { .. }
            | Error::MissingScope { .. }
            | Error::BrokenOff { .. }
            | Error::Redirected { .. }
            | Error::Unreadable { .. }
            | Error::Refused { .. }
            | Error::ListingUnstable { .. }
            | Error::Export { .. }
            | Error::TooManyUsers { .. }
            | Error::Endless { .. } => {
                let advice = "check that AUTH0_DOMAIN is Auth0's, and that no proxy answers in its place";
                self.push(ABOUT.failed("domain", chain(&error), advice));
            }
        }
        None
    }

    pub(super) fn look_at_clock(&mut self, client: &Client) {
        let Some(ahead) = client.clock_ahead() else { return };
        if ahead.abs() < CLOCKS_AGREE {
            self.push(ABOUT.ok("clock", "this machine's agrees with Auth0's"));
            return;
        }
        let side = if ahead > TimeDelta::zero() { "behind" } else { "ahead of" };
        self.push(ABOUT.warning(
            "clock",
            format!("this machine's is {} {side} Auth0's", length(ahead.abs())),
            "set it, best by NTP: first and last days, the expiry of approvals, and the lease that keeps two \
             machines from applying at once all go by it",
        ));
    }
}

fn told(trouble: &Trouble, domain: &str) -> (String, &'static str) {
    match trouble {
        Trouble::NoSuchName => (
            format!("the name {domain} cannot be found"),
            "check AUTH0_DOMAIN, and that this machine can look names up",
        ),
        Trouble::NobodyListens => (
            format!("nobody listens at {domain}"),
            "check AUTH0_DOMAIN, and whether a firewall stands between",
        ),
        Trouble::TooSlow => (
            format!("{domain} does not answer in time"),
            "look at the network and the proxy; AUTH0_REQUEST_TIMEOUT says how long a request may take",
        ),
        Trouble::NoTls(why) => (
            format!("{domain} does not speak https: {why}"),
            "check AUTH0_DOMAIN, and let the proxy pass https to it as it is",
        ),
        Trouble::Certificate(trouble) => certificate(trouble, domain),
    }
}

fn certificate(trouble: &CertificateTrouble, domain: &str) -> (String, &'static str) {
    const CLOCK: &str = "look at this machine's clock; if it is right, it is not Auth0 that answers";
    match trouble {
        CertificateTrouble::Expired => (format!("the certificate of {domain} has expired"), CLOCK),
        CertificateTrouble::NotYetValid => (format!("the certificate of {domain} is not valid yet"), CLOCK),
        CertificateTrouble::OtherName => (
            format!("who answers for {domain} shows the certificate of another name"),
            "check AUTH0_DOMAIN; a custom domain must be ready in Auth0 under Branding > Custom Domains",
        ),
        CertificateTrouble::UnknownIssuer => (
            format!("nobody whom this machine trusts has signed the certificate of {domain}"),
            "if the company's proxy looks into https, install its certificate on this machine, or name it in \
             SSL_CERT_FILE; if not, somebody pretends to be Auth0",
        ),
        CertificateTrouble::Other(why) => (
            format!("the certificate of {domain} cannot be trusted: {why}"),
            "check AUTH0_DOMAIN and the proxy",
        ),
    }
}

/// `45 seconds`, `12 minutes`, `26 hours`.
fn length(time: TimeDelta) -> String {
    match (time.num_seconds(), time.num_minutes(), time.num_hours()) {
        (seconds @ ..120, _, _) => format!("{seconds} seconds"),
        (_, minutes @ ..120, _) => format!("{minutes} minutes"),
        (_, _, hours) => format!("{hours} hours"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_told_in_the_unit_that_fits() {
        let told = |seconds| length(TimeDelta::seconds(seconds));
        assert_eq!(
            [119, 120, 7_199, 7_200].map(told),
            ["119 seconds", "2 minutes", "119 minutes", "2 hours"]
        );
    }
}
