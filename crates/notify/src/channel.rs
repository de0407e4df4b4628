//! The channels that notices go out by.

use std::fmt;

use secrecy::SecretString;

use crate::address::{Address, AddressError};
use crate::errand::Errand;
use crate::failure::Failure;
use crate::http::{Form, Http};
use crate::mail::{Mail, MailConfig, MailError};
use crate::message::Message;

/// Where notices go, by its name in the configuration. `Debug` shows the name alone: the address of a webhook
/// is a secret. Clones are channels of one name, so a notifier has one of them.
#[derive(Clone)]
pub struct Channel {
    pub(crate) name: String,
    pub(crate) sender: Sender,
}

/// How it goes there.
#[derive(Clone)]
pub(crate) enum Sender {
    Http(Http),
    Mail(Box<Mail>),
}

/// Why a channel cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ChannelError {
    /// Its address.
    #[error("the channel {channel} cannot be used")]
    Address {
        /// Which one.
        channel: String,
        /// Why.
        #[source]
        source: AddressError,
    },
    /// Its mail server or its mailboxes.
    #[error("the channel {channel} cannot be used")]
    Mail {
        /// Which one.
        channel: String,
        /// Why.
        #[source]
        source: MailError,
    },
    /// The machine has no certificates, or none that can be read.
    #[error("the channel {channel} cannot be used: an encrypted connection cannot be prepared")]
    Tls {
        /// Which one.
        channel: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
}

impl Channel {
    /// An incoming webhook of Slack, or of what takes the same: Mattermost, Rocket.Chat, Discord's `/slack`.
    ///
    /// # Errors
    /// The address is neither https nor on this machine.
    pub fn slack(name: &str, url: &SecretString) -> Result<Self, ChannelError> {
        Self::http(name, url, Form::Slack)
    }

    /// A webhook that takes our JSON, unsigned.
    ///
    /// # Errors
    /// The address is neither https nor on this machine.
    pub fn webhook(name: &str, url: &SecretString) -> Result<Self, ChannelError> {
        Self::http(name, url, Form::Json)
    }

    /// The same, each request signed under the secret.
    ///
    /// # Errors
    /// The address is neither https nor on this machine.
    pub fn signed_webhook(
        name: &str,
        url: &SecretString,
        secret: SecretString,
    ) -> Result<Self, ChannelError> {
        Self::http(name, url, Form::SignedJson(secret))
    }

    /// Mail, in plain text.
    ///
    /// # Errors
    /// A mailbox is none, nobody is to get it, or it would go unencrypted to another machine.
    pub fn mail(name: &str, config: &MailConfig) -> Result<Self, ChannelError> {
        let mail =
            Mail::new(config).map_err(|source| ChannelError::Mail { channel: name.to_owned(), source })?;
        Ok(Self { name: name.to_owned(), sender: Sender::Mail(Box::new(mail)) })
    }

    /// As the configuration calls it, and logs and numbers do.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn http(name: &str, url: &SecretString, form: Form) -> Result<Self, ChannelError> {
        let channel = || name.to_owned();
        let address =
            Address::parse(url).map_err(|source| ChannelError::Address { channel: channel(), source })?;
        let http =
            Http::new(address, form).map_err(|source| ChannelError::Tls { channel: channel(), source })?;
        Ok(Self { name: channel(), sender: Sender::Http(http) })
    }
}

impl Sender {
    /// Sends to all that have not got it yet.
    pub(crate) async fn send(&self, message: &Message, errand: &mut Errand) -> Result<(), Failure> {
        match self {
            Self::Http(it) => it.send(message).await,
            Self::Mail(it) => it.send(message, errand).await,
        }
    }
}

impl fmt::Debug for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Channel").field("name", &self.name).finish_non_exhaustive()
    }
}
