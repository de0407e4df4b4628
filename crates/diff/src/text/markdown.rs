//! A plan as a comment of a pull request.
//!
//! Whatever comes from a table or a tenant stands in a fenced block, where nothing is markup, or has
//! every character that could be markup written as an entity. The fence is longer than any run of
//! backticks inside it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::ids::{PlanId, RoleName};
use crate::limits::Breach;
use crate::plan::Plan;

use super::changes::{self, Columns};
use super::fold::sections;
use super::page::{Page, pieces};
use super::safe::{safe, shortened};
use super::words::{and, count, number, people};
use super::{breaches, foot, head, notes};

/// How long a comment may be on GitHub. Counted in bytes, which are never fewer than characters.
pub const MARKDOWN_MAX: usize = 65_536;

/// The columns of a block: what a comment shows without a scroll bar.
const WIDTH: usize = 96;
/// A name in the head is cut here, so that a hostile one cannot use up the comment.
const NAME_MAX: usize = 80;
/// What the sentence about the cut may take.
const CUT_MAX: usize = 300;

/// The plan as Markdown: a headline, the counts, who is concerned most, and a block to unfold for
/// every kind of change and every reason. Never longer than [`MARKDOWN_MAX`]; what was cut is said
/// at the top and at the cut.
pub fn markdown(plan: &Plan, breaches: &[Breach], admin: &BTreeSet<RoleName>, id: Option<PlanId>) -> String {
    let top = top(plan, breaches, admin);
    let foot = foot(plan);
    let blocks = blocks(plan, breaches, admin, id);
    let room = MARKDOWN_MAX.saturating_sub(top.len() + foot.len() + CUT_MAX);
    let shown = fitting(&blocks, room);
    let mut out = top;
    if let Some(cut) = cut(&blocks, &shown) {
        let _ = write!(
            out,
            "\n**Cut to fit a comment: {cut} not shown here. `rollcall plan --all` shows all.**\n"
        );
    }
    for (block, shown) in blocks.iter().zip(shown) {
        out.push_str(&block.render(shown));
    }
    out.push_str(&foot);
    out
}

fn top(plan: &Plan, breaches: &[Breach], admin: &BTreeSet<RoleName>) -> String {
    let mut top = format!(
        "## Rollcall: {}\n\nPlan <code>{}</code> for {} · {}\n",
        foot::summary(plan),
        plan.digest(),
        line(&[safe(plan.tenant().as_str()).into_owned()]),
        line(&pieces(&head::about(plan))),
    );
    if !breaches.is_empty() {
        let _ = write!(
            top,
            "\n> [!CAUTION]\n> **{}: {}.**\n",
            sentence_case(breaches),
            breaches::figures(breaches)
        );
    }
    top.push_str(&counts(plan));
    top.push('\n');
    for row in head::rows(plan, admin).iter().filter(|it| it.label != "changes") {
        let _ = writeln!(top, "- **{}**: {}", row.label, line(&row.pieces));
    }
    top
}

/// `Limit exceeded`, as a sentence begins.
fn sentence_case(breaches: &[Breach]) -> String {
    let (first, rest) = breaches::heading(breaches).split_at(1);
    format!("{first}{}", rest.to_lowercase())
}

fn counts(plan: &Plan) -> String {
    if plan.is_empty() {
        return String::new();
    }
    let (mut kinds, mut rule, mut figures) = (String::from("|"), String::from("|"), String::from("|"));
    for (kind, count) in plan.counts() {
        let _ = write!(kinds, " {kind} |");
        let _ = write!(figures, " {} |", number(count));
        rule.push_str("--:|");
    }
    format!("\n{kinds}\n{rule}\n{figures}\n")
}

fn foot(plan: &Plan) -> String {
    let [rows, users] = foot::read(plan);
    let cost =
        if plan.is_empty() { String::new() } else { format!(" {}.", foot::cost(&plan.document().forecast)) };
    format!("\n<sub>Read {}; {}.{}</sub>\n", escaped(&rows), escaped(&users), escaped(&cost))
}

/// One and many of what a block counts.
type Noun = (&'static str, &'static str);
const BREACHES: Noun = ("breach", "breaches");
const CHANGES: Noun = ("change", "changes");
const NOTES: Noun = ("note", "notes");

/// What unfolds.
struct Block {
    summary: String,
    open: bool,
    language: &'static str,
    lead: String,
    items: Vec<Item>,
    noun: Noun,
}

/// A stretch that is shown as a whole or not at all.
struct Item {
    text: String,
    count: usize,
}

/// In the order in which they matter: what stops the plan, what endangers, what is done, what is not.
fn blocks(plan: &Plan, breaches: &[Breach], admin: &BTreeSet<RoleName>, id: Option<PlanId>) -> Vec<Block> {
    let mut blocks = Vec::new();
    if !breaches.is_empty() {
        let each = breaches.iter().map(|it| item(1, |page| breaches::breach(page, plan, it, id, false)));
        let accept = item(0, |page| breaches::accept(page, plan, breaches, id));
        blocks.push(Block {
            summary: "<b>limits</b>".to_owned(),
            open: true,
            language: "diff",
            lead: String::new(),
            items: each.chain([accept]).collect(),
            noun: BREACHES,
        });
    }
    let (loud, quiet): (Vec<_>, Vec<_>) = notes::groups(plan, false).into_iter().partition(|it| it.loud);
    blocks.extend(loud.iter().map(of_notes));
    blocks.extend(sections(plan, admin, false).iter().map(|section| {
        let columns = Columns::of(section);
        let entries = section.entries.iter();
        Block {
            summary: format!("<b>{}</b> · {}", section.kind, people(section.people)),
            open: false,
            language: "diff",
            lead: item(0, |page| page.aside(&shortened(&section.shared.join(" · "), 1_000))).text,
            items: entries
                .map(|it| item(it.changes.len(), |page| changes::entry(page, section, it, columns)))
                .collect(),
            noun: CHANGES,
        }
    }));
    blocks.extend(quiet.iter().map(of_notes));
    blocks
}

fn of_notes(group: &notes::Group<'_>) -> Block {
    let items = group.items.iter().map(|it| item(it.notes.len(), |page| notes::item(page, it, group)));
    Block {
        summary: format!("<b>{}</b> · {}", group.heading, notes::figures(group)),
        open: group.loud,
        language: "text",
        lead: item(0, |page| notes::remedy(page, group)).text,
        items: items.collect(),
        noun: NOTES,
    }
}

fn item(count: usize, write: impl FnOnce(&mut Page)) -> Item {
    let mut page = Page::flush(WIDTH);
    write(&mut page);
    Item { text: page.into_string(), count }
}

impl Block {
    fn render(&self, shown: usize) -> String {
        let fence = self.fence();
        let open = if self.open { " open" } else { "" };
        let mut out =
            format!("\n<details{open}><summary>{}</summary>\n\n{fence}{}\n", self.summary, self.language);
        out.push_str(&self.lead);
        out.extend(self.items[..shown].iter().map(|it| it.text.as_str()));
        let _ = writeln!(out, "{fence}");
        if let Some(cut) = self.cut(shown) {
            let _ = write!(out, "\n**and {cut} more, cut here**\n");
        }
        out.push_str("\n</details>\n");
        out
    }

    /// `12 changes`, where items beyond the first `shown` are cut.
    fn cut(&self, shown: usize) -> Option<String> {
        let hidden = self.hidden(shown);
        (hidden > 0).then(|| count(hidden, self.noun.0, self.noun.1))
    }

    fn hidden(&self, shown: usize) -> usize {
        self.items[shown..].iter().map(|it| it.count).sum()
    }

    /// Longer than any run of backticks that it encloses.
    fn fence(&self) -> String {
        let texts = self.items.iter().map(|it| it.text.as_str()).chain([self.lead.as_str()]);
        let runs = texts.flat_map(|it| it.split(|it| it != '`').map(str::len));
        "`".repeat(runs.max().unwrap_or_default().max(2) + 1)
    }
}

/// How many items of each block fit. Where not all do, every block leaves half of what is left to
/// those behind it, so that one long list does not hide the others.
fn fitting(blocks: &[Block], room: usize) -> Vec<usize> {
    let whole: usize = blocks.iter().map(|it| it.render(it.items.len()).len()).sum();
    if whole <= room {
        return blocks.iter().map(|it| it.items.len()).collect();
    }
    let bare: usize = blocks.iter().map(|it| it.render(0).len()).sum();
    let mut left = room.saturating_sub(bare);
    let mut shown = Vec::with_capacity(blocks.len());
    for (at, block) in blocks.iter().enumerate() {
        let mut share = if at + 1 == blocks.len() { left } else { left / 2 };
        let fits = block.items.iter().take_while(|it| {
            let fits = it.text.len() <= share;
            share = share.saturating_sub(it.text.len());
            fits
        });
        let fits = fits.count();
        left -= block.items[..fits].iter().map(|it| it.text.len()).sum::<usize>();
        shown.push(fits);
    }
    shown
}

/// `312 changes and 20 notes are`
fn cut(blocks: &[Block], shown: &[usize]) -> Option<String> {
    let hidden_of = |noun| -> usize {
        let meant = blocks.iter().zip(shown).filter(|(it, _)| it.noun == noun);
        meant.map(|(block, shown)| block.hidden(*shown)).sum()
    };
    let hidden: Vec<_> = [BREACHES, CHANGES, NOTES].into_iter().map(|it| (it, hidden_of(it))).collect();
    let total: usize = hidden.iter().map(|it| it.1).sum();
    let told = hidden.iter().filter(|it| it.1 > 0).map(|((one, many), it)| count(*it, one, many));
    let told: Vec<String> = told.collect();
    (total > 0).then(|| format!("{} {}", and(&told), if total == 1 { "is" } else { "are" }))
}

/// Pieces of a line of the head, each short enough that no name uses up the comment.
fn line(pieces: &[String]) -> String {
    let pieces: Vec<String> = pieces.iter().map(|it| escaped(&shortened(it, NAME_MAX))).collect();
    pieces.join(" ")
}

/// A text in which nothing is markup, a mention, a reference or a link.
///
/// Entities are text wherever markup is looked for. Mentions and references are found in the
/// finished page, so that an invisible space has to part them.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for it in text.chars() {
        match it {
            ' ' | ',' | ':' | ';' | '(' | ')' | '-' | '\'' | '%' => out.push(it),
            '.' if !ends_with_www(&out) => out.push(it),
            '@' | '#' => {
                let _ = write!(out, "&#{};&#8203;", u32::from(it));
            }
            it if it.is_ascii_punctuation() => {
                let _ = write!(out, "&#{};", u32::from(it));
            }
            it => out.push(it),
        }
    }
    out
}

/// What makes a link of the dot behind it.
fn ends_with_www(text: &str) -> bool {
    let end = text.get(text.len().saturating_sub(3)..);
    end.is_some_and(|it| it.eq_ignore_ascii_case("www"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_name_is_markup() {
        assert_eq!(
            escaped("<img src=x onerror=alert(1)> | `a` [b](c) **d**"),
            "&#60;img src&#61;x onerror&#61;alert(1)&#62; &#124; &#96;a&#96; &#91;b&#93;(c) &#42;&#42;d&#42;&#42;"
        );
        assert_eq!(escaped("@octocat #1"), "&#64;&#8203;octocat &#35;&#8203;1");
        assert_eq!(escaped("https://x.example www.x"), "https:&#47;&#47;x.example www&#46;x");
    }

    #[test]
    fn a_fence_is_longer_than_any_run_inside() {
        let item = Item { text: "a ```` b\n".to_owned(), count: 1 };
        let block = Block {
            summary: String::new(),
            open: false,
            language: "text",
            lead: String::new(),
            items: vec![item],
            noun: NOTES,
        };
        assert_eq!(block.fence(), "`````");
    }
}
