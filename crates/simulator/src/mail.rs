//! The outbox: what a real tenant would have sent.

use crate::{
    call::Call,
    state::{Mail, MailKind, User},
    tenant::Tenant,
    tickets::Purpose,
};

/// Puts a mail with a fresh link into the outbox. A user without an address gets none.
pub(crate) fn send(tenant: &mut Tenant, call: &Call, kind: MailKind, user: &User) {
    let Some(to) = user.email.clone() else { return };
    let purpose = match kind {
        MailKind::VerifyEmail => Purpose::VerifyEmail,
        MailKind::ChangePassword => Purpose::ChangePassword { verifies_email: true },
    };
    let link = tenant.tickets.issue(call, purpose, &user.user_id, None);
    tenant.mails.push(Mail { kind, to, user_id: user.user_id.clone(), at: call.now.wall, link });
}
