//! A plan for one person is the same whether everybody's row was read, or those alone that may claim its users.

use std::collections::BTreeSet;

use diff::{Email, Employee, EmployeeId, Idn, Plan, Scope, Sought, User};
use proptest::prelude::*;

use super::companies::companies;
use super::config;
use crate::scenarios::company::Company;
use crate::scenarios::reading;

proptest! {
    #![proptest_config(config())]

    #[test]
    fn rows_that_claim_none_of_its_users_make_no_difference_to_a_person(company in companies()) {
        let users = reading::users(&company.tenant, company.roles);
        for row in &company.rows {
            let mut whole = company.clone();
            whole.links.take_over(&company.rows);
            whole.scope = Scope { employees: [row.id.clone()].into(), ..Scope::everybody() };
            let few: Vec<User> = users.iter().filter(|it| may_be(&whole, row, it)).cloned().collect();
            let Some(narrow) = narrowed(&whole, row, &few) else { continue };
            prop_assert_eq!(said(&narrow.plan_as_linked(&few)), said(&whole.plan_as_linked(&few)), "{}", row.id);
        }
    }
}

proptest! {
    // `Store::rows_like` lets the database lower the case of such texts, and takes all others.
    #[test]
    fn a_plain_printable_text_is_cleaned_by_lowering_its_case_alone(text in "[!-~]{1,9}@[!-~]{1,9}[.][a-zA-Z]{2}") {
        if let Ok(email) = Email::parse(&text, Idn::Hold) {
            prop_assert_eq!(email.as_str(), text.to_ascii_lowercase());
        }
    }
}

/// Whom an act on the row reads: its own user, and whoever else may be this person, by address and by mark.
fn may_be(company: &Company, row: &Employee, user: &User) -> bool {
    let linked = company.links.of(&row.id).is_some_and(|it| it.user == user.id);
    let email = diff::address(row, &company.policy, company.today).map(|it| it.to_string());
    linked || user.account.is_marked(&row.id) || (email.is_some() && user.account.email == email)
}

/// The company with the rows and links that are sought alone; none where one of them is gone, and so all are read.
fn narrowed(whole: &Company, row: &Employee, users: &[User]) -> Option<Company> {
    let mut sought = Sought::about(std::slice::from_ref(row), users, &whole.policy);
    let mut rows: Vec<Employee> =
        whole.rows.iter().filter(|it| sought.is_met_by(it, &whole.policy)).cloned().collect();
    sought.add_rows(&rows);
    let mut links = whole.links.clone();
    for (employee, link) in whole.links.iter() {
        if !sought.employees.contains(employee) && !sought.users.contains(&link.user) {
            links.untie(employee);
        }
    }
    let there: BTreeSet<EmployeeId> = rows.iter().map(|it| it.id.clone()).collect();
    for owner in links.iter().map(|(it, _)| it).filter(|it| !there.contains(*it)) {
        rows.push(whole.rows.iter().find(|it| it.id == *owner)?.clone());
    }
    Some(Company { rows, links, ..whole.clone() })
}

/// What a plan says of its people; how many rows were read is no part of it.
fn said(plan: &Plan) -> String {
    format!("{:#?}\n{:#?}", plan.changes(), plan.document().notes)
}
