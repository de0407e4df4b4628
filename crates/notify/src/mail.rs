//! Sends notices as mails.

use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Mailboxes, header};
use lettre::transport::smtp;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use secrecy::{ExposeSecret as _, SecretString};

use crate::address::is_loopback_host;
use crate::errand::Errand;
use crate::failure::{self, Failure};
use crate::message::Message;

/// How mails are sent. `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct MailConfig {
    /// The mail server's name.
    pub server: String,
    /// Its port. 465 is usual with [`Security::Tls`], 587 with [`Security::StartTls`].
    pub port: u16,
    /// How the connection is encrypted.
    pub security: Security,
    /// Who we are there; none where the server asks nobody.
    pub login: Option<Login>,
    /// Who the mail is from: `Rollcall <rollcall@example.com>`.
    pub from: String,
    /// Who gets it. Each gets a mail of their own, so that one address that is gone keeps it from nobody.
    pub to: Vec<String>,
}

/// How the connection to a mail server is encrypted. It is never left to the server whether it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// From its first byte on.
    Tls,
    /// From its second word on; a server that does not offer it gets nothing.
    StartTls,
    /// Not at all; for servers on this machine.
    Plain,
}

/// A user of a mail server.
#[derive(Clone, Debug)]
pub struct Login {
    /// The user's name.
    pub user: String,
    /// And password.
    pub password: SecretString,
}

/// Why no mail can be sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// It would go unencrypted over a network.
    #[error("mail would go unencrypted to {0}; that is for loopback addresses alone, so use TLS or STARTTLS")]
    Plain(String),
    /// Who it is from, or who gets it.
    #[error("{0:?} is no mailbox; write it as `Rollcall <rollcall@example.com>`")]
    Mailbox(String),
    /// Nobody would get it.
    #[error("nobody is to get the mail")]
    NoRecipient,
    /// The machine has no certificates, or none that can be read.
    #[error("an encrypted connection cannot be prepared")]
    Tls(#[source] smtp::Error),
}

/// A mail server, and whom it writes to.
#[derive(Clone)]
pub(crate) struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Vec<Mailbox>,
}

impl MailConfig {
    /// Whether mail can be sent so, as far as that can be told without the mail server.
    ///
    /// # Errors
    /// A mailbox is none, nobody is to get it, or it would go unencrypted to another machine.
    pub fn check(&self) -> Result<(), MailError> {
        self.mailboxes().map(drop)
    }

    fn mailboxes(&self) -> Result<(Mailbox, Vec<Mailbox>), MailError> {
        let Self { server, security, from, to, .. } = self;
        let from = mailbox(from)?;
        let to = to.iter().map(|it| mailbox(it)).collect::<Result<Vec<_>, _>>()?;
        if to.is_empty() {
            return Err(MailError::NoRecipient);
        }
        if *security == Security::Plain && !is_loopback_host(server) {
            return Err(MailError::Plain(server.clone()));
        }
        Ok((from, to))
    }
}

impl Mail {
    pub(crate) fn new(config: &MailConfig) -> Result<Self, MailError> {
        let (from, to) = config.mailboxes()?;
        let MailConfig { server, port, security, login, .. } = config;
        // Fails only where one is installed already, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let certificates = || TlsParameters::new(server.clone()).map_err(MailError::Tls);
        let tls = match security {
            Security::Tls => Tls::Wrapper(certificates()?),
            Security::StartTls => Tls::Required(certificates()?),
            Security::Plain => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server)
            .port(*port)
            .tls(tls)
            // The worker ends an attempt that takes too long.
            .timeout(None)
            // Relays know the domain that mails are from; a container's host name tells them nothing.
            .hello_name(ClientId::Domain(from.email.domain().to_owned()));
        if let Some(Login { user, password }) = login {
            builder =
                builder.credentials(Credentials::new(user.clone(), password.expose_secret().to_owned()));
        }
        Ok(Self { transport: builder.build(), from, to })
    }

    /// Sends to each recipient who has not got it yet. Done when all are settled, and somebody has it.
    pub(crate) async fn send(&self, message: &Message, errand: &mut Errand) -> Result<(), Failure> {
        let mail = self.mail(message, &errand.id)?;
        let mut passing = None;
        for (at, to) in self.to.iter().enumerate() {
            if errand.reached.contains(&at) || errand.refused.contains_key(&at) {
                continue;
            }
            match self.send_one(to, &mail).await {
                Ok(()) => {
                    errand.reached.insert(at);
                }
                Err(failure) if !is_about_one(&failure) => return Err(failure),
                Err(failure) if failure.may_pass() => passing = Some(failure),
                Err(failure) => {
                    errand.refused.insert(at, failure);
                }
            }
        }
        if let Some(failure) = passing {
            return Err(failure);
        }
        if errand.reached.is_empty()
            && let Some((_, failure)) = errand.refused.pop_first()
        {
            return Err(failure);
        }
        Ok(())
    }

    async fn send_one(&self, to: &Mailbox, mail: &[u8]) -> Result<(), Failure> {
        let envelope = Envelope::new(Some(self.from.email.clone()), vec![to.email.clone()])
            .map_err(|it| Failure::Impossible(it.to_string()))?;
        self.transport.send_raw(&envelope, mail).await.map(|_| ()).map_err(|it| not_sent(&it))
    }

    fn mail(&self, message: &Message, id: &str) -> Result<Vec<u8>, Failure> {
        let to: Mailboxes = self.to.iter().cloned().collect();
        let mut mail = lettre::Message::builder()
            .from(self.from.clone())
            .mailbox(header::To::from(to))
            .subject(message.mail_subject())
            .date(message.at().into())
            .message_id(Some(format!("<{id}@{}>", self.from.email.domain())))
            .header(ContentType::TEXT_PLAIN)
            .body(message.mail_body())
            .map_err(|it| Failure::Impossible(it.to_string()))?;
        // Nobody's "I am on holiday" comes back.
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        mail.headers_mut().insert_raw(HeaderValue::new(automatic, "auto-generated".into()));
        Ok(mail.formatted())
    }
}

fn mailbox(text: &str) -> Result<Mailbox, MailError> {
    text.parse().map_err(|_| MailError::Mailbox(text.to_owned()))
}

/// Whether it concerns this recipient, and the next may get the mail all the same.
fn is_about_one(failure: &Failure) -> bool {
    match failure {
        // 421: it closes; 530 and on: it does not know us, and asking again locks some accounts.
        Failure::Mail { code } => !matches!(code, 421 | 530 | 534 | 535 | 538),
        // An address in letters that the server does not take.
        Failure::Impossible(_) => true,
        Failure::NotConnected(_) | Failure::NoAnswer(_) | Failure::TooSlow(_) | Failure::Refused { .. } => {
            false
        }
    }
}

fn not_sent(error: &smtp::Error) -> Failure {
    if let Some(code) = error.status() {
        return Failure::Mail { code: code.into() };
    }
    if error.is_client() {
        return Failure::Impossible(failure::cause(error));
    }
    if error.is_response() {
        return Failure::NoAnswer("the mail server's answer makes no sense".into());
    }
    // The kind is private to the library; its words are not.
    if error.is_tls() || error.to_string().starts_with("Connection error") {
        return Failure::NotConnected(failure::cause(error));
    }
    Failure::NoAnswer(failure::cause(error))
}
