//! What a token says, once it is known who signed it.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

use crate::jwt::config::Config;
use crate::jwt::error::Error;

/// The claims of a token whose signature was checked.
pub(crate) struct Claims(Map<String, Value>);

impl Claims {
    pub(crate) fn read(json: &[u8]) -> Result<Self, Error> {
        serde_json::from_slice(json).map(Self).map_err(|_| Error::Malformed("its claims are no claims"))
    }

    /// Whether the token is from this tenant, for us, and for now.
    pub(crate) fn check(&self, config: &Config, now: DateTime<Utc>) -> Result<(), Error> {
        let issuer = self.text("iss").ok_or(Error::Malformed("it has no `iss`, or one that is no text"))?;
        // Exactly: another tenant's name may begin with ours.
        if issuer != config.issuer {
            return Err(Error::WrongIssuer);
        }
        if !self.is_for(&config.audience)? {
            return Err(Error::WrongAudience);
        }
        let leeway = i64::try_from(config.leeway.as_secs()).expect("a leeway is a few minutes");
        self.check_times(now, leeway)
    }

    /// In seconds, which is what a token counts in.
    fn check_times(&self, now: DateTime<Utc>, leeway: i64) -> Result<(), Error> {
        let expires = self.moment("exp", "its `exp` is no time")?;
        let expires = expires.ok_or(Error::Malformed("it has no `exp`"))?;
        // From that second on it is not to be accepted (RFC 7519, 4.1.4).
        if now.timestamp() >= expires.timestamp() + leeway {
            return Err(Error::Expired { at: expires });
        }
        for (name, wrong) in [("nbf", "its `nbf` is no time"), ("iat", "its `iat` is no time")] {
            match self.moment(name, wrong)? {
                Some(at) if at.timestamp() > now.timestamp() + leeway => {
                    return Err(Error::NotYetValid { at });
                }
                Some(_) | None => {}
            }
        }
        Ok(())
    }

    fn is_for(&self, audience: &str) -> Result<bool, Error> {
        match self.get("aud") {
            Some(Value::String(one)) => Ok(one == audience),
            Some(Value::Array(many)) if many.iter().all(Value::is_string) => {
                Ok(many.iter().any(|it| it.as_str() == Some(audience)))
            }
            Some(_) | None => {
                Err(Error::Malformed("it has no `aud`, or one that is no text and no list of texts"))
            }
        }
    }

    /// A number of seconds that a calendar has.
    fn moment(&self, name: &str, wrong: &'static str) -> Result<Option<DateTime<Utc>>, Error> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let at = value.as_i64().and_then(|it| DateTime::from_timestamp(it, 0));
        at.map(Some).ok_or(Error::Malformed(wrong))
    }

    /// A claim that is a text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Value::as_str)
    }

    /// A claim, whatever it is.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The claims that are texts, by name.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(name, value)| Some((name.as_str(), value.as_str()?)))
    }
}
