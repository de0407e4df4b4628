//! Every folder of `fixtures/scenarios` is a test, checked four ways. Adding a folder adds a test.

pub(crate) mod company;
pub(crate) mod folder;
mod hr;
pub(crate) mod reading;

use std::cell::RefCell;
use std::panic::{RefUnwindSafe, catch_unwind};

use company::Company;
use diff::Plan;
use insta::{assert_snapshot, glob};

#[test]
fn the_plan_reads_as_its_snapshot() {
    glob!("../fixtures/scenarios", "*/scenario.json", |path| {
        let folder = path.parent().expect("a file is in a folder");
        let (company, story) = folder::read(folder);
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.remove_snapshot_suffix();
        settings.set_omit_expression(true);
        settings.remove_input_file();
        settings.set_description(story);
        settings.bind(|| assert_snapshot!("plan", reading::page(&company, &company.plan())));
    });
}

#[test]
fn any_order_of_rows_and_users_gives_the_same_plan() {
    each(|mut company| {
        let plan = company.plan();
        let digest = plan.digest();
        company.rows.reverse();
        assert_eq!(company.plan(), plan);
        let middle = company.rows.len() / 2;
        company.rows.rotate_left(middle);
        assert_eq!(company.plan(), plan);
        assert_eq!(company.plan().digest(), digest);
    });
}

#[test]
fn carried_out_and_planned_again_nothing_is_left() {
    each(|mut company| {
        // A limited pilot takes the next people each time.
        let rounds = company.scope.limit.map_or(1, |it| company.rows.len().div_ceil(it));
        for _ in 0..rounds {
            company.carry_out(&company.plan());
        }
        company.assert_settled();
    });
}

#[test]
fn json_and_back_keeps_the_plan_and_its_digest() {
    each(|company| {
        let plan = company.plan();
        let json = serde_json::to_string_pretty(&plan).expect("a plan can be written down");
        let back: Plan = serde_json::from_str(&json).expect("and read again");
        assert_eq!(back, plan);
        assert_eq!(back.digest(), plan.digest());
    });
}

/// Checks every scenario and tells which ones fail, not only the first.
fn each(check: impl Fn(Company) + RefUnwindSafe) {
    let failed = RefCell::new(Vec::new());
    glob!("../fixtures/scenarios", "*/scenario.json", |path| {
        let folder = path.parent().expect("a file is in a folder");
        let outcome = catch_unwind(|| check(folder::read(folder).0));
        if outcome.is_err() {
            failed.borrow_mut().push(folder.file_name().expect("it has a name").to_owned());
        }
    });
    assert_eq!(failed.into_inner(), [""; 0], "these scenarios fail");
}
