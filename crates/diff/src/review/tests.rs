//! Whose yes counts, for which plans, and how many.

use super::*;
use crate::at_once::tests::{absent, block, grant, plan, relink, update, yes};

fn rules(two: &[Concern], accounts: &[(&str, i64)]) -> Policy {
    let mut policy = Policy::default();
    policy.review.two_approvers = two.iter().copied().collect();
    policy.review.accounts =
        accounts.iter().map(|(name, id)| ((*name).to_owned(), EmployeeId::from(*id))).collect();
    policy
}

fn verified(name: &str) -> Approver {
    Approver::Verified { name: name.to_owned() }
}

fn unverified(name: &str) -> Approver {
    Approver::Unverified { name: name.to_owned() }
}

/// What is missing after these have said yes.
fn lacks(plan: &Plan, policy: &Policy, by: &[Approver]) -> String {
    let approvals: Vec<Approval> = by.iter().map(|it| yes(plan, it)).collect();
    missing(plan, policy, &approvals).map_or_else(|| "enough".to_owned(), |it| it.to_string())
}

/// What the last of these brings about, once the others have said yes.
fn weighed(plan: &Plan, policy: &Policy, by: &[Approver]) -> String {
    let approvals: Vec<Approval> = by.iter().map(|it| yes(plan, it)).collect();
    let (last, before) = approvals.split_last().unwrap();
    match weigh(plan, policy, before, last) {
        Ok(None) => "enough".to_owned(),
        Ok(Some(missing)) => format!("kept; {missing}"),
        Err(why) => format!("refused: {why}"),
    }
}

#[test]
fn one_person_is_enough_for_most_plans_verified_or_not() {
    let (plan, policy) = (plan(vec![update(1), grant(2, "admin")]), rules(&[], &[]));
    assert_eq!(lacks(&plan, &policy, &[]), "a person must say yes");
    assert_eq!(lacks(&plan, &policy, &[unverified("grace@host")]), "enough");
    assert_eq!(lacks(&plan, &policy, &[verified("grace")]), "enough");
    let late = weighed(&plan, &policy, &[verified("grace"), verified("hal")]);
    assert_eq!(late, "refused: it is approved already");
}

#[test]
fn where_two_are_asked_they_are_verified_and_different() {
    let (plan, policy) = (plan(vec![grant(1, "admin")]), rules(&[Concern::AdminGrants], &[]));
    let (grace, hal) = (verified("grace"), verified("hal"));
    assert_eq!(lacks(&plan, &policy, &[]), "two verified people must say yes, because of admin-grants");
    assert_eq!(
        weighed(&plan, &policy, std::slice::from_ref(&grace)),
        "kept; a second verified person must say yes, because of admin-grants"
    );
    assert_eq!(weighed(&plan, &policy, &[grace.clone(), hal]), "enough");
    assert_eq!(
        weighed(&plan, &policy, &[grace.clone(), grace.clone()]),
        "refused: grace approved it already, and a second verified person must say yes, because of admin-grants"
    );
    assert_eq!(
        weighed(&plan, &policy, &[grace.clone(), unverified("hal@host")]),
        "refused: the yes of hal@host (unverified) does not count: \
         a second verified person must say yes, because of admin-grants"
    );
    assert_eq!(
        weighed(&plan, &policy, &[unverified("hal@host")]),
        "refused: the yes of hal@host (unverified) does not count: \
         two verified people must say yes, because of admin-grants"
    );
}

#[test]
fn two_names_of_one_employee_are_one_person() {
    let (plan, policy) = (
        plan(vec![update(1)]),
        rules(&[Concern::Everything], &[("grace", 42), ("grace-at-home", 42), ("hal", 43)]),
    );
    let (home, work) = (verified("grace-at-home"), verified("grace"));
    assert_eq!(
        weighed(&plan, &policy, &[work.clone(), home]),
        "refused: grace-at-home is the same person as grace, who approved it already, and a second verified \
         person must say yes, as to every plan"
    );
    assert_eq!(weighed(&plan, &policy, &[work, verified("hal")]), "enough");
}

#[test]
fn nobody_approves_what_is_done_to_the_own_account() {
    let policy = rules(&[], &[("grace", 1), ("hal", 2)]);
    let own = plan(vec![update(1)]);
    let must = "a verified person must say yes; not grace, whose own account it changes";
    assert_eq!(lacks(&own, &policy, &[]), must);
    assert_eq!(
        weighed(&own, &policy, &[verified("grace")]),
        "refused: it changes the account of grace (employee 1), and so somebody else must say yes"
    );
    assert_eq!(
        weighed(&own, &policy, &[unverified("x@host")]),
        format!("refused: the yes of x@host (unverified) does not count: {must}"),
        "who may be grace"
    );
    assert_eq!(weighed(&own, &policy, &[verified("hal")]), "enough");
    assert_eq!(weighed(&own, &policy, &[verified("ida")]), "enough", "whose account nobody named");
    let both = plan(vec![update(1), update(2)]);
    assert_eq!(
        weighed(&both, &policy, &[verified("hal")]),
        "refused: it changes the account of hal (employee 2), and so somebody else must say yes"
    );
    let taken = plan(vec![relink(3, 1)]);
    assert_eq!(lacks(&taken, &policy, &[verified("grace")]), must, "the row whose account it was counts too");
    let others = plan(vec![update(3)]);
    assert_eq!(lacks(&others, &policy, &[unverified("grace@host")]), "enough");
}

#[test]
fn an_own_account_counts_no_yes_of_two_either() {
    let policy = rules(&[Concern::AdminGrants], &[("grace", 1)]);
    let plan = plan(vec![grant(1, "admin")]);
    let (hal, ida) = (verified("hal"), verified("ida"));
    assert_eq!(
        lacks(&plan, &policy, &[verified("grace"), hal.clone()]),
        "a second verified person must say yes, because of admin-grants; not grace, whose own account it changes"
    );
    assert_eq!(lacks(&plan, &policy, &[hal, ida]), "enough");
}

#[test]
fn each_word_means_what_it_says() {
    let mut undo = plan(vec![update(1)]).document().clone();
    undo.scope.undo = Some(crate::ids::RunId(7));
    let mut first = plan(vec![update(1)]).document().clone();
    first.first_sync = true;
    let plans = [
        ("an update", plan(vec![update(1)])),
        ("a takeover", plan(vec![relink(1, 2)])),
        ("an admin", plan(vec![grant(1, "admin")])),
        ("another role", plan(vec![grant(1, "manager")])),
        ("a leaver", plan(vec![block(1)])),
        ("a vanished row", plan(vec![absent(1)])),
        ("six leavers", plan((1..=6).map(block).collect())),
        ("an undo", Plan::new(undo).unwrap()),
        ("a first sync", Plan::new(first).unwrap()),
    ];
    let told: Vec<String> = plans
        .iter()
        .map(|(what, plan)| {
            let policy = rules(&Concern::all().collect::<Vec<_>>(), &[]);
            format!("{what}: {}", list(&missing(plan, &policy, &[]).unwrap().concerns))
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r"
    an update: everything, update
    a takeover: everything, relink
    an admin: everything, admin-grants, grant
    another role: everything, grant
    a leaver: everything, block
    a vanished row: everything, absent, block
    six leavers: everything, override, block
    an undo: everything, undo, update
    a first sync: everything, first-sync, update
    ");
}

#[test]
fn an_override_is_never_its_makers_alone() {
    let (plan, policy) = (plan((1..=6).map(block).collect()), rules(&[Concern::Override], &[]));
    let mut made = yes(&plan, &verified("grace"));
    made.accepts.insert("blocks".to_owned());
    let breaches = policy.limits.breaches(&plan, &policy.roles);
    assert_eq!(Approval::unaccepted(std::slice::from_ref(&made), breaches), []);
    let alone = plan.clone().approve(vec![made.clone()], &policy).unwrap_err();
    assert_eq!(
        alone.to_string(),
        "the approval is not complete: a second verified person must say yes, because of override"
    );
    let both = plan.clone().approve(vec![made, yes(&plan, &verified("hal"))], &policy).unwrap();
    assert_eq!(both.by(), &verified("hal"));
    assert_eq!(both.approvals().len(), 2);
}

#[test]
fn a_yes_to_another_digest_opens_no_door() {
    let (plan, other) = (plan(vec![update(1)]), plan(vec![update(2)]));
    let refused = plan.clone().approve(vec![yes(&other, &verified("grace"))], &Policy::default());
    assert!(matches!(refused, Err(crate::ApprovalError::OtherPlan { .. })), "{refused:?}");
    let refused = plan.approve(Vec::new(), &Policy::default());
    assert!(matches!(refused, Err(crate::ApprovalError::Missing(_))), "{refused:?}");
}
