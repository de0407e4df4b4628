//! Who shows a token, and with which role.

use serde_json::Value;

use crate::Role;
use crate::jwt::claims::Claims;
use crate::jwt::config::RoleClaim;
use crate::jwt::error::Error;

/// The longest id of a user that Auth0 has.
const LONGEST_NAME_CHARS: usize = 255;
/// How much of an address or a name is shown beside it.
const SHOWN_CHARS: usize = 100;
/// How the subject of a machine ends, after its client id.
const CLIENTS: &str = "@clients";

/// Who shows a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The subject of the token, such as `auth0|64107988d3534be8b2dc383c`. It stays the same for one person or
    /// machine, and is nobody else's in this tenant. There is no space and nothing invisible in it.
    pub name: String,
    /// An address or a name for the reader, if the token has one. People can change it, and two can have the same:
    /// it says nothing about who somebody is.
    pub shown: Option<String>,
    /// What it is.
    pub kind: Kind,
    /// The strongest role that the token gives.
    pub role: Role,
}

/// What shows a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Somebody who logged in.
    Person,
    /// An application, by its own credentials.
    Machine,
}

impl Identity {
    pub(crate) fn new(claims: &Claims, roles: &RoleClaim) -> Result<Self, Error> {
        let name = claims.text("sub").filter(|it| is_name(it));
        let name = name.ok_or(Error::Malformed("it has no `sub`, or one that is no id of Auth0"))?.to_owned();
        let Some(role) = role(claims, roles) else { return Err(Error::NoRole { name }) };
        Ok(Self { kind: kind(claims, &name), shown: shown(claims), name, role })
    }
}

fn is_name(text: &str) -> bool {
    let fits = (1..=LONGEST_NAME_CHARS).contains(&text.chars().count());
    fits && text.chars().all(is_visible) && !text.contains(char::is_whitespace)
}

/// The strongest role that a value of the claim means.
fn role(claims: &Claims, roles: &RoleClaim) -> Option<Role> {
    let means = |it: &str| roles.map.get(it).copied();
    match claims.get(&roles.claim)? {
        Value::Array(values) => values.iter().filter_map(|it| means(it.as_str()?)).max(),
        // The one claim that is a list with spaces between (RFC 8693, 4.2).
        Value::String(text) if roles.claim == "scope" => text.split(' ').filter_map(means).max(),
        Value::String(value) => means(value),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    }
}

/// A person's id has its connection before a `|`; not every kind of token has a `gty`.
fn kind(claims: &Claims, name: &str) -> Kind {
    let is_client = name.ends_with(CLIENTS) && !name.contains('|');
    if is_client || claims.text("gty") == Some("client-credentials") { Kind::Machine } else { Kind::Person }
}

/// The first address, else the first name. Claims of one's own have a namespace before a slash.
fn shown(claims: &Claims) -> Option<String> {
    let called = |what: &str| {
        let mut texts = claims.texts();
        let found = texts.find(|(name, _)| name.rsplit('/').next() == Some(what));
        found.map(|(_, text)| text.chars().filter(|it| is_visible(*it)).take(SHOWN_CHARS).collect::<String>())
    };
    ["email", "name"].into_iter().filter_map(called).find(|it| !it.trim().is_empty())
}

/// Not what moves the cursor, turns the direction of writing, or has no width: a name shall look like what it is.
fn is_visible(it: char) -> bool {
    let is_invisible = matches!(it,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    !it.is_control() && !is_invisible
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(json: &str, roles: &RoleClaim) -> Result<Identity, Error> {
        Identity::new(&Claims::read(json.as_bytes()).unwrap(), roles)
    }

    fn roles(claim: &str) -> RoleClaim {
        RoleClaim { claim: claim.to_owned(), ..RoleClaim::default() }
    }

    #[test]
    fn the_strongest_role_counts_in_whatever_order_they_come() {
        let role = |json: &str, claim: &str| identity(json, &roles(claim)).map(|it| it.role).ok();
        let many = r#"{"sub": "auth0|1", "permissions": ["viewer", "operator", "read:x", 7, "approver"]}"#;
        assert_eq!(role(many, "permissions"), Some(Role::Operator));
        let one = r#"{"sub": "auth0|1", "https://example.com/role": "approver"}"#;
        assert_eq!(role(one, "https://example.com/role"), Some(Role::Approver));
        let scope = r#"{"sub": "auth0|1", "scope": "openid viewer approver"}"#;
        assert_eq!(role(scope, "scope"), Some(Role::Approver));
        let spaces = r#"{"sub": "auth0|1", "https://example.com/role": "no operator"}"#;
        assert_eq!(role(spaces, "https://example.com/role"), None, "only a scope is a list");
    }

    #[test]
    fn whoever_has_no_role_is_known_all_the_same() {
        for claim in [
            "",
            r#", "permissions": []"#,
            r#", "permissions": ["Viewer"]"#,
            r#", "permissions": {"viewer": 1}"#,
        ] {
            let refused = identity(&format!(r#"{{"sub": "auth0|1"{claim}}}"#), &RoleClaim::default());
            assert!(matches!(&refused, Err(Error::NoRole { name }) if name == "auth0|1"), "{refused:?}");
        }
    }

    #[test]
    fn a_subject_looks_like_what_it_is() {
        let longest = "x".repeat(255);
        for good in ["auth0|1", "abc@clients", "samlp|corp|jörg@example.com", &longest] {
            assert!(is_name(good), "{good}");
        }
        let longer = "x".repeat(256);
        for bad in ["", " ", "auth0|1 ", "auth0|\n1", "auth0|1\u{202e}", "auth0|\u{200b}1", "\u{0}", &longer]
        {
            assert!(!is_name(bad), "{bad:?}");
        }
    }

    #[test]
    fn an_address_is_shown_and_says_nothing_about_who_it_is() {
        let shown = |rest: &str| {
            let json = format!(r#"{{"sub": "auth0|1", "permissions": ["viewer"], {rest}}}"#);
            let Identity { name, shown, kind, role } = identity(&json, &RoleClaim::default()).unwrap();
            assert_eq!((name.as_str(), kind, role), ("auth0|1", Kind::Person, Role::Viewer));
            shown
        };
        assert_eq!(
            shown(r#""name": "Jo Doe", "email": "jo@example.com""#).as_deref(),
            Some("jo@example.com")
        );
        assert_eq!(shown(r#""https://example.com/name": "Jo\u0007 Doe\u202e""#).as_deref(), Some("Jo Doe"));
        assert_eq!(shown(r#""email": " ", "name": 7"#), None);
        let long = format!(r#""email": "{}""#, "x".repeat(5000));
        assert_eq!(shown(&long).map(|it| it.len()), Some(100));
    }

    #[test]
    fn a_machine_is_known_by_its_grant_or_its_subject() {
        let kind = |sub: &str, rest: &str| {
            let json = format!(r#"{{"sub": "{sub}", "permissions": ["viewer"]{rest}}}"#);
            identity(&json, &RoleClaim::default()).unwrap().kind
        };
        assert_eq!(kind("abc@clients", r#", "gty": "client-credentials""#), Kind::Machine);
        assert_eq!(kind("abc@clients", ""), Kind::Machine);
        assert_eq!(kind("auth0|abc@clients", ""), Kind::Person, "an id that somebody chose");
        assert_eq!(kind("auth0|abc", r#", "gty": "password""#), Kind::Person);
    }
}
