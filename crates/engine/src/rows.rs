//! The rows and links that an act on somebody depends on, read by what names them.
//!
//! What is planned for an employee depends on the users read for it, and on the rows that may claim one of these
//! ([`diff::Sought`]). No other row is read: an act on one person of a hundred thousand takes about as long as on
//! one of a hundred.
//!
//! Where a table looks wrong (somebody named, or linked, has no row, or the row has no address, name or status)
//! this judges nothing: the table is read whole, and judged as a whole. So it is for every run: what is done to
//! many without a look at each goes by the whole table.

use std::collections::BTreeSet;

use diff::{Action, Employee, EmployeeId, Links, Plan, Policy, Sought, User, believable_alone};

use crate::Engine;
use crate::error::ReadError;

/// What stands in the table and in the store.
pub(crate) struct Rows {
    pub(crate) policy: Policy,
    pub(crate) employees: Vec<Employee>,
    pub(crate) links: Links,
    pub(crate) form: Form,
}

/// Which rows were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// All.
    Whole,
    /// Those that are named, each of them there.
    ByKey,
}

impl Engine {
    /// The rows of some employees and their links; everything where that alone could not be trusted.
    pub(crate) async fn rows_of(&self, employees: &BTreeSet<EmployeeId>) -> Result<Rows, ReadError> {
        match self.rows_by_key(employees).await? {
            Some(rows) => Ok(rows),
            None => self.rows_whole().await,
        }
    }

    /// What the plan of an act is compared with before it is applied: those whom it changes, and those whose
    /// account they take over.
    pub(crate) async fn rows_of_plan(&self, plan: &Plan) -> Result<Rows, ReadError> {
        let mut concerned = plan.document().scope.employees.clone();
        for change in plan.changes() {
            concerned.insert(change.employee.clone());
            if let Action::Relink { from, .. } = &change.action {
                concerned.insert(from.clone());
            }
        }
        self.rows_of(&concerned).await
    }

    async fn rows_by_key(&self, employees: &BTreeSet<EmployeeId>) -> Result<Option<Rows>, ReadError> {
        // Before the first run the links are what the write-back columns say, of all rows.
        if !self.store.has_links(self.tenant()).await? {
            return Ok(None);
        }
        let policy = self.policy_of(&self.store.source_shape().await?);
        let sought = Sought::of(employees.clone());
        let employees = self.rows_by_id(employees).await?;
        if employees.len() < sought.employees.len() || !believable_alone(&employees, &policy) {
            return Ok(None);
        }
        let links = self.store.links_among(self.tenant(), &sought).await?;
        Ok(Some(Rows { policy, employees, links, form: Form::ByKey }))
    }

    /// The rows, with every other that may claim one of the users, and with its links.
    pub(crate) async fn with_claimants(&self, rows: Rows, users: &[User]) -> Result<Rows, ReadError> {
        if rows.form == Form::Whole {
            return Ok(rows);
        }
        let Rows { policy, mut employees, .. } = rows;
        let named: BTreeSet<EmployeeId> = employees.iter().map(|it| it.id.clone()).collect();
        let mut sought = Sought::about(&employees, users, &policy);
        // A named row stays as it was when its users were looked for.
        let others = self.store.rows_like(&sought).await?.into_iter().filter(|it| !named.contains(&it.id));
        employees.extend(others);
        sought.add_rows(&employees);
        let links = self.store.links_among(self.tenant(), &sought).await?;
        let read: BTreeSet<EmployeeId> = employees.iter().map(|it| it.id.clone()).collect();
        let owners: BTreeSet<EmployeeId> =
            links.iter().map(|(it, _)| it.clone()).filter(|it| !read.contains(it)).collect();
        let rows_of_owners = self.rows_by_id(&owners).await?;
        if rows_of_owners.len() < owners.len() {
            return self.rows_whole().await;
        }
        employees.extend(rows_of_owners);
        employees.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(Rows { policy, employees, links, form: Form::ByKey })
    }

    async fn rows_by_id(&self, employees: &BTreeSet<EmployeeId>) -> Result<Vec<Employee>, store::Error> {
        if employees.is_empty() {
            return Ok(Vec::new());
        }
        let sought = Sought::of(employees.clone());
        let mut rows = self.store.rows_like(&sought).await?;
        rows.retain(|it| employees.contains(&it.id)); // a database may take `a` for `A`
        Ok(rows)
    }

    /// The links of what was read, as they are by now.
    pub(crate) async fn links_now(&self, rows: &Rows) -> Result<Links, store::Error> {
        match rows.form {
            Form::Whole => self.store.links(self.tenant()).await,
            Form::ByKey => {
                let mut sought = Sought::default();
                sought.add_rows(&rows.employees);
                self.store.links_among(self.tenant(), &sought).await
            }
        }
    }

    /// All rows and links.
    pub(crate) async fn rows_whole(&self) -> Result<Rows, ReadError> {
        let (policy, employees) = self.read_source().await?;
        let mut links = self.store.links(self.tenant()).await?;
        if links.is_empty() {
            // Before the first run; later a column is no link, and the plan tells of it.
            links.take_over(&employees);
        }
        Ok(Rows { policy, employees, links, form: Form::Whole })
    }
}
