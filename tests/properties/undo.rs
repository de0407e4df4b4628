//! What holds for every run that is taken back.

use std::collections::{BTreeMap, BTreeSet};

use diff::{Change, ChangeId, EmployeeId, Kind, Links, Plan, Reason, Standing, UserId, standing};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::companies::companies;
use super::{config, id};
use crate::scenarios::company::{Carried, Company};
use crate::tenant::Object;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_can_come_back_is_as_it_was(mut company in companies()) {
        let before = company.clone();
        let (plan, carried) = run(&mut company, |_| false);
        let (undo, _) = take_back(&mut company, &plan, &carried);
        prop_assert_eq!(differing(&before, &company, &plan, &undo), Vec::<String>::new());
    }

    #[test]
    fn a_run_that_failed_half_way_is_taken_back_as_far_as_it_went(mut company in companies(), fails in any::<u64>()) {
        let before = company.clone();
        let mut fates = (0..64).cycle().map(|it| fails >> it & 1 == 1);
        let (plan, carried) = run(&mut company, |_| fates.next().unwrap_or_default());
        let (undo, _) = take_back(&mut company, &plan, &carried);
        prop_assert_eq!(differing(&before, &company, &plan, &undo), Vec::<String>::new());
    }

    #[test]
    fn an_undo_taken_back_is_the_run_again(mut company in companies()) {
        let (plan, carried) = run(&mut company, |_| false);
        let after = company.clone();
        let (undo, undone) = take_back(&mut company, &plan, &carried);
        let (again, _) = take_back(&mut company, &undo, &undone);
        prop_assert_eq!(differing(&after, &company, &undo, &again), Vec::<String>::new());
    }

    #[test]
    fn the_next_plan_does_again_what_the_undo_says_and_nothing_else(mut company in companies()) {
        let (plan, carried) = run(&mut company, |_| false);
        let today = company.plan();
        let (undo, _) = take_back(&mut company, &plan, &carried);
        let people: BTreeSet<&EmployeeId> = plan.changes().iter().map(|it| &it.employee).collect();
        prop_assert_eq!(announced(&undo), new_kinds(&today, &company.plan(), &people));
    }

    #[test]
    fn nobody_who_left_gets_anything_and_every_line_is_looked_at(mut company in companies(), fails in any::<u64>()) {
        let mut fates = (0..64).cycle().map(|it| fails >> it & 1 == 1);
        let (plan, carried) = run(&mut company, |_| fates.next().unwrap_or_default());
        let undo = company.undo(&plan, &carried);
        for change in undo.changes().iter().filter(|it| has_left(&company, &it.employee)) {
            prop_assert!(!matches!(change.kind(), Kind::Unblock | Kind::GrantRoles), "{}", change.id);
        }
        prop_assert_eq!(undo.needs_review(&company.policy).count(), undo.changes().len());
        let touched: BTreeSet<&UserId> = plan.changes().iter().filter_map(|it| it.action.user()).collect();
        let made: BTreeSet<UserId> = carried.made().values().cloned().collect();
        for user in undo.changes().iter().filter_map(|it| it.action.user()) {
            prop_assert!(touched.contains(user) || made.contains(user), "{user} was not the run's");
        }
    }
}

fn run(company: &mut Company, fails: impl FnMut(&diff::Call) -> bool) -> (Plan, Carried) {
    let plan = company.plan();
    let carried = company.carry_out_but(&plan, fails);
    assert_eq!(carried.refused, []);
    (plan, carried)
}

/// Undoes, all of it; Auth0 takes every call of an undo.
fn take_back(company: &mut Company, plan: &Plan, carried: &Carried) -> (Plan, Carried) {
    let undo = company.undo(plan, carried);
    let undone = company.carry_out_but(&undo, |_| false);
    assert_eq!(undone.refused, [], "Auth0 refused a part of the undo");
    assert_eq!(undone.done.len(), undo.changes().len(), "a change was carried by no call");
    assert!(company.tenant.harm.is_empty(), "{:?}", company.tenant.harm);
    (undo, undone)
}

fn has_left(company: &Company, employee: &EmployeeId) -> bool {
    let row = company.rows.iter().find(|it| it.id == *employee);
    row.is_some_and(|it| matches!(standing(it, &company.policy, company.today), Standing::Left(_)))
}

/// What is not as before, but for leavers, who get nothing back; accounts that were made, which stay, as
/// blocked as can be; and addresses that such an account has.
fn differing(before: &Company, after: &Company, plan: &Plan, undo: &Plan) -> Vec<String> {
    let kept = kept_addresses(after, undo);
    let leavers: BTreeSet<String> = plan
        .changes()
        .iter()
        .filter(|it| has_left(after, &it.employee))
        .filter_map(|it| it.action.user().map(ToString::to_string))
        .collect();
    let mut differing = Vec::new();
    for user in after.tenant.users() {
        let (now, left) = (id(user), leavers.contains(id(user)));
        let roles = |it: &Company| roles_of(it, now);
        match before.tenant.user(now) {
            Some(was) if fields(was, &kept) != fields(user, &kept) => {
                differing.push(format!("{was:?} {user:?}"));
            }
            Some(was) if !left && access(was) != access(user) => differing.push(format!("access of {now}")),
            Some(_) if !left && roles(before) != roles(after) => differing.push(format!("roles of {now}")),
            None if after.tenant.is_open(now) || !roles(after).is_empty() => {
                differing.push(format!("{now} was made and is open"));
            }
            Some(_) | None => {}
        }
    }
    let (was, is) = (tied(before), tied(after));
    let stays = |employee: &EmployeeId, user: &UserId| {
        before.tenant.user(user.as_str()).is_none() || has_left(after, employee)
    };
    let gone = was.iter().filter(|it| !is.contains(it));
    let new = is.iter().filter(|it| !was.contains(it)).filter(|(employee, user)| !stays(employee, user));
    differing.extend(gone.chain(new).map(|(employee, user)| format!("{employee} = {user}")));
    differing
}

/// Who is whose, with what the columns say taken over.
fn tied(company: &Company) -> BTreeSet<(EmployeeId, UserId)> {
    let mut links: Links = company.links.clone();
    links.take_over(&company.rows);
    links.iter().map(|(employee, link)| (employee.clone(), link.user.clone())).collect()
}

/// Who keeps an address because the former one is another's now: that is told.
fn kept_addresses(company: &Company, undo: &Plan) -> BTreeSet<UserId> {
    let told = undo.notes().iter().filter_map(|it| {
        let Reason::NotUndone { why, .. } = &it.reason else { return None };
        it.employee.as_ref().filter(|_| why.starts_with("the address "))
    });
    told.filter_map(|it| company.links.of(it)).map(|it| it.user.clone()).collect()
}

/// Our mark aside, which comes and goes with our block and is not put on an open account.
fn fields(user: &Object, kept: &BTreeSet<UserId>) -> Value {
    let mut app = user["app_metadata"].clone();
    if let Some(app) = app.as_object_mut() {
        app.remove("rollcall_blocked");
    }
    let email = if kept.contains(&UserId::new(id(user))) { &Value::Null } else { &user["email"] };
    json!([email, user["name"], user["user_metadata"], app])
}

fn access(user: &Object) -> Option<bool> {
    let blocked = user.get("blocked") == Some(&json!(true));
    blocked.then(|| user["app_metadata"].get("rollcall_blocked") == Some(&json!(true)))
}

fn roles_of(company: &Company, user: &str) -> BTreeSet<String> {
    let managed = company.policy.roles.managed();
    let held = company.tenant.members().iter().filter(|(_, members)| members.contains(user));
    held.map(|(role, _)| role.clone()).filter(|it| managed.iter().any(|role| role.as_str() == it)).collect()
}

/// What the undo says that the next plan will do.
fn announced(undo: &Plan) -> BTreeMap<EmployeeId, BTreeSet<Kind>> {
    let told = undo.notes().iter().filter_map(|it| {
        let Reason::StillAsked { kinds } = &it.reason else { return None };
        Some((it.employee.clone()?, kinds.clone()))
    });
    told.collect()
}

/// What the later plan does for these people and the earlier one does not.
fn new_kinds(
    earlier: &Plan,
    later: &Plan,
    people: &BTreeSet<&EmployeeId>,
) -> BTreeMap<EmployeeId, BTreeSet<Kind>> {
    let was: BTreeMap<&ChangeId, &Change> = earlier.changes().iter().map(|it| (&it.id, it)).collect();
    let mut kinds: BTreeMap<EmployeeId, BTreeSet<Kind>> = BTreeMap::new();
    for change in later.changes().iter().filter(|it| people.contains(&it.employee)) {
        if was.get(&change.id).is_none_or(|it| it.action != change.action) {
            kinds.entry(change.employee.clone()).or_default().insert(change.kind());
        }
    }
    kinds
}
