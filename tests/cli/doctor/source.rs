//! The employee table.

use insta::assert_snapshot;

use super::{ails, company, configure, set_up, troubles, well};
use crate::cli::Desk;
use crate::world::Company;

/// A desk whose table is somebody else's: made by these statements, in a database of its own.
fn with_table(statements: &str) -> Desk {
    let mut desk = well();
    desk.sql("hr.db", statements);
    desk.set("ROLLCALL_STORE_URL", "sqlite://rollcall.db");
    desk.set("DATABASE_URL", "sqlite://hr.db");
    desk
}

const PEOPLE: &str = "CREATE TABLE people (id integer PRIMARY KEY, mail text, full_name text, department text, \
                      role text, status text, starts_on date, ends_on date); \
                      INSERT INTO people VALUES (1, 'a@example.com', 'A', 'IT', 'manager', 'active', NULL, NULL);";

#[test]
fn tables_and_columns_that_have_other_names() {
    let mut desk = with_table(PEOPLE);
    ails(&mut desk, "there is another table", 1);
    configure(&desk, "[source]\ntable = \"peple\"\n");
    ails(&mut desk, "there is one like it", 1);
    configure(&desk, "[source]\ntable = \"people\"\n");
    ails(&mut desk, "its columns have other names", 1);
    let columns = "[source]\ntable = \"people\"\n[source.columns]\nemail = \"mail\"\nrole_code = \"role\"\n";
    configure(&desk, columns);
    ails(&mut desk, "they are named", 0);
    desk.sql("hr.db", "CREATE VIEW employees AS SELECT *, mail AS email, role AS role_code FROM people;");
    configure(&desk, "");
    ails(&mut desk, "there is a view", 0);
    configure(&desk, "[source]\nwrite_back = false\n");
    ails(&mut desk, "and nothing is to be written into it", 0);
    assert_snapshot!(troubles(&desk));
}

#[test]
fn rows_that_wait_for_somebody() {
    let messy = (31..40).fold(company(), |it, id| {
        it.row(id, &format!("Odd {id}"), "Packing", "associate").cell(id, "status", "furlough")
    });
    let messy = messy
        .row(4, "Dora Novak", "Packing", "associate")
        .cell(4, "email", "-")
        .row(5, "Eli Berg", "Packing", "associate")
        .cell(5, "email", "")
        .row(6, "Fay Lind", "Packing", "associate")
        .cell(6, "ends_on", "")
        .row(7, "Gus Roy", "Packing", "associate")
        .cell(7, "email", "Ana.Silva@example.com")
        .row(8, "Hal Orr", "Packing", "associate")
        .cell(8, "status", "terminated")
        .cell(8, "email", "-");
    let mut desk = Desk::ready(&messy, &[]);
    set_up(&mut desk);
    desk.sql("rollcall.db", "UPDATE employees SET starts_on = 'soon' WHERE id = 6;");
    ails(&mut desk, "rows as HR keeps them", 0);
    assert_snapshot!(troubles(&desk));
}

#[test]
fn tables_that_are_not_believed() {
    let mut desk = well();
    desk.sql("rollcall.db", "UPDATE employees SET role_code = NULL;");
    ails(&mut desk, "everybody has the default role", 0);
    desk.sql("rollcall.db", "UPDATE employees SET status = '', email = ' ';");
    ails(&mut desk, "nobody has an address or a status", 1);
    desk.sql("rollcall.db", "DELETE FROM employees;");
    ails(&mut desk, "there are no rows", 1);
    let mut text_keys = with_table(&PEOPLE.replace("integer PRIMARY KEY", "text"));
    text_keys.sql(
        "hr.db",
        "INSERT INTO people (id) VALUES ('1'), (NULL), ('a b'); ALTER TABLE people RENAME TO employees;",
    );
    let columns = "[source.columns]\nemail = \"mail\"\nrole_code = \"role\"\n";
    configure(&text_keys, columns);
    ails(&mut text_keys, "rows cannot be told apart", 1);
    assert_snapshot!(format!("{}\n\n{}", troubles(&desk), troubles(&text_keys)));
}

#[test]
fn a_table_that_lost_rows_since_the_last_run() {
    let company: Company = company().staff(30);
    let mut desk = Desk::settled(&company, &[]);
    set_up(&mut desk);
    desk.sql("rollcall.db", "DELETE FROM employees WHERE id > 110;");
    ails(&mut desk, "two thirds of the rows are gone", 1);
    assert_snapshot!(troubles(&desk));
}

#[test]
fn a_table_that_cannot_be_written() {
    let mut desk = with_table(
        &PEOPLE.replace("people", "employees").replace("mail", "email").replace("role ", "role_code "),
    );
    ails(&mut desk, "its columns are not there yet", 0);
    desk.set("DATABASE_URL", "sqlite://hr.db");
    desk.run("migrate");
    desk.set("DATABASE_URL", "sqlite://hr.db?mode=ro");
    ails(&mut desk, "they are, and may not be written", 0);
    assert_snapshot!(troubles(&desk));
}
