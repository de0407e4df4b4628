//! The formats that texts may have to have.

#[derive(Debug, Clone, Copy)]
pub(crate) enum Format {
    Email,
    StrictUri,
    Phone,
    NoWhitespace,
    ConnectionId,
}

impl Format {
    pub(super) fn failure(self, text: &str) -> Option<String> {
        let fits = match self {
            Self::Email => is_email(text),
            Self::StrictUri => is_strict_uri(text),
            Self::Phone => is_phone(text),
            Self::NoWhitespace => !text.contains(char::is_whitespace),
            Self::ConnectionId => is_connection_id(text),
        };
        if fits {
            return None;
        }
        Some(match self {
            Self::Email => format!("Object didn't pass validation for format email: {text}"),
            Self::StrictUri => format!("Object didn't pass validation for format strict-uri: {text}"),
            Self::Phone => format!("String does not match pattern ^\\+[0-9]{{1,15}}$: {text}"),
            Self::NoWhitespace => format!("String does not match pattern ^\\S*$: {text}"),
            Self::ConnectionId => format!("String does not match pattern ^con_[A-Za-z0-9]{{16}}$: {text}"),
        })
    }
}

/// An address as Auth0 takes it: ASCII, a local part of at most 64, a domain with a dot, 254 in all.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let atom = |it: char| it.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~-".contains(it);
    let local_is_fine = !local.is_empty()
        && local.len() <= 64
        && local.split('.').all(|part| !part.is_empty() && part.chars().all(atom));
    let label = |it: &str| {
        !it.is_empty()
            && it.len() <= 63
            && !it.starts_with('-')
            && !it.ends_with('-')
            && it.chars().all(|it| it.is_ascii_alphanumeric() || it == '-')
    };
    local_is_fine && text.len() <= 254 && domain.contains('.') && domain.split('.').all(label)
}

fn is_strict_uri(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|it| it.has_host())
}

fn is_phone(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (1..=15).contains(&digits.len()) && digits.bytes().all(|it| it.is_ascii_digit())
}

fn is_connection_id(text: &str) -> bool {
    let rest = text.strip_prefix("con_").unwrap_or_default();
    rest.len() == 16 && rest.bytes().all(|it| it.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        assert!(is_email("ada.lovelace+x@example.co.uk"));
        for bad in
            ["ada", "ada@", "@example.com", "a b@example.com", "ada@example", "ada@exa_mple.com", "a..b@x.de"]
        {
            assert!(!is_email(bad), "{bad}");
        }
        assert!(!is_email("jörg@example.com"));
    }
}
