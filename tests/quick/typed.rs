//! At the command line.

use insta::assert_snapshot;

use super::company;
use crate::cli::Desk;

#[test]
fn quick_runs_between_whole_ones() {
    let mut desk = Desk::settled(&company().row(7, "Joy Joiner", "Packing", "associate"), &[]);
    desk.remark("nothing has changed since");
    assert_eq!(desk.run("sync --changed").code, 0);
    assert_eq!(desk.run("sync --changed --format json").code, 0);
    desk.sql("rollcall.db", "UPDATE employees SET department = 'IT' WHERE id = 101");
    desk.remark("one row has");
    assert_eq!(desk.run("plan --changed --detailed-exitcode").code, 2);
    assert_eq!(desk.run("sync --changed --dry-run").code, 0);
    assert_eq!(desk.run("sync --changed").code, 0);
    assert_eq!(desk.run("plan --changed").code, 0);
    desk.remark("somebody changes two people in Auth0");
    desk.in_auth0(|it| {
        for user in it["users"].as_array_mut().unwrap().iter_mut().take(2) {
            user["name"] = "Somebody Else".into();
        }
    });
    assert_eq!(desk.run("sync --changed").code, 0);
    assert_eq!(desk.run("sync").code, 0);
    desk.remark("what makes no sense together");
    assert_eq!(desk.run("sync --changed --where department=IT").code, 64);
    assert_snapshot!(desk.transcript());
}
