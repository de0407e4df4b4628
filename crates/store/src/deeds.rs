//! What a run has done by itself: the ground on which it is undone.

use std::collections::{BTreeMap, BTreeSet};

use diff::{ChangeId, EmployeeId, Outcome, Request, RunId, UserId};
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use crate::entities::outcomes;
use crate::error::Error;
use crate::journal::JournalledCall;
use crate::open::Store;
use crate::words::from_json;

/// What a run has done by itself: not what Auth0 held already, and not what an earlier run of the same
/// plan had done, which the report of a run tells as well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deeds {
    /// Changes that it made so, all of them or in part, and those of calls of which nobody knows whether
    /// they were done.
    pub done: BTreeSet<ChangeId>,
    /// The users that it made.
    pub made: BTreeMap<EmployeeId, UserId>,
}

impl Store {
    /// What the run has done by itself, from its journal.
    pub async fn deeds(&self, run: RunId) -> Result<Deeds, Error> {
        let rows = outcomes::Entity::find().filter(outcomes::Column::Run.eq(run.0));
        let rows = rows.all(&self.db).await.map_err(Error::doing("read a run's outcomes"))?;
        let mut deeds = Deeds::default();
        for row in rows {
            if let Outcome::Applied = from_json("an outcome", &row.outcome)? {
                deeds.done.insert(ChangeId::new(row.change_id));
            }
        }
        for call in self.calls(run).await? {
            let JournalledCall { request, carries, state, made, .. } = call;
            if state.is_open() {
                deeds.done.extend(carries);
            }
            if let (Request::Create { employee, .. }, Some(user)) = (request, made) {
                deeds.made.insert(employee, user);
            }
        }
        Ok(deeds)
    }
}
