//! The one place that sends requests: token, pace, send, status, and once more where that is right.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use reqwest::header::HeaderMap;
use reqwest::{Response, StatusCode, redirect};
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;

use crate::ask::Ask;
use crate::config::{Config, ConfigError};
use crate::error::{CallError, Error};
use crate::failure::{Cure, Failure, lacks_scope};
use crate::gate::Urgency;
use crate::pace::{Pace, Place, RateHeaders};
use crate::reply::{self, Misread, Reply};
use crate::retry::{LONGEST_WAIT, Retry, Tries};
use crate::skew::Skew;
use crate::token::{self, Token, TokenCell};
use crate::usage::Counted;
use crate::wire;

/// How many tokens the bucket has left.
const REMAINING: &str = "x-ratelimit-remaining";

/// Twenty times the largest bucket that Auth0 publishes. A header that names a larger one is garbage.
const LARGEST_BUCKET: u32 = 100_000;

/// Everything needed to send. A clone shares all of it, and may count for itself or go before others.
#[derive(Clone)]
pub(crate) struct Http {
    pub(crate) config: Arc<Config>,
    pub(crate) pace: Arc<Pace>,
    pub(crate) usage: Arc<Counted>,
    pub(crate) skew: Arc<Skew>,
    pub(crate) urgency: Urgency,
    client: reqwest::Client,
    token: Arc<TokenCell>,
    retry: Retry,
}

/// A call that was not answered with success, however often it was sent.
pub(crate) struct GaveUp {
    pub(crate) failure: Failure,
    attempts: u32,
}

/// Whether a call may be sent now.
pub(crate) type Still<'a> = &'a (dyn Fn() -> bool + Sync);

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
            pace: Arc::new(Pace::new(config.rate_plan, config.share, config.max_in_flight)),
            usage: Arc::default(),
            skew: Arc::default(),
            urgency: Urgency::default(),
            token: Arc::default(),
            retry: Retry { max: config.max_retries, backoff: config.retry_backoff },
            config: Arc::new(config),
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
        parse: impl Fn(&Reply) -> Result<T, Misread>,
    ) -> Result<T, GaveUp> {
        let sent = self.send_while(ask, &|| true, parse).await?;
        Ok(sent.expect("nothing withholds it"))
    }

    /// The same for what may be sent only as long as `still` says so: it is asked right before each attempt,
    /// after all waiting. None where nothing was sent; what an earlier attempt failed with is told instead.
    pub(crate) async fn send_while<T>(
        &self,
        ask: &Ask,
        still: Still<'_>,
        parse: impl Fn(&Reply) -> Result<T, Misread>,
    ) -> Result<Option<T>, GaveUp> {
        let mut tries = Tries::default();
        let mut before = None;
        loop {
            tries.attempts += 1;
            let failure = match self.attempt(ask, still, &parse, &mut tries).await {
                Ok(Some(answer)) => return Ok(Some(answer)),
                Ok(None) => {
                    let attempts = tries.attempts - 1;
                    return before.map_or(Ok(None), |failure| Err(GaveUp { failure, attempts }));
                }
                Err(failure) => failure,
            };
            match failure.cure(ask.repeat) {
                Cure::Slower if self.retry.bears(tries) => tokio::time::sleep(tries.own_wait).await,
                Cure::FreshToken if ask.needs_token() && !tries.renewed => tries.renewed = true,
                Cure::Wait => {
                    tries.failed += 1;
                    if !self.retry.allows(tries) {
                        return Err(GaveUp { failure, attempts: tries.attempts });
                    }
                    tracing::debug!(call = %ask.name(), attempt = tries.attempts, "attempt failed and is repeated");
                    tokio::time::sleep(self.retry.wait(tries.failed)).await;
                    before = Some(failure);
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
            let sent = self.send(&ask, token::read).await;
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
        still: Still<'_>,
        parse: &impl Fn(&Reply) -> Result<T, Misread>,
        tries: &mut Tries,
    ) -> Result<Option<T>, Failure> {
        let token =
            if ask.needs_token() { Some(self.token().await.map_err(Failure::NoToken)?) } else { None };
        let waiting = tokio::time::Instant::now();
        let place = match ask.lane {
            Some(lane) => Some(self.pace.ready(lane, self.urgency).await),
            None => None,
        };
        self.usage.waited(waiting.elapsed());
        if !still() {
            return Ok(None);
        }
        self.usage.sent(ask.group());
        let sent = tokio::time::Instant::now();
        let answer = self.answer(ask, token, place, parse, tries).await;
        self.usage.ended(sent.elapsed(), answer.as_ref().is_err_and(Failure::is_trouble));
        answer.map(Some)
    }

    /// Sends once, and reads what comes back.
    async fn answer<T>(
        &self,
        ask: &Ask,
        token: Option<Arc<Token>>,
        place: Option<Place<'_>>,
        parse: &impl Fn(&Reply) -> Result<T, Misread>,
        tries: &mut Tries,
    ) -> Result<T, Failure> {
        let response = self.exchange(ask, token.as_deref()).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        self.skew.heard(&headers, Utc::now());
        let elsewhere = reply::elsewhere(&response);
        let body =
            if status.is_success() { reply::whole(response).await? } else { reply::start(response).await };
        if status == StatusCode::TOO_MANY_REQUESTS {
            self.usage.refused(ask.group());
            self.slow_down(ask, place, retry_after(&headers), tries);
        } else if let Some(place) = place.filter(|_| status.is_success() || headers.contains_key(REMAINING)) {
            // A failure without headers is a proxy's or a fault, and tells nothing about the bucket.
            place.answered(rate_headers(&headers));
        }
        if status.is_success() {
            let reply = Reply::new(status, &headers, body);
            return parse(&reply).map_err(|it| reply.garbled(it));
        }
        if let Some(to) = elsewhere {
            return Err(Failure::Redirected { status: status.as_u16(), to });
        }
        let secrets = token.as_ref().map(|it| it.secret.expose_secret());
        let hidden =
            ask.private().into_iter().chain(secrets).chain([self.config.client_secret.expose_secret()]);
        let refusal = wire::refusal(status, &body, &hidden.collect::<Vec<_>>());
        if let Some(token) = token.filter(|_| status == StatusCode::UNAUTHORIZED || lacks_scope(&refusal)) {
            // A scope that was granted meanwhile is in the next token only.
            self.token.forget(&token).await;
        }
        Err(Failure::Refused(refusal))
    }

    /// After a 429 the lane waits, with all its calls; what has no lane waits by itself.
    fn slow_down(&self, ask: &Ask, place: Option<Place<'_>>, asked: Option<Duration>, tries: &mut Tries) {
        tries.refused += 1;
        let wait = if let Some(place) = place {
            place.refused(tries.refused, asked)
        } else {
            tries.own_wait = asked.unwrap_or_else(|| self.retry.wait(tries.refused));
            tries.own_wait
        };
        let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        tracing::warn!(call = %ask.name(), wait_ms, "rate limit reached; the calls of this kind wait");
    }

    /// One request, and the head of its answer, whatever it says.
    async fn exchange(&self, ask: &Ask, token: Option<&Token>) -> Result<Response, Failure> {
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
        request.send().await.map_err(unanswered)
    }
}

fn unanswered(error: reqwest::Error) -> Failure {
    if error.is_connect() || error.is_builder() { Failure::NotSent(error) } else { Failure::NoAnswer(error) }
}

fn rate_headers(headers: &HeaderMap) -> RateHeaders {
    let number = |name| headers.get(name)?.to_str().ok()?.trim().parse().ok();
    let size = number("x-ratelimit-limit").filter(|it| (1..=LARGEST_BUCKET).contains(it));
    RateHeaders { limit: size, remaining: number(REMAINING) }
}

/// Seconds; the other form, a date, is nothing that Auth0 was seen to send.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
}
