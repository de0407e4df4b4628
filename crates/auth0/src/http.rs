//! The one place that sends requests: token, pace, send, status, and once more where that is right.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{StatusCode, redirect};
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;

use crate::ask::Ask;
use crate::config::{Config, ConfigError};
use crate::error::{CallError, Error};
use crate::failure::{Cure, Failure, lacks_scope};
use crate::pace::{Pace, RateHeaders};
use crate::retry::{LONGEST_WAIT, Retry, Tries};
use crate::token::{self, Token, TokenCell};
use crate::usage::Counted;
use crate::wire;

/// What Auth0 may call its request id, the most telling first (FACTS §11).
const REQUEST_IDS: [&str; 3] = ["x-auth0-requestid", "ot-baggage-auth0-request-id", "cf-ray"];

/// How many tokens the bucket has left.
const REMAINING: &str = "x-ratelimit-remaining";

/// Everything needed to send.
pub(crate) struct Http {
    pub(crate) config: Config,
    pub(crate) pace: Pace,
    pub(crate) usage: Counted,
    client: reqwest::Client,
    token: TokenCell,
    retry: Retry,
}

/// An answer that says success.
pub(crate) struct Reply {
    pub(crate) body: Vec<u8>,
    pub(crate) request_id: Option<String>,
}

/// A call that was not answered with success, however often it was sent.
pub(crate) struct GaveUp {
    pub(crate) failure: Failure,
    attempts: u32,
}

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl Http {
    pub(crate) fn new(config: Config) -> Result<Self, ConfigError> {
        config.check()?;
        // Fails only where one is installed already, which then serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("rollcall/", env!("CARGO_PKG_VERSION")))
            .timeout(config.request_timeout)
            .gzip(true)
            // The API never redirects; whoever does shall not get the token.
            .redirect(redirect::Policy::none())
            .https_only(!config.domain.base().starts_with("http://"));
        if config.domain.is_loopback() {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|it| ConfigError::Http(it.without_url()))?;
        Ok(Self {
            client,
            pace: Pace::new(config.rate_plan, config.share, config.max_in_flight),
            usage: Counted::default(),
            token: TokenCell::default(),
            retry: Retry { max: config.max_retries, backoff: config.retry_backoff },
            config,
        })
    }

    /// Reads something; asked again until an answer makes sense or patience ends.
    pub(crate) async fn read<T: DeserializeOwned>(&self, ask: &Ask) -> Result<T, Error> {
        self.send(ask, Reply::json).await.map_err(|it| self.error(ask, it))
    }

    /// Sends until there is an answer that `parse` understands, or no sense in trying again.
    pub(crate) async fn send<T>(
        &self,
        ask: &Ask,
        parse: impl Fn(&Reply) -> serde_json::Result<T>,
    ) -> Result<T, GaveUp> {
        let mut tries = Tries::default();
        loop {
            tries.attempts += 1;
            let failure = match self.attempt(ask, &parse, &mut tries).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            match failure.cure(ask.repeat) {
                Cure::Slower if self.retry.bears(tries) => self.out_of_lane(ask, &failure, tries).await,
                Cure::FreshToken if ask.needs_token() && !tries.renewed => tries.renewed = true,
                Cure::Wait => {
                    tries.failed += 1;
                    if !self.retry.allows(tries) {
                        return Err(GaveUp { failure, attempts: tries.attempts });
                    }
                    tracing::debug!(call = %ask.name(), attempt = tries.attempts, "attempt failed and is repeated");
                    tokio::time::sleep(self.retry.wait(tries.failed)).await;
                }
                Cure::Slower | Cure::FreshToken | Cure::None => {
                    return Err(GaveUp { failure, attempts: tries.attempts });
                }
            }
        }
    }

    /// The error that a reader gets.
    pub(crate) fn error(&self, ask: &Ask, gave_up: GaveUp) -> Error {
        gave_up.failure.into_error(ask.name(), &self.config.domain.to_string(), gave_up.attempts)
    }

    /// The error that a run gets.
    pub(crate) fn call_error(&self, ask: &Ask, gave_up: GaveUp) -> CallError {
        let domain = self.config.domain.to_string();
        gave_up.failure.into_call_error(ask.name(), &domain, gave_up.attempts, ask.repeat)
    }

    /// The token that calls are made with. Boxed, because fetching it is sending as well.
    pub(crate) fn token(&self) -> Boxed<'_, Result<Arc<Token>, Error>> {
        Box::pin(self.token.get(async || {
            let ask = token::ask(&self.config);
            let sent = self.send(&ask, Reply::json::<wire::Token>).await;
            let fetched = sent.map_err(|it| match it.failure.refusal() {
                Some(refusal) if refusal.status < 500 && refusal.status != 429 => {
                    token::refused(refusal.clone())
                }
                Some(_) | None => self.error(&ask, it),
            });
            Ok(Token::new(fetched?, self.config.token_refresh_buffer))
        }))
    }

    async fn attempt<T>(
        &self,
        ask: &Ask,
        parse: &impl Fn(&Reply) -> serde_json::Result<T>,
        tries: &mut Tries,
    ) -> Result<T, Failure> {
        let token =
            if ask.needs_token() { Some(self.token().await.map_err(Failure::NoToken)?) } else { None };
        let waiting = tokio::time::Instant::now();
        let place = match ask.lane {
            Some(lane) => Some(self.pace.ready(lane).await),
            None => None,
        };
        self.usage.waited(waiting.elapsed());
        self.usage.sent(ask.group());
        let (status, headers, body) = self.exchange(ask, token.as_deref()).await?;
        if status == StatusCode::TOO_MANY_REQUESTS {
            tries.refused += 1;
            self.usage.refused(ask.group());
            tracing::warn!(call = %ask.name(), "rate limit reached; the calls of this kind wait");
            if let Some(place) = place {
                place.refused(tries.refused, retry_after(&headers));
            }
        } else if let Some(place) = place.filter(|_| status.is_success() || headers.contains_key(REMAINING)) {
            // A failure without headers is a proxy's or a fault, and tells nothing about the bucket.
            place.answered(rate_headers(&headers));
        }
        if status.is_success() {
            let reply = Reply { request_id: request_id(&headers), body };
            return parse(&reply).map_err(|it| Failure::Garbled { place: wire::place(&it) });
        }
        let refusal = wire::refusal(status, &body);
        if let Some(token) = token.filter(|_| status == StatusCode::UNAUTHORIZED || lacks_scope(&refusal)) {
            // A scope that was granted meanwhile is in the next token only.
            self.token.forget(&token).await;
        }
        Err(Failure::Refused { refusal, retry_after: retry_after(&headers) })
    }

    /// The lane itself waits after a 429, for all its calls; what has no lane waits here.
    async fn out_of_lane(&self, ask: &Ask, failure: &Failure, tries: Tries) {
        let asked = match failure {
            Failure::Refused { retry_after, .. } => *retry_after,
            Failure::NotSent(_) | Failure::NoAnswer(_) | Failure::Garbled { .. } | Failure::NoToken(_) => {
                None
            }
        };
        if ask.lane.is_none() {
            tokio::time::sleep(asked.unwrap_or_else(|| self.retry.wait(tries.refused))).await;
        }
    }

    /// One request and the whole of its answer, whatever it says.
    async fn exchange(
        &self,
        ask: &Ask,
        token: Option<&Token>,
    ) -> Result<(StatusCode, HeaderMap, Vec<u8>), Failure> {
        let url = format!("{}{}", self.config.domain.base(), ask.path);
        let mut request = self.client.request(ask.method.clone(), url);
        if !ask.query.is_empty() {
            request = request.query(&ask.query);
        }
        if let Some(body) = &ask.body {
            request = request.json(body);
        }
        if let Some(token) = token {
            request = request.bearer_auth(token.secret.expose_secret());
        }
        if let Some(id) = &ask.correlation_id {
            request = request.header("X-Correlation-ID", id);
        }
        let response = request.send().await.map_err(unanswered)?;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = response.bytes().await.map_err(unanswered)?;
        Ok((status, headers, body.into()))
    }
}

impl Reply {
    /// The body as JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_slice(&self.body)
    }
}

fn unanswered(error: reqwest::Error) -> Failure {
    if error.is_connect() || error.is_builder() { Failure::NotSent(error) } else { Failure::NoAnswer(error) }
}

fn rate_headers(headers: &HeaderMap) -> RateHeaders {
    let number = |name| headers.get(name)?.to_str().ok()?.trim().parse().ok();
    RateHeaders { limit: number("x-ratelimit-limit"), remaining: number(REMAINING) }
}

/// Seconds; the other form, a date, is nothing that Auth0 was seen to send.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    let found = REQUEST_IDS.iter().find_map(|it| headers.get(*it))?;
    found.to_str().ok().map(str::to_owned)
}
