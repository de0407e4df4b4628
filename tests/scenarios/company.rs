//! A company with its employee table, its links and its tenant, all in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::NaiveDate;
use diff::{
    AccessChange, Action, BLOCK_MARK, Call, Change, ChangeId, EmailFlags, Employee, EmployeeId, Field,
    FieldChange, Kind, Link, Links, PastRun, Plan, Policy, RatePlan, Reading, Request, RolesRead, RunId,
    Scope, Situation, User, UserId, Welcome, Who, calls, plan, undo,
};
use serde_json::{Map, Value, json};

use super::reading;
use crate::tenant::{CONNECTION, Object, Refusal, Tenant};

/// Everything that a plan is made of, and what carrying it out changes.
#[derive(Clone)]
pub(crate) struct Company {
    pub(crate) rows: Vec<Employee>,
    pub(crate) links: Links,
    pub(crate) tenant: Tenant,
    pub(crate) roles: RolesRead,
    pub(crate) policy: Policy,
    pub(crate) scope: Scope,
    pub(crate) first_sync: bool,
    pub(crate) today: NaiveDate,
}

/// Which changes of a plan were done, and what Auth0 said to the others.
#[derive(Debug, Default)]
pub(crate) struct Carried {
    pub(crate) done: BTreeSet<ChangeId>,
    /// Those that were done in part at least.
    pub(crate) touched: BTreeSet<ChangeId>,
    pub(crate) refused: Vec<(ChangeId, Refusal)>,
    created: BTreeMap<EmployeeId, UserId>,
}

impl Carried {
    /// The users that were made.
    pub(crate) fn made(&self) -> &BTreeMap<EmployeeId, UserId> {
        &self.created
    }
}

impl Company {
    /// A company on the default policy, whose tenant is empty but for the roles that the policy names.
    pub(crate) fn new(rows: Vec<Employee>, today: NaiveDate) -> Self {
        let policy = Policy::default();
        let members =
            policy.roles.managed().into_iter().map(|it| (it.to_string(), BTreeSet::new())).collect();
        Self {
            rows,
            links: Links::default(),
            tenant: Tenant::of(Vec::new(), members),
            roles: RolesRead::Read,
            policy,
            scope: Scope::everybody(),
            first_sync: false,
            today,
        }
    }

    /// The plan as `rollcall plan` would make it: links in the write-back columns are taken over.
    pub(crate) fn plan(&self) -> Plan {
        self.plan_of(&reading::users(&self.tenant, self.roles))
    }

    /// The same, of users in any order.
    pub(crate) fn plan_of(&self, users: &[User]) -> Plan {
        self.at(users, plan)
    }

    /// The same where links are stored already: then a column is none.
    pub(crate) fn plan_as_linked(&self, users: &[User]) -> Plan {
        self.with(users, &self.links, plan)
    }

    fn at(&self, users: &[User], plan: impl FnOnce(&Situation<'_>) -> Plan) -> Plan {
        let mut links = self.links.clone();
        links.take_over(&self.rows);
        self.with(users, &links, plan)
    }

    fn with(&self, users: &[User], links: &Links, plan: impl FnOnce(&Situation<'_>) -> Plan) -> Plan {
        plan(&Situation {
            tenant: &diff::Tenant::new("tenant.example"),
            employees: &self.rows,
            users,
            roles: self.roles,
            links,
            memory: &diff::Memory::default(),
            policy: &self.policy,
            scope: &self.scope,
            first_sync: self.first_sync,
            today: self.today,
            reading: &Reading::default(),
            rate_plan: RatePlan::Free,
            share: 0.8,
        })
    }

    /// Carries a plan out. Auth0 takes every call of a plan, or the plan is wrong.
    pub(crate) fn carry_out(&mut self, plan: &Plan) {
        let carried = self.carry_out_but(plan, |_| false);
        assert_eq!(carried.refused, [], "Auth0 refused a part of the plan");
        assert_eq!(carried.done.len(), plan.changes().len(), "a change was carried by no call");
        assert!(self.tenant.harm.is_empty(), "{:?}", self.tenant.harm);
    }

    /// Carries a plan out while some calls fail. What needs a change that failed is not tried.
    pub(crate) fn carry_out_but(&mut self, plan: &Plan, mut fails: impl FnMut(&Call) -> bool) -> Carried {
        self.links.take_over(&self.rows);
        let changes: BTreeMap<&ChangeId, &Change> = plan.changes().iter().map(|it| (&it.id, it)).collect();
        let mut carried = Carried::default();
        let (behind, before): (Vec<&Change>, Vec<&Change>) = plan.changes().iter().partition(|it| waits(it));
        for change in before {
            self.tie(change, &mut carried);
        }
        let mut failed: BTreeSet<ChangeId> = BTreeSet::new();
        let calls = calls(plan.changes());
        // A change that several calls carry is done with the last of them.
        let last: BTreeMap<&ChangeId, usize> =
            calls.iter().enumerate().flat_map(|(at, it)| it.carries.iter().map(move |it| (it, at))).collect();
        for (at, call) in calls.iter().enumerate() {
            let Some(call) = due(call, &changes, &carried, &failed) else { continue };
            if fails(&call) {
                failed.extend(call.carries);
                continue;
            }
            match self.call(&call, &mut carried) {
                Ok(()) => {
                    let done = call.carries.iter().filter(|it| last[it] == at);
                    carried.done.extend(done.cloned());
                    carried.touched.extend(call.carries);
                }
                Err(refusal) => {
                    carried.refused.extend(call.carries.iter().map(|it| (it.clone(), refusal.clone())));
                    failed.extend(call.carries);
                }
            }
        }
        for change in behind {
            if change.needs.iter().all(|it| carried.done.contains(it)) {
                self.tie(change, &mut carried);
            }
        }
        self.remember_unfinished_blocks(plan, &carried);
        carried
    }

    /// The plan that takes back what was carried out of another one.
    pub(crate) fn undo(&self, plan: &Plan, carried: &Carried) -> Plan {
        let (id, done, made) = (RunId(1), &carried.touched, &carried.created);
        let past = PastRun { id, plan, done, made };
        self.at(&reading::users(&self.tenant, self.roles), |at| undo(&past, at))
    }

    /// A block whose sessions did not all end is planned again until they do.
    fn remember_unfinished_blocks(&mut self, plan: &Plan, carried: &Carried) {
        for block in plan.changes().iter().filter(|it| it.kind() == Kind::Block) {
            if carried.done.contains(&block.id) {
                self.links.unfinished_blocks.remove(&block.employee);
            } else {
                self.links.unfinished_blocks.insert(block.employee.clone());
            }
        }
    }

    /// Nothing is left to do.
    pub(crate) fn assert_settled(&self) {
        let left: Vec<String> = self.plan().changes().iter().map(|it| it.id.to_string()).collect();
        assert!(left.is_empty(), "the next plan still has {left:?}");
    }

    /// Changes that are ours alone: no call carries them.
    fn tie(&mut self, change: &Change, carried: &mut Carried) {
        match &change.action {
            Action::Link { user, .. } => self.link(&change.employee, user, false),
            Action::Relink { user, from, .. } => {
                self.unlink(from);
                self.link(&change.employee, user, false);
            }
            Action::Unlink { .. } => self.unlink(&change.employee),
            Action::Create { .. }
            | Action::Update { .. }
            | Action::Block { .. }
            | Action::Unblock { .. }
            | Action::GrantRoles { .. }
            | Action::RevokeRoles { .. }
            | Action::SendInvitation { .. }
            | Action::SendVerification { .. } => return,
        }
        carried.done.insert(change.id.clone());
        carried.touched.insert(change.id.clone());
    }

    fn link(&mut self, employee: &EmployeeId, user: &UserId, created_by_us: bool) {
        let owed = created_by_us && matches!(self.policy.onboarding.welcome, Welcome::Invitation { .. });
        let link = Link { user: user.clone(), created_by_us, invited: !owed };
        self.links.tie(employee.clone(), link).expect("a plan links nobody twice");
        self.write_back(employee, Some(user.clone()));
    }

    fn unlink(&mut self, employee: &EmployeeId) {
        let before = std::mem::take(&mut self.links);
        for (other, link) in before.iter().filter(|(it, _)| *it != employee) {
            self.links.tie(other.clone(), link.clone()).expect("these were ties before");
        }
        self.links.ignored_employees = before.ignored_employees;
        self.links.ignored_users = before.ignored_users;
        self.links.unfinished_blocks = before.unfinished_blocks;
        self.write_back(employee, None);
    }

    fn write_back(&mut self, employee: &EmployeeId, user: Option<UserId>) {
        if let Some(row) = self.rows.iter_mut().find(|it| it.id == *employee) {
            row.written_back = user;
        }
    }

    fn call(&mut self, call: &Call, carried: &mut Carried) -> Result<(), Refusal> {
        let request = call.request.resolve(&carried.created).request.expect("`due` left nobody unknown");
        let names = |it: &BTreeSet<diff::RoleName>| it.iter().map(ToString::to_string).collect::<Vec<_>>();
        match request {
            Request::Patch { user, fields, email, access } => {
                self.tenant.patch(user.as_str(), &patch(&fields, email, access))
            }
            Request::EndSessions { user } => self.tenant.end_sessions(user.as_str()),
            Request::RevokeRefreshTokens { user } => self.tenant.revoke_refresh_tokens(user.as_str()),
            Request::RevokeRoles { user, roles } => self.tenant.revoke(user.as_str(), &names(&roles)),
            Request::Create { employee, fields, email } => {
                let user = UserId::new(self.tenant.create(&create(&fields, email))?);
                self.link(&employee, &user, true);
                carried.created.insert(employee, user);
                Ok(())
            }
            Request::GrantToUsers { role, users } => {
                let users: Vec<String> = users.iter().map(ToString::to_string).collect();
                self.tenant.grant(role.as_str(), &users)
            }
            Request::GrantToUser { user, roles } => self.tenant.grant_to(user.as_str(), &names(&roles)),
            Request::Invite { user, email, .. } => {
                self.tenant.change_password(&email);
                let owner = self.links.owner(&user).cloned().expect("only linked people are invited");
                let link = Link { invited: true, ..self.links.of(&owner).expect("it owns the user").clone() };
                self.links.tie(owner, link).expect("it is the same tie");
                Ok(())
            }
            Request::Verify { user } => self.tenant.verification_email(user.as_str()),
        }
    }
}

/// Row by row and user by user, so that a counterexample can be read.
impl fmt::Debug for Company {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, links, tenant, roles, policy, scope, first_sync: _, today: _ } = self;
        for row in rows {
            let cells: Vec<&str> = Employee::COLUMNS.iter().map(|it| row.cell(it)).collect();
            writeln!(f, "\n  row {} {:?}", cells.join(" | "), row.written_back.as_ref().map(UserId::as_str))?;
        }
        for user in tenant.users() {
            writeln!(f, "  user {}", Value::Object(user.clone()))?;
        }
        for (employee, link) in links.iter() {
            writeln!(
                f,
                "  {employee} is {} ours {} invited {}",
                link.user, link.created_by_us, link.invited
            )?;
        }
        writeln!(f, "  ignored {:?} {:?}", links.ignored_employees, links.ignored_users)?;
        writeln!(f, "  {roles:?} {:?} {scope:?}", tenant.members())?;
        writeln!(f, "  {:?} {:?} {:?}", policy.leavers, policy.onboarding, policy.break_glass)
    }
}

/// Whether a tie waits for the calls: only who is linked is ours to change.
fn waits(change: &Change) -> bool {
    change.kind() == Kind::Unlink || (change.kind() == Kind::Relink && !change.needs.is_empty())
}

/// The call without the changes that must wait; none where nothing of it is left.
fn due(
    call: &Call,
    changes: &BTreeMap<&ChangeId, &Change>,
    carried: &Carried,
    failed: &BTreeSet<ChangeId>,
) -> Option<Call> {
    let may = |id: &ChangeId| {
        !failed.contains(id)
            && changes[id].needs.iter().all(|it| carried.done.contains(it) || call.carries.contains(it))
    };
    let mut call = call.clone();
    if let Request::GrantToUsers { users, .. } = &mut call.request {
        assert_eq!(users.len(), call.carries.len(), "a batch carries one change for each user");
        let kept: Vec<(ChangeId, Who)> =
            call.carries.drain(..).zip(users.drain(..)).filter(|(id, _)| may(id)).collect();
        (call.carries, *users) = kept.into_iter().unzip();
        return (!call.carries.is_empty()).then_some(call);
    }
    call.carries.iter().all(may).then_some(call)
}

fn create(fields: &BTreeMap<Field, Value>, email: EmailFlags) -> Object {
    let mut body = Map::new();
    body.insert("connection".to_owned(), json!(CONNECTION));
    body.insert("password".to_owned(), json!("a-password-that-nobody-keeps-0000000000"));
    for (field, value) in fields {
        put(&mut body, field, value);
    }
    put_flags(&mut body, email);
    body
}

fn patch(fields: &[FieldChange], email: Option<EmailFlags>, access: Option<AccessChange>) -> Object {
    let mut body = Map::new();
    for it in fields {
        put(&mut body, &it.field, &it.after);
    }
    if let Some(email) = email {
        put_flags(&mut body, email);
    }
    if let Some(access) = access {
        let (blocked, mark) = match access {
            AccessChange::Block => (true, json!(true)),
            AccessChange::Unblock => (false, Value::Null),
        };
        body.insert("blocked".to_owned(), json!(blocked));
        put(&mut body, &Field::AppMetadata(BLOCK_MARK.to_owned()), &mark);
    }
    body
}

fn put(body: &mut Object, field: &Field, value: &Value) {
    let (key, metadata) = match field {
        Field::Email => ("email", None),
        Field::Name => ("name", None),
        Field::GivenName => ("given_name", None),
        Field::FamilyName => ("family_name", None),
        Field::UserMetadata(key) => ("user_metadata", Some(key)),
        Field::AppMetadata(key) => ("app_metadata", Some(key)),
    };
    match metadata {
        None => {
            body.insert(key.to_owned(), value.clone());
        }
        Some(inner) => {
            let object = body.entry(key).or_insert_with(|| json!({}));
            object[inner.as_str()] = value.clone();
        }
    }
}

fn put_flags(body: &mut Object, flags: EmailFlags) {
    body.insert("email_verified".to_owned(), json!(flags.verified));
    body.insert("verify_email".to_owned(), json!(flags.send_verification));
}
