//! Who sends the tenant's mails, and under which domain.

use auth0::{Client, CustomDomain, EmailProvider};
use diff::{Policy, Welcome};

use super::check::{Check, few};
use super::tenant::{ABOUT, Ward};

/// Domains shown.
const SHOWN: usize = 5;

impl Ward<'_> {
    /// Several verified domains refuse every create that names none of them (FACTS §3), unless one is the
    /// default (Auth0's documentation of multiple custom domains). We name none.
    pub(super) async fn look_at_custom_domains(&mut self, client: &Client) {
        let asked = self.ask("custom domains", "read:custom_domains", client.custom_domains()).await;
        if let Some(domains) = asked {
            self.push(custom_domains(&domains));
        }
    }

    pub(super) async fn look_at_mails(&mut self, client: &Client) {
        if !sends_mails(self.policy()) {
            self.push(ABOUT.ok("mails", "none is sent, as configured"));
            return;
        }
        let asked = self.ask("mails", "read:email_provider", client.email_provider()).await;
        if let Some(provider) = asked {
            self.push(mails(&provider, self.policy().limits.mails));
        }
    }
}

/// Whether new people are sent anything.
fn sends_mails(policy: &Policy) -> bool {
    match policy.onboarding.welcome {
        Welcome::Invitation { .. } | Welcome::Verification => policy.onboarding.verification_mails,
        Welcome::Silent => false,
    }
}

fn custom_domains(domains: &[CustomDomain]) -> Check {
    let ready: Vec<&CustomDomain> = domains.iter().filter(|it| it.is_ready).collect();
    let names: Vec<&String> = ready.iter().map(|it| &it.domain).collect();
    let default = ready.iter().find(|it| it.is_default);
    match (ready.len(), default) {
        (0, _) => ABOUT.ok("custom domains", "none"),
        (1, _) => ABOUT.ok("custom domains", few(names, SHOWN)),
        (_, Some(default)) => {
            ABOUT.ok("custom domains", format!("{}; mails use {}", few(names, SHOWN), default.domain))
        }
        (_, None) => ABOUT.failed(
            "custom domains",
            format!(
                "{}, and none is the default: Auth0 refuses to create users (409 custom_domain_conflict), because \
                 it does not know which one mails shall use",
                few(names, SHOWN)
            ),
            "make one the default in Auth0 under Branding > Custom Domains",
        ),
    }
}

fn mails(provider: &EmailProvider, most: usize) -> Check {
    match provider {
        EmailProvider::Own { name, enabled: true } => ABOUT.ok("mails", format!("sent by {name}")),
        EmailProvider::Own { name, enabled: false } => ABOUT.warning(
            "mails",
            format!("{name} is set up, and switched off"),
            "switch it on in Auth0 under Branding > Email Provider",
        ),
        EmailProvider::BuiltIn => {
            let each = EmailProvider::BUILT_IN_PER_MINUTE;
            let remedy = "set up a provider in Auth0 under Branding > Email Provider";
            let found = format!("sent by Auth0's own provider, which is for trying out: {each} a minute");
            if most <= each {
                return ABOUT.warning("mails", found, remedy);
            }
            let found = format!("{found}, and a run may ask for {most}");
            ABOUT.warning("mails", found, format!("{remedy}; until then, set [limits] mails = {each}"))
        }
    }
}
