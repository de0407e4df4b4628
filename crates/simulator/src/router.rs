//! All routes on one page: path, what the log calls it, rate group, scopes, and who answers.

use crate::{
    answer::Answer,
    call::Call,
    connections, domains,
    error::Refusal,
    jobs::{self, export, verification},
    limits::Group::{
        self, DeleteUsers, Other, ReadConnections, ReadLogs, ReadUsers, Unlimited, UserOrganizations,
        WriteUsers,
    },
    logs,
    roles::{calls as roles, members, of_user},
    search, sessions, settings,
    tenant::Tenant,
    tickets, tokens,
    tokens::Grant,
    users::{create, patch, read},
};

/// Who answers a call.
pub(crate) type Handler = fn(&mut Tenant, &Call) -> Result<Answer, Refusal>;

/// One operation of the API.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) method: &'static str,
    /// With `{…}` for the variable segments.
    pub(crate) template: &'static str,
    /// As the tenant's log describes it; empty where nothing is logged.
    pub(crate) title: &'static str,
    pub(crate) group: Group,
    pub(crate) access: Access,
    pub(crate) handler: Handler,
}

/// What a caller needs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Access {
    /// No token.
    Open,
    /// A token with all scopes of any of these sets.
    Scopes(&'static [&'static [&'static str]]),
}

const fn route(
    method: &'static str,
    template: &'static str,
    title: &'static str,
    group: Group,
    scopes: &'static [&'static [&'static str]],
    handler: Handler,
) -> Route {
    Route { method, template, title, group, access: Access::Scopes(scopes), handler }
}

const fn open(method: &'static str, template: &'static str, handler: Handler) -> Route {
    Route { method, template, title: "", group: Unlimited, access: Access::Open, handler }
}

#[rustfmt::skip]
pub(crate) const ROUTES: &[Route] = &[
    open("POST", "/oauth/token", tokens::exchange),
    open("POST", "/dbconnections/change_password", tickets::ask_for_password),
    open("GET", "/u/email-verification", tickets::open),
    open("GET", "/u/reset-password", tickets::open),
    open("GET", "/exports/{id}/{file}", export::download),

    route("GET", "/api/v2/users", "", ReadUsers, &[&["read:users"]], search::list::list),
    route("POST", "/api/v2/users", "Create a User", WriteUsers, &[&["create:users"]], create::create),
    route("GET", "/api/v2/users-by-email", "", ReadUsers, &[&["read:users"]], read::by_email),
    route("GET", "/api/v2/users/{id}", "", ReadUsers, &[&["read:users"]], read::get),
    route("PATCH", "/api/v2/users/{id}", "Update a User", WriteUsers, &[&["update:users"], &["update:users_app_metadata"]], patch::patch),
    route("DELETE", "/api/v2/users/{id}", "Delete a User", DeleteUsers, &[&["delete:users"]], read::delete),
    route("GET", "/api/v2/user-blocks/{id}", "", Other, &[&["read:users"]], read::blocks),
    route("DELETE", "/api/v2/user-blocks/{id}", "Unblock a user", Other, &[&["update:users"]], read::unblock),
    route("GET", "/api/v2/users/{id}/organizations", "", UserOrganizations, &[&["read:organizations"], &["read:users"]], read::organizations),
    route("GET", "/api/v2/users/{id}/logs", "", ReadLogs, &[&["read:logs"], &["read:logs_users"]], logs::of_user),

    route("GET", "/api/v2/users/{id}/roles", "", Other, &[&["read:users", "read:roles", "read:role_members"]], of_user::list),
    route("POST", "/api/v2/users/{id}/roles", "Assign roles to a user", Other, &[&["update:users", "create:role_members"]], of_user::assign),
    route("DELETE", "/api/v2/users/{id}/roles", "Remove roles from a user", Other, &[&["update:users", "delete:role_members"]], of_user::remove),
    route("GET", "/api/v2/users/{id}/effective-roles", "", Other, &[&["read:user_effective_roles"]], of_user::effective),
    route("GET", "/api/v2/roles", "", Other, &[&["read:roles"]], roles::list),
    route("POST", "/api/v2/roles", "Create a role", Other, &[&["create:roles"]], roles::create),
    route("GET", "/api/v2/roles/{id}", "", Other, &[&["read:roles"]], roles::get),
    route("PATCH", "/api/v2/roles/{id}", "Update a role", Other, &[&["update:roles"]], roles::patch),
    route("DELETE", "/api/v2/roles/{id}", "Delete a role", Other, &[&["delete:roles"]], roles::delete),
    route("GET", "/api/v2/roles/{id}/users", "", Other, &[&["read:users", "read:roles"], &["read:role_members"]], members::list),
    route("POST", "/api/v2/roles/{id}/users", "Assign users to a role", Other, &[&["update:roles"], &["create:role_members"]], members::assign),
    route("GET", "/api/v2/roles/{id}/permissions", "", Other, &[&["read:roles"]], roles::permissions),

    route("GET", "/api/v2/users/{id}/sessions", "", Other, &[&["read:sessions"]], sessions::of_user),
    route("DELETE", "/api/v2/users/{id}/sessions", "Delete sessions for a user", Other, &[&["delete:sessions"]], sessions::delete_of_user),
    route("GET", "/api/v2/users/{id}/refresh-tokens", "", Other, &[&["read:refresh_tokens"]], sessions::tokens_of_user),
    route("DELETE", "/api/v2/users/{id}/refresh-tokens", "Delete refresh tokens for a user", Other, &[&["delete:refresh_tokens"]], sessions::delete_tokens_of_user),
    route("POST", "/api/v2/users/{id}/revoke-access", "Revokes selected resources from a user", Other, &[&["delete:sessions", "delete:refresh_tokens"]], sessions::revoke_access),
    route("GET", "/api/v2/sessions/{id}", "", Other, &[&["read:sessions"]], sessions::get),
    route("DELETE", "/api/v2/sessions/{id}", "Delete session", Other, &[&["delete:sessions"]], sessions::delete),
    route("GET", "/api/v2/refresh-tokens/{id}", "", Other, &[&["read:refresh_tokens"]], sessions::get_token),
    route("DELETE", "/api/v2/refresh-tokens/{id}", "Delete a refresh token", Other, &[&["delete:refresh_tokens"]], sessions::delete_token),

    route("POST", "/api/v2/jobs/verification-email", "Send an email address verification email", Other, &[&["update:users"]], verification::create),
    route("POST", "/api/v2/jobs/users-exports", "Create a job to export users", Other, &[&["read:users"]], export::create),
    route("GET", "/api/v2/jobs/{id}", "", Other, &[&["create:users"], &["read:users"]], jobs::get),
    route("GET", "/api/v2/jobs/{id}/errors", "", Other, &[&["create:users"], &["read:users"]], jobs::errors),
    route("POST", "/api/v2/tickets/password-change", "Create a password change ticket", Other, &[&["create:user_tickets"]], tickets::password_change),
    route("POST", "/api/v2/tickets/email-verification", "Create an email verification ticket", Other, &[&["create:user_tickets"]], tickets::email_verification),

    route("GET", "/api/v2/connections", "", ReadConnections, &[&["read:connections"]], connections::list),
    route("GET", "/api/v2/connections/{id}", "", ReadConnections, &[&["read:connections"]], connections::get),
    route("GET", "/api/v2/logs", "", ReadLogs, &[&["read:logs"], &["read:logs_users"]], logs::list),
    route("GET", "/api/v2/logs/{id}", "", ReadLogs, &[&["read:logs"], &["read:logs_users"]], logs::get),
    route("GET", "/api/v2/tenants/settings", "", Other, &[&["read:tenant_settings"]], settings::tenant),
    route("GET", "/api/v2/custom-domains", "", Other, &[&["read:custom_domains"]], domains::list),
    route("GET", "/api/v2/emails/provider", "", Other, &[&["read:email_provider"]], settings::email_provider),
];

/// The template of what has no route, in statistics and in faults.
pub(crate) const NO_ROUTE: &str = "(no route)";

/// The route of a request, and the path's variable segments, decoded. A segment that is written out in a template
/// wins over a variable one, as `ROUTES` has no two that differ otherwise.
pub(crate) fn find(method: &str, path: &str) -> Option<(&'static Route, Vec<String>)> {
    let of_method = ROUTES.iter().filter(|it| it.method == method);
    let mut found = of_method.filter_map(|it| params(it.template, path).map(|params| (it, params)));
    let first = found.next()?;
    Some(found.fold(first, |best, other| if other.1.len() < best.1.len() { other } else { best }))
}

fn params(template: &str, path: &str) -> Option<Vec<String>> {
    let mut params = Vec::new();
    let (mut parts, mut segments) = (template.split('/'), path.split('/'));
    loop {
        match (parts.next(), segments.next()) {
            (None, None) => return Some(params),
            (Some(part), Some(segment)) if part.starts_with('{') => {
                let decoded = percent_encoding::percent_decode_str(segment).decode_utf8().ok()?;
                if decoded.is_empty() {
                    return None;
                }
                params.push(decoded.into_owned());
            }
            (Some(part), Some(segment)) if part == segment => {}
            (Some(_), _) | (None, Some(_)) => return None,
        }
    }
}

impl Access {
    pub(crate) fn check(self, grant: &Grant) -> Result<(), Refusal> {
        let Self::Scopes(sets) = self else { return Ok(()) };
        if sets.iter().any(|set| set.iter().all(|it| grant.has(it))) {
            return Ok(());
        }
        let all: Vec<&str> = sets.iter().flat_map(|it| it.iter().copied()).collect();
        let how = if sets.len() == 1 && all.len() > 1 { "all of" } else { "any of" };
        Err(Refusal::insufficient_scope(&format!("{how}: {}", all.join(","))))
    }
}

/// What no operation asks for, and some answer less without.
const FURTHER_SCOPES: [&str; 1] = [connections::OPTIONS_SCOPE];

/// Every scope that any operation asks for or looks at: what the application of the options may do.
pub(crate) fn all_scopes() -> Vec<String> {
    let mut scopes: Vec<String> = FURTHER_SCOPES.map(str::to_owned).to_vec();
    for route in ROUTES {
        let Access::Scopes(sets) = route.access else { continue };
        for scope in sets.iter().flat_map(|it| it.iter()) {
            if !scopes.iter().any(|it| it == scope) {
                scopes.push((*scope).to_owned());
            }
        }
    }
    scopes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_decoded() {
        let (route, params) = find("GET", "/api/v2/users/auth0%7C1/roles").unwrap();
        assert_eq!(route.template, "/api/v2/users/{id}/roles");
        assert_eq!(params, ["auth0|1"]);
        assert!(find("GET", "/api/v2/users/").is_none());
        assert!(find("PUT", "/api/v2/users").is_none());
    }

    #[test]
    fn scopes_are_named_in_the_refusal() {
        let refused = |path| find("GET", path).unwrap().0.access.check(&Grant::default()).unwrap_err();
        assert_eq!(refused("/api/v2/users").message(), "Insufficient scope, expected any of: read:users");
        assert_eq!(
            refused("/api/v2/users/1/roles").message(),
            "Insufficient scope, expected all of: read:users,read:roles,read:role_members"
        );
    }
}
