//! The exported file: gzip of JSON lines or of CSV.

use std::{
    io::{self, Write as _},
    sync::Arc,
};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Map, Value};

use crate::state::User;

/// A field to export and what it is called in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Column {
    /// `email`, `user_metadata.department`, `identities[0].connection`.
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
        let path = name.replace('[', ".").replace(']', "").split('.').map(str::to_owned).collect();
        Self { path, title: title.to_owned() }
    }

    fn of<'a>(&self, user: &'a Value) -> Option<&'a Value> {
        self.path.iter().try_fold(user, |value, key| match value {
            Value::Array(items) => items.get(key.parse::<usize>().ok()?),
            Value::Object(map) => map.get(key),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        })
    }
}

impl Shape {
    pub(crate) fn extension(&self) -> &'static str {
        match self {
            Self::Json(_) => "json",
            Self::Csv(_) => "csv",
        }
    }
}

/// The whole file. Fast rather than small: it never leaves the machine.
pub(crate) fn gzip(users: &[Arc<User>], shape: &Shape) -> Vec<u8> {
    let mut file = GzEncoder::new(Vec::new(), Compression::fast());
    write(&mut file, users, shape).and_then(|()| file.finish()).expect("a vector takes everything")
}

fn write(file: &mut GzEncoder<Vec<u8>>, users: &[Arc<User>], shape: &Shape) -> io::Result<()> {
    if let Shape::Csv(columns) = shape {
        write_row(file, columns.iter().map(|it| it.title.clone()))?;
    }
    for user in users {
        let user = serde_json::to_value(&**user)?;
        match shape {
            Shape::Json(columns) => {
                let found = columns
                    .iter()
                    .filter_map(|it| it.of(&user).map(|value| (it.title.clone(), value.clone())));
                serde_json::to_writer(&mut *file, &found.collect::<Map<String, Value>>())?;
                file.write_all(b"\n")?;
            }
            Shape::Csv(columns) => write_row(file, columns.iter().map(|it| cell(it.of(&user))))?,
        }
    }
    Ok(())
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null | Value::Object(_) | Value::Array(_)) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(value @ (Value::Bool(_) | Value::Number(_))) => value.to_string(),
    }
}

/// Every cell is quoted, and what a spreadsheet would take for a formula is not one any more.
fn write_row(file: &mut GzEncoder<Vec<u8>>, cells: impl Iterator<Item = String>) -> io::Result<()> {
    let cells: Vec<String> = cells
        .map(|it| {
            let guard = if it.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
            format!("\"{guard}{}\"", it.replace('"', "\"\""))
        })
        .collect();
    writeln!(file, "{}", cells.join(","))
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
        flate2::read::GzDecoder::new(gzip(&[Arc::new(user)], shape).as_slice())
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
            text(&Shape::Json(columns())),
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
