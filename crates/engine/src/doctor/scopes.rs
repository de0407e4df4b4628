//! What the application may do, against what the enabled features need.

use std::collections::{BTreeMap, BTreeSet};

use diff::{Feature, Leavers, Policy};

use super::check::few;
use super::tenant::{ABOUT, Ward, by_purpose};

/// Where scopes are granted.
pub(super) const WHERE: &str =
    "in Auth0 under Applications > APIs > Auth0 Management API > Machine to Machine Applications";

/// What only this command uses, to see more; none of it changes anybody.
const FOR_THE_DOCTOR: [&str; 4] =
    ["create:roles", "read:connections_options", "read:custom_domains", "read:email_provider"];

/// Scopes shown of those that are too many.
const SHOWN: usize = 8;

impl Ward<'_> {
    pub(super) fn look_at_scopes(&mut self, granted: &BTreeSet<String>, lacks: Option<&BTreeSet<Feature>>) {
        let mut needed = needed(self.policy());
        // A plan that does not have a feature is not asked for it, with or without the scope.
        let moot = lacks.into_iter().flatten().map(|it| of_feature(*it)).collect::<BTreeSet<&str>>();
        let missing: BTreeMap<&str, &str> = needed
            .iter()
            .filter(|(scope, _)| !granted.contains(**scope) && !moot.contains(**scope))
            .map(|(scope, purpose)| (*scope, *purpose))
            .collect();
        if missing.is_empty() {
            self.push(ABOUT.ok("scopes", "all that the enabled features need"));
        } else {
            let names: Vec<&str> = missing.keys().copied().collect();
            let off = if missing.contains_key(of_feature(Feature::Sessions))
                || missing.contains_key(of_feature(Feature::RefreshTokens))
            {
                "; or set [leavers] end_sessions = false"
            } else {
                ""
            };
            let check = ABOUT.failed(
                "scopes",
                format!("missing: {}", names.join(" ")),
                format!("grant them {WHERE}{off}"),
            );
            self.push(check.details(by_purpose(&missing)));
        }
        needed.extend(FOR_THE_DOCTOR.map(|it| (it, "")));
        self.look_at_surplus(granted, &needed);
    }

    fn look_at_surplus(&mut self, granted: &BTreeSet<String>, needed: &BTreeMap<&str, &str>) {
        let mut surplus: Vec<&String> =
            granted.iter().filter(|it| !needed.contains_key(it.as_str())).collect();
        if surplus.is_empty() {
            return;
        }
        // What can change something first: that is what a lost secret would be used for.
        surplus.sort_by_key(|it| (it.starts_with("read:"), *it));
        let remedy = format!("take them away {WHERE}: whoever gets hold of the secret can do all of it");
        self.push(ABOUT.warning("more scopes", format!("not needed: {}", few(surplus, SHOWN)), remedy));
    }
}

/// Scope → what it is for (FACTS §2–6). Role assignment takes both the old and the new scopes.
fn needed(policy: &Policy) -> BTreeMap<&'static str, &'static str> {
    let blocks = match policy.leavers {
        Leavers::Block { .. } => true,
        Leavers::Report => false,
    };
    let reading = "to read users, roles and the connection";
    let mut needed = BTreeMap::from([
        ("read:users", reading),
        ("read:roles", reading),
        ("read:role_members", reading),
        ("read:connections", reading),
        ("create:users", "to create and update accounts"),
        ("update:users", "to create and update accounts"),
    ]);
    if policy.roles.assign {
        needed.extend(["update:roles", "create:role_members"].map(|it| (it, "to grant roles")));
    }
    if policy.roles.assign || blocks {
        needed.insert("delete:role_members", "to take roles away from movers and leavers");
    }
    if ends_sessions(policy) {
        needed.extend(Feature::ALL.map(|it| (of_feature(it), "to end what leavers are logged in to")));
    }
    needed
}

/// Whether what leavers are logged in to is to be ended.
pub(super) fn ends_sessions(policy: &Policy) -> bool {
    policy.leavers == Leavers::Block { end_sessions: true }
}

fn of_feature(feature: Feature) -> &'static str {
    match feature {
        Feature::Sessions => "delete:sessions",
        Feature::RefreshTokens => "delete:refresh_tokens",
    }
}
