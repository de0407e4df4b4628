//! What people read: a plan as text and as Markdown.
//!
//! Both are made for somebody who has two minutes before saying yes. They lead with who loses
//! access, who gains an admin role, who gets mail, what there is to do and what is held; then come
//! the limits that are exceeded, the changes by kind with identical ones folded, what was left
//! alone with the command that resolves it, and what the run will cost.
//!
//! Two promises: the same plan gives the same bytes, and no value from a table or a tenant reaches
//! a terminal or a page unneutralised ([`mod@safe`] is the one door).

mod breaches;
mod changes;
mod details;
mod facts;
mod fold;
mod foot;
mod head;
mod markdown;
mod notes;
mod page;
mod reasons;
mod safe;
mod sentence;
mod style;
mod values;
mod words;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod schema_tests;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::ids::{PlanId, RoleName};
use crate::limits::Breach;
use crate::plan::Plan;

pub use breaches::{acceptance, ways_out};
pub use details::{Details, details};
pub use foot::{cost, forecast_and_spent, spent};
pub use markdown::{MARKDOWN_MAX, markdown};
pub(crate) use safe::safe;
pub use sentence::sentence;
pub(crate) use words::or;

use fold::sections;
use page::Page;
use style::Style;

/// How a plan is written for a terminal.
#[derive(Clone, Copy, Debug)]
pub struct TextOptions<'a> {
    /// Nothing is folded and no list of changes or notes is cut.
    pub all: bool,
    /// Terminal colours. Without them there is not one escape code in the text.
    pub color: bool,
    /// How many columns there are; 100 where nobody knows. A word or an id wider than that
    /// overflows: it is never cut.
    pub width: Option<usize>,
    /// The roles whose gain is told first, [`crate::RoleRules::admin`]: a plan does not name them.
    pub admin: &'a BTreeSet<RoleName>,
    /// The plan's number, once it is stored, so that commands can be copied.
    pub id: Option<PlanId>,
}

/// The columns of a page when nobody knows better.
const WIDTH: usize = 100;

/// The plan, to be read by the person who approves it. Ends with a line break.
///
/// The breaches are the caller's to find ([`crate::Limits::breaches`]), as a plan does not know its
/// limits.
pub fn text(plan: &Plan, breaches: &[Breach], options: TextOptions<'_>) -> String {
    let TextOptions { all, color, width, admin, id } = options;
    let mut page = Page::new(width.unwrap_or(WIDTH), Style::new(color));
    head::write(&mut page, plan, admin);
    breaches::write(&mut page, plan, breaches, id, all);
    for section in sections(plan, admin, all) {
        changes::write(&mut page, &section);
    }
    for group in notes::groups(plan, all) {
        notes::write(&mut page, &group);
    }
    foot::write(&mut page, plan, breaches);
    page.into_string()
}
