//! The same from the command line: what is typed, and what is read.

use insta::assert_snapshot;

use crate::cli::{Desk, people};

#[test]
fn a_mistake_is_taken_back_by_hand() {
    let mut desk = Desk::settled(&people(), &[]);
    desk.remark("HR exports the hall as the department");
    desk.write("employees.csv", &desk.read("employees.csv").replace("Packing", "Hall 7"));
    for line in [
        "employees import employees.csv",
        "plan",
        "plan approve 2",
        "apply 2",
        "runs",
        "run show 2",
        "undo 2 --dry-run",
        "undo 2 --reason 'halls are no departments'",
        "undo 2",
        "apply 3",
        "plan approve 3",
        "apply 3",
        "undo 2",
        "plan",
        "undo 77",
        "undo 2 --format markdown",
    ] {
        desk.run(line);
    }
    assert_snapshot!(desk.transcript());
}
