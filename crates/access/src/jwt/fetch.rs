//! Asking the tenant for its keys.

use std::time::Duration;

use reqwest::{Response, redirect};
use url::Url;

use crate::jwt::config::{ConfigError, is_loopback};
use crate::jwt::error::FetchError;
use crate::jwt::key::KeySet;

/// The longest answer that is read, unpacked. A tenant has two or three keys of 3 KB with their certificates.
pub(crate) const LONGEST: usize = 256 * 1024;

/// Where the keys are.
pub(crate) struct Source {
    client: reqwest::Client,
    url: Url,
}

impl Source {
    pub(crate) fn new(url: Url, timeout: Duration) -> Result<Self, ConfigError> {
        // Fails only where one is installed already, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("rollcall/", env!("CARGO_PKG_VERSION")))
            .timeout(timeout)
            .gzip(true)
            // Whoever is redirected to would say which keys are the tenant's.
            .redirect(redirect::Policy::none())
            .https_only(url.scheme() == "https");
        if is_loopback(&url) {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|it| ConfigError::Http(it.without_url()))?;
        Ok(Self { client, url })
    }

    /// Asks once.
    pub(crate) async fn fetch(&self) -> Result<KeySet, FetchError> {
        let response = self.client.get(self.url.clone()).send().await.map_err(unanswered)?;
        let status = response.status();
        if !status.is_success() {
            return Err(FetchError::Status(status.as_u16()));
        }
        KeySet::read(&whole(response).await?)
    }
}

async fn whole(mut response: Response) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unanswered)? {
        if body.len() + chunk.len() > LONGEST {
            return Err(FetchError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn unanswered(error: reqwest::Error) -> FetchError {
    FetchError::Unanswered(error.without_url())
}
