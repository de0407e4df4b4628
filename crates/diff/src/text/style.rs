//! Colours, and how wide a text is on a terminal.

/// Whether colours are used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    color: bool,
}

/// What a stretch of text is, rather than how it looks.
#[derive(Clone, Copy, Debug)]
pub(super) enum Tone {
    /// A heading.
    Heading,
    /// Needed, but not first.
    Quiet,
    /// Taken away.
    Less,
    /// Given.
    More,
    /// Made otherwise.
    Other,
    /// Words struck out in a word diff; told by more than a colour.
    Struck,
    /// Must not be missed.
    Loud,
    /// Something to type.
    Command,
}

impl Style {
    pub(super) fn new(color: bool) -> Self {
        Self { color }
    }

    /// Whether there are colours: without them a word diff needs brackets.
    pub(super) fn is_colored(self) -> bool {
        self.color
    }

    /// The text in its tone.
    pub(super) fn paint(self, tone: Tone, text: &str) -> String {
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Heading => "1",
            Tone::Quiet => "2",
            Tone::Less => "31",
            Tone::More => "32",
            Tone::Other => "33",
            Tone::Struck => "31;9",
            Tone::Loud => "1;31",
            Tone::Command => "36",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// How many columns a text takes. Our own colour codes take none; a code of anybody else's cannot
/// be in it, as foreign text is neutralised before.
pub(super) fn columns(text: &str) -> usize {
    let mut columns = 0;
    let mut code = false;
    for it in text.chars() {
        match it {
            '\x1b' => code = true,
            'm' if code => code = false,
            other if !code => columns += width(other),
            _ => {}
        }
    }
    columns
}

/// Good enough for names: Unicode's own table of widths would be one more package for this alone.
fn width(it: char) -> usize {
    match it {
        '\u{300}'..='\u{36f}' | '\u{2066}'..='\u{2069}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_color_there_is_no_code_and_with_it_the_width_stays() {
        assert_eq!(Style::new(false).paint(Tone::Loud, "stop"), "stop");
        let painted = Style::new(true).paint(Tone::Loud, "stop");
        assert_eq!(painted, "\u{1b}[1;31mstop\u{1b}[0m");
        assert_eq!(columns(&painted), 4);
    }

    #[test]
    fn wide_and_combining_characters_are_counted_as_they_are_drawn() {
        assert_eq!(columns("裕美子 木村"), 11);
        assert_eq!(columns("Jose\u{301}"), 4);
        assert_eq!(columns("\u{2068}مريم\u{2069}"), 4);
    }
}
