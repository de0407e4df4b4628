//! Reading some employees: of the tenant's users those alone who may be these people's. Of the rows a quick run
//! has read all, and an act reads those alone that may claim one of these users (`rows.rs`).

use std::collections::{BTreeMap, BTreeSet};

use auth0::Role;
use diff::{
    Employee, EmployeeId, Limit, Links, Policy, Reading, ReadingForm, Scope, Standing, User, UserId, address,
    plan, standing,
};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::Engine;
use crate::error::ReadError;
use crate::preview::Preview;
use crate::read::{Read, since};
use crate::rows::Rows;

/// Other holders of an admin role that are looked at, beyond those that must be left: some may be blocked.
const MORE_ADMINS: usize = 8;

impl Engine {
    /// What would be done about the employees whom the scope names, from a few calls for each. Nobody else is
    /// planned for: of all other linked users none was read, and none counts as gone.
    pub(crate) async fn preview_few(&self, scope: &Scope, rows: Rows) -> Result<Preview, ReadError> {
        let (mut read, roles) = self.read_few(scope, rows).await?;
        let preview = self.planned(read, scope);
        if !preview.breaches.iter().any(|it| matches!(it.limit, Limit::AdminsLeft(_))) {
            return Ok(preview);
        }
        // As far as we have read, nobody else has the role.
        read = preview.read;
        self.read_other_admins(&mut read, &roles).await?;
        Ok(self.planned(read, scope))
    }

    fn planned(&self, read: Read, scope: &Scope) -> Preview {
        let plan = plan(&self.situation(&read, scope, false));
        let breaches = read.policy.limits.breaches(&plan, &read.policy.roles);
        Preview { plan, breaches, read, look: None }
    }

    /// Everything that planning for these employees looks at, and the managed roles. Their own rows are among
    /// `named`.
    pub(crate) async fn read_few(&self, scope: &Scope, named: Rows) -> Result<(Read, Vec<Role>), ReadError> {
        self.check_bound().await?;
        let tenant = self.tenant().clone();
        scope.check(&named.employees, &named.links)?;
        let before = self.auth0.usage().calls;
        let roles = self.managed_roles(&named.policy).await?;
        let rows: BTreeMap<&EmployeeId, &Employee> = named.employees.iter().map(|it| (&it.id, it)).collect();
        let (rows, links, policy) = (&rows, &named.links, &named.policy);
        let read = stream::iter(scope.employees.clone())
            .map(|it| async move { self.users_of(&it, rows.get(&it).copied(), links, policy).await })
            .buffer_unordered(self.settings.max_in_flight);
        let users: Vec<Vec<User>> = read.try_collect().await?;
        // One user may be found for two employees.
        let users: BTreeMap<UserId, User> =
            users.into_iter().flatten().map(|it| (it.id.clone(), it)).collect();
        let users = users.into_values().collect::<Vec<_>>();
        let Rows { policy, employees, links, form: _ } = self.with_claimants(named, &users).await?;
        let reading = Reading { form: ReadingForm::ById, calls: since(&before, &self.auth0.usage().calls) };
        let memory = self.memory(scope).await?;
        Ok((Read { tenant, policy, employees, users, links, memory, reading }, roles))
    }

    /// The linked user, and whoever else may be this person, by address and by mark: nobody who has an
    /// account under a former address gets a second one, and no leaver keeps one.
    async fn users_of(
        &self,
        employee: &EmployeeId,
        row: Option<&Employee>,
        links: &Links,
        policy: &Policy,
    ) -> Result<Vec<User>, ReadError> {
        let mut users = Vec::new();
        if let Some(link) = links.of(employee) {
            users.extend(self.read_user(&link.user, policy).await?);
        }
        let Some(row) = row else { return Ok(users) };
        let stays = matches!(standing(row, policy, self.today()), Standing::Employed(_));
        let known = stays && !users.is_empty();
        let email = address(row, policy, self.today()).map(|it| it.to_string());
        let holds_it = known && users.iter().all(|it| it.account.email == email);
        if let Some(email) = email.filter(|_| !holds_it) {
            let found = self.auth0.users_by_email(&email).await?;
            self.add(&mut users, found.into_iter().map(|it| it.id), policy).await?;
        }
        if !known {
            let marked = self.auth0.users_marked(employee).await?;
            self.add(&mut users, marked.into_iter().map(|it| it.id), policy).await?;
        }
        Ok(users)
    }

    /// So many holders of each admin role as must be left, and some more.
    async fn read_other_admins(&self, read: &mut Read, roles: &[Role]) -> Result<(), ReadError> {
        let policy = read.policy.clone();
        let enough = policy.limits.admins_left + MORE_ADMINS;
        for role in roles.iter().filter(|it| policy.roles.admin.contains(&it.name)) {
            let members = self.auth0.role_members(role).await?;
            self.add(&mut read.users, members.into_iter().take(enough), &policy).await?;
        }
        Ok(())
    }

    /// Reads users that are not there yet, with their roles.
    async fn add(
        &self,
        users: &mut Vec<User>,
        ids: impl Iterator<Item = UserId>,
        policy: &Policy,
    ) -> Result<(), ReadError> {
        let there: BTreeSet<UserId> = users.iter().map(|it| it.id.clone()).collect();
        for id in ids.filter(|it| !there.contains(it)) {
            users.extend(self.read_user(&id, policy).await?);
        }
        Ok(())
    }
}
