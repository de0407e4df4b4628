//! The roles of a user: one or two, nearly always.

use std::ops::Deref;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::ids::RoleName;

/// Roles in the order of their names, each once. To be read as a slice.
///
/// A single role is kept where the set is; the node of a tree, made for eleven, would be a tenth of what a
/// user takes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<RoleName>", into = "Vec<RoleName>")]
pub struct RoleSet(SmallVec<[RoleName; 1]>);

impl RoleSet {
    /// Puts a role in.
    pub fn insert(&mut self, role: RoleName) {
        if let Err(place) = self.0.binary_search(&role) {
            self.0.insert(place, role);
        }
    }

    /// Takes out those for which it does not hold.
    pub fn retain(&mut self, holds: impl Fn(&RoleName) -> bool) {
        self.0.retain(|it| holds(it));
    }
}

impl Deref for RoleSet {
    type Target = [RoleName];

    fn deref(&self) -> &[RoleName] {
        &self.0
    }
}

impl Extend<RoleName> for RoleSet {
    fn extend<T: IntoIterator<Item = RoleName>>(&mut self, roles: T) {
        roles.into_iter().for_each(|it| self.insert(it));
    }
}

impl FromIterator<RoleName> for RoleSet {
    fn from_iter<T: IntoIterator<Item = RoleName>>(roles: T) -> Self {
        let mut set = Self::default();
        set.extend(roles);
        set
    }
}

impl From<Vec<RoleName>> for RoleSet {
    fn from(roles: Vec<RoleName>) -> Self {
        roles.into_iter().collect()
    }
}

impl From<RoleSet> for Vec<RoleName> {
    fn from(roles: RoleSet) -> Self {
        roles.0.into_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_is_there_once_and_in_the_order_of_names() {
        let mut roles: RoleSet = ["b", "a", "b"].map(RoleName::new).into_iter().collect();
        assert_eq!(serde_json::to_string(&roles).unwrap(), r#"["a","b"]"#);
        assert_eq!(serde_json::from_str::<RoleSet>(r#"["b","a","a"]"#).unwrap(), roles);
        roles.retain(|it| it.as_str() != "a");
        assert_eq!((roles.len(), roles.contains(&RoleName::new("b"))), (1, true));
    }
}
