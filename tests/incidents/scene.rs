//! A company in which all is well, until something happens.

use sea_orm::{ConnectionTrait as _, Database};

use crate::cli::Desk;
use crate::world::Company;

/// A desk at which everything was applied, and how much the tenant had been asked to change by then.
pub(super) struct Scene {
    pub(super) desk: Desk,
    settled_at: usize,
}

/// Two admins, a manager, and thirty people in packing: enough that a share of them is more than a handful.
pub(super) fn company() -> Company {
    Company::new()
        .settled(1, "Ana Silva", "IT", "admin")
        .settled(2, "Ben Okoye", "IT", "admin")
        .settled(3, "Cem Aydin", "Packing", "manager")
        .settled(4, "Dora Novak", "Packing", "team_lead")
        .staff(30)
}

impl Scene {
    /// All is well.
    pub(super) fn set() -> Self {
        Self::of(&company())
    }

    /// The same, after a plan was applied: from then on the store knows its tenant.
    pub(super) fn bound() -> Self {
        let mut scene = Self::set();
        scene.sql("UPDATE employees SET department = 'Labels' WHERE id = 102");
        scene.run("sync", 0);
        scene.settled_at = scene.desk.writes().len();
        scene.desk.forget();
        scene
    }

    /// The same as [`Self::set`], in a tenant that is special.
    pub(super) fn at(options: &[&str]) -> Self {
        Self::with(&company(), options)
    }

    /// All is well with this company, whose table's columns name the users.
    pub(super) fn of(company: &Company) -> Self {
        Self::with(company, &[])
    }

    fn with(company: &Company, options: &[&str]) -> Self {
        let mut desk = Desk::ready(company, options);
        for (employee, link) in company.links.iter() {
            sql(
                &desk,
                &format!("UPDATE employees SET auth0_user_id = '{}' WHERE id = {employee}", link.user),
            );
        }
        let said = desk.run("sync");
        assert_eq!(said.code, 0, "{}{}", said.stdout, said.stderr);
        let settled_at = desk.writes().len();
        desk.forget();
        Self { desk, settled_at }
    }

    /// HR, or whoever can reach the database.
    pub(super) fn sql(&self, statement: &str) {
        sql(&self.desk, statement);
    }

    /// A command, and the exit code that it must end with.
    pub(super) fn run(&mut self, line: &str, code: i32) -> String {
        let said = self.desk.run(line);
        assert_eq!(said.code, code, "rollcall {line}\n{}{}", said.stdout, said.stderr);
        said.stdout
    }

    /// The tenant was asked for no change since all was well.
    pub(super) fn assert_untouched(&self) {
        let since = self.desk.writes().split_off(self.settled_at);
        assert_eq!(since, Vec::<String>::new());
    }

    /// What was mended by whoever was asked to is done, and nothing is left to do.
    pub(super) fn assert_settles(&mut self) {
        self.run("sync", 0);
        self.run("plan --detailed-exitcode", 0);
    }

    /// The digest that the plan of this number prints.
    pub(super) fn digest(&self, plan: u32) -> String {
        let shown = self.desk.command(&format!("plan show {plan}")).output().unwrap();
        let shown = String::from_utf8(shown.stdout).unwrap();
        let line =
            shown.lines().rev().find(|it| it.starts_with("plan ")).expect("a plan ends with its digest");
        line["plan ".len()..].chars().take_while(char::is_ascii_hexdigit).collect()
    }

    /// A user as the tenant holds it.
    pub(super) fn user(&self, id: &str) -> serde_json::Value {
        let state = self.desk.get("/_simulator/state");
        let mut users = state["users"].as_array().unwrap().iter();
        users.find(|it| it["user_id"] == id).unwrap().clone()
    }

    /// How many users the tenant holds.
    pub(super) fn users(&self) -> usize {
        self.desk.get("/_simulator/state")["users"].as_array().unwrap().len()
    }
}

fn sql(desk: &Desk, statement: &str) {
    let url = format!("sqlite:{}", desk.path().join("rollcall.db").display());
    let done = async move {
        let db = Database::connect(url).await.unwrap();
        db.execute_unprepared(statement).await.unwrap();
        db.close().await.unwrap();
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(done);
}
