//! `[mapping]`: which field holds what.

use std::collections::BTreeMap;

use diff::{Authority, BLOCK_MARK, EMPLOYEE_MARK, Field, Rule, Template};

use super::at::At;
use super::columns::Columns;
use super::policy::one_of;
use super::problems::Found;
use super::section::{Either, Section};

/// Keys that Auth0 keeps for itself in `app_metadata` (FACTS §3).
const RESERVED: [&str; 18] = [
    "__tenant",
    "_id",
    "blocked",
    "clientID",
    "created_at",
    "email",
    "email_verified",
    "globalClientID",
    "global_client_id",
    "identities",
    "lastIP",
    "lastLogin",
    "loginsCount",
    "metadata",
    "multifactor",
    "multifactor_last_modified",
    "updated_at",
    "user_id",
];

/// The fields of `[mapping]` laid over the default ones, field by field.
pub(super) fn read(top: &Section<'_>, columns: &mut Columns, mapping: &mut BTreeMap<Field, Rule>) {
    let section = top.section("mapping");
    let fields = [
        ("email", Field::Email),
        ("name", Field::Name),
        ("given_name", Field::GivenName),
        ("family_name", Field::FamilyName),
    ];
    for (key, field) in fields {
        if let Some(value) = section.text_or_section(key) {
            set(mapping, field, value, columns, section.found());
        }
    }
    for (key, field) in [
        ("user_metadata", Field::UserMetadata as fn(String) -> Field),
        ("app_metadata", Field::AppMetadata as fn(String) -> Field),
    ] {
        for entry in section.section(key).entries() {
            let field = field(entry.name);
            match refusal(&field) {
                Some((what, fix)) => section.found().add(entry.at.problem(what, fix)),
                None => set(mapping, field, entry.value, columns, section.found()),
            }
        }
    }
    section.close();
}

fn set(
    mapping: &mut BTreeMap<Field, Rule>,
    field: Field,
    value: Either<'_>,
    columns: &mut Columns,
    found: &Found,
) {
    let rule = match value {
        Either::Text(text) => template(&field, &text, columns, found).map(|from| Rule {
            from,
            authority: Authority::Always,
            clear: false,
        }),
        Either::Section(section) => long_rule(mapping.get(&field), &field, section, columns),
    };
    if let Some(rule) = rule {
        mapping.insert(field, rule);
    }
}

/// `{ from = "{department}", authority = "on_create", clear = true }`; `from` may be left out where
/// the field has a rule already.
fn long_rule(
    default: Option<&Rule>,
    field: &Field,
    section: Section<'_>,
    columns: &mut Columns,
) -> Option<Rule> {
    let found = section.found();
    let from = section.text("from");
    let authority = section.text("authority");
    let clear = section.flag("clear").is_some_and(|it| it.value);
    let known = [
        ("always", Authority::Always),
        ("on_create", Authority::OnCreate),
        ("unmanaged", Authority::Unmanaged),
    ];
    let authority = authority.map_or(Some(Authority::Always), |it| one_of(&it, known, found));
    let place = section.place();
    section.close();
    let from = match (from, default) {
        (Some(text), _) => template(field, &text, columns, found)?,
        (None, Some(rule)) => rule.from.clone(),
        (None, None) => {
            found.add(place.problem("has no `from`", "add from = \"{column}\""));
            return None;
        }
    };
    Some(Rule { from, authority: authority?, clear })
}

fn template(field: &Field, text: &At<String>, columns: &mut Columns, found: &Found) -> Option<Template> {
    let template: Template =
        match text.value.parse() {
            Ok(template) => template,
            Err(error) => {
                found.add(text.problem(
                    error.to_string(),
                    "columns stand in braces, as in \"{given_name} {family_name}\"",
                ));
                return None;
            }
        };
    for column in template.columns() {
        columns.check(column, text, found);
    }
    // Addresses and marks are what people are found by: they come from the row as they are.
    let fixed = match field {
        Field::Email => Some("{email}"),
        Field::AppMetadata(key) | Field::UserMetadata(key) if key == EMPLOYEE_MARK => Some("{id}"),
        Field::Name
        | Field::GivenName
        | Field::FamilyName
        | Field::UserMetadata(_)
        | Field::AppMetadata(_) => None,
    };
    if let Some(fixed) = fixed.filter(|it| *it != text.value) {
        let what = format!("must be {fixed:?}, because accounts are matched by it");
        found.add(
            text.problem(
                what,
                format!("write {fixed:?}, or name the source's column under [source.columns]"),
            ),
        );
        return None;
    }
    Some(template)
}

/// Why a metadata key cannot be used, and what to do instead.
fn refusal(field: &Field) -> Option<(String, &'static str)> {
    match field {
        Field::UserMetadata(key) | Field::AppMetadata(key) if key.is_empty() || key.contains(['.', '$']) => {
            Some((
                format!("Auth0 takes no key {key:?}: it may not be empty nor contain `.` or `$`"),
                "use `_` instead",
            ))
        }
        Field::AppMetadata(key) if key == BLOCK_MARK => {
            Some(("is the mark of our own blocks".to_owned(), "use another key"))
        }
        Field::AppMetadata(key) if RESERVED.contains(&key.as_str()) => {
            Some(("is reserved by Auth0 in app_metadata".to_owned(), "use another key"))
        }
        Field::Email
        | Field::Name
        | Field::GivenName
        | Field::FamilyName
        | Field::UserMetadata(_)
        | Field::AppMetadata(_) => None,
    }
}
