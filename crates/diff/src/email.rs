//! Email addresses, parsed once at the edge.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clean::key;

/// An address in lower case that Auth0 takes: nobody inside checks it again.
///
/// Auth0 stores addresses of database users in lower case, at most 64 characters before the `@`
/// and 254 in all (FACTS §3).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Email(String);

/// What is done with a domain that is not ASCII (`bücher.example`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Idn {
    /// The row is held: mail systems disagree about such addresses.
    #[default]
    Hold,
    /// The domain is written in its ASCII form (`xn--bcher-kva.example`).
    Punycode,
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(tag = "why", content = "part", rename_all = "snake_case")]
pub enum EmailError {
    /// Nothing there.
    #[error("is missing")]
    Missing,
    /// No `@`, more than one, or nothing before or after it.
    #[error("is not of the form name@domain")]
    Form,
    /// A character that an address cannot have unquoted.
    #[error("contains {0:?}, which an address cannot")]
    Character(char),
    /// A dot at an end of the local part, or two in a row.
    #[error("has a dot at the start or end of the name, or two in a row")]
    Dots,
    /// More than 64 characters before the `@`.
    #[error("has {0} characters before the @, and 64 are allowed")]
    LocalTooLong(usize),
    /// More than 254 characters.
    #[error("has {0} characters, and 254 are allowed")]
    TooLong(usize),
    /// A domain that cannot be one.
    #[error("has a domain that cannot exist: {0:?}")]
    Domain(String),
    /// An international domain while the policy says `idn = "hold"`.
    #[error("has the international domain {0:?}; `idn = \"punycode\"` would send it as ASCII")]
    International(String),
}

const LOCAL_MAX: usize = 64;
const WHOLE_MAX: usize = 254;
const LABEL_MAX: usize = 63;

impl Email {
    /// Cleans, lower-cases and checks.
    ///
    /// # Errors
    /// What is wrong, in words for the one who keeps the table.
    pub fn parse(text: &str, idn: Idn) -> Result<Self, EmailError> {
        let text = key(text);
        if text.is_empty() {
            return Err(EmailError::Missing);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError::Form)?;
        if local.is_empty() || domain.is_empty() || local.contains('@') {
            return Err(EmailError::Form);
        }
        check_local(local)?;
        let written = match ascii_domain(domain, idn)? {
            Cow::Borrowed(_) => None,
            Cow::Owned(domain) => Some(format!("{local}@{domain}")),
        };
        let whole = written.unwrap_or_else(|| text.into_owned());
        if whole.len() > WHOLE_MAX {
            return Err(EmailError::TooLong(whole.len()));
        }
        Ok(Self(whole))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands after the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl TryFrom<String> for Email {
    type Error = EmailError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text, Idn::Hold)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// RFC 5322's unquoted local part; quoted ones are legal, and nobody's work address.
fn check_local(local: &str) -> Result<(), EmailError> {
    let allowed = |it: char| {
        let special = matches!(
            it,
            '!' | '#'
                | '$'
                | '%'
                | '&'
                | '\''
                | '*'
                | '+'
                | '-'
                | '/'
                | '='
                | '?'
                | '^'
                | '_'
                | '`'
                | '{'
                | '|'
                | '}'
                | '~'
                | '.'
        );
        special || it.is_ascii_alphanumeric()
    };
    if let Some(it) = local.chars().find(|it| !allowed(*it)) {
        return Err(EmailError::Character(it));
    }
    if local.split('.').any(str::is_empty) {
        return Err(EmailError::Dots);
    }
    if local.len() > LOCAL_MAX {
        return Err(EmailError::LocalTooLong(local.len()));
    }
    Ok(())
}

/// The domain as mail systems write it; lent where that is how it stands.
fn ascii_domain(domain: &str, idn: Idn) -> Result<Cow<'_, str>, EmailError> {
    let bad = || EmailError::Domain(domain.to_owned());
    let ascii = if domain.is_ascii() {
        Cow::Borrowed(domain)
    } else {
        match idn {
            Idn::Hold => return Err(EmailError::International(domain.to_owned())),
            Idn::Punycode => Cow::Owned(idna::domain_to_ascii_strict(domain).map_err(|_| bad())?),
        }
    };
    let label_ok = |label: &str| {
        !label.is_empty()
            && label.len() <= LABEL_MAX
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-')
    };
    let top_is_word =
        ascii.rsplit_once('.').is_some_and(|(_, it)| it.bytes().any(|it| it.is_ascii_alphabetic()));
    if !top_is_word || !ascii.split('.').all(label_ok) {
        return Err(bad());
    }
    Ok(ascii)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, EmailError> {
        Email::parse(text, Idn::Hold).map(|it| it.0)
    }

    #[test]
    fn an_address_is_cleaned_and_lower_cased() {
        assert_eq!(parse("  Jessica.Morris@Example.COM ").unwrap(), "jessica.morris@example.com");
        assert_eq!(parse("pat+press@example.com").unwrap(), "pat+press@example.com");
        assert_eq!(parse("conor.o'neil@example.com").unwrap(), "conor.o'neil@example.com");
    }

    #[test]
    fn what_is_no_address_is_told_with_its_reason() {
        assert_eq!(parse(""), Err(EmailError::Missing));
        assert_eq!(parse("-"), Err(EmailError::Form));
        assert_eq!(parse("k.warehouse"), Err(EmailError::Form));
        assert_eq!(parse("a@b@c.example"), Err(EmailError::Form));
        assert_eq!(parse("a b@example.com"), Err(EmailError::Character(' ')));
        assert_eq!(parse(".a@example.com"), Err(EmailError::Dots));
        assert_eq!(parse("a@localhost"), Err(EmailError::Domain("localhost".into())));
        assert_eq!(parse("a@-x.example"), Err(EmailError::Domain("-x.example".into())));
        assert_eq!(parse(&format!("{}@example.com", "a".repeat(70))), Err(EmailError::LocalTooLong(70)));
    }

    #[test]
    fn an_international_domain_is_held_or_written_in_ascii() {
        let held = Email::parse("li.wei@bücher.example", Idn::Hold);
        assert_eq!(held, Err(EmailError::International("bücher.example".into())));
        let sent = Email::parse("li.wei@bücher.example", Idn::Punycode).unwrap();
        assert_eq!(sent.as_str(), "li.wei@xn--bcher-kva.example");
    }
}
