//! The account that a row asks for, with the rule behind each field.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;
use smallvec::SmallVec;

use crate::account::{Account, Field};
use crate::change::FieldChange;
use crate::clean::{clean, name_key, same_key};
use crate::email::Email;
use crate::employee::Employee;
use crate::ids::RoleName;
use crate::policy::{Authority, IdType, Policy, Rule};
use crate::role_set::RoleSet;
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

/// Applies the policy to an employed row that [`crate::standing()`] has judged.
pub fn wanted(employee: &Employee, email: Email, policy: &Policy) -> Wanted {
    let rules = policy.mapping.iter();
    let asked = rules.filter_map(|(field, rule)| asked(employee, &email, field, rule, policy.id_type));
    let fields = asked.map(|it| it.to_owned()).collect();
    Wanted { fields, roles: roles(employee, policy), email }
}

/// Whether everything that the row asks for fits into an account.
///
/// # Errors
/// A value over Auth0's limit holds the row.
pub(crate) fn check(employee: &Employee, email: &Email, policy: &Policy) -> Result<(), Held> {
    for (field, rule) in &policy.mapping {
        let max = match field {
            Field::Email => continue, // checked as an address
            Field::Name => NAME_MAX,
            Field::GivenName | Field::FamilyName => PART_OF_NAME_MAX,
            Field::UserMetadata(_) | Field::AppMetadata(_) => METADATA_MAX,
        };
        if rule.from.most_chars(employee) <= max {
            continue;
        }
        if let Some(AskedValue::Text(text)) = value(employee, email, field, rule, policy.id_type) {
            let chars = text.chars().count();
            if chars > max {
                return Err(Held::TooLong { field: field.to_string(), chars, max });
            }
        }
    }
    Ok(())
}

/// The fields in which an existing account differs and which are the source's to correct.
///
/// Most accounts do not differ, and then nothing is copied.
pub(crate) fn drift(
    employee: &Employee,
    email: &Email,
    policy: &Policy,
    account: &Account,
) -> Vec<FieldChange> {
    policy
        .mapping
        .iter()
        .filter(|(field, rule)| {
            rule.authority == Authority::Always
                && !is_verbatim(employee, field, rule, policy.id_type, account)
        })
        .filter_map(|(field, rule)| asked(employee, email, field, rule, policy.id_type))
        .filter(|it| !it.is_obvious(account))
        .map(|it| it.to_owned())
        .filter_map(|WantedField { field, value: after, rule, authority: _ }| {
            let before = account.get(&field);
            (!same(&field, &before, &after)).then_some(FieldChange { field, before, after, rule })
        })
        .collect()
}

/// Whether the account has what stands in the one column of a rule, so that nothing need be cleaned first.
fn is_verbatim(employee: &Employee, field: &Field, rule: &Rule, id_type: IdType, account: &Account) -> bool {
    let is_text = !(rule.from.is_id() && id_type == IdType::Number) && *field != Field::Email;
    let cell = rule.from.as_column().filter(|_| is_text).map(|it| employee.cell(it));
    cell.is_some_and(|it| !it.is_empty() && account.text(field) == Some(it))
}

/// Whether the roles that the row asks for are exactly the managed ones among those held.
pub(crate) fn has_its_roles(
    employee: &Employee,
    policy: &Policy,
    held: &RoleSet,
    managed: &BTreeSet<&RoleName>,
) -> bool {
    let Ok(asked) = asked_roles(employee, policy) else { return false };
    let mut wanted: SmallVec<[&RoleName; 4]> = SmallVec::new();
    for (role, _) in asked {
        if !held.contains(role) {
            return false;
        }
        if !wanted.contains(&role) {
            wanted.push(role);
        }
    }
    wanted.len() == held.iter().filter(|it| managed.contains(it)).count()
}

/// One managed field of a row, lent as far as can be.
struct Asked<'a> {
    field: &'a Field,
    value: AskedValue<'a>,
    rule: &'a Rule,
}

enum AskedValue<'a> {
    Text(Cow<'a, str>),
    Number(i64),
    Nothing,
}

/// The field with its value; none where the policy leaves it alone.
fn asked<'a>(
    employee: &'a Employee,
    email: &'a Email,
    field: &'a Field,
    rule: &'a Rule,
    id_type: IdType,
) -> Option<Asked<'a>> {
    let value = value(employee, email, field, rule, id_type)?;
    Some(Asked { field, value, rule })
}

/// The field's value; none where the policy leaves it alone.
fn value<'a>(
    employee: &'a Employee,
    email: &'a Email,
    field: &Field,
    rule: &'a Rule,
    id_type: IdType,
) -> Option<AskedValue<'a>> {
    if rule.authority == Authority::Unmanaged {
        return None;
    }
    if *field == Field::Email {
        return Some(AskedValue::Text(Cow::Borrowed(email.as_str())));
    }
    if rule.from.is_id()
        && id_type == IdType::Number
        && let Some(id) = employee.id.as_number()
    {
        return Some(AskedValue::Number(id));
    }
    let text = rule.from.render(employee);
    if text.is_empty() {
        return rule.clear.then_some(AskedValue::Nothing);
    }
    Some(AskedValue::Text(text))
}

impl Asked<'_> {
    /// Whether the account has the very value; if not, it may still have one that is the same to us.
    fn is_obvious(&self, account: &Account) -> bool {
        match self.field {
            Field::Email | Field::Name | Field::GivenName | Field::FamilyName => {
                matches!(&self.value, AskedValue::Text(text) if account.text(self.field) == Some(text))
            }
            Field::UserMetadata(key) => self.is_value(account.user_metadata.get(key)),
            Field::AppMetadata(key) => self.is_value(account.app_metadata.get(key)),
        }
    }

    fn is_value(&self, value: Option<&Value>) -> bool {
        match (&self.value, value) {
            (AskedValue::Text(text), Some(Value::String(it))) => text == it,
            (AskedValue::Number(number), Some(Value::Number(it))) => it.as_i64() == Some(*number),
            (AskedValue::Nothing, None | Some(Value::Null)) => true,
            (AskedValue::Text(_) | AskedValue::Number(_) | AskedValue::Nothing, _) => false,
        }
    }

    fn to_owned(&self) -> WantedField {
        let value = match &self.value {
            AskedValue::Text(text) => Value::String(text.as_ref().to_owned()),
            AskedValue::Number(number) => Value::from(*number),
            AskedValue::Nothing => Value::Null,
        };
        let Rule { from, authority, clear: _ } = self.rule;
        WantedField { field: self.field.clone(), value, authority: *authority, rule: from.to_string() }
    }
}

fn roles(employee: &Employee, policy: &Policy) -> WantedRoles {
    let asked = match asked_roles(employee, policy) {
        Ok(asked) => asked,
        Err(code) => return WantedRoles::Keep { code: code.into_owned() },
    };
    let mut given = BTreeMap::new();
    for (role, why) in asked {
        given.entry(role.clone()).or_insert_with(|| why.to_string());
    }
    WantedRoles::Exactly(given)
}

/// The roles that the row asks for, the code's first, each with the rule that gives it.
///
/// # Errors
/// The code, where no role is known for it.
fn asked_roles<'a>(
    employee: &'a Employee,
    policy: &'a Policy,
) -> Result<impl Iterator<Item = (&'a RoleName, Because<'a>)>, Cow<'a, str>> {
    let rules = &policy.roles;
    let code = clean(&employee.role_code);
    let code = if code.is_empty() { Cow::Borrowed(rules.default_code.as_str()) } else { code };
    let Some((_, role)) = rules.by_code.iter().find(|(it, _)| same_key(it, &code)) else { return Err(code) };
    let by_code = (role, Because { column: "role_code", value: code });
    let further = rules.rules.iter().filter(|it| same_key(employee.cell(&it.column), &it.equals));
    let further = further
        .map(|it| (&it.role, Because { column: &it.column, value: Cow::Borrowed(it.equals.as_str()) }));
    Ok(std::iter::once(by_code).chain(further))
}

/// `role_code = manager`
struct Because<'a> {
    column: &'a str,
    value: Cow<'a, str>,
}

impl fmt::Display for Because<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.column, self.value)
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
