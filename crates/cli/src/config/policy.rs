//! The settings that become a [`Policy`]: everything that decides about a person.

use std::collections::BTreeSet;

use chrono_tz::{TZ_VARIANTS, Tz};
use diff::{Absent, ConnectionName, Idn, Leavers, Policy, UserId, Welcome, name_key};

use super::at::At;
use super::columns::Columns;
use super::env::Env;
use super::problems::{Found, did_you_mean};
use super::section::Section;
use super::{limits, mapping, roles};

/// The policy, and the zone in which its days begin.
pub(super) fn read(top: &Section<'_>, auth0: &Section<'_>, env: &Env, columns: &mut Columns) -> (Policy, Tz) {
    let mut policy = Policy::default();
    if let Some(connection) = auth0.text("connection") {
        policy.connection = ConnectionName::new(connection.value);
    }
    let time_zone = people(top, &mut policy);
    status(top, &mut policy);
    email(top, &mut policy);
    onboarding(top, env, &mut policy);
    leavers(top, &mut policy);
    mapping::read(top, columns, &mut policy.mapping);
    roles::read(top, env, columns, &mut policy.roles);
    limits::read(top, &mut policy.limits);
    (policy, time_zone)
}

fn people(top: &Section<'_>, policy: &mut Policy) -> Tz {
    let section = top.section("policy");
    let time_zone = section.text("time_zone").and_then(|it| zone(&it, section.found()));
    if let Some(days) = section.number("joiner_lead_days", 0..=365) {
        policy.joiner_lead_days = u32::try_from(days.value).expect("at most 365, checked above");
    }
    if let Some(users) = section.words("break_glass") {
        policy.break_glass = users.into_iter().map(|it| UserId::new(it.value)).collect();
    }
    section.close();
    time_zone.unwrap_or(Tz::UTC)
}

/// An IANA name.
pub(super) fn zone(text: &At<String>, found: &Found) -> Option<Tz> {
    text.value.parse().ok().or_else(|| {
        let fix = did_you_mean(&text.value, TZ_VARIANTS.iter().map(|it| it.name()))
            .unwrap_or_else(|| "write an IANA name, such as \"Europe/Madrid\"".to_owned());
        found.add(text.problem(format!("{:?} is no time zone", text.value), fix));
        None
    })
}

fn status(top: &Section<'_>, policy: &mut Policy) {
    let section = top.section("status");
    let (employed, left) = (section.words("employed"), section.words("left"));
    let both = employed.iter().flatten().chain(left.iter().flatten());
    let empty: Vec<_> = both.filter(|it| it.value.is_empty()).cloned().collect();
    if let Some(words) = &employed {
        policy.status.employed = words.iter().map(|it| name_key(&it.value)).collect();
    }
    if let Some(words) = &left {
        policy.status.left = words.iter().map(|it| name_key(&it.value)).collect();
    }
    for word in empty {
        section
            .found()
            .add(word.problem("a status cannot be empty", "an empty status is held; name the words"));
    }
    let twice = policy.status.employed.intersection(&policy.status.left).cloned().collect::<BTreeSet<_>>();
    let words = left.iter().flatten().chain(employed.iter().flatten());
    for word in twice {
        let at = words.clone().find(|it| name_key(&it.value) == word).expect("the defaults do not overlap");
        section.found().add(
            at.problem(format!("{word:?} means both employed and left"), "take it out of one of the lists"),
        );
    }
    section.close();
}

fn email(top: &Section<'_>, policy: &mut Policy) {
    let section = top.section("email");
    if let Some(domains) = section.words("allowed_domains") {
        policy.email.allowed_domains = domains.iter().filter_map(|it| domain(it, section.found())).collect();
    }
    if let Some(domains) = section.words("trusted_domains") {
        policy.onboarding.trusted_domains =
            domains.iter().filter_map(|it| domain(it, section.found())).collect();
    }
    if let Some(idn) = section.text("idn") {
        let found = section.found();
        policy.email.idn =
            one_of(&idn, [("hold", Idn::Hold), ("punycode", Idn::Punycode)], found).unwrap_or_default();
    }
    section.close();
}

fn domain(text: &At<String>, found: &Found) -> Option<String> {
    let domain = text.value.trim_start_matches('@').to_lowercase();
    if domain.contains('.') && !domain.contains(['@', '*', ' ']) {
        return Some(domain);
    }
    found.add(text.problem(
        format!("{:?} is no domain", text.value),
        "write what stands after the @, such as \"example.com\"",
    ));
    None
}

fn onboarding(top: &Section<'_>, env: &Env, policy: &mut Policy) {
    let section = top.section("onboarding");
    let found = section.found();
    let client_id = section.text("client_id").filter(|it| !it.value.is_empty());
    let welcome = section.text("welcome");
    let mails = section.flag("verification_mails");
    let auto_verify = section.flag("auto_verify_external_users");
    if let Some(mails) = env.flag("AUTH0_SEND_VERIFICATION_EMAIL", found).or(mails) {
        policy.onboarding.verification_mails = mails.value;
    }
    let auto_verify = env.flag("AUTH0_AUTO_VERIFY_EXTERNAL_USERS", found).or(auto_verify);
    if !auto_verify.is_some_and(|it| it.value) {
        policy.onboarding.trusted_domains.clear();
    }
    policy.onboarding.welcome = match welcome {
        Some(welcome) => chosen_welcome(&welcome, client_id, found),
        None => client_id.map_or(Welcome::Verification, |it| Welcome::Invitation { client_id: it.value }),
    };
    section.close();
}

fn chosen_welcome(welcome: &At<String>, client_id: Option<At<String>>, found: &Found) -> Welcome {
    let client_id = client_id.map(|it| it.value);
    let invitation = Welcome::Invitation { client_id: client_id.clone().unwrap_or_default() };
    let known =
        [("invitation", invitation), ("verification", Welcome::Verification), ("none", Welcome::Silent)];
    let welcome_is = one_of(welcome, known, found).unwrap_or(Welcome::Verification);
    if matches!(welcome_is, Welcome::Invitation { .. }) && client_id.is_none() {
        let fix = "write client_id = \"…\" beside it: an application's, not the machine-to-machine one's";
        found.add(welcome.problem("an invitation needs the application whose branding the mail has", fix));
    }
    welcome_is
}

fn leavers(top: &Section<'_>, policy: &mut Policy) {
    let section = top.section("leavers");
    let found = section.found();
    let end_sessions = section.flag("end_sessions").is_none_or(|it| it.value);
    let block = Leavers::Block { end_sessions };
    let action = section.text("action");
    policy.leavers = action
        .and_then(|it| one_of(&it, [("block", block), ("report", Leavers::Report)], found))
        .unwrap_or(block);
    if let Some(absent) = section.text("absent") {
        policy.absent = one_of(&absent, [("report", Absent::Report), ("block", Absent::Block)], found)
            .unwrap_or_default();
        if policy.absent == Absent::Block && policy.leavers == Leavers::Report {
            let fix = "write \"report\", or action = \"block\"";
            found.add(absent.problem("nobody is blocked where leavers are only reported", fix));
        }
    }
    section.close();
}

/// The value of a word; a word that is none of them is reported with the nearest.
pub(super) fn one_of<T, const N: usize>(
    text: &At<String>,
    known: [(&str, T); N],
    found: &Found,
) -> Option<T> {
    let words = known.each_ref().map(|(word, _)| *word);
    if let Some((_, value)) = known.into_iter().find(|(word, _)| *word == text.value) {
        return Some(value);
    }
    let fix =
        did_you_mean(&text.value, words).unwrap_or_else(|| format!("write one of {}", words.join(", ")));
    found.add(text.problem(format!("{:?} is none of the possible words", text.value), fix));
    None
}
