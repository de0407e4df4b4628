//! What people do beside the plain case: a yes that accepts limits, a row that comes back.

use engine::Yes;
use store::Given;

use super::company::{Row, insert};
use super::{Proposed, World, person};

impl World {
    /// The yes of somebody who has looked at the digest, and at every limit that the plan exceeds.
    pub(crate) async fn accept_as(&self, who: &str, plan: &Proposed) {
        let accepts = plan.breaches.iter().map(|it| it.limit.to_string()).collect();
        let yes = Yes { digest: Some(plan.plan.digest().to_string()), accepts, reason: None };
        assert_eq!(self.engine.approve(plan.id, person(who), yes).await.unwrap(), Given::Enough);
    }

    /// HR adds a row.
    pub(crate) async fn hr_adds(&self, row: &Row) {
        self.sql(&insert(&self.company.source.table, row)).await;
    }
}
