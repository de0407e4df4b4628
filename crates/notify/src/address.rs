//! Where webhooks go: https, or this machine.

use secrecy::{ExposeSecret as _, SecretString};
use url::{Host, Url};

/// The address of a webhook. It is a secret: who knows it can write to the channel. Never printed.
#[derive(Clone)]
pub(crate) struct Address {
    url: SecretString,
    loopback: bool,
    encrypted: bool,
}

/// Why a text is no address of a webhook. It does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not a URL, or one without a host.
    #[error("the address of the webhook is no URL")]
    Malformed,
    /// Plain http to a host that is not this machine.
    #[error(
        "the webhook would be reached unencrypted; plain http is for loopback addresses alone, so use https"
    )]
    PlainHttp,
    /// Neither https nor http.
    #[error("the address of the webhook is neither https nor http")]
    Scheme,
}

impl Address {
    pub(crate) fn parse(text: &SecretString) -> Result<Self, AddressError> {
        let url = Url::parse(text.expose_secret().trim()).map_err(|_| AddressError::Malformed)?;
        let loopback = is_loopback(url.host().ok_or(AddressError::Malformed)?);
        let encrypted = match url.scheme() {
            "https" => true,
            "http" if loopback => false,
            "http" => return Err(AddressError::PlainHttp),
            _ => return Err(AddressError::Scheme),
        };
        Ok(Self { url: SecretString::from(String::from(url)), loopback, encrypted })
    }

    pub(crate) fn expose(&self) -> &str {
        self.url.expose_secret()
    }

    pub(crate) fn is_loopback(&self) -> bool {
        self.loopback
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        self.encrypted
    }
}

/// Whether a host, as it is written for a mail server, is this machine.
pub(crate) fn is_loopback_host(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.parse()
        .map_or_else(|_| Host::parse(host).is_ok_and(is_loopback), |it: std::net::IpAddr| it.is_loopback())
}

fn is_loopback<T: AsRef<str>>(host: Host<T>) -> bool {
    match host {
        Host::Domain(name) => name.as_ref() == "localhost",
        Host::Ipv4(it) => it.is_loopback(),
        Host::Ipv6(it) => it.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Address, AddressError> {
        Address::parse(&text.into())
    }

    #[test]
    fn plain_http_is_for_loopback_alone() {
        for url in
            ["http://127.0.0.1:9/x", "http://localhost/x", "http://[::1]:9/x", "https://hooks.example.com/x"]
        {
            assert!(parse(url).is_ok(), "{url}");
        }
        for url in
            ["http://hooks.example.com/x", "http://127.0.0.1.example.com/", "http://localhost.example.com/"]
        {
            assert_eq!(parse(url).err(), Some(AddressError::PlainHttp), "{url}");
        }
        assert_eq!(parse("ftp://example.com/").err(), Some(AddressError::Scheme));
        assert_eq!(parse("hooks.example.com/x").err(), Some(AddressError::Malformed));
        assert_eq!(parse("").err(), Some(AddressError::Malformed));
    }

    #[test]
    fn a_mail_server_on_this_machine_is_known() {
        for host in ["localhost", "127.0.0.1", "127.8.0.1", "::1", "[::1]"] {
            assert!(is_loopback_host(host), "{host}");
        }
        for host in ["mail.example.com", "127.0.0.1.example.com", "10.0.0.1", ""] {
            assert!(!is_loopback_host(host), "{host}");
        }
    }
}
