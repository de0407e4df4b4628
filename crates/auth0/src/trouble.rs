//! Why nobody answered, as far as it can be told apart.

use std::error::Error as StdError;
use std::io;

use rustls::CertificateError;

use crate::error::Error;

/// What stands between us and an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The domain's name leads nowhere.
    NoSuchName,
    /// The name leads to a machine where nobody listens.
    NobodyListens,
    /// No answer within the time that a request may take.
    TooSlow,
    /// Who answers cannot show that it is the domain.
    Certificate(CertificateTrouble),
    /// Who answers does not speak https as we do; in the words of the library.
    NoTls(String),
}

/// What is wrong with a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CertificateTrouble {
    /// Its time is over.
    Expired,
    /// Its time has not come: our clock may be behind.
    NotYetValid,
    /// It is another name's.
    OtherName,
    /// Nobody whom this machine trusts has signed it: a proxy that looks into https, or a forgery.
    UnknownIssuer,
    /// Anything else, in the words of the library.
    Other(String),
}

impl Error {
    /// Why nobody answered. None where somebody did, or where it is not known why not.
    pub fn trouble(&self) -> Option<Trouble> {
        let Self::Unreachable { source, .. } = self else { return None };
        let mut at: Option<&(dyn StdError + 'static)> = Some(source);
        let mut found = source.is_timeout().then_some(Trouble::TooSlow);
        while let Some(cause) = at {
            found = of_one(cause).or(found);
            at = cause.source();
        }
        found
    }
}

fn of_one(cause: &(dyn StdError + 'static)) -> Option<Trouble> {
    if let Some(error) = cause.downcast_ref::<rustls::Error>() {
        return Some(of_tls(error));
    }
    if let Some(error) = cause.downcast_ref::<io::Error>() {
        // What such an error wraps is not among its sources, and may be another one of its kind.
        let refused = error.kind() == io::ErrorKind::ConnectionRefused;
        let wrapped = error.get_ref().and_then(|it| of_one(it));
        return wrapped.or(refused.then_some(Trouble::NobodyListens));
    }
    // The type is private to the library; its words are not.
    (cause.to_string() == "dns error").then_some(Trouble::NoSuchName)
}

fn of_tls(error: &rustls::Error) -> Trouble {
    let rustls::Error::InvalidCertificate(why) = error else { return Trouble::NoTls(error.to_string()) };
    let why = if matches!(why, CertificateError::Expired | CertificateError::ExpiredContext { .. }) {
        CertificateTrouble::Expired
    } else if matches!(why, CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. }) {
        CertificateTrouble::NotYetValid
    } else if matches!(
        why,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }
    ) {
        CertificateTrouble::OtherName
    } else if *why == CertificateError::UnknownIssuer {
        CertificateTrouble::UnknownIssuer
    } else {
        CertificateTrouble::Other(error.to_string())
    };
    Trouble::Certificate(why)
}
