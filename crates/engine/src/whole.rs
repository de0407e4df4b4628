//! Whether the journal of a run that broke off has all of a change.

use std::collections::BTreeSet;

use diff::{AccessChange, Action, Change, Request, RoleName, UserId};
use store::{CallState, JournalledCall};

/// Whether every call that the change needs was done. What the run left out, because the tenant's plan does
/// not have it, is missing here: the change is done again, which does nothing.
pub(crate) fn is_whole(change: &Change, calls: &[JournalledCall]) -> bool {
    let done = || {
        let carrying = calls.iter().filter(|it| it.carries.contains(&change.id));
        carrying.filter(|it| it.state == CallState::Done).map(|it| &it.request)
    };
    match &change.action {
        Action::Block { end_sessions, .. } => {
            let blocked =
                |it: &Request<UserId>| matches!(it, Request::Patch { access: Some(AccessChange::Block), .. });
            let sessions = |it: &Request<UserId>| matches!(it, Request::EndSessions { .. });
            let tokens = |it: &Request<UserId>| matches!(it, Request::RevokeRefreshTokens { .. });
            done().any(blocked) && (!end_sessions || (done().any(sessions) && done().any(tokens)))
        }
        Action::GrantRoles { roles, .. } => {
            let given: BTreeSet<&RoleName> = done().flat_map(given).collect();
            roles.iter().all(|it| given.contains(it))
        }
        Action::Create { .. }
        | Action::Link { .. }
        | Action::Relink { .. }
        | Action::Unlink { .. }
        | Action::Update { .. }
        | Action::Unblock { .. }
        | Action::RevokeRoles { .. }
        | Action::SendInvitation { .. }
        | Action::SendVerification { .. } => true,
    }
}

fn given(request: &Request<UserId>) -> BTreeSet<&RoleName> {
    match request {
        Request::GrantToUsers { role, .. } => [role].into(),
        Request::GrantToUser { roles, .. } => roles.iter().collect(),
        Request::Create { .. }
        | Request::Patch { .. }
        | Request::EndSessions { .. }
        | Request::RevokeRefreshTokens { .. }
        | Request::RevokeRoles { .. }
        | Request::Invite { .. }
        | Request::Verify { .. } => BTreeSet::new(),
    }
}
