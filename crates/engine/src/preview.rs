//! What would be done, without any way of doing it.

use diff::{Breach, EmployeeId, Explanation, Plan, Scope, explain, plan};
use store::Look;

use crate::Engine;
use crate::error::ReadError;
use crate::read::Read;

/// A plan that nobody has stored, and the limits that it exceeds.
pub struct Preview {
    /// The plan.
    pub plan: Plan,
    /// What stands against applying it.
    pub breaches: Vec<Breach>,
    pub(crate) read: Read,
    /// Which rows were looked at; none where somebody chose them.
    pub(crate) look: Option<Look>,
}

impl Engine {
    /// Reads both sides and plans. Writes nothing, to nobody.
    ///
    /// # Errors
    /// A side that could not be read whole, never a shorter list; a table that cannot be believed; a scope that
    /// is about nobody.
    pub async fn preview(&self, scope: &Scope, first_sync: bool) -> Result<Preview, ReadError> {
        let read = self.read(scope).await?;
        let plan = plan(&self.situation(&read, scope, first_sync));
        let breaches = read.policy.limits.breaches(&plan, &read.policy.roles);
        Ok(Preview { plan, breaches, read, look: scope.is_everybody().then_some(Look::Whole) })
    }

    /// Why an employee's account is, or is not, what it is; none where there is no such row.
    ///
    /// # Errors
    /// As for [`Self::preview`].
    pub async fn explain(&self, employee: &EmployeeId) -> Result<Option<Explanation>, ReadError> {
        let scope = Scope::everybody();
        let read = self.read(&scope).await?;
        Ok(explain(&self.situation(&read, &scope, false), employee))
    }
}
