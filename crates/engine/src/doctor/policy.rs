//! The rules, as far as they can be judged beforehand.

use auth0::Connection;
use diff::Welcome;

use super::Doctor;
use super::check::{Check, Subject};

const ABOUT: Subject = Subject::Policy;

const WHAT: &str = "onboarding";

impl Doctor {
    pub(super) fn look_at_policy(&self, connection: Option<&Connection>) -> Vec<Check> {
        vec![self.onboarding(connection)]
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
