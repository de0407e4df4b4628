//! `q` as text: the part of Lucene's syntax that Auth0 takes.

use crate::search::{
    field::Field,
    query::{Limit, Query, Test},
};

/// Why a query cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ParseError {
    #[error("a quote is not closed")]
    OpenQuote,
    #[error("a parenthesis is not closed")]
    OpenParenthesis,
    #[error("a range is not closed, or has no TO")]
    BadRange,
    #[error("a field has no value")]
    NoValue,
    #[error("{0:?} is not expected here")]
    Unexpected(char),
    #[error("parentheses are nested too deeply")]
    TooDeep,
}

/// Deeper nesting than anybody writes.
const DEPTH: usize = 50;

/// Reads a whole query. An empty one, and `*`, mean everybody.
pub(crate) fn parse(text: &str) -> Result<Query, ParseError> {
    let mut parser = Parser { rest: text.trim(), depth: 0 };
    if parser.rest.is_empty() || parser.rest == "*" || parser.rest == "*:*" {
        return Ok(Query::Everybody);
    }
    let query = parser.alternatives(None)?;
    match parser.rest.chars().next() {
        None => Ok(query),
        Some(rest) => Err(ParseError::Unexpected(rest)),
    }
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl Parser<'_> {
    /// Terms joined by `OR`, or by nothing, which means the same.
    fn alternatives(&mut self, field: Option<&str>) -> Result<Query, ParseError> {
        let mut parts = vec![self.conjunction(field)?];
        loop {
            let joined = self.takes_word("OR");
            if self.rest.is_empty() || self.rest.starts_with(')') {
                if joined {
                    return Err(ParseError::NoValue);
                }
                break;
            }
            parts.push(self.conjunction(field)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Query::Or(parts) })
    }

    fn conjunction(&mut self, field: Option<&str>) -> Result<Query, ParseError> {
        let mut parts = vec![self.negation(field)?];
        while self.takes_word("AND") {
            parts.push(self.negation(field)?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Query::And(parts) })
    }

    fn negation(&mut self, field: Option<&str>) -> Result<Query, ParseError> {
        self.skip_space();
        if self.takes_word("NOT") || self.takes('-') || self.takes('!') {
            return Ok(Query::Not(Box::new(self.nested(|it| it.negation(field))?)));
        }
        if self.takes('(') {
            return self.group(field);
        }
        self.term(field)
    }

    fn group(&mut self, field: Option<&str>) -> Result<Query, ParseError> {
        let inner = self.nested(|it| it.alternatives(field))?;
        self.skip_space();
        if self.takes(')') { Ok(inner) } else { Err(ParseError::OpenParenthesis) }
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, ParseError>) -> Result<T, ParseError> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(ParseError::TooDeep);
        }
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn term(&mut self, field: Option<&str>) -> Result<Query, ParseError> {
        if let Some(name) = field {
            return Ok(on_field(name, self.test()?));
        }
        match self.field_name() {
            Some(name) if name == "_exists_" => match self.test()? {
                Test::Equals(field) | Test::Like(field) => Ok(Query::Exists(Field::named(&field))),
                Test::Range { .. } => Err(ParseError::BadRange),
            },
            Some(name) if self.takes('(') => self.group(Some(&name)),
            Some(name) => Ok(on_field(&name, self.test()?)),
            None => Ok(Query::Anywhere(self.test()?)),
        }
    }

    /// `name:` in front of a value. A backslash takes the next character's meaning away.
    fn field_name(&mut self) -> Option<String> {
        let mut name = String::new();
        let mut characters = self.rest.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                ':' if !name.is_empty() => {
                    self.rest = &self.rest[at + 1..];
                    return Some(name);
                }
                '\\' => name.push(characters.next()?.1),
                _ if character.is_whitespace() || "()[]{}\":".contains(character) => return None,
                _ => name.push(character),
            }
        }
        None
    }

    fn test(&mut self) -> Result<Test, ParseError> {
        match self.rest.chars().next() {
            Some('"') => Ok(Test::Equals(self.quoted()?)),
            Some('[' | '{') => self.range(),
            Some('>' | '<') => self.comparison(),
            Some(_) => self.word(),
            None => Err(ParseError::NoValue),
        }
    }

    fn quoted(&mut self) -> Result<String, ParseError> {
        let mut text = String::new();
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    return Ok(text);
                }
                '\\' => text.push(characters.next().ok_or(ParseError::OpenQuote)?.1),
                _ => text.push(character),
            }
        }
        Err(ParseError::OpenQuote)
    }

    fn word(&mut self) -> Result<Test, ParseError> {
        let (text, has_star) = self.raw_word();
        match text.chars().next() {
            Some(_) if has_star => Ok(Test::Like(text)),
            Some(_) => Ok(Test::Equals(text)),
            None => match self.rest.chars().next() {
                Some(character) => Err(ParseError::Unexpected(character)),
                None => Err(ParseError::NoValue),
            },
        }
    }

    /// Up to a space or a bracket; whether a star that means something is in it.
    fn raw_word(&mut self) -> (String, bool) {
        let mut text = String::new();
        let mut has_star = false;
        let mut end = self.rest.len();
        let mut characters = self.rest.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' => text.extend(characters.next().map(|(_, it)| it)),
                _ if character.is_whitespace() || "()[]{}\"".contains(character) => {
                    end = at;
                    break;
                }
                _ => {
                    has_star |= character == '*';
                    text.push(character);
                }
            }
        }
        self.rest = &self.rest[end..];
        (text, has_star)
    }

    /// `[a TO b]` with both ends, `{a TO b}` without, and mixed.
    fn range(&mut self) -> Result<Test, ParseError> {
        let from_included = self.takes('[') || !self.takes('{');
        let from = self.limit(from_included)?;
        if !self.takes_word("TO") {
            return Err(ParseError::BadRange);
        }
        self.skip_space();
        let mut to = self.limit(true)?;
        self.skip_space();
        let to_included = match (self.takes(']'), self.takes('}')) {
            (true, _) => true,
            (false, true) => false,
            (false, false) => return Err(ParseError::BadRange),
        };
        if let Some(limit) = &mut to {
            limit.included = to_included;
        }
        Ok(Test::Range { from, to })
    }

    fn limit(&mut self, included: bool) -> Result<Option<Limit>, ParseError> {
        self.skip_space();
        let value = if self.rest.starts_with('"') { self.quoted()? } else { self.raw_word().0 };
        match value.as_str() {
            "" => Err(ParseError::BadRange),
            "*" => Ok(None),
            _ => Ok(Some(Limit { value, included })),
        }
    }

    /// `>10`, `>=10`, `<10`, `<=10`.
    fn comparison(&mut self) -> Result<Test, ParseError> {
        let above = self.takes('>');
        if !above {
            self.takes('<');
        }
        let included = self.takes('=');
        let limit = self.limit(included)?;
        Ok(if above { Test::Range { from: limit, to: None } } else { Test::Range { from: None, to: limit } })
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn takes(&mut self, character: char) -> bool {
        match self.rest.strip_prefix(character) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// An operator: capitals, and then a space, a parenthesis or the end.
    fn takes_word(&mut self, word: &str) -> bool {
        self.skip_space();
        let Some(rest) = self.rest.strip_prefix(word) else { return false };
        let ends = rest.chars().next().is_none_or(|it| it.is_whitespace() || "()".contains(it));
        if ends {
            self.rest = rest.trim_start();
        }
        ends
    }
}

/// A lone star asks for any value.
fn on_field(name: &str, test: Test) -> Query {
    let field = Field::named(name);
    match test {
        Test::Like(pattern) if pattern == "*" => Query::Exists(field),
        test @ (Test::Equals(_) | Test::Like(_) | Test::Range { .. }) => {
            Query::Test { field, name: name.to_owned(), test }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::state::User;

    fn ada() -> User {
        serde_json::from_value(json!({
            "user_id": "auth0|1", "email": "ada@example.com", "name": "Ada Lovelace", "blocked": false,
            "created_at": "2025-12-31T15:00:00.000Z", "logins_count": 7,
            "identities": [{"connection": "Staff DB", "user_id": "1", "provider": "auth0"}],
            "app_metadata": {"employee_id": 42, "tags": ["a", "b"], "none": null},
            "user_metadata": {"department": "IT"},
        }))
        .unwrap()
    }

    fn finds(q: &str) -> bool {
        parse(q).unwrap_or_else(|error| panic!("{q}: {error}")).matches(&ada())
    }

    #[test]
    fn what_finds_ada() {
        for q in [
            "",
            "*",
            "email:\"ada@example.com\"",
            "email:ADA@example.com",
            "email:ada@example.com AND blocked:false",
            "email.domain:example.com",
            "user_id:\"auth0|1\"",
            "user_id:(\"auth0|9\" OR \"auth0|1\")",
            "identities.connection:\"Staff DB\"",
            "identities.connection:Staff\\ DB",
            "name:ada*",
            "name:*lace",
            "name:*ove*",
            "NOT name:bob",
            "-name:bob",
            "(name:bob OR name:ada*) AND NOT blocked:true",
            "name:bob OR email:ada*",
            "created_at:[2025-12-31 TO *]",
            "created_at:[2025-12-01 TO 2025-12-31]",
            "created_at:[2025-12-31T15:00:00.000Z TO 2025-12-31T15:00:00.001Z}",
            "created_at:2025-12-31",
            "logins_count:[5 TO 10}",
            "logins_count:>=7",
            "_exists_:app_metadata.employee_id",
            "NOT _exists_:app_metadata.none",
            "NOT _exists_:last_login",
            "app_metadata.employee_id:42",
            "app_metadata.tags:b",
            "user_metadata.department:IT",
            "name:*",
        ] {
            assert!(finds(q), "{q}");
        }
    }

    #[test]
    fn what_does_not_find_ada() {
        for q in [
            "email:ada",
            "name:*ce",
            "user_id:AUTH0|1",
            "user_metadata.department:I*",
            "user_metadata.department:[A TO Z]",
            "created_at:{2025-12-31T15:00:00.000Z TO *]",
            "created_at:[* TO 2025-12-31T15:00:00.000Z}",
            "picture:*",
            "identities.connection:other",
            "blocked:true OR logins_count:8",
        ] {
            assert!(!finds(q), "{q}");
        }
    }

    #[test]
    fn broken_queries_are_errors() {
        for q in
            ["email:\"ada", "(email:ada", "created_at:[2025 2026]", "email:", "a OR", ")", &"(".repeat(100)]
        {
            assert!(parse(q).is_err(), "{q}");
        }
    }
}
