//! What is done about one row: one match, one arm a case.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::Value;

use crate::account::{Access, BLOCK_MARK, Field, User};
use crate::change::{Action, Cause, Change, EmailFlags, FieldChange, Kind, Matched, Who};
use crate::clean::clean;
use crate::email::Email;
use crate::email_moves::Move;
use crate::ids::{ChangeId, EmployeeId, RoleName, UserId};
use crate::matching::Match;
use crate::note::{Note, Reason};
use crate::plan::RolesRead;
use crate::policy::{Leavers, Welcome};
use crate::role_set::RoleSet;
use crate::roll::Judged;
use crate::situation::{View, is_open};
use crate::standing::{Held, Leaving, Standing};
use crate::wanted::{WantedRoles, drift, has_its_roles};

/// The changes and notes of one row.
pub(crate) struct Decided<'v, 'a> {
    view: &'v View<'a>,
    taken: &'v HashSet<&'a UserId>,
    row: &'v Judged<'a>,
    pub(crate) changes: Vec<Change>,
    pub(crate) notes: Vec<Note>,
}

/// What a person should be called by a reviewer.
fn name_of(judged: &Judged<'_>) -> String {
    clean(&judged.row.full_name).into_owned()
}

/// Decides about one row. `taken` are the users that are somebody's, by link or by this plan.
pub(crate) fn decide<'v, 'a>(
    view: &'v View<'a>,
    taken: &'v HashSet<&'a UserId>,
    row: &'v Judged<'a>,
    matched: &Match<'a>,
    email: Option<&Move>,
) -> Decided<'v, 'a> {
    let mut decided = Decided { view, taken, row, changes: Vec::new(), notes: Vec::new() };
    if let Some(why) = view.at.links.ignored_employees.get(&row.row.id) {
        decided.note(Reason::IgnoredEmployee { why: why.clone() });
        return decided;
    }
    match (&row.standing, matched) {
        (Standing::Left(leaving), Match::Linked(user)) => decided.leave(leaving, user, Matched::Link),
        (Standing::Left(leaving), Match::Found(user, how)) => decided.leave(leaving, user, *how),
        (Standing::Left(_), Match::Unclear(reason)) => {
            decided.note(Reason::clone(reason));
            // Those who cannot be told apart are named there.
            if !matches!(**reason, Reason::LeaverUnclear { .. }) {
                decided.other_accounts(None);
            }
        }
        (Standing::Left(_), Match::Nobody) => decided.unclear_leaver(),
        (Standing::Left(_), Match::Gone(_)) => decided.other_accounts(None),
        (Standing::Left(_), Match::Former(..)) => {} // only an employed row comes after another
        (Standing::Held(held), _) => decided.note(Reason::Held { held: Held::clone(held) }),
        (Standing::Upcoming { starts_on, due_on }, _) => {
            decided.note(Reason::Upcoming { starts_on: *starts_on, due_on: *due_on });
        }
        (Standing::Employed(own), _) if view.is_shared(own) => decided.shared_email(own),
        (Standing::Employed(own), Match::Nobody) => decided.create(own, None),
        (Standing::Employed(own), Match::Unclear(reason)) => decided.create_or_note(own, reason, email),
        (Standing::Employed(_), Match::Gone(user)) => {
            decided.note(Reason::UserGone { user: UserId::clone(user) });
        }
        (Standing::Employed(own), Match::Linked(user)) => decided.keep(own, user, Matched::Link, email),
        (Standing::Employed(own), Match::Found(user, how)) => {
            decided.keep(own, user, *how, email);
            let address = row.address();
            decided.link(Action::Link { user: user.id.clone(), address }, *how);
        }
        (Standing::Employed(own), Match::Former(user, from)) => {
            decided.keep(own, user, Matched::Email, email);
            let (user, from, address) = (user.id.clone(), EmployeeId::clone(from), row.address());
            decided.link(Action::Relink { user, from, address }, Matched::Email);
        }
    }
    decided.column();
    decided.break_glass(matched);
    decided
}

impl Decided<'_, '_> {
    fn note(&mut self, reason: Reason) {
        let employee = Some(self.row.row.id.clone());
        self.notes.push(Note { employee, name: name_of(self.row), reason });
    }

    fn change(&mut self, action: Action, cause: Cause, matched: Matched, needs: Vec<ChangeId>) {
        let employee = self.row.row.id.clone();
        let id = Change::id_of(action.kind(), &employee);
        self.changes.push(Change { id, employee, name: name_of(self.row), action, cause, matched, needs });
    }

    /// A leaver: blocked with our mark unless somebody's block is there, managed roles revoked.
    fn leave(&mut self, leaving: &Leaving, user: &User, how: Matched) {
        let policy = self.view.at.policy;
        self.other_accounts(Some(user));
        let Leavers::Block { end_sessions } = policy.leavers else {
            if is_open(user) {
                self.note(Reason::LeaverReported { user: user.id.clone() });
            }
            return;
        };
        let end_sessions = end_sessions && self.view.can_end_sessions();
        let cause = Cause::Left { leaving: leaving.clone() };
        let unfinished = self.view.at.links.unfinished_blocks.contains(&self.row.row.id)
            && user.account.access == Access::BlockedByUs;
        if is_open(user) || unfinished {
            let action = Action::Block { user: user.id.clone(), end_sessions };
            self.change(action, cause.clone(), how, Vec::new());
        }
        let managed = self.view.managed_roles();
        let roles: BTreeSet<RoleName> =
            user.account.roles.iter().filter(|it| managed.contains(it)).cloned().collect();
        if !roles.is_empty() {
            self.change(Action::RevokeRoles { user: user.id.clone(), roles }, cause, how, Vec::new());
        }
        if how != Matched::Link && !self.changes.is_empty() {
            self.link(Action::Link { user: user.id.clone(), address: self.row.address() }, how);
        }
    }

    /// Other accounts of a person than the own one: told, and never touched.
    fn other_accounts(&mut self, own: Option<&User>) {
        let left = matches!(self.row.standing, Standing::Left(_));
        for user in self.open_claimants(own) {
            self.note(if left { Reason::OpenAccess { user } } else { Reason::OtherClaimant { user } });
        }
    }

    /// A leaver without an account, unless one bears the mark and nothing else speaks for it.
    fn unclear_leaver(&mut self) {
        let candidates = self.open_claimants(None);
        if !candidates.is_empty() {
            self.note(Reason::LeaverUnclear { candidates });
        }
    }

    /// Users that can log in, are nobody's, and bear the row's mark or a leaver's address. An address
    /// that another employed row wants says nothing about this person.
    fn open_claimants(&self, own: Option<&User>) -> BTreeSet<UserId> {
        let left = matches!(self.row.standing, Standing::Left(_));
        let email = if left { self.row.email(self.view.at.policy) } else { None };
        let email = email.filter(|it| self.view.wanting(it.as_str()).is_empty());
        email
            .iter()
            .flat_map(|it| self.view.with_email(it.as_str()))
            .chain(self.view.marked(&self.row.row.id))
            .filter(|it| own.is_none_or(|own| own.id != it.id) && self.view.is_free(it) && is_open(it))
            .filter(|it| !self.taken.contains(&it.id))
            .map(|it| it.id.clone())
            .collect()
    }

    fn shared_email(&mut self, email: &Email) {
        let email = email.to_string();
        let others: BTreeSet<EmployeeId> = self
            .view
            .wanting(&email)
            .iter()
            .filter(|it| **it != &self.row.row.id)
            .map(|it| (*it).clone())
            .collect();
        self.note(Reason::SharedEmail { email, others });
    }

    /// The address may be given up by its owner in this very plan; then the account is made after.
    fn create_or_note(&mut self, own: &Email, reason: &Reason, email: Option<&Move>) {
        match email {
            Some(Move::After(owner)) => self.create(own, Some(owner)),
            Some(Move::Free | Move::Refused(_)) | None => self.note(reason.clone()),
        }
    }

    fn create(&mut self, own: &Email, after: Option<&EmployeeId>) {
        let wanted = self.row.wanted(own, self.view.at.policy);
        let fields = wanted
            .fields
            .iter()
            .filter(|it| !it.value.is_null())
            .map(|it| (it.field.clone(), it.value.clone()))
            .collect();
        let email = self.welcome_flags(own);
        let needs = after.map(|it| Change::id_of(Kind::Update, it)).into_iter().collect();
        self.change(Action::Create { fields, email }, Cause::NoAccount, Matched::New, needs);
        let who = Who::CreatedFor(self.row.row.id.clone());
        let created = vec![Change::id_of(Kind::Create, &self.row.row.id)];
        self.roles(&wanted.roles, &RoleSet::default(), None, &who, Matched::New, &created);
        self.invite(own.as_str(), who, Matched::New, created);
    }

    /// An employed person with an account: what differs is corrected, and nothing else is sent.
    fn keep(&mut self, own: &Email, user: &User, how: Matched, email: Option<&Move>) {
        self.other_accounts(Some(user));
        if email.is_some() || !self.row.own.is_some_and(|it| it.is_in_order) {
            self.correct(own, user, how, email);
        }
        let uninvited = self.row.link.is_some_and(|it| it.created_by_us && !it.invited);
        if uninvited && user.account.access != Access::BlockedByOther {
            self.invite_to(own, user, how);
        }
    }

    fn correct(&mut self, own: &Email, user: &User, how: Matched, email: Option<&Move>) {
        self.update(own, user, how, email);
        match user.account.access {
            Access::Open => {}
            Access::BlockedByUs => {
                self.change(Action::Unblock { user: user.id.clone() }, Cause::Rehired, how, Vec::new());
            }
            Access::BlockedByOther => self.note(Reason::BlockedByOther { user: user.id.clone() }),
        }
        let (policy, held) = (self.view.at.policy, &user.account.roles);
        if !has_its_roles(self.row.row, policy, held, self.view.managed_roles()) {
            let wanted = self.row.wanted(own, policy);
            let who = Who::User(user.id.clone());
            self.roles(&wanted.roles, held, Some(&user.id), &who, how, &[]);
        }
    }

    fn update(&mut self, own: &Email, user: &User, how: Matched, email: Option<&Move>) {
        let mut fields = drift(self.row.row, own, self.view.at.policy, &user.account);
        fields.extend(stale_mark(user));
        let federated: BTreeSet<Field> =
            fields.iter().filter(|it| !user.takes(&it.field)).map(|it| it.field.clone()).collect();
        fields.retain(|it| user.takes(&it.field));
        if !federated.is_empty() {
            self.note(Reason::Federated { user: user.id.clone(), fields: federated });
        }
        let mut needs = Vec::new();
        match email {
            Some(Move::After(owner)) => needs.push(Change::id_of(Kind::Update, owner)),
            Some(Move::Refused(reason)) => {
                fields.retain(|it| it.field != Field::Email);
                self.note(reason.clone());
            }
            Some(Move::Free) | None => {}
        }
        if !fields.is_empty() {
            let email = moves_email(&fields).then(|| self.change_flags(own));
            let user = user.id.clone();
            self.change(Action::Update { user, fields, email }, Cause::Drift, how, needs);
        }
    }

    /// Grants and revocations go together: a mover ends with the new roles or keeps the old ones.
    fn roles(
        &mut self,
        wanted: &WantedRoles,
        held: &RoleSet,
        user: Option<&UserId>,
        who: &Who,
        how: Matched,
        needs: &[ChangeId],
    ) {
        let rules = match wanted {
            WantedRoles::Exactly(rules) => rules,
            WantedRoles::Keep { code } => {
                self.note(Reason::UnknownRoleCode { code: code.clone() });
                return;
            }
        };
        let policy = &self.view.at.policy.roles;
        if self.view.at.roles == RolesRead::NotRead || !policy.assign {
            return;
        }
        let managed = self.view.managed_roles();
        let revoked: BTreeSet<RoleName> =
            held.iter().filter(|it| managed.contains(it) && !rules.contains_key(*it)).cloned().collect();
        let granted: BTreeMap<RoleName, String> = rules
            .iter()
            .filter(|(role, _)| !held.contains(*role))
            .map(|(a, b)| (a.clone(), b.clone()))
            .collect();
        let mut needs = needs.to_vec();
        if let Some(user) = user.filter(|_| !revoked.is_empty()) {
            let action = Action::RevokeRoles { user: user.clone(), roles: revoked };
            self.change(action, Cause::Roles { rules: rules.clone() }, how, needs.clone());
            needs.push(Change::id_of(Kind::RevokeRoles, &self.row.row.id));
        }
        if !granted.is_empty() {
            let action = Action::GrantRoles { who: who.clone(), roles: granted.keys().cloned().collect() };
            self.change(action, Cause::Roles { rules: granted }, how, needs);
        }
    }

    /// To the address that the account has by then: the new one only behind the move to it.
    fn invite_to(&mut self, own: &Email, user: &User, how: Matched) {
        let who = Who::User(user.id.clone());
        let moves = |it: &&Change| matches!(&it.action, Action::Update { email: Some(_), .. });
        if let Some(update) = self.changes.iter().find(moves).map(|it| it.id.clone()) {
            return self.invite(own.as_str(), who, how, vec![update]);
        }
        if let Some(email) = user.account.email.clone() {
            self.invite(&email, who, how, Vec::new());
        }
    }

    fn invite(&mut self, email: &str, who: Who, how: Matched, needs: Vec<ChangeId>) {
        let onboarding = &self.view.at.policy.onboarding;
        if let Welcome::Invitation { client_id } = &onboarding.welcome
            && onboarding.verification_mails
        {
            let (email, client_id) = (email.to_owned(), client_id.clone());
            self.change(Action::SendInvitation { who, email, client_id }, Cause::NotInvited, how, needs);
        }
    }

    /// The link itself, and behind it whatever the match made due.
    fn link(&mut self, action: Action, how: Matched) {
        let link = Change::id_of(action.kind(), &self.row.row.id);
        for change in &mut self.changes {
            change.needs.push(link.clone());
        }
        self.change(action, Cause::NoLink, how, Vec::new());
    }

    /// The write-back column names somebody else than the link, which decides.
    fn column(&mut self) {
        if let (Some(link), Some(column)) = (self.row.link, &self.row.row.written_back)
            && link.user != *column
        {
            self.note(Reason::ColumnDisagrees { column: column.clone() });
        }
    }

    /// Break-glass accounts are never touched, whatever the row says; loudly where their person has left.
    fn break_glass(&mut self, matched: &Match<'_>) {
        let Some(user) = matched.user() else { return };
        let open = is_open(user);
        if self.view.at.policy.break_glass.contains(&user.id) && !self.changes.is_empty() {
            self.changes.clear();
            let left = matches!(self.row.standing, Standing::Left(_));
            let user = user.id.clone();
            self.note(if left && open {
                Reason::LeaverBreakGlass { user }
            } else {
                Reason::BreakGlass { user }
            });
        } else if let Some(why) = self.view.at.links.ignored_users.get(&user.id)
            && !self.changes.is_empty()
        {
            self.changes.clear();
            self.note(Reason::IgnoredUser { user: user.id.clone(), why: why.clone() });
        }
    }

    /// How a new account's address starts.
    fn welcome_flags(&self, own: &Email) -> EmailFlags {
        match self.view.at.policy.onboarding.welcome {
            // Setting the password through the invitation's link verifies the address (FACTS §7).
            Welcome::Invitation { .. } => EmailFlags { send_verification: false, ..self.change_flags(own) },
            Welcome::Verification | Welcome::Silent => self.change_flags(own),
        }
    }

    /// How an address goes on after a change.
    fn change_flags(&self, own: &Email) -> EmailFlags {
        self.view.at.policy.onboarding.change_flags(own.domain())
    }
}

/// Our mark on an account that somebody opened by hand. Left there, it would make the next block by
/// somebody else look like ours, and we would lift it.
fn stale_mark(user: &User) -> Option<FieldChange> {
    user.account.app_metadata.get(BLOCK_MARK)?;
    let field = Field::AppMetadata(BLOCK_MARK.to_owned());
    let before = user.account.get(&field);
    let rule = "the account is not blocked".to_owned();
    (is_open(user) && !before.is_null()).then_some(FieldChange { field, before, after: Value::Null, rule })
}

fn moves_email(fields: &[FieldChange]) -> bool {
    fields.iter().any(|it| it.field == Field::Email)
}
