//! `[roles]`: who holds which role.

use std::collections::{BTreeMap, BTreeSet};

use diff::{RoleName, RoleRule, RoleRules};

use super::columns::Columns;
use super::env::Env;
use super::problems::did_you_mean;
use super::section::{Either, Section};

/// `[roles]` laid over the default ones. A list or table that is written replaces the default one
/// whole: only roles that the policy names are managed, so a default left standing would be fought for.
pub(super) fn read(top: &Section<'_>, env: &Env, columns: &mut Columns, rules: &mut RoleRules) {
    let section = top.section("roles");
    let assign = section.flag("assign");
    if let Some(assign) = env.flag("AUTH0_ENABLE_ROLE_ASSIGNMENT", section.found()).or(assign) {
        rules.assign = assign.value;
    }
    if let Some(by_code) = by_code(&section) {
        rules.by_code = by_code;
    }
    for rule in section.sections("rules") {
        rules.rules.extend(role_rule(rule, columns));
    }
    default_code(&section, rules);
    admin(&section, rules);
    section.close();
}

fn by_code(section: &Section<'_>) -> Option<BTreeMap<String, RoleName>> {
    let table = section.section("by_code");
    let mut by_code = BTreeMap::new();
    for entry in table.entries() {
        match entry.value {
            Either::Text(role) if !role.value.is_empty() => {
                by_code.insert(entry.name, RoleName::new(role.value));
            }
            Either::Text(_) | Either::Section(_) => {
                let fix = format!("write {} = \"the role's name in Auth0\"", entry.name);
                section.found().add(entry.at.problem("must be the name of a role", fix));
            }
        }
    }
    (!by_code.is_empty()).then_some(by_code)
}

/// All three are needed; a rule without one of them would mean everybody or nobody.
fn role_rule(section: Section<'_>, columns: &mut Columns) -> Option<RoleRule> {
    let found = section.found();
    let parts = [section.text("column"), section.text("equals"), section.text("role")];
    for (name, part) in ["column", "equals", "role"].iter().zip(&parts) {
        if part.as_ref().is_none_or(|it| it.value.is_empty()) {
            found.add(section.place().problem(format!("has no `{name}`"), "write column, equals and role"));
        }
    }
    section.close();
    let [Some(column), Some(equals), Some(role)] = parts else { return None };
    columns.check(&column.value, &column, found);
    Some(RoleRule { column: column.value, equals: equals.value, role: RoleName::new(role.value) })
}

fn default_code(section: &Section<'_>, rules: &mut RoleRules) {
    let written = section.text("default");
    if let Some(written) = &written {
        rules.default_code.clone_from(&written.value);
    }
    if rules.by_code.contains_key(&rules.default_code) {
        return;
    }
    let what = format!("[roles.by_code] has no {:?}, which an empty role_code means", rules.default_code);
    let codes = rules.by_code.keys().map(String::as_str);
    match written {
        Some(written) => {
            let fix =
                did_you_mean(&written.value, codes).unwrap_or_else(|| "name one of its codes".to_owned());
            section.found().add(written.problem(what, fix));
        }
        None => section.found().missing(
            "[roles] default",
            &what,
            "write default = \"…\" under [roles], one of its codes",
        ),
    }
}

fn admin(section: &Section<'_>, rules: &mut RoleRules) {
    let managed: BTreeSet<RoleName> = rules.managed().into_iter().cloned().collect();
    let Some(written) = section.words("admin") else {
        rules.admin.retain(|it| managed.contains(it));
        return;
    };
    rules.admin = written.iter().map(|it| RoleName::new(it.value.as_str())).collect();
    for role in written.iter().filter(|it| !managed.contains(&RoleName::new(it.value.as_str()))) {
        let names = managed.iter().map(RoleName::as_str);
        let fix = did_you_mean(&role.value, names)
            .unwrap_or_else(|| "admin names roles of [roles.by_code] and [[roles.rules]]".to_owned());
        section.found().add(role.problem(format!("no rule gives the role {:?}", role.value), fix));
    }
}
