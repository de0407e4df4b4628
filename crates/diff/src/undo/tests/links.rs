//! Links that go and come back.

use super::company::{Company, row, told, user_id};

#[test]
fn a_wrong_link_is_untied_behind_everything_that_it_brought_and_may_be_brought_back() {
    let mut company = Company::of(&[(1, "Ana"), (2, "Ben")]);
    company.links.untie(&1.into());
    company.cell(1, "department", "IT");
    company.cell(1, "role_code", "manager");
    company.account(1).app_metadata = crate::metadata::Metadata::default();
    let before = company.users.clone();
    let ran = company.run();
    company.cell(1, "email", "ana.silva@example.com");
    let (undone, said) = company.take_back(&ran);
    insta::assert_snapshot!(said, @"
    revoke 1 Ana (auth0|1): manager
    update 1 Ana (auth0|1): user_metadata.department: IT → Packing, app_metadata.employee_id: 1 → not set, app_metadata.role_code: manager → not set
    grant 1 Ana (auth0|1): production_associate [needs revoke-1]
    unlink 1 Ana (auth0|1) [needs grant-1, revoke-1, update-1]
    (1) as the table stands, the next plan would create and grant
    ");
    assert_eq!((company.links.of(&1.into()), company.users.clone()), (None, before.clone()));
    let (_, said) = company.take_back(&undone);
    insta::assert_snapshot!(said, @"
    link 1 Ana (auth0|1)
    revoke 1 Ana (auth0|1): production_associate [needs link-1]
    update 1 Ana (auth0|1): user_metadata.department: Packing → IT, app_metadata.employee_id: not set → 1, app_metadata.role_code: not set → manager [needs link-1]
    grant 1 Ana (auth0|1): manager [needs link-1, revoke-1]
    (1) as the table stands, the next plan would update
    ");
    assert_eq!(company.links.of(&1.into()).map(|it| &it.user), Some(&user_id(1)));
    assert_ne!(company.users, before);
}

#[test]
fn a_link_stays_where_nobody_could_lift_our_block_afterwards() {
    let mut company = Company::of(&[(1, "Ana"), (2, "Ben")]);
    company.links.untie(&1.into());
    company.cell(1, "status", "terminated");
    let ran = company.run();
    insta::assert_snapshot!(told(&company.undo(&ran)), @"
    (1) the person has left, as the status is terminated; correct the row first (block)
    (1) the person has left, as the status is terminated; correct the row first (revocation)
    (1) auth0|1 is blocked by us, and could not be opened again once it is nobody's (link)
    ");
    company.cell(1, "status", "active");
    insta::assert_snapshot!(told(&company.undo(&ran)), @"
    unblock 1 Ana (auth0|1)
    grant 1 Ana (auth0|1): production_associate
    unlink 1 Ana (auth0|1) [needs grant-1, unblock-1]
    (1) ended sessions stay ended (block)
    (1) as the table stands, the next plan would link
    ");
}

#[test]
fn an_account_that_changed_hands_goes_back_to_the_row_that_had_it_and_again() {
    let mut company = Company::of(&[(1, "Ana"), (2, "Ben")]);
    company.cell(1, "status", "terminated");
    company.rows.push(row(3, "Ana", "IT", "associate"));
    let before = company.users.clone();
    let ran = company.run();
    let (undone, said) = company.take_back(&ran);
    insta::assert_snapshot!(said, @"
    update 3 Ana (auth0|1): user_metadata.department: IT → Packing, user_metadata.employee_id: 3 → 1, app_metadata.employee_id: 3 → 1
    relink 1 Ana (auth0|1): was the account of employee 3 [needs update-3]
    (3) as the table stands, the next plan would relink and update
    ");
    assert_eq!((company.links.owner(&user_id(1)), company.users.clone()), (Some(&1.into()), before));
    let (_, said) = company.take_back(&undone);
    insta::assert_snapshot!(said, @"
    relink 3 Ana (auth0|1): was the account of employee 1
    update 3 Ana (auth0|1): user_metadata.department: Packing → IT, user_metadata.employee_id: 1 → 3, app_metadata.employee_id: 1 → 3 [needs relink-3]
    ");
    assert_eq!(company.links.owner(&user_id(1)), Some(&3.into()));
}
