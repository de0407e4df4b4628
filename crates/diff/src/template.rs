//! Templates of values: `{given_name} {family_name}`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::clean::clean;
use crate::employee::Employee;

/// A text with columns in braces. `{{` and `}}` stand for braces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    source: String,
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Column(String),
}

/// Why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// `{name` without its end.
    #[error("`{{` without its `}}`; write `{{{{` for a brace that is text")]
    Unclosed,
    /// `}` without its start.
    #[error("`}}` without its `{{`; write `}}}}` for a brace that is text")]
    Unopened,
    /// `{}` or `{two words}`.
    #[error("{0:?} is no column name")]
    Column(String),
}

impl Template {
    /// The template of one column.
    pub fn column(name: &str) -> Self {
        Self { source: format!("{{{name}}}"), parts: vec![Part::Column(name.to_owned())] }
    }

    /// The columns it reads.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|it| match it {
            Part::Column(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }

    /// The column that it is, where it is one and nothing else.
    pub(crate) fn as_column(&self) -> Option<&str> {
        if let [Part::Column(name)] = self.parts.as_slice() { Some(name) } else { None }
    }

    /// More characters than [`Self::render`] gives for a row: composing makes of one character three at most
    /// (Unicode Annex 15, expansion in NFC).
    pub(crate) fn most_chars(&self, employee: &Employee) -> usize {
        let bytes = |it: &Part| match it {
            Part::Text(text) => text.len(),
            Part::Column(name) => employee.cell(name).len(),
        };
        3 * self.parts.iter().map(bytes).sum::<usize>()
    }

    /// Whether it is the employee id and nothing else, which is sent in the id's own type.
    pub fn is_id(&self) -> bool {
        self.as_column() == Some("id")
    }

    /// The value for a row, clean. Empty when every column it names is empty: the text between
    /// columns alone says nothing about anybody.
    pub fn render<'a>(&self, employee: &'a Employee) -> Cow<'a, str> {
        if let Some(name) = self.as_column() {
            return clean(employee.cell(name));
        }
        if self.columns().count() > 0 && self.columns().all(|it| clean(employee.cell(it)).is_empty()) {
            return Cow::Borrowed("");
        }
        let text: String = self
            .parts
            .iter()
            .map(|it| match it {
                Part::Text(text) => text.as_str(),
                Part::Column(name) => employee.cell(name),
            })
            .collect();
        Cow::Owned(clean(&text).into_owned())
    }
}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(source: &str) -> Result<Self, Self::Err> {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut rest = source;
        while let Some(at) = rest.find(['{', '}']) {
            text.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                text.push_str(brace);
                rest = after;
                continue;
            }
            if brace == "}" {
                return Err(TemplateError::Unopened);
            }
            let (name, after) = rest.split_once('}').ok_or(TemplateError::Unclosed)?;
            if name.is_empty() || !name.chars().all(|it| it.is_alphanumeric() || it == '_') {
                return Err(TemplateError::Column(name.to_owned()));
            }
            if !text.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut text)));
            }
            parts.push(Part::Column(name.to_owned()));
            rest = after;
        }
        text.push_str(rest);
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        Ok(Self { source: source.to_owned(), parts })
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

impl Serialize for Template {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Employee {
        let mut row = Employee::empty(42.into());
        row.given_name = " Ada ".to_owned();
        row
    }

    #[test]
    fn columns_are_filled_in_and_the_text_cleaned() {
        let template: Template = "{given_name} {family_name} ({{{id}}})".parse().unwrap();
        assert_eq!(template.render(&row()), "Ada ({42})");
        assert_eq!(template.columns().collect::<Vec<_>>(), ["given_name", "family_name", "id"]);
    }

    #[test]
    fn a_template_of_empty_columns_is_empty() {
        let template: Template = "Dept. {department}".parse().unwrap();
        assert_eq!(template.render(&row()), "");
        let constant: Template = "staff".parse().unwrap();
        assert_eq!(constant.render(&row()), "staff");
    }

    #[test]
    fn a_broken_template_is_refused_with_its_reason() {
        assert_eq!("{name".parse::<Template>(), Err(TemplateError::Unclosed));
        assert_eq!("name}".parse::<Template>(), Err(TemplateError::Unopened));
        assert_eq!("{}".parse::<Template>(), Err(TemplateError::Column(String::new())));
        assert_eq!("{full name}".parse::<Template>(), Err(TemplateError::Column("full name".into())));
    }
}
