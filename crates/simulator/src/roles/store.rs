//! Roles by id, members by role and roles by member.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, NaiveDateTime};

use crate::{clock::Timestamp, ids::Ids, state::Role};

/// Every role with its members.
#[derive(Debug, Default)]
pub(crate) struct Roles {
    by_id: BTreeMap<String, RoleEntry>,
    /// In the order of their making, which is how they are listed.
    order: Vec<String>,
    held: HashMap<String, BTreeSet<String>>,
    last_assignment: i64,
}

#[derive(Debug)]
pub(crate) struct RoleEntry {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    by_order: BTreeSet<Cursor>,
    assigned: HashMap<String, i64>,
    /// Members that left, and when: a lagging reader still sees them.
    left: Vec<(Cursor, Timestamp)>,
}

/// A member's place in its role: microseconds of the assignment, then the user id. Its text form is what `next`
/// carries, e.g. base64 of `2023-03-14 13:41:28.961000UTC,auth0|64107988d3534be8b2dc383c`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cursor {
    micros: i64,
    pub(crate) user_id: String,
}

const CURSOR_TIME: &str = "%Y-%m-%d %H:%M:%S%.6fUTC";

impl Cursor {
    pub(crate) fn encode(&self) -> String {
        let time = DateTime::from_timestamp_micros(self.micros).unwrap_or_default();
        STANDARD.encode(format!("{},{}", time.format(CURSOR_TIME), self.user_id))
    }

    pub(crate) fn decode(text: &str) -> Option<Self> {
        let text = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
        let (time, user_id) = text.split_once(',')?;
        let micros = NaiveDateTime::parse_from_str(time, CURSOR_TIME).ok()?.and_utc().timestamp_micros();
        Some(Self { micros, user_id: user_id.to_owned() })
    }
}

impl Roles {
    pub(crate) fn load(roles: Vec<Role>, ids: &mut Ids, now: Timestamp) -> Self {
        let mut loaded = Self { last_assignment: now.millis() * 1000, ..Self::default() };
        for role in roles {
            let id = if role.id.is_empty() { ids.prefixed("rol_") } else { role.id };
            loaded.add(id.clone(), role.name, role.description);
            for member in role.members {
                // One by one, so that the document's order is the listing's order.
                loaded.assign(&id, &[&member], now);
            }
        }
        loaded
    }

    pub(crate) fn save(&self) -> Vec<Role> {
        let save = |it: &RoleEntry| Role {
            id: it.id.clone(),
            name: it.name.clone(),
            description: it.description.clone(),
            members: it.by_order.iter().map(|it| it.user_id.clone()).collect(),
        };
        self.all().map(save).collect()
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &RoleEntry> {
        self.order.iter().filter_map(|it| self.by_id.get(it))
    }

    pub(crate) fn get(&self, id: &str) -> Option<&RoleEntry> {
        self.by_id.get(id)
    }

    pub(crate) fn named(&self, name: &str) -> Option<&RoleEntry> {
        self.by_id.values().find(|it| it.name == name)
    }

    pub(crate) fn add(&mut self, id: String, name: String, description: Option<String>) -> &RoleEntry {
        let entry = RoleEntry {
            id: id.clone(),
            name,
            description,
            by_order: BTreeSet::new(),
            assigned: HashMap::new(),
            left: Vec::new(),
        };
        self.order.push(id.clone());
        self.by_id.entry(id).insert_entry(entry).into_mut()
    }

    pub(crate) fn rename(&mut self, id: &str, name: Option<String>, description: Option<String>) {
        if let Some(entry) = self.by_id.get_mut(id) {
            entry.name = name.unwrap_or_else(|| std::mem::take(&mut entry.name));
            entry.description = description.or_else(|| entry.description.take());
        }
    }

    pub(crate) fn remove(&mut self, id: &str) -> bool {
        let Some(entry) = self.by_id.remove(id) else { return false };
        self.order.retain(|it| it != id);
        for user in entry.assigned.keys() {
            if let Some(held) = self.held.get_mut(user) {
                held.remove(id);
            }
        }
        true
    }

    pub(crate) fn holds(&self, user_id: &str, role_id: &str) -> bool {
        self.held.get(user_id).is_some_and(|it| it.contains(role_id))
    }

    pub(crate) fn held_count(&self, user_id: &str) -> usize {
        self.held.get(user_id).map_or(0, BTreeSet::len)
    }

    /// The roles of a user, in the tenant's order of roles.
    pub(crate) fn of_user(&self, user_id: &str) -> Vec<&RoleEntry> {
        let Some(held) = self.held.get(user_id) else { return Vec::new() };
        self.all().filter(|it| held.contains(&it.id)).collect()
    }

    /// One batch shares one time, and lists its users by id, as recorded.
    pub(crate) fn assign(&mut self, role_id: &str, users: &[&str], now: Timestamp) {
        self.last_assignment = (now.millis() * 1000).max(self.last_assignment + 1);
        let micros = self.last_assignment;
        let Some(entry) = self.by_id.get_mut(role_id) else { return };
        for user in users {
            if entry.assigned.contains_key(*user) {
                continue;
            }
            entry.assigned.insert((*user).to_owned(), micros);
            entry.by_order.insert(Cursor { micros, user_id: (*user).to_owned() });
            self.held.entry((*user).to_owned()).or_default().insert(role_id.to_owned());
        }
    }

    pub(crate) fn unassign(&mut self, role_id: &str, user_id: &str, now: Timestamp) {
        let Some(entry) = self.by_id.get_mut(role_id) else { return };
        let Some(micros) = entry.assigned.remove(user_id) else { return };
        let cursor = Cursor { micros, user_id: user_id.to_owned() };
        entry.by_order.remove(&cursor);
        entry.left.push((cursor, now));
        if let Some(held) = self.held.get_mut(user_id) {
            held.remove(role_id);
        }
    }

    pub(crate) fn forget_user(&mut self, user_id: &str) {
        for role_id in self.held.remove(user_id).unwrap_or_default() {
            let Some(entry) = self.by_id.get_mut(&role_id) else { continue };
            if let Some(micros) = entry.assigned.remove(user_id) {
                entry.by_order.remove(&Cursor { micros, user_id: user_id.to_owned() });
            }
        }
    }
}

impl RoleEntry {
    pub(crate) fn member_count(&self) -> usize {
        self.by_order.len()
    }

    /// Members behind a cursor, in order.
    pub(crate) fn members_after<'a>(
        &'a self,
        cursor: Option<&'a Cursor>,
    ) -> impl Iterator<Item = &'a Cursor> + 'a {
        let start = cursor.map_or(Bound::Unbounded, Bound::Excluded);
        self.by_order.range((start, Bound::Unbounded))
    }

    /// The members as they were at an earlier moment, for the switch that lets this list lag.
    pub(crate) fn members_at(&self, moment: Timestamp) -> Vec<Cursor> {
        let micros = moment.millis().saturating_mul(1000).saturating_add(999);
        let gone = self.left.iter().filter(|(it, left)| *left > moment && it.micros <= micros);
        let mut members: Vec<Cursor> =
            self.by_order.iter().filter(|it| it.micros <= micros).cloned().collect();
        members.extend(gone.map(|(it, _)| it.clone()));
        members.sort();
        members
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_have_the_recorded_form() {
        let recorded = "MjAyMy0wMy0xNCAxMzo0MToyOC45NjEwMDBVVEMsYXV0aDB8NjQxMDc5ODhkMzUzNGJlOGIyZGMzODNj";
        let cursor = Cursor::decode(recorded).unwrap();
        assert_eq!(cursor.user_id, "auth0|64107988d3534be8b2dc383c");
        assert_eq!(cursor.encode(), recorded);
        assert!(Cursor::decode("nonsense").is_none());
    }

    #[test]
    fn assigning_twice_is_assigning_once() {
        let now = Timestamp::from_millis(1_000);
        let mut roles = Roles::load(Role::defaults(), &mut Ids::default(), now);
        let role = roles.named("admin").unwrap().id.clone();
        roles.assign(&role, &["b", "a"], now);
        roles.assign(&role, &["a"], now);
        let members: Vec<&str> =
            roles.get(&role).unwrap().members_after(None).map(|it| it.user_id.as_str()).collect();
        assert_eq!(members, ["a", "b"]);
        roles.unassign(&role, "a", now);
        assert!(!roles.holds("a", &role));
        assert!(roles.holds("b", &role));
    }
}
