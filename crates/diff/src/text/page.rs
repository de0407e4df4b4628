//! A page of text: lines, blank lines between sections, and wrapping that keeps names whole.

use super::style::{Style, Tone, columns};

/// A text in the making.
#[derive(Debug)]
pub(super) struct Page {
    out: String,
    width: usize,
    margin: usize,
    style: Style,
}

/// How far what hangs below an entry's first line is set in, beyond the margin.
const HANG: usize = 4;

impl Page {
    pub(super) fn new(width: usize, style: Style) -> Self {
        Self { out: String::new(), width, margin: 2, style }
    }

    /// A page whose entries start at its edge, for a code block in which the first character tells
    /// the colour.
    pub(super) fn flush(width: usize) -> Self {
        Self { out: String::new(), width, margin: 0, style: Style::new(false) }
    }

    pub(super) fn style(&self) -> Style {
        self.style
    }

    /// One blank line, except at the top.
    pub(super) fn gap(&mut self) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
    }

    /// A section's heading, its name in the tone and its figures after it.
    pub(super) fn heading(&mut self, tone: Tone, name: &str, figures: &str) {
        self.gap();
        let text = format!("{} · {figures}", self.style.paint(tone, name));
        self.fill(Place::at(0, 2), "", &pieces(&text));
    }

    /// What is true of a whole section.
    pub(super) fn aside(&mut self, text: &str) {
        self.fill(Place::at(self.margin, 0).toned(Tone::Quiet), "", &pieces(text));
    }

    /// An entry: its mark, and what fits behind it; what does not hangs below.
    pub(super) fn entry(&mut self, mark: &str, pieces: &[String]) {
        let lead = if mark.is_empty() { String::new() } else { format!("{mark} ") };
        self.fill(Place::at(self.margin, HANG), &lead, pieces);
    }

    /// An entry of two columns and a text: the text stands behind them where all of it fits, else
    /// below.
    pub(super) fn columns(&mut self, mark: &str, lead: &str, text: &str) {
        let whole = format!("{lead}  {text}");
        if self.margin + columns(mark) + 1 + columns(&whole) <= self.width {
            self.entry(mark, &[whole]);
        } else {
            self.entry(mark, &[lead.to_owned()]);
            self.below(&pieces(text));
        }
    }

    /// A line that belongs to the entry's first one: under it, behind the mark.
    pub(super) fn more(&mut self, text: &str) {
        self.fill(Place::at(self.margin + 2, 2), "", &pieces(text));
    }

    /// A line below an entry.
    pub(super) fn below(&mut self, pieces: &[String]) {
        self.fill(Place::at(self.margin + HANG, 0), "", pieces);
    }

    /// What to do, under an entry.
    pub(super) fn remedy(&mut self, pieces: &[String]) {
        self.fill(Place::at(self.margin + HANG, 2).toned(Tone::Command), "⤷ ", pieces);
    }

    /// What to do, under a heading.
    pub(super) fn shared_remedy(&mut self, pieces: &[String]) {
        self.fill(Place::at(self.margin, 2).toned(Tone::Command), "⤷ ", pieces);
    }

    /// A line with a label in front, and further lines under its text.
    pub(super) fn labelled(&mut self, label: &str, label_width: usize, pieces: &[String]) {
        let padding = " ".repeat(label_width.saturating_sub(columns(label)));
        self.fill(Place::at(0, label_width), &format!("{label}{padding}"), pieces);
    }

    /// A whole line as it is.
    pub(super) fn line(&mut self, text: &str) {
        self.out.push_str(text.trim_end());
        self.out.push('\n');
    }

    pub(super) fn into_string(self) -> String {
        self.out
    }

    /// Puts pieces on lines, breaking only between them.
    fn fill(&mut self, place: Place, lead: &str, pieces: &[String]) {
        let Place { indent, hang, tone } = place;
        let mut line = lead.to_owned();
        let mut indent_now = indent;
        let mut fresh = true;
        for piece in pieces {
            if !fresh && indent_now + columns(&line) + 1 + columns(piece) > self.width {
                self.put(indent_now, &line, tone);
                line.clear();
                indent_now = indent + hang;
                fresh = true;
            }
            if !fresh {
                line.push(' ');
            }
            line.push_str(piece);
            fresh = false;
        }
        self.put(indent_now, &line, tone);
    }

    fn put(&mut self, indent: usize, text: &str, tone: Option<Tone>) {
        let text = text.trim_end();
        let text = tone.map_or_else(|| text.to_owned(), |it| self.style.paint(it, text));
        self.line(&format!("{}{text}", " ".repeat(indent)));
    }
}

/// Where lines stand, and their tone as a whole.
#[derive(Clone, Copy, Debug)]
struct Place {
    indent: usize,
    /// How much further all lines but the first are set in.
    hang: usize,
    tone: Option<Tone>,
}

impl Place {
    fn at(indent: usize, hang: usize) -> Self {
        Self { indent, hang, tone: None }
    }

    fn toned(self, tone: Tone) -> Self {
        Self { tone: Some(tone), ..self }
    }
}

/// The pieces of a sentence: its words, a dot between facts staying with the word before it.
pub(super) fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|it| !it.is_empty()) {
        match pieces.last_mut() {
            Some(last) if matches!(word, "·" | "→") => {
                last.push(' ');
                last.push_str(word);
            }
            Some(_) | None => pieces.push(word.to_owned()),
        }
    }
    pieces
}

/// The pieces of a text with commands in it: they stay whole, so that they can be copied.
pub(super) fn clauses(text: &str) -> Vec<String> {
    let clauses = text.split_inclusive(", ").flat_map(|it| it.split_inclusive("; "));
    clauses.map(|it| it.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_pieces_and_hang() {
        let mut page = Page::new(24, Style::new(false));
        page.entry("-", &["17 Jessica Morris,".into(), "18 Tom Berg,".into(), "19 Ida Lund".into()]);
        assert_eq!(page.into_string(), "  - 17 Jessica Morris,\n      18 Tom Berg,\n      19 Ida Lund\n");
    }

    #[test]
    fn a_dot_between_facts_never_starts_a_line() {
        assert_eq!(pieces("one two · three"), ["one", "two ·", "three"]);
    }

    #[test]
    fn a_command_is_never_broken() {
        let text = "rollcall employee unlink 14, then rollcall employee link 1 'a|b'; else nothing";
        let whole = ["rollcall employee unlink 14,", "then rollcall employee link 1 'a|b';", "else nothing"];
        assert_eq!(clauses(text), whole);
    }
}
