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
