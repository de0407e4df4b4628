//! Reading a section of the file: each setting by name and type, whatever is wrong collected.

use std::cell::RefCell;
use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeFloat, DeInteger, DeTable, DeValue};

use super::at::At;
use super::problems::{Found, Place, Problem, did_you_mean};

/// The file's name and text, to turn offsets into lines.
pub(super) struct Text<'a> {
    name: &'a str,
    whole: &'a str,
    /// Where its lines begin.
    lines: Vec<usize>,
}

/// A table of the file. A setting that nobody asked for until [`Section::close`] is unknown.
pub(super) struct Section<'a> {
    text: &'a Text<'a>,
    found: &'a Found,
    /// `auth0`, `mapping.user_metadata`; empty at the top.
    path: String,
    place: Place,
    table: Option<&'a DeTable<'a>>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a> Text<'a> {
    pub(super) fn new(name: &'a str, text: &'a str) -> Self {
        let lines = [0].into_iter().chain(text.match_indices('\n').map(|(at, _)| at + 1));
        Self { name, whole: text, lines: lines.collect() }
    }

    pub(super) fn text(&self) -> &'a str {
        self.whole
    }

    /// The place of an offset.
    pub(super) fn place(&self, offset: usize) -> Place {
        let line = self.lines.partition_point(|it| *it <= offset);
        Place::Line { file: self.name.to_owned(), line }
    }
}

impl<'a> Section<'a> {
    /// The whole file, or nothing where there is none.
    pub(super) fn top(text: &'a Text<'a>, table: Option<&'a DeTable<'a>>, found: &'a Found) -> Self {
        Self { text, found, path: String::new(), place: Place::Missing, table, asked: RefCell::default() }
    }

    /// The section itself, for what is wrong with it as a whole.
    pub(super) fn place(&self) -> At<()> {
        At { value: (), place: self.place.clone(), key: format!("[{}]", self.path) }
    }

    /// Where problems go.
    pub(super) fn found(&self) -> &'a Found {
        self.found
    }

    /// A table in this one; empty where there is none.
    pub(super) fn section(&self, key: &'static str) -> Self {
        let path = self.path_of(key);
        let asked = self.ask(key);
        let table = asked.as_ref().and_then(|it| {
            let table = it.value.as_table();
            if table.is_none() {
                self.wrong(it, "a section", &format!("start it with a line [{path}]"));
            }
            table
        });
        self.child(path, asked.map_or(Place::Missing, |it| it.place), table)
    }

    /// The tables of an array of tables.
    pub(super) fn sections(&self, key: &'static str) -> Vec<Self> {
        let Some(it) = self.ask(key) else { return Vec::new() };
        let path = self.path_of(key);
        let tables: Option<Vec<_>> = it.value.as_array().and_then(|items| {
            let place = |item: &Spanned<_>| self.text.place(item.span().start);
            items.iter().map(|item| Some((place(item), item.get_ref().as_table()?))).collect()
        });
        if tables.is_none() {
            self.wrong(&it, "a list of sections", &format!("start each with a line [[{path}]]"));
        }
        tables
            .into_iter()
            .flatten()
            .map(|(place, table)| self.child(path.clone(), place, Some(table)))
            .collect()
    }

    /// Text.
    pub(super) fn text(&self, key: &'static str) -> Option<At<String>> {
        let it = self.ask(key)?;
        let text = as_text(&it);
        if text.is_none() {
            self.wrong(&it, "text", &format!("write it in quotes: {key} = \"…\""));
        }
        text
    }

    /// true or false.
    pub(super) fn flag(&self, key: &'static str) -> Option<At<bool>> {
        let it = self.ask(key)?;
        let flag = it.value.as_bool();
        if flag.is_none() {
            self.wrong(&it, "true or false", "write it without quotes");
        }
        flag.map(|flag| it.with(flag))
    }

    /// A whole number within bounds.
    pub(super) fn number(&self, key: &'static str, bounds: RangeInclusive<u64>) -> Option<At<u64>> {
        let it = self.ask(key)?;
        let number = it.value.as_integer().and_then(|it| u64::from_str_radix(it.as_str(), it.radix()).ok());
        let Some(number) = number.filter(|it| bounds.contains(it)) else {
            self.wrong(&it, &format!("a whole number{}", words_for(&bounds)), "");
            return None;
        };
        Some(it.with(number))
    }

    /// A number with a fraction, or without.
    pub(super) fn fraction(&self, key: &'static str) -> Option<At<f64>> {
        let it = self.ask(key)?;
        let digits =
            it.value.as_integer().map(DeInteger::as_str).or(it.value.as_float().map(DeFloat::as_str));
        let number: Option<f64> = digits.and_then(|it| it.parse().ok());
        if number.is_none() {
            self.wrong(&it, "a number", "");
        }
        number.map(|number| it.with(number))
    }

    /// A list of texts.
    pub(super) fn words(&self, key: &'static str) -> Option<Vec<At<String>>> {
        let it = self.ask(key)?;
        let words: Option<Vec<_>> = it
            .value
            .as_array()
            .and_then(|items| items.iter().map(|item| as_text(&self.at(key, item))).collect());
        if words.is_none() {
            self.wrong(&it, "a list of texts", &format!("write {key} = [\"…\", \"…\"]"));
        }
        words
    }

    /// Text, or a table, or neither.
    pub(super) fn text_or_section(&self, key: &'static str) -> Option<Either<'a>> {
        self.ask(key).and_then(|it| self.either(&it))
    }

    /// Every setting of a table whose keys are the user's own words.
    pub(super) fn entries(&self) -> Vec<Entry<'a>> {
        let entries = self.table.into_iter().flat_map(|table| table.iter());
        let entries = entries.filter_map(|(key, value)| {
            let at = self.at(key.get_ref(), value);
            self.either(&at).map(|it| Entry { name: key.get_ref().to_string(), at: at.with(()), value: it })
        });
        entries.collect()
    }

    /// Reports every setting that nobody asked for.
    pub(super) fn close(self) {
        let asked = self.asked.borrow();
        for (key, value) in self.table.into_iter().flat_map(|table| table.iter()) {
            let key = key.get_ref().as_ref();
            if asked.contains(&key) {
                continue;
            }
            let kind = if matches!(value.get_ref(), DeValue::Table(_)) { "section" } else { "setting" };
            let fix = did_you_mean(key, asked.iter().copied())
                .unwrap_or_else(|| format!("known here: {}", asked.join(", ")));
            self.found.add(Problem { fix, ..self.at(key, value).problem(format!("unknown {kind}"), "") });
        }
    }

    fn child(&self, path: String, place: Place, table: Option<&'a DeTable<'a>>) -> Self {
        Self { text: self.text, found: self.found, path, place, table, asked: RefCell::default() }
    }

    fn ask(&self, key: &'static str) -> Option<At<&'a DeValue<'a>>> {
        self.asked.borrow_mut().push(key);
        let (key, value) = self.table?.iter().find(|(it, _)| it.get_ref() == key)?;
        Some(self.at(key.get_ref(), value))
    }

    fn at(&self, key: &str, value: &'a Spanned<DeValue<'a>>) -> At<&'a DeValue<'a>> {
        let place = self.text.place(value.span().start);
        let key = if self.path.is_empty() { key.to_owned() } else { format!("[{}] {key}", self.path) };
        At { value: value.get_ref(), place, key }
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn either(&self, it: &At<&'a DeValue<'a>>) -> Option<Either<'a>> {
        if let Some(text) = as_text(it) {
            return Some(Either::Text(text));
        }
        if let Some(table) = it.value.as_table() {
            let path = it.key.replace(['[', ']'], "").replace(' ', ".");
            return Some(Either::Section(self.child(path, it.place.clone(), Some(table))));
        }
        self.wrong(it, "text or a section", "");
        None
    }

    fn wrong(&self, it: &At<&'a DeValue<'a>>, wanted: &str, fix: &str) {
        let what = format!("must be {wanted}, and is {}", type_of(it.value));
        self.found.add(it.problem(what, fix));
    }
}

/// Text, or a section.
pub(super) enum Either<'a> {
    /// Text.
    Text(At<String>),
    /// A section.
    Section(Section<'a>),
}

/// A setting of a table whose keys are the user's own words.
pub(super) struct Entry<'a> {
    /// The key.
    pub(super) name: String,
    /// Where it stands.
    pub(super) at: At<()>,
    /// Its value.
    pub(super) value: Either<'a>,
}

fn as_text(it: &At<&DeValue<'_>>) -> Option<At<String>> {
    it.value.as_str().map(|text| it.with(text.trim().to_owned()))
}

pub(super) fn words_for(bounds: &RangeInclusive<u64>) -> String {
    match (*bounds.start(), *bounds.end()) {
        (0, u64::MAX) => String::new(),
        (least, u64::MAX) => format!(" from {least}"),
        (least, most) => format!(" from {least} to {most}"),
    }
}

/// The type alone; a value might be a secret in the wrong place. Numbers are none.
fn type_of(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(_) => "text".to_owned(),
        DeValue::Integer(it) => it.to_string(),
        DeValue::Float(it) => it.to_string(),
        DeValue::Boolean(it) => it.to_string(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a section".to_owned(),
    }
}
