//! What rows ask for, and what of it an account lacks.

use serde_json::json;

use super::*;
use crate::email::Idn;
use crate::policy::RoleRule;

fn row() -> Employee {
    let mut row = Employee::empty(42.into());
    row.full_name = " Ana  Silva ".to_owned();
    row.department = "IT".to_owned();
    row
}

fn of(row: &Employee, policy: &Policy) -> Result<Wanted, Held> {
    let email = Email::parse("ana@example.com", Idn::Hold).unwrap();
    check(row, &email, policy).map(|()| wanted(row, email, policy))
}

fn value(wanted: &Wanted, field: &str) -> Option<Value> {
    wanted.fields.iter().find(|it| it.field.to_string() == field).map(|it| it.value.clone())
}

#[test]
fn an_id_is_sent_in_the_type_of_its_column() {
    let mut policy = Policy::default();
    assert_eq!(value(&of(&row(), &policy).unwrap(), "app_metadata.employee_id"), Some(json!(42)));
    policy.id_type = IdType::Text;
    assert_eq!(value(&of(&row(), &policy).unwrap(), "app_metadata.employee_id"), Some(json!("42")));
    policy.id_type = IdType::Number;
    let leading_zero = Employee { id: "042".parse().unwrap(), ..row() };
    let sent = value(&of(&leading_zero, &policy).unwrap(), "app_metadata.employee_id");
    assert_eq!(sent, Some(json!("042")), "42 would be somebody else");
}

#[test]
fn an_empty_cell_leaves_a_field_alone_unless_the_policy_clears_it() {
    let mut policy = Policy::default();
    let field = Field::UserMetadata("department".to_owned());
    let empty = Employee { department: " \u{200b}".to_owned(), ..row() };
    assert_eq!(value(&of(&empty, &policy).unwrap(), "user_metadata.department"), None);
    policy.mapping.get_mut(&field).unwrap().clear = true;
    assert_eq!(value(&of(&empty, &policy).unwrap(), "user_metadata.department"), Some(Value::Null));
}

#[test]
fn a_value_over_the_limit_holds_the_row_and_is_never_cut() {
    let long = Employee { full_name: "é".repeat(301), ..row() };
    let held = Held::TooLong { field: "name".to_owned(), chars: 301, max: 300 };
    assert_eq!(of(&long, &Policy::default()), Err(held));
    let just = Employee { full_name: "é".repeat(300), ..row() };
    assert!(of(&just, &Policy::default()).is_ok());
}

#[test]
fn roles_come_from_the_code_and_from_further_rules() {
    let mut policy = Policy::default();
    let support = RoleName::new("support");
    let rule = RoleRule { column: "department".to_owned(), equals: "it".to_owned(), role: support.clone() };
    policy.roles.rules = vec![rule];
    let roles = |code: &str| {
        let row = Employee { role_code: code.to_owned(), ..row() };
        of(&row, &policy).unwrap().roles
    };
    let by_code = |role: &str, rule: &str| {
        WantedRoles::Exactly(BTreeMap::from([
            (RoleName::new(role), rule.to_owned()),
            (support.clone(), "department = it".to_owned()),
        ]))
    };
    assert_eq!(roles(" Manager"), by_code("manager", "role_code = Manager"));
    assert_eq!(roles(""), by_code("production_associate", "role_code = associate"));
    assert_eq!(roles("superviser"), WantedRoles::Keep { code: "superviser".to_owned() });
}

#[test]
fn only_what_differs_to_the_eye_and_is_the_sources_is_drift() {
    let mut policy = Policy::default();
    policy.mapping.get_mut(&Field::Name).unwrap().authority = Authority::OnCreate;
    let email = Email::parse("ana@example.com", Idn::Hold).unwrap();
    let mut account = Account {
        email: Some("ANA@example.com".to_owned()),
        name: Some("somebody else".to_owned()),
        ..Account::default()
    };
    for (key, value) in [("employee_id", json!(" 42 ")), ("full_name", json!("Ana Silva\u{200b}"))] {
        account.user_metadata.insert(key, value);
    }
    account.app_metadata.insert("employee_id", json!(42));
    let drift: Vec<String> =
        drift(&row(), &email, &policy, &account).iter().map(|it| it.field.to_string()).collect();
    assert_eq!(drift, ["user_metadata.department"]);
}
