//! The exported file: gzip of JSON lines or of CSV.

use std::{
    borrow::Cow,
    io::{self, Write as _},
    sync::Arc,
};

use flate2::{Compression, write::GzEncoder};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::{
    state::{Attribute, User},
    users::record::Record,
};

/// A field to export and what it is called in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    /// `email`, `identities`, …
    attribute: String,
    /// What follows it: `department` in `user_metadata.department`, `0` and `connection` in
    /// `identities[0].connection`.
    path: Vec<String>,
    title: String,
}

#[derive(Debug, Clone)]
pub(crate) enum Shape {
    Json(Vec<Column>),
    Csv(Vec<Column>),
}

/// What is exported where nothing is named. Metadata are not among it.
const DEFAULTS: [&str; 9] = [
    "user_id",
    "email",
    "email_verified",
    "name",
    "given_name",
    "family_name",
    "nickname",
    "created_at",
    "updated_at",
];

impl Column {
    pub(crate) fn read(field: &Value) -> Option<Self> {
        let name = field["name"].as_str()?;
        let title = field["export_as"].as_str().unwrap_or(name);
        Some(Self::new(name, title))
    }

    pub(crate) fn defaults() -> Vec<Self> {
        DEFAULTS.into_iter().map(|it| Self::new(it, it)).collect()
    }

    fn new(name: &str, title: &str) -> Self {
        let parts = name.replace('[', ".").replace(']', "");
        let mut parts = parts.split('.').map(str::to_owned);
        let attribute = parts.next().unwrap_or_default();
        Self { attribute, path: parts.collect(), title: title.to_owned() }
    }

    fn of<'a>(&self, user: &'a User) -> Option<Cell<'a>> {
        let attribute = user.attribute(&self.attribute)?;
        let Some((first, rest)) = self.path.split_first() else { return Some(Cell::Whole(attribute)) };
        match attribute {
            Attribute::Object(map) => Some(Cell::Inner(Cow::Borrowed(at(rest, map.get(first)?)?))),
            Attribute::Text(_)
            | Attribute::Flag(_)
            | Attribute::Count(_)
            | Attribute::Time(_)
            | Attribute::Texts(_)
            | Attribute::Identities(_) => {
                let whole = serde_json::to_value(attribute).ok()?;
                at(&self.path, &whole).cloned().map(|it| Cell::Inner(Cow::Owned(it)))
            }
        }
    }
}

fn at<'a>(path: &[String], value: &'a Value) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| match value {
        Value::Array(items) => items.get(key.parse::<usize>().ok()?),
        Value::Object(map) => map.get(key),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    })
}

/// What stands in a column for a user: an attribute, or something in one.
enum Cell<'a> {
    Whole(Attribute<'a>),
    Inner(Cow<'a, Value>),
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Whole(attribute) => attribute.serialize(serializer),
            Self::Inner(value) => value.serialize(serializer),
        }
    }
}

impl Shape {
    /// The fields of a line come by name.
    pub(crate) fn json(mut columns: Vec<Column>) -> Self {
        columns.sort_by(|a, b| a.title.cmp(&b.title));
        columns.dedup_by(|a, b| a.title == b.title);
        Self::Json(columns)
    }

    pub(crate) fn extension(&self) -> &'static str {
        match self {
            Self::Json(_) => "json",
            Self::Csv(_) => "csv",
        }
    }
}

/// The whole file, oldest user first. Fast rather than small: it never leaves the machine.
pub(crate) fn gzip(users: &[Arc<Record>], shape: &Shape) -> Vec<u8> {
    let mut users: Vec<&User> = users.iter().map(|it| &***it).collect();
    users.sort_by(|a, b| (a.created_at, &a.user_id).cmp(&(b.created_at, &b.user_id)));
    let mut file = GzEncoder::new(Vec::new(), Compression::fast());
    write(&mut file, &users, shape).and_then(|()| file.finish()).expect("a vector takes everything")
}

fn write(file: &mut GzEncoder<Vec<u8>>, users: &[&User], shape: &Shape) -> io::Result<()> {
    if let Shape::Csv(columns) = shape {
        file.write_all(row(columns.iter().map(|it| it.title.clone())).as_bytes())?;
    }
    for user in users {
        match shape {
            Shape::Json(columns) => {
                let found = columns.iter().filter_map(|it| Some((&*it.title, it.of(user)?)));
                let mut line = serde_json::to_vec(&Line(found.collect()))?;
                line.push(b'\n');
                file.write_all(&line)?;
            }
            Shape::Csv(columns) => {
                file.write_all(row(columns.iter().map(|it| cell(it.of(user)))).as_bytes())?;
            }
        }
    }
    Ok(())
}

/// A user with what there is of it.
struct Line<'a>(Vec<(&'a str, Cell<'a>)>);

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(title, cell)| (title, cell)))
    }
}

/// Neither lists nor whole objects stand in a cell.
fn cell(found: Option<Cell<'_>>) -> String {
    match found.and_then(|it| serde_json::to_value(it).ok()) {
        None | Some(Value::Null | Value::Object(_) | Value::Array(_)) => String::new(),
        Some(Value::String(text)) => text,
        Some(value @ (Value::Bool(_) | Value::Number(_))) => value.to_string(),
    }
}

/// Every cell is quoted, and what a spreadsheet would take for a formula is not one any more.
fn row(cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = cells
        .map(|it| {
            let guard = if it.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
            format!("\"{guard}{}\"", it.replace('"', "\"\""))
        })
        .collect();
    cells.join(",") + "\n"
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use serde_json::json;

    use super::*;

    fn text(shape: &Shape) -> String {
        let user: User = serde_json::from_value(json!({
            "user_id": "auth0|1", "name": "=1+1", "identities": [{"connection": "c", "user_id": "1", "provider": "p"}],
            "user_metadata": {"department": "IT"},
        }))
        .unwrap();
        let mut text = String::new();
        flate2::read::GzDecoder::new(gzip(&[Arc::new(Record::new(user))], shape).as_slice())
            .read_to_string(&mut text)
            .unwrap();
        text
    }

    fn columns() -> Vec<Column> {
        let fields = json!([
            {"name": "name"}, {"name": "email"}, {"name": "identities[0].connection", "export_as": "provider"},
            {"name": "user_metadata.department"},
        ]);
        fields.as_array().unwrap().iter().filter_map(Column::read).collect()
    }

    #[test]
    fn json_is_a_line_a_user_with_what_there_is() {
        assert_eq!(
            text(&Shape::json(columns())),
            "{\"name\":\"=1+1\",\"provider\":\"c\",\"user_metadata.department\":\"IT\"}\n"
        );
    }

    #[test]
    fn csv_has_a_heading_and_no_formulas() {
        assert_eq!(
            text(&Shape::Csv(columns())),
            "\"name\",\"email\",\"provider\",\"user_metadata.department\"\n\"'=1+1\",\"\",\"c\",\"IT\"\n"
        );
    }
}
