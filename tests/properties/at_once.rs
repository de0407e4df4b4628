//! What is done at once is a part of the plan, and what is left is the plan that is made next.

use std::collections::BTreeSet;

use diff::{Automatic, ChangeId, Kind, at_once};
use proptest::prelude::*;

use super::companies::companies;
use super::config;
use crate::scenarios::company::Company;

/// A company whose policy lets these be done at once; half of them both.
fn in_a_hurry() -> impl Strategy<Value = Company> {
    let automatic = prop_oneof![
        2 => Just(Automatic::ALL.to_vec()),
        1 => Just(vec![Automatic::Block]),
        1 => Just(vec![Automatic::Revoke]),
    ];
    (companies(), automatic).prop_map(|(mut company, automatic)| {
        company.policy.review.auto_approve = automatic.into_iter().collect();
        company
    })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn only_access_is_taken_away_at_once_and_only_what_needs_no_person(company in in_a_hurry()) {
        let plan = company.plan();
        if let Some(part) = at_once(&plan, &company.policy) {
            prop_assert_eq!(part.needs_review(&company.policy).count(), 0);
            prop_assert_eq!(company.policy.limits.breaches(&part, &company.policy.roles), Vec::new());
            for change in part.changes() {
                prop_assert_eq!(plan.change(&change.id), Some(change), "it is in the plan as it is");
                prop_assert!(matches!(change.kind(), Kind::Block | Kind::RevokeRoles | Kind::Link));
            }
        }
    }

    #[test]
    fn what_is_left_is_what_is_planned_next(mut company in in_a_hurry()) {
        let plan = company.plan();
        if let Some(part) = at_once(&plan, &company.policy) {
            let done: BTreeSet<ChangeId> = part.changes().iter().map(|it| it.id.clone()).collect();
            let rest = plan.after(&done);
            company.carry_out(&part);
            let next = company.plan();
            let ids = |plan: &diff::Plan| plan.changes().iter().map(|it| it.id.clone()).collect::<Vec<_>>();
            prop_assert_eq!(ids(&next), ids(&rest));
            if part.changes().iter().all(|it| it.kind() != Kind::Link) {
                prop_assert_eq!(next.digest(), rest.digest(), "an approval of the rest stands");
            }
            company.carry_out(&next);
            if next.changes().iter().all(|it| it.kind() != Kind::Relink) {
                company.assert_settled();
            }
        }
    }
}
