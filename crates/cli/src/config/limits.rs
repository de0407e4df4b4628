//! `[limits]`: what a plan may not exceed.

use diff::{Limits, Share};

use super::section::{Either, Section};

/// `[limits]` laid over the default ones, figure by figure.
pub(super) fn read(top: &Section<'_>, limits: &mut Limits) {
    let section = top.section("limits");
    share(&section, "blocks", &mut limits.blocks);
    share(&section, "revocations", &mut limits.revocations);
    percent(&section, "revocations_per_role_percent", &mut limits.revocations_per_role_percent);
    share(&section, "updates", &mut limits.updates);
    share(&section, "grants", &mut limits.grants);
    share(&section, "creates", &mut limits.creates);
    count(&section, "admin_grants", &mut limits.admin_grants);
    count(&section, "admins_left", &mut limits.admins_left);
    count(&section, "mails", &mut limits.mails);
    percent(&section, "source_shrinks_percent", &mut limits.source_shrinks_percent);
    section.close();
}

/// `{ percent = 5, at_least = 5, at_most = 25 }`; what is left out stays as it is by default.
fn share(section: &Section<'_>, key: &'static str, share: &mut Share) {
    match section.text_or_section(key) {
        None => {}
        Some(Either::Section(figures)) => {
            percent(&figures, "percent", &mut share.percent);
            count(&figures, "at_least", &mut share.at_least);
            count(&figures, "at_most", &mut share.at_most);
            if share.at_least > share.at_most {
                let what = format!("at_least = {} is more than at_most = {}", share.at_least, share.at_most);
                section.found().add(figures.place().problem(what, "raise at_most, or lower at_least"));
            }
            figures.close();
        }
        Some(Either::Text(text)) => section.found().add(text.problem(
            "must be a section, and is text",
            format!("write {key} = {{ percent = 5, at_least = 5, at_most = 25 }}"),
        )),
    }
}

fn percent(section: &Section<'_>, key: &'static str, percent: &mut u32) {
    if let Some(number) = section.number(key, 0..=100) {
        *percent = u32::try_from(number.value).expect("at most 100, checked above");
    }
}

fn count(section: &Section<'_>, key: &'static str, count: &mut usize) {
    // The bound is what every machine can count to; nobody means more.
    if let Some(number) = section.number(key, 0..=u64::from(u32::MAX)) {
        *count = usize::try_from(number.value).unwrap_or(usize::MAX);
    }
}
