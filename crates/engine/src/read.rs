//! Reading both sides, whole or not at all.

use std::collections::{BTreeMap, BTreeSet};

use auth0::{Role, attach_roles};
use chrono::Duration;
use diff::{
    Employee, Group, Limits, Links, Memory, Policy, RatePlan, Reading, RoleName, RolesRead, Scope, Situation,
    Tenant, User, UserId, believable, unreflected,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use store::{CallState, SourceShape};

use crate::Engine;
use crate::error::ReadError;
use crate::rows::Rows;

/// The search behind `GET /users` trails writes (FACTS §2); nobody says by how much, so users that
/// we wrote this lately are read by id, from the store that does not lag, unless the listing shows them as
/// we left them.
const RECENT: Duration = Duration::minutes(30);

/// Both sides, as they are.
pub(crate) struct Read {
    pub(crate) tenant: Tenant,
    pub(crate) policy: Policy,
    pub(crate) employees: Vec<Employee>,
    pub(crate) users: Vec<User>,
    pub(crate) links: Links,
    pub(crate) memory: Memory,
    pub(crate) reading: Reading,
}

impl Engine {
    /// Reads rows first: a source that cannot be read, and a scope that is about nobody, cost the tenant no
    /// call.
    pub(crate) async fn read(&self, scope: &Scope) -> Result<Read, ReadError> {
        self.check_bound().await?;
        let tenant = self.tenant().clone();
        let Rows { policy, employees, links, form: _ } = self.rows_whole().await?;
        let calls_before = self.auth0.usage().calls;
        if scope.undo.is_none() {
            scope.check(&employees, &links)?;
        }
        let roles = self.managed_roles(&policy).await?;
        // While Auth0 makes an export there is time to read who holds which role.
        let (listed, members) = tokio::try_join!(self.auth0.users(), self.auth0.members_of(&roles))?;
        let auth0::UserList { mut users, form } = listed;
        attach_roles(&mut users, &members);
        self.read_own_writes(&tenant, &links, &policy, &mut users).await?;
        let reading = Reading { form, calls: since(&calls_before, &self.auth0.usage().calls) };
        let memory = self.memory(scope).await?;
        Ok(Read { tenant, policy, employees, users, links, memory, reading })
    }

    /// A store serves one tenant.
    pub(crate) async fn check_bound(&self) -> Result<(), ReadError> {
        let asked = self.tenant();
        match self.store.bound_tenant().await?.filter(|it| it != asked) {
            Some(bound) => Err(ReadError::OtherTenant { bound, asked: asked.clone() }),
            None => Ok(()),
        }
    }

    /// The rows, and the policy with what only the table can tell.
    pub(crate) async fn read_source(&self) -> Result<(Policy, Vec<Employee>), ReadError> {
        let shape = self.store.source_shape().await?;
        let employees = self.store.employees().await?;
        let policy = self.policy_of(&shape);
        believable(&employees, &policy).map_err(|why| {
            let place = self.store.source_place().clone();
            ReadError::Source { table: shape.table, place, why }
        })?;
        Ok((policy, employees))
    }

    /// The policy with what only the table can tell.
    pub(crate) fn policy_of(&self, shape: &SourceShape) -> Policy {
        Policy { id_type: shape.id_type, ..self.settings.policy.clone() }
    }

    /// The roles that the policy names; all of them must exist, or a typo would revoke a role from everybody.
    pub(crate) async fn managed_roles(&self, policy: &Policy) -> Result<Vec<Role>, ReadError> {
        let roles = self.auth0.roles().await?;
        let there: BTreeSet<&RoleName> = roles.iter().map(|it| &it.name).collect();
        let managed = policy.roles.managed();
        let missing: BTreeSet<RoleName> =
            managed.iter().filter(|it| !there.contains(**it)).map(|it| (*it).clone()).collect();
        if !missing.is_empty() {
            return Err(ReadError::RolesMissing { missing });
        }
        Ok(roles.into_iter().filter(|it| managed.contains(&it.name)).collect())
    }

    /// Users that the listing does not show as we left them lately, and linked ones that it does not
    /// have, are read by id. A listing that lacks too many who exist is no listing, and the reading ends at once.
    async fn read_own_writes(
        &self,
        tenant: &Tenant,
        links: &Links,
        policy: &Policy,
        users: &mut Vec<User>,
    ) -> Result<(), ReadError> {
        let listed: BTreeSet<UserId> = users.iter().map(|it| it.id.clone()).collect();
        let missing = links.iter().map(|(_, it)| it.user.clone()).filter(|it| !listed.contains(it));
        let missing: BTreeSet<UserId> = missing.collect();
        let writes = self.store.recent_writes(tenant, self.now() - RECENT).await?;
        let writes = writes.iter().filter(|it| it.state != CallState::Failed);
        let written = unreflected(users, writes.map(|it| (&it.request, it.made.as_ref())));
        let allowed = Limits::LISTING_LACKS.of(links.len());
        let mut lacking = 0;
        let due: BTreeSet<UserId> = missing.union(&written).cloned().collect();
        let mut reading = stream::iter(due)
            .map(|id| async move { self.read_user(&id, policy).await.map(|it| (id, it)) })
            .buffer_unordered(self.settings.max_in_flight);
        let mut read: BTreeMap<UserId, Option<User>> = BTreeMap::new();
        while let Some((id, user)) = reading.try_next().await? {
            // Whom we wrote lately the search need not know yet, and those of other connections it never lists.
            let listable = !written.contains(&id) && missing.contains(&id);
            lacking += usize::from(listable && user.as_ref().is_some_and(|it| it.is_in(&policy.connection)));
            if lacking > allowed {
                let connection = policy.connection.clone();
                return Err(ReadError::ListingLacks {
                    connection,
                    missing: lacking,
                    allowed,
                    linked: links.len(),
                });
            }
            read.insert(id, user);
        }
        drop(reading);
        users.retain(|it| !read.contains_key(&it.id));
        users.extend(read.into_values().flatten());
        users.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(())
    }

    /// One user with its managed roles, from the store that does not lag.
    pub(crate) async fn read_user(&self, id: &UserId, policy: &Policy) -> Result<Option<User>, auth0::Error> {
        let Some(mut user) = self.auth0.user(id).await? else { return Ok(None) };
        let managed = policy.roles.managed();
        user.account.roles = self.auth0.user_roles(id).await?;
        user.account.roles.retain(|it| managed.contains(it));
        Ok(Some(user))
    }

    /// What planning looks at.
    pub(crate) fn situation<'a>(&self, read: &'a Read, scope: &'a Scope, first_sync: bool) -> Situation<'a> {
        Situation {
            tenant: &read.tenant,
            employees: &read.employees,
            users: &read.users,
            roles: RolesRead::Read,
            links: &read.links,
            memory: &read.memory,
            policy: &read.policy,
            scope,
            first_sync,
            today: self.today(),
            reading: &read.reading,
            rate_plan: RatePlan::with(&self.auth0.limits()).unwrap_or(self.settings.rate_plan),
            share: self.settings.share,
        }
    }
}

/// The calls between two looks at a client's usage.
pub(crate) fn since(before: &BTreeMap<Group, u64>, after: &BTreeMap<Group, u64>) -> BTreeMap<Group, usize> {
    let used = |group: &Group, after: u64| after - before.get(group).copied().unwrap_or_default();
    after
        .iter()
        .map(|(group, calls)| (*group, usize::try_from(used(group, *calls)).unwrap_or(usize::MAX)))
        .collect()
}
