//! Roles and who holds them. A role is read once for all its members, never user by user.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use diff::{Group, RoleName, RoleSet, User, UserId};
use futures_util::future::try_join_all;
use reqwest::Method;
use serde_json::json;

use crate::ask::Ask;
use crate::client::Client;
use crate::error::Error;
use crate::reply::{Misread, NOT_WHOLE};
use crate::wire;

/// What a page holds at most.
const PER_PAGE: usize = 100;

/// How often a list is read before we say that it does not hold still.
const TRIES: u32 = 3;

/// A tenant has at most 1,000 roles (FACTS §5).
const ROLE_PAGES: usize = 10;

/// A million members; whoever sends more pages does not know an end.
const MEMBER_PAGES: usize = 10_000;

/// A role of the tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// `rol_…`
    pub id: String,
    /// What policies name.
    pub name: RoleName,
}

impl Client {
    /// All roles of the tenant. Never a shorter list: it is given only when what every page declared is what
    /// was read.
    pub async fn roles(&self) -> Result<Vec<Role>, Error> {
        let mut last = (0, 0);
        for _ in 0..TRIES {
            let (roles, declared) = self.read_roles().await?;
            if declared.iter().all(|it| *it == roles.len()) {
                *self.role_ids() = Some(roles.iter().map(|it| (it.name.clone(), it.id.clone())).collect());
                return Ok(roles);
            }
            last = (declared.last().copied().unwrap_or_default(), roles.len());
        }
        let asked = Ask::get(Group::Other, &["roles"]).name();
        Err(Error::ListingUnstable { asked, what: "roles", declared: last.0, read: last.1 })
    }

    /// The roles by page, each once, and what the pages declared.
    async fn read_roles(&self) -> Result<(Vec<Role>, Vec<usize>), Error> {
        let mut roles = Vec::new();
        let mut seen = BTreeSet::new();
        let mut declared = Vec::new();
        for page in 0..ROLE_PAGES {
            let ask = Ask::get(Group::Other, &["roles"])
                .query("include_totals", "true")
                .query("per_page", PER_PAGE.to_string())
                .query("page", page.to_string());
            let wire: wire::RolesPage = self.http().read(&ask).await?;
            let is_last = wire.roles.len() < PER_PAGE;
            declared.push(wire.total);
            roles.extend(wire.roles.into_iter().map(Role::from).filter(|it| seen.insert(it.id.clone())));
            if is_last || roles.len() >= wire.total {
                break;
            }
        }
        Ok((roles, declared))
    }

    /// Makes a role.
    pub async fn create_role(&self, name: &RoleName, description: &str) -> Result<Role, Error> {
        let body = json!({ "name": name.as_str(), "description": description });
        let ask = Ask::management(Method::POST, Group::Other, &["roles"]).body(body);
        let role: wire::Role = self.http().read(&ask).await?;
        if let Some(ids) = self.role_ids().as_mut() {
            ids.insert(RoleName::new(role.name.clone()), role.id.clone());
        }
        Ok(role.into())
    }

    /// Who holds the role directly.
    pub async fn role_members(&self, role: &Role) -> Result<BTreeSet<UserId>, Error> {
        let mut members = BTreeSet::new();
        let mut from: Option<String> = None;
        let ask =
            || Ask::get(Group::Other, &["roles", &role.id, "users"]).query("take", PER_PAGE.to_string());
        for _ in 0..MEMBER_PAGES {
            let asked = match &from {
                Some(from) => ask().query("from", from),
                None => ask(),
            };
            let page: wire::MembersPage = self.http().read(&asked).await?;
            let before = members.len();
            members.extend(page.users.into_iter().map(|it| UserId::new(it.user_id)));
            if page.next.is_none() {
                // Where `take` is not understood there is a total instead of a `next`, and this is the first page.
                return match page.total {
                    Some(total) if total > members.len() => Err(Error::Unreadable {
                        asked: ask().name(),
                        status: 200,
                        place: NOT_WHOLE.to_owned(),
                    }),
                    Some(_) | None => Ok(members),
                };
            }
            // A page with nothing new goes in a circle, however it calls the next one.
            if members.len() == before {
                break;
            }
            from = page.next;
        }
        Err(Error::Endless { asked: ask().name() })
    }

    /// Who holds which role directly; the roles are read side by side.
    pub async fn members_of(&self, roles: &[Role]) -> Result<BTreeMap<RoleName, BTreeSet<UserId>>, Error> {
        let read = roles.iter().map(async |it| Ok((it.name.clone(), self.role_members(it).await?)));
        Ok(try_join_all(read).await?.into_iter().collect())
    }

    /// The roles that the user holds directly. Cheaper than reading the roles for one user or two.
    pub async fn user_roles(&self, id: &UserId) -> Result<RoleSet, Error> {
        // A user has at most 50 roles (FACTS §5).
        let ask = Ask::get(Group::Other, &["users", id.as_str(), "roles"])
            .query("include_totals", "true")
            .query("per_page", PER_PAGE.to_string());
        let sent = self.http().send(&ask, |reply| {
            let page: wire::RolesPage = reply.json()?;
            if page.total == page.roles.len() { Ok(page) } else { Err(Misread::because(NOT_WHOLE)) }
        });
        let page = sent.await.map_err(|it| self.http().error(&ask, it))?;
        Ok(page.roles.into_iter().map(wire::Role::into_name).collect())
    }

    /// The id of a role, as last read.
    pub(crate) async fn role_id(&self, name: &RoleName) -> Result<Option<String>, Error> {
        let known = self.role_ids().as_ref().and_then(|it| it.get(name).cloned());
        match known {
            Some(id) => Ok(Some(id)),
            None => self.fresh_role_id(name).await,
        }
    }

    /// The id of a role, as it is now.
    pub(crate) async fn fresh_role_id(&self, name: &RoleName) -> Result<Option<String>, Error> {
        let roles = self.roles().await?;
        Ok(roles.into_iter().find(|it| it.name == *name).map(|it| it.id))
    }
}

/// Puts role members onto users, who come without roles from a listing.
pub fn attach_roles(users: &mut [User], members: &BTreeMap<RoleName, BTreeSet<UserId>>) {
    let places: HashMap<UserId, usize> =
        users.iter().enumerate().map(|(at, user)| (user.id.clone(), at)).collect();
    for (role, holders) in members {
        for at in holders.iter().filter_map(|it| places.get(it)) {
            users[*at].account.roles.insert(role.clone());
        }
    }
}

impl From<wire::Role> for Role {
    fn from(wire: wire::Role) -> Self {
        Self { id: wire.id, name: RoleName::new(wire.name) }
    }
}
