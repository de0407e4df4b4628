//! The rules, as far as they can be judged beforehand.

use std::collections::BTreeSet;

use ::store::Act;
use auth0::Connection;
use diff::{Concern, ReviewRules, Welcome};

use super::Doctor;
use super::check::{Check, Subject, few};

const ABOUT: Subject = Subject::Policy;

const WHAT: &str = "onboarding";

impl Doctor {
    pub(super) async fn look_at_policy(&self, connection: Option<&Connection>) -> Vec<Check> {
        let approvers = self.approvers().await;
        [self.onboarding(connection)].into_iter().chain(approvers).collect()
    }

    /// Only tokens show who somebody is, and where two must say yes nobody could without them. A store that
    /// cannot be read is told of in its own place.
    async fn approvers(&self) -> Option<Check> {
        let rules = &self.settings.policy.review;
        if rules.two_approvers.is_empty() {
            return None;
        }
        let tokens = self.opened_store()?.tokens().await.ok()?;
        let now = self.settings.clock.now();
        let usable = tokens.iter().filter(|it| it.is_usable(now) && it.role.may(Act::Decide));
        Some(approvers(rules, &usable.map(|it| it.name.clone()).collect::<BTreeSet<_>>()))
    }

    /// Nobody knows the password that an account is made with.
    fn onboarding(&self, connection: Option<&Connection>) -> Check {
        let onboarding = &self.settings.policy.onboarding;
        match &onboarding.welcome {
            Welcome::Verification | Welcome::Silent => ABOUT.warning(
                WHAT,
                "new people get no link to set a password: they will need \"forgot password\"",
                "set [onboarding] client_id to the application that people log in to",
            ),
            Welcome::Invitation { .. } if !onboarding.verification_mails => ABOUT.warning(
                WHAT,
                "mails are switched off, and the invitations of new people stay due until they are not",
                "set AUTH0_SEND_VERIFICATION_EMAIL=true, or [onboarding] welcome = \"none\"",
            ),
            Welcome::Invitation { client_id } => self.invitation(client_id, connection),
        }
    }

    /// The application is not asked for by itself, which would take another scope: that the connection is
    /// enabled for it says more.
    fn invitation(&self, client_id: &str, connection: Option<&Connection>) -> Check {
        let own = self.auth0.as_ref().is_ok_and(|it| it.client_id() == client_id);
        if own {
            return ABOUT.failed(
                WHAT,
                format!("invitations name {client_id}, which is Rollcall's own application"),
                "set [onboarding] client_id to the application that people log in to",
            );
        }
        match connection.map(|it| (it, it.enabled_clients.as_ref())) {
            Some((it, Some(clients))) if !clients.is_empty() && !clients.contains(client_id) => ABOUT.failed(
                WHAT,
                format!(
                    "invitations name the application {client_id}, and {} is not enabled for it, or it does not exist",
                    it.name
                ),
                format!(
                    "correct [onboarding] client_id, or enable the connection in Auth0 under Authentication > \
                     Database > {} > Applications",
                    it.name
                ),
            ),
            Some((_, Some(clients))) if clients.contains(client_id) => {
                ABOUT.ok(WHAT, format!("new people get a link to set their password, in the name of {client_id}"))
            }
            // The connection is enabled for nobody, which is told where it stands; or nobody could look.
            Some((_, Some(_) | None)) | None => ABOUT.ok(
                WHAT,
                format!(
                    "new people get a link to set their password, in the name of {client_id}, which was not looked at"
                ),
            ),
        }
    }
}

/// Whether enough people have a token for what two must say yes to.
fn approvers(rules: &ReviewRules, names: &BTreeSet<String>) -> Check {
    const WHAT: &str = "approvers";
    const SHOWN: usize = 5;
    let words: Vec<&str> = rules.two_approvers.iter().map(|it: &Concern| it.word()).collect();
    let asked = format!("two people must say yes to {}", few(&words, SHOWN));
    let people = rules.people(names.iter().map(String::as_str));
    let they = if names.is_empty() { String::new() } else { format!(": {}", few(names, SHOWN)) };
    match people {
        0 | 1 => ABOUT.failed(
            WHAT,
            format!(
                "{asked}, and {} with a token may{they}",
                if people == 0 { "nobody" } else { "one person" }
            ),
            "rollcall token create --name NAME --role approver, for each of two people",
        ),
        several => ABOUT.ok(WHAT, format!("{asked}; {several} people may{they}")),
    }
}
