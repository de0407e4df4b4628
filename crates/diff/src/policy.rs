//! What the company wants: the rules by which a row becomes an account.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::account::Field;
use crate::calls::GRANT_BATCH;
use crate::change::EmailFlags;
use crate::email::Idn;
use crate::ids::{ConnectionName, RoleName, UserId};
use crate::limits::Limits;
use crate::review::ReviewRules;
use crate::template::Template;

/// Everything that planning needs to know beside rows and users.
///
/// Its digest is part of every plan, so that a plan made under one policy is never applied under
/// another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// The database connection whose users are managed.
    pub connection: ConnectionName,
    /// Whether `{id}` is sent as a number: the type of the source's key column.
    pub id_type: IdType,
    /// Field by field, what it should hold.
    pub mapping: BTreeMap<Field, Rule>,
    /// Which status words mean what.
    pub status: StatusWords,
    /// A joiner is created at most so many days before the first day.
    pub joiner_lead_days: u32,
    /// Which addresses are taken.
    pub email: EmailRules,
    /// Who holds which role.
    pub roles: RoleRules,
    /// How a new person gets in.
    pub onboarding: Onboarding,
    /// What is done with a leaver.
    pub leavers: Leavers,
    /// What is done with a linked employee whose row has vanished.
    pub absent: Absent,
    /// Break-glass accounts, which are never touched.
    pub break_glass: BTreeSet<UserId>,
    /// What a plan may not exceed.
    pub limits: Limits,
    /// Who must say yes; not in the digest.
    #[serde(skip)]
    pub review: ReviewRules,
    /// How many users one call may give a role to; not in the digest, since it changes no result.
    #[serde(skip)]
    pub grant_batch: usize,
}

/// The type of the source's key column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdType {
    /// Integers, sent to Auth0 as numbers.
    Number,
    /// Text, sent as it is.
    Text,
}

/// What one field should hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Where the value comes from.
    pub from: Template,
    /// Whose the field is after the account was made.
    pub authority: Authority,
    /// Whether an empty source value empties the field; else it leaves the field alone.
    pub clear: bool,
}

/// Whose a field is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// The source's: drift is corrected.
    #[default]
    Always,
    /// Set at creation, then the user's own.
    OnCreate,
    /// Not ours at all.
    Unmanaged,
}

/// Status words, compared without case and clean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatusWords {
    /// `active`, `on_leave`
    pub employed: BTreeSet<String>,
    /// `terminated`
    pub left: BTreeSet<String>,
}

/// Which addresses are taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EmailRules {
    /// Where not empty, addresses of other domains are held.
    pub allowed_domains: BTreeSet<String>,
    /// International domains.
    pub idn: Idn,
}

/// Who holds which role. Only roles named here are managed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoleRules {
    /// Whether grants are made at all (`AUTH0_ENABLE_ROLE_ASSIGNMENT`); a leaver's revocations always are.
    pub assign: bool,
    /// `role_code` → role.
    pub by_code: BTreeMap<String, RoleName>,
    /// The code that an empty `role_code` means.
    pub default_code: String,
    /// Further roles, by any column.
    pub rules: Vec<RoleRule>,
    /// Roles whose grant is always looked at by a person.
    pub admin: BTreeSet<RoleName>,
}

/// A role for everybody whose column holds a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RoleRule {
    /// The column.
    pub column: String,
    /// Its value, compared clean and without case.
    pub equals: String,
    /// The role.
    pub role: RoleName,
}

impl RoleRules {
    /// Every role that the policy names.
    pub fn managed(&self) -> BTreeSet<&RoleName> {
        self.by_code.values().chain(self.rules.iter().map(|it| &it.role)).collect()
    }
}

/// How a new person gets in, since nobody knows the password that Auth0 demands at creation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Onboarding {
    /// What is sent after creation.
    pub welcome: Welcome,
    /// Whether mails are sent at all (`AUTH0_SEND_VERIFICATION_EMAIL`); an invitation that is not sent
    /// stays due.
    pub verification_mails: bool,
    /// Domains whose addresses are created as verified, without mail (`AUTH0_AUTO_VERIFY_EXTERNAL_USERS`).
    pub trusted_domains: BTreeSet<String>,
}

impl Onboarding {
    /// How an address of the domain goes on after an account got it.
    pub(crate) fn change_flags(&self, domain: &str) -> EmailFlags {
        let verified = self.trusted_domains.contains(domain);
        let mails = self.verification_mails && self.welcome != Welcome::Silent;
        EmailFlags { verified, send_verification: mails && !verified }
    }
}

/// What is sent to a new person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Welcome {
    /// A link to set a password: the only way in without "forgot password" (FACTS §7).
    Invitation {
        /// The application whose branding and return address the mail has.
        client_id: String,
    },
    /// Auth0's verification mail. It lets nobody set a password.
    Verification,
    /// Nothing.
    Silent,
}

/// What is done with a leaver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Leavers {
    /// A note.
    Report,
    /// Blocked with our mark, managed roles revoked.
    Block {
        /// Whether sessions and refresh tokens are ended too, where the tenant's plan has it.
        end_sessions: bool,
    },
}

/// What is done with a linked employee whose row has vanished. No row is not "left".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Absent {
    /// A note.
    #[default]
    Report,
    /// Blocked as a leaver is, once missing in [`Self::READINGS`] whole readings in a row, and never
    /// without a person's yes.
    Block,
}

impl Absent {
    /// A table that is being rebuilt while we read it is whole again the next time.
    pub const READINGS: u32 = 2;
}

impl Default for Policy {
    /// The design's defaults.
    fn default() -> Self {
        let words = |it: &[&str]| it.iter().map(|it| (*it).to_owned()).collect();
        Self {
            connection: ConnectionName::new("Username-Password-Authentication"),
            id_type: IdType::Number,
            mapping: default_mapping(),
            status: StatusWords { employed: words(&["active", "on_leave"]), left: words(&["terminated"]) },
            joiner_lead_days: 7,
            email: EmailRules::default(),
            roles: default_roles(),
            onboarding: Onboarding {
                welcome: Welcome::Verification,
                verification_mails: true,
                trusted_domains: BTreeSet::new(),
            },
            leavers: Leavers::Block { end_sessions: true },
            absent: Absent::default(),
            break_glass: BTreeSet::new(),
            limits: Limits::default(),
            review: ReviewRules::default(),
            grant_batch: GRANT_BATCH,
        }
    }
}

fn default_mapping() -> BTreeMap<Field, Rule> {
    let user = |key: &str| Field::UserMetadata(key.to_owned());
    let app = |key: &str| Field::AppMetadata(key.to_owned());
    [
        (Field::Email, "email"),
        (Field::Name, "full_name"),
        (user("employee_id"), "id"),
        (user("full_name"), "full_name"),
        (user("department"), "department"),
        (app("employee_id"), "id"),
        (app("role_code"), "role_code"),
    ]
    .into_iter()
    .map(|(field, column)| {
        (field, Rule { from: Template::column(column), authority: Authority::Always, clear: false })
    })
    .collect()
}

fn default_roles() -> RoleRules {
    let by_code = [
        ("associate", "production_associate"),
        ("team_lead", "team_lead"),
        ("manager", "manager"),
        ("admin", "admin"),
    ];
    RoleRules {
        assign: true,
        by_code: by_code.into_iter().map(|(code, role)| (code.to_owned(), RoleName::new(role))).collect(),
        default_code: "associate".to_owned(),
        rules: Vec::new(),
        admin: BTreeSet::from([RoleName::new("admin")]),
    }
}
