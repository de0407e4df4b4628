//! Rows with aligned columns, for lists.

use std::borrow::Cow;

/// Rows under a head. The last column may be of any length.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub(crate) fn new<const N: usize>(head: [&str; N]) -> Self {
        Self { rows: vec![head.iter().map(|it| (*it).to_owned()).collect()] }
    }

    /// One more row.
    pub(crate) fn row<const N: usize>(&mut self, cells: &[String; N]) {
        self.rows.push(cells.iter().map(|it| safe(it).into_owned()).collect());
    }

    /// As text.
    pub(crate) fn text(&self) -> String {
        let columns = self.rows.first().map_or(0, Vec::len);
        let widths: Vec<usize> = (0..columns)
            .map(|at| self.rows.iter().map(|row| row[at].chars().count()).max().unwrap_or_default())
            .collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
        };
        lines(self.rows.iter().map(line))
    }
}

/// Each on a line of its own.
pub(crate) fn lines(lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().fold(String::new(), |text, line| text + &line + "\n")
}

/// Text from a table or a tenant, without anything that a terminal would obey.
pub(crate) fn safe(text: &str) -> Cow<'_, str> {
    diff::clean(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_nothing_reaches_the_terminal_but_text() {
        let mut table = Table::new(["plan", "state"]);
        table.row(&["7".to_owned(), "proposed".to_owned()]);
        table.row(&["12".to_owned(), "\u{1b}[31mred\u{7}".to_owned()]);
        insta::assert_snapshot!(table.text(), @r"
        plan  state
        7     proposed
        12    [31mred
        ");
    }
}
