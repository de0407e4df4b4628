//! A mail that a person asks for: the one kind of change that no row calls for.

use crate::call::Call;
use crate::calls::calls;
use crate::change::{Action, Cause, Change, Matched, Who};
use crate::clean::clean;
use crate::forecast::forecast;
use crate::ids::{EmployeeId, UserId};
use crate::plan::{Draft, Plan};
use crate::planning::plan;
use crate::policy::Welcome;
use crate::roll::Roll;
use crate::scope::Scope;
use crate::situation::{Situation, View, is_open};
use crate::standing::Standing;

/// Which mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mail {
    /// The one that the policy sends to new people.
    AsConfigured,
    /// The link to set a password.
    Invitation,
    /// Auth0's verification mail.
    Verification,
}

/// Why a person gets no mail.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NoMail {
    /// There is no such row.
    #[error("there is no employee {0} in the table")]
    NoEmployee(EmployeeId),
    /// Somebody said to leave the person alone.
    #[error("employee {employee} is ignored, because: {why}")]
    Ignored {
        /// Who.
        employee: EmployeeId,
        /// In that person's words.
        why: String,
    },
    /// Whoever left, is not there yet, or whose row cannot be trusted.
    #[error("employee {employee} is not employed ({standing}), and only who is gets a mail")]
    NotEmployed {
        /// Who.
        employee: EmployeeId,
        /// What the row says.
        standing: Standing,
    },
    /// There is no account to get into.
    #[error("employee {0} has no account yet")]
    NoAccount(EmployeeId),
    /// The account does not exist any more.
    #[error("{user}, the user of employee {employee}, does not exist any more")]
    UserGone {
        /// Who.
        employee: EmployeeId,
        /// The former user.
        user: UserId,
    },
    /// Break-glass, or somebody said to leave it alone.
    #[error("{0} is never touched: it is a break-glass account, or ignored")]
    Untouchable(UserId),
    /// Nobody gets in with a mail.
    #[error("{0} is blocked: a mail would not let anybody in")]
    Blocked(UserId),
    /// The mail would go to an address that is not the person's any more.
    #[error("the row of employee {employee} has another address than {user}")]
    OtherAddress {
        /// Who.
        employee: EmployeeId,
        /// The user.
        user: UserId,
    },
    /// Nobody gets any.
    #[error("mails are switched off by AUTH0_SEND_VERIFICATION_EMAIL or [onboarding] of rollcall.toml")]
    MailsOff,
    /// An invitation bears an application's name.
    #[error("there is no invitation to send: [onboarding] of rollcall.toml names no client_id")]
    NoInvitations,
    /// The address is verified.
    #[error("the address of {0} is verified already")]
    AlreadyVerified(UserId),
}

/// A plan of one mail to one employee, or why there is none.
///
/// # Errors
/// The person must not get one, or it would be of no use.
pub fn resend(situation: &Situation<'_>, employee: &EmployeeId, mail: Mail) -> Result<Plan, NoMail> {
    let roll = Roll::of(situation);
    let action = action(&View::of(&roll), employee, mail)?;
    let scope =
        Scope { employees: [employee.clone()].into(), only: [action.kind()].into(), ..Scope::everybody() };
    let name = situation.employees.iter().find(|it| it.id == *employee);
    let change = Change {
        id: Change::id_of(action.kind(), employee),
        employee: employee.clone(),
        name: name.map(|it| clean(&it.full_name).into_owned()).unwrap_or_default(),
        action,
        cause: Cause::OnDemand,
        matched: Matched::Link,
        needs: Vec::new(),
    };
    let changes = vec![change];
    let calls: Vec<Call> = calls(&changes);
    let draft = Draft {
        forecast: forecast(
            &calls,
            situation.reading.clone(),
            situation.rate_plan,
            situation.share,
            situation.policy.grant_batch,
        ),
        changes,
        notes: Vec::new(),
        ..Draft::from(plan(&Situation { scope: &scope, ..*situation }))
    };
    Ok(Plan::new(draft).expect("one change needs no other"))
}

fn action(view: &View<'_>, employee: &EmployeeId, mail: Mail) -> Result<Action, NoMail> {
    let id = || employee.clone();
    let judged = view.row(employee).ok_or_else(|| NoMail::NoEmployee(id()))?;
    if let Some(why) = view.at.links.ignored_employees.get(employee) {
        return Err(NoMail::Ignored { employee: id(), why: why.clone() });
    }
    let Standing::Employed(email) = &judged.standing else {
        return Err(NoMail::NotEmployed { employee: id(), standing: judged.standing.clone() });
    };
    let link = judged.link.ok_or_else(|| NoMail::NoAccount(id()))?;
    let gone = || NoMail::UserGone { employee: id(), user: link.user.clone() };
    let user = judged.own.ok_or_else(gone)?.user;
    if view.is_untouchable(user) {
        return Err(NoMail::Untouchable(user.id.clone()));
    }
    if !is_open(user) {
        return Err(NoMail::Blocked(user.id.clone()));
    }
    let email = email.to_string();
    if user.account.email.as_deref() != Some(email.as_str()) {
        return Err(NoMail::OtherAddress { employee: id(), user: user.id.clone() });
    }
    let onboarding = &view.at.policy.onboarding;
    if !onboarding.verification_mails {
        return Err(NoMail::MailsOff);
    }
    match (mail, &onboarding.welcome) {
        (Mail::AsConfigured | Mail::Invitation, Welcome::Invitation { client_id }) => {
            let (who, client_id) = (Who::User(user.id.clone()), client_id.clone());
            Ok(Action::SendInvitation { who, email, client_id })
        }
        (Mail::Invitation, Welcome::Verification | Welcome::Silent) => Err(NoMail::NoInvitations),
        (Mail::AsConfigured, Welcome::Verification | Welcome::Silent) | (Mail::Verification, _) => {
            if user.email_verified {
                return Err(NoMail::AlreadyVerified(user.id.clone()));
            }
            Ok(Action::SendVerification { user: user.id.clone() })
        }
    }
}
