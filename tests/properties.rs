//! What holds for every company, whatever its table and its tenant look like.
//!
//! The seed is fixed, so that a run says something about the change at hand and not about luck;
//! `PROPTEST_RNG_SEED` and `PROPTEST_CASES` look further.

mod at_once;
mod calls;
pub(crate) mod companies;
mod few;
mod lifecycle;
mod undo;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use companies::companies;
use diff::{Action, ChangeId, Digest, Draft, Kind, Leavers, Plan, Scope, Standing, UserId, standing};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngSeed};

use crate::scenarios::company::Company;
use crate::scenarios::reading;
use crate::tenant::{Object, Tenant};

/// Enough to meet every kind of mess in a second or two.
const CASES: u32 = 64;

pub(crate) fn config() -> Config {
    let default = Config::default();
    let seed = match default.rng_seed {
        RngSeed::Random => RngSeed::Fixed(20_261_123),
        RngSeed::Fixed(seed) => RngSeed::Fixed(seed),
    };
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|it| it.parse().ok()).unwrap_or(CASES);
    Config { cases, rng_seed: seed, failure_persistence: None, ..default }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn carried_out_nothing_is_left(mut company in companies()) {
        let plan = company.plan();
        company.carry_out(&plan);
        // Whoever comes back under a new id leaves the old row without an account; what else bears its
        // mark can only be judged then, and is told loudly before.
        if plan.changes().iter().any(|it| it.kind() == Kind::Relink) {
            company.carry_out(&company.plan());
        }
        company.assert_settled();
    }

    #[test]
    fn after_a_run_with_failures_the_next_one_settles(mut company in companies(), fails in any::<u64>()) {
        let mut fates = (0..64).cycle().map(|it| fails >> it & 1 == 1);
        company.carry_out_but(&company.plan(), |_| fates.next().unwrap_or_default());
        company.carry_out(&company.plan());
        company.assert_settled();
    }

    #[test]
    fn no_linked_leaver_keeps_access(mut company in companies(), fails in any::<u64>()) {
        let mut fates = (0..64).cycle().map(|it| fails >> it & 1 == 1);
        let plan = company.plan();
        company.carry_out_but(&plan, |_| fates.next().unwrap_or_default());
        company.carry_out(&company.plan());
        prop_assert_eq!(leavers_with_access(&company), Vec::<UserId>::new());
        for change in plan.changes() {
            if let Action::Block { user, end_sessions: true } = &change.action {
                prop_assert!(company.tenant.tokens_revoked.contains(user.as_str()), "{user} keeps its tokens");
            }
        }
    }

    #[test]
    fn any_order_gives_the_same_plan(company in companies(), rows in any::<u64>(), users in any::<u64>()) {
        let plan = company.plan();
        let mut shuffled = company.clone();
        shuffle(&mut shuffled.rows, rows);
        let mut read = reading::users(&company.tenant, company.roles);
        shuffle(&mut read, users);
        prop_assert_eq!(shuffled.plan_of(&read), plan);
    }

    #[test]
    fn nobody_employed_is_blocked(company in companies()) {
        for change in company.plan().changes().iter().filter(|it| it.kind() == Kind::Block) {
            let row = company.rows.iter().find(|it| it.id == change.employee).expect("a block has a row");
            prop_assert!(matches!(standing(row, &company.policy, company.today), Standing::Left(_)));
            let user = change.action.user().expect("a block has a user");
            let owner = company.links.owner(user);
            prop_assert!(owner.is_none_or(|it| *it == change.employee), "the account is another's");
        }
    }

    #[test]
    fn nobody_else_is_touched(mut company in companies()) {
        let before = company.tenant.clone();
        let plan = company.plan();
        let meant: BTreeSet<String> = plan.changes().iter().filter_map(|it| it.action.user()).map(ToString::to_string).collect();
        company.carry_out(&plan);
        for user in &meant {
            let owned = company.links.owner(&UserId::new(user.clone())).is_some();
            prop_assert!(owned, "{user} is nobody's");
            prop_assert!(!company.policy.break_glass.contains(&UserId::new(user.clone())), "{user} is break-glass");
            prop_assert!(!company.links.ignored_users.contains_key(&UserId::new(user.clone())), "{user} is ignored");
        }
        for user in before.users().filter(|it| !meant.contains(id(it))) {
            prop_assert_eq!(Some(user), company.tenant.user(id(user)));
        }
        prop_assert_eq!(&before.members()["forklift"], &company.tenant.members()["forklift"], "a foreign role");
        prop_assert_eq!(opened_against_others(&before, &company.tenant), Vec::<String>::new());
    }

    #[test]
    fn foreign_metadata_stays(mut company in companies()) {
        let before = company.tenant.clone();
        company.carry_out(&company.plan());
        for user in before.users() {
            let after = company.tenant.user(id(user)).expect("nobody is deleted");
            prop_assert_eq!(&after["user_metadata"]["theme"], "dark");
            prop_assert_eq!(&after["app_metadata"]["plan"], "gold");
        }
    }

    #[test]
    fn json_and_back_keeps_plan_and_digest(company in companies()) {
        let plan = company.plan();
        let back: Plan = serde_json::from_str(&serde_json::to_string(&plan).expect("it can be written")).expect("and read");
        prop_assert_eq!(back.digest(), plan.digest());
        prop_assert_eq!(back, plan);
    }

    #[test]
    fn the_digest_differs_exactly_when_what_it_stands_for_does(
        a in companies(),
        b in companies(),
        rows in any::<bool>(),
        policy in any::<bool>(),
    ) {
        let mut other = a.clone();
        if rows {
            other.rows.clone_from(&b.rows);
        }
        if policy {
            other.policy.clone_from(&b.policy);
        }
        let (plan, other) = (Draft::from(a.plan()), Draft::from(other.plan()));
        let same = plan.policy == other.policy && plan.changes == other.changes;
        prop_assert_eq!(digest(&plan) == digest(&other), same);

        let elsewhere = Draft { tenant: diff::Tenant::new("elsewhere.example"), ..plan.clone() };
        let limited = Draft { scope: Scope { limit: Some(100), ..Scope::everybody() }, ..plan.clone() };
        prop_assert_ne!(digest(&elsewhere), digest(&plan));
        prop_assert_ne!(digest(&limited), digest(&plan));

        let (changes, policy) = (plan.changes.clone(), plan.policy.clone());
        let later = Draft { changes, policy, tenant: plan.tenant.clone(), scope: plan.scope.clone(), today: later(), ..other };
        prop_assert_eq!(digest(&later), digest(&plan), "notes, figures and the day do not count");
    }

    #[test]
    fn lines_fall_with_what_they_need_and_no_others(company in companies(), picks in prop::collection::vec(any::<Index>(), 1..4)) {
        let plan = company.plan();
        if plan.is_empty() {
            return Ok(());
        }
        let dropped: BTreeSet<ChangeId> = picks.iter().map(|it| it.get(plan.changes()).id.clone()).collect();
        let rest = plan.without(&dropped);
        prop_assert_ne!(rest.digest(), plan.digest());
        let kept: BTreeSet<&ChangeId> = rest.changes().iter().map(|it| &it.id).collect();
        prop_assert!(kept.iter().all(|it| !dropped.contains(*it)));
        prop_assert!(rest.changes().iter().all(|it| it.needs.iter().all(|it| kept.contains(it))));
        let concerned: BTreeSet<&diff::EmployeeId> = employees_reached(&plan, &dropped);
        let fallen = plan.changes().iter().filter(|it| !kept.contains(&it.id));
        prop_assert!(fallen.clone().all(|it| concerned.contains(&it.employee)), "a line of somebody else fell");
    }

    #[test]
    fn a_pilot_keeps_to_its_people_and_kinds(company in companies(), limit in 0..4_usize) {
        let mut pilot = company.clone();
        pilot.scope = Scope { only: BTreeSet::from([Kind::Create]), limit: Some(limit), columns: BTreeMap::from([("department".to_owned(), "it".to_owned())]), ..Scope::everybody() };
        let plan = pilot.plan();
        let people: BTreeSet<_> = plan.changes().iter().map(|it| &it.employee).collect();
        prop_assert!(people.len() <= limit);
        for change in plan.changes() {
            let row = company.rows.iter().find(|it| it.id == change.employee).expect("changes have rows");
            prop_assert_eq!(row.department.as_str(), "IT");
            prop_assert!(matches!(change.kind(), Kind::Create | Kind::GrantRoles | Kind::SendInvitation));
        }
        pilot.carry_out(&plan);
    }
}

fn digest(draft: &Draft) -> Digest {
    Plan::new(draft.clone()).expect("it was a plan before").digest()
}

fn later() -> NaiveDate {
    NaiveDate::from_ymd_opt(2027, 1, 1).expect("it is a date")
}

fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed | 1;
    for at in (1..items.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        items.swap(at, (state >> 33) as usize % (at + 1));
    }
}

fn id(user: &Object) -> &str {
    user["user_id"].as_str().expect("every user has an id")
}

/// Accounts of linked leavers that can still log in, of those that the policy lets us block.
fn leavers_with_access(company: &Company) -> Vec<UserId> {
    let Leavers::Block { .. } = company.policy.leavers else { return Vec::new() };
    let left = company.rows.iter().filter(|it| {
        matches!(standing(it, &company.policy, company.today), Standing::Left(_))
            && !company.links.ignored_employees.contains_key(&it.id)
    });
    left.filter_map(|it| company.links.of(&it.id))
        .map(|it| it.user.clone())
        .filter(|it| {
            !company.policy.break_glass.contains(it) && !company.links.ignored_users.contains_key(it)
        })
        .filter(|it| company.tenant.is_open(it.as_str()))
        .collect()
}

/// Users whose block was somebody else's and who can log in now.
fn opened_against_others(before: &Tenant, after: &Tenant) -> Vec<String> {
    let others = before.users().filter(|it| {
        it.get("blocked") == Some(&true.into()) && it["app_metadata"].get("rollcall_blocked").is_none()
    });
    others.map(|it| id(it).to_owned()).filter(|it| after.is_open(it)).collect()
}

/// The employees of the changes, and of whatever needs them, however far.
fn employees_reached<'a>(plan: &'a Plan, dropped: &BTreeSet<ChangeId>) -> BTreeSet<&'a diff::EmployeeId> {
    let mut reached: BTreeSet<&ChangeId> =
        plan.changes().iter().map(|it| &it.id).filter(|it| dropped.contains(*it)).collect();
    loop {
        let more = plan
            .changes()
            .iter()
            .filter(|it| it.needs.iter().any(|it| reached.contains(it)))
            .map(|it| &it.id);
        let all: BTreeSet<&ChangeId> = reached.iter().copied().chain(more).collect();
        if all.len() == reached.len() {
            break;
        }
        reached = all;
    }
    plan.changes().iter().filter(|it| reached.contains(&it.id)).map(|it| &it.employee).collect()
}
