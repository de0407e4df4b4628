//! The account that a row asks for, with the rule behind each field.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::account::{Account, Field};
use crate::change::FieldChange;
use crate::clean::clean;
use crate::clean::name_key;
use crate::email::Email;
use crate::employee::Employee;
use crate::ids::RoleName;
use crate::policy::{Authority, IdType, Policy, Rule};
use crate::standing::Held;

/// What an employed row asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The address.
    pub email: Email,
    /// The managed fields, in field order.
    pub fields: Vec<WantedField>,
    /// The managed roles.
    pub roles: WantedRoles,
}

/// One managed field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedField {
    /// Which.
    pub field: Field,
    /// What it should hold; null empties it.
    pub value: Value,
    /// Whose it is once the account exists.
    pub authority: Authority,
    /// The rule that says so, `{department}`.
    pub rule: String,
}

/// The managed roles of an employed person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WantedRoles {
    /// These and no other managed ones, each with the rule that gives it.
    Exactly(BTreeMap<RoleName, String>),
    /// Whatever the person has, because the code is unknown.
    Keep {
        /// The code.
        code: String,
    },
}

/// Auth0's limits in characters (FACTS §3; the OpenAPI document where sources disagree).
const NAME_MAX: usize = 300;
const PART_OF_NAME_MAX: usize = 150;
/// Auth0 advises at most 2 KB for a metadata field.
const METADATA_MAX: usize = 2048;

/// Applies the policy to an employed row.
///
/// # Errors
/// A value over Auth0's limit holds the row.
pub fn wanted(employee: &Employee, email: Email, policy: &Policy) -> Result<Wanted, Held> {
    let mut fields = Vec::with_capacity(policy.mapping.len());
    for (field, rule) in &policy.mapping {
        if let Some(value) = value(employee, &email, field, rule, policy.id_type)? {
            fields.push(WantedField {
                field: field.clone(),
                value,
                authority: rule.authority,
                rule: rule.from.to_string(),
            });
        }
    }
    Ok(Wanted { email, fields, roles: roles(employee, policy) })
}

/// The field's value; none where the policy leaves it alone.
fn value(
    employee: &Employee,
    email: &Email,
    field: &Field,
    rule: &Rule,
    id_type: IdType,
) -> Result<Option<Value>, Held> {
    if rule.authority == Authority::Unmanaged {
        return Ok(None);
    }
    if *field == Field::Email {
        return Ok(Some(Value::String(email.to_string())));
    }
    if rule.from.is_id()
        && id_type == IdType::Number
        && let Some(id) = employee.id.as_number()
    {
        return Ok(Some(Value::from(id)));
    }
    let text = rule.from.render(employee);
    if text.is_empty() {
        return Ok(rule.clear.then_some(Value::Null));
    }
    let max = match field {
        Field::Email | Field::Name => NAME_MAX,
        Field::GivenName | Field::FamilyName => PART_OF_NAME_MAX,
        Field::UserMetadata(_) | Field::AppMetadata(_) => METADATA_MAX,
    };
    let chars = text.chars().count();
    if chars > max {
        return Err(Held::TooLong { field: field.to_string(), chars, max });
    }
    Ok(Some(Value::String(text)))
}

fn roles(employee: &Employee, policy: &Policy) -> WantedRoles {
    let rules = &policy.roles;
    let code = clean(&employee.role_code);
    let code = if code.is_empty() { rules.default_code.as_str() } else { code.as_ref() };
    let by_code = rules.by_code.iter().find(|(it, _)| name_key(it) == name_key(code));
    let Some((_, role)) = by_code else {
        return WantedRoles::Keep { code: code.to_owned() };
    };
    let mut given = BTreeMap::from([(role.clone(), format!("role_code = {code}"))]);
    for rule in &rules.rules {
        if name_key(employee.cell(&rule.column)) == name_key(&rule.equals) {
            given.entry(rule.role.clone()).or_insert_with(|| format!("{} = {}", rule.column, rule.equals));
        }
    }
    WantedRoles::Exactly(given)
}

impl Wanted {
    /// The fields in which an existing account differs and which are the source's to correct.
    pub fn drift(&self, account: &Account) -> Vec<FieldChange> {
        self.fields
            .iter()
            .filter(|it| it.authority == Authority::Always)
            .filter_map(|it| {
                let before = account.get(&it.field);
                (!same(&it.field, &before, &it.value)).then(|| FieldChange {
                    field: it.field.clone(),
                    before,
                    after: it.value.clone(),
                    rule: it.rule.clone(),
                })
            })
            .collect()
    }
}

/// Whether two values of a field are one to us: absent, null and empty are equal, 42 and "42" are
/// the same employee, text is compared clean, and an address without case.
pub(crate) fn same(field: &Field, a: &Value, b: &Value) -> bool {
    if let Field::UserMetadata(key) | Field::AppMetadata(key) = field
        && key == crate::account::EMPLOYEE_MARK
    {
        return text_of(a) == text_of(b);
    }
    match (a, b) {
        (Value::String(a), Value::String(b)) if *field == Field::Email => name_key(a) == name_key(b),
        (Value::String(a), Value::String(b)) => clean(a) == clean(b),
        (a, b) => a == b || (is_empty(a) && is_empty(b)),
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(it) => clean(it).is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(it) => it.trim().to_owned(),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
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
        wanted(row, Email::parse("ana@example.com", Idn::Hold).unwrap(), policy)
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
        let rule =
            RoleRule { column: "department".to_owned(), equals: "it".to_owned(), role: support.clone() };
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
        let wanted = of(&row(), &policy).unwrap();
        let mut account = Account {
            email: Some("ANA@example.com".to_owned()),
            name: Some("somebody else".to_owned()),
            ..Account::default()
        };
        for (key, value) in [("employee_id", json!(" 42 ")), ("full_name", json!("Ana Silva\u{200b}"))] {
            account.user_metadata.insert(key.to_owned(), value);
        }
        account.app_metadata.insert("employee_id".to_owned(), json!(42));
        let drift: Vec<String> = wanted.drift(&account).iter().map(|it| it.field.to_string()).collect();
        assert_eq!(drift, ["user_metadata.department"]);
    }
}
