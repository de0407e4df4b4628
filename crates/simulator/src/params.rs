//! Query parameters, read and refused in Auth0's words.

use serde_json::Value;

use crate::error::Refusal;

/// The parameters of a request, decoded. A `+` is a space here, so a plus in an address must come as `%2B`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(raw: &str) -> Self {
        Self(url::form_urlencoded::parse(raw.as_bytes()).into_owned().collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a parameter that may come more than once.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn required(&self, name: &str) -> Result<&str, Refusal> {
        let why = format!("Query validation error: 'Missing required property: {name}'.");
        self.get(name).ok_or_else(|| Refusal::bad_request(&why, "invalid_query_string"))
    }

    pub(crate) fn flag(&self, name: &str, about: &str) -> Result<Option<bool>, Refusal> {
        match self.get(name) {
            None | Some("") => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(invalid("Expected type boolean but found type string", name, about)),
        }
    }

    pub(crate) fn integer(&self, name: &str, range: (u64, u64), about: &str) -> Result<Option<u64>, Refusal> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let Ok(value) = text.parse::<i64>() else {
            return Err(invalid("Expected type integer but found type string", name, about));
        };
        let (min, max) = range;
        match u64::try_from(value) {
            Ok(value) if value > max => {
                Err(invalid(&format!("Value {value} is greater than maximum {max}"), name, about))
            }
            Ok(value) if value >= min => Ok(Some(value)),
            Ok(_) | Err(_) => Err(invalid(&format!("Value {value} is less than minimum {min}"), name, about)),
        }
    }
}

pub(crate) fn invalid(why: &str, name: &str, about: &str) -> Refusal {
    let message = format!("Query validation error: '{why}' on property {name} ({about}).");
    Refusal::bad_request(&message, "invalid_query_string")
}

const PAGE: &str = "Page index of the results to return. First page is 0";
const PER_PAGE: &str = "Number of results per page";
const TOTALS: &str = "Return results inside an object that contains the total result count (true) or as a direct \
                      array of results (false, default)";

/// Where a listing starts and how much of it is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "the parameters' own names")]
pub(crate) struct Page {
    pub(crate) page: u64,
    pub(crate) per_page: u64,
    /// Wrapped with counts, or a bare array.
    pub(crate) totals: bool,
}

impl Page {
    /// `least` is 0 where the document allows an empty page (users), and 1 elsewhere.
    pub(crate) fn read(query: &Query, least: u64, most: u64, default: u64) -> Result<Self, Refusal> {
        // z-schema's numbers are 53 bits wide, and so is what a client can mean.
        let page = query.integer("page", (0, 1 << 53), PAGE)?.unwrap_or(0);
        let per_page = query.integer("per_page", (least, most), PER_PAGE)?.unwrap_or(default);
        let totals = query.flag("include_totals", TOTALS)?.unwrap_or(false);
        Ok(Self { page, per_page, totals })
    }

    pub(crate) fn start(self) -> u64 {
        self.page.saturating_mul(self.per_page)
    }

    /// The ceiling is arithmetic on the request: whether so many records exist does not matter.
    pub(crate) fn is_beyond(self, ceiling: u64) -> bool {
        self.start().saturating_add(self.per_page) > ceiling
    }

    pub(crate) fn slice<T>(self, all: Vec<T>) -> Vec<T> {
        let start = usize::try_from(self.start()).unwrap_or(usize::MAX);
        let count = usize::try_from(self.per_page).unwrap_or(usize::MAX);
        all.into_iter().skip(start).take(count).collect()
    }

    /// The answer in the form that was asked for: `{"<key>": […], "start", "limit", "total"}` or the array.
    pub(crate) fn wrap(self, key: &str, items: Vec<Value>, total: usize) -> Value {
        if !self.totals {
            return Value::Array(items);
        }
        let mut wrapped = serde_json::json!({"start": self.start(), "limit": self.per_page, "total": total});
        wrapped[key] = Value::Array(items);
        wrapped
    }
}

/// Which keys of an object to show.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields {
    names: Vec<String>,
    exclude: bool,
}

impl Fields {
    pub(crate) fn read(query: &Query) -> Result<Self, Refusal> {
        let about = "Whether specified fields are to be included (true) or excluded (false)";
        let exclude = query.flag("include_fields", about)? == Some(false);
        let names = query.get("fields").unwrap_or_default();
        let names = names.split(',').map(str::trim).filter(|it| !it.is_empty()).map(str::to_owned).collect();
        Ok(Self { names, exclude })
    }

    pub(crate) fn shows_all(&self) -> bool {
        self.names.is_empty()
    }

    /// Nothing is added by itself: asking for `email` does not bring `user_id` along.
    pub(crate) fn cut(&self, mut value: Value) -> Value {
        if let (false, Value::Object(map)) = (self.shows_all(), &mut value) {
            map.retain(|key, _| self.names.iter().any(|it| it == key) != self.exclude);
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plus_is_a_space() {
        assert_eq!(Query::parse("email=a+b%2Bc%40x").get("email"), Some("a b+c@x"));
    }

    #[test]
    fn too_much_is_refused_in_auth0s_words() {
        let refusal = Page::read(&Query::parse("per_page=1000"), 0, 100, 50).unwrap_err();
        assert_eq!(
            refusal.message(),
            "Query validation error: 'Value 1000 is greater than maximum 100' on property per_page \
             (Number of results per page)."
        );
    }

    #[test]
    fn the_tenth_page_of_hundred_is_the_last() {
        let page = |raw: &str| Page::read(&Query::parse(raw), 0, 100, 50).unwrap();
        assert!(!page("page=9&per_page=100").is_beyond(1000));
        assert!(page("page=10&per_page=100").is_beyond(1000));
        assert!(page("page=20").is_beyond(1000));
    }

    #[test]
    fn fields_include_or_exclude() {
        let value = serde_json::json!({"email": "a", "user_id": "b"});
        let cut = |raw: &str| Fields::read(&Query::parse(raw)).unwrap().cut(value.clone());
        assert_eq!(cut("fields=email"), serde_json::json!({"email": "a"}));
        assert_eq!(cut("fields=email&include_fields=false"), serde_json::json!({"user_id": "b"}));
        assert_eq!(cut(""), value);
    }
}
