//! Users as they stand in documents and in answers.

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::clock::Timestamp;

/// A user with every field that Auth0 shows. What was never set is absent, not null.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct User {
    /// Set by an administrator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocked: Option<bool>,
    /// When the user was made; absent in a document: when it is loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Lower case in database connections, as the provider writes it elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the address was confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    /// Family name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    /// Given name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    /// Where the user logs in; the first is the primary one. Absent: taken from the user id and the connection.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identities: Vec<Identity>,
    /// Full name; defaults to the email address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Defaults to the part of the address before the `@`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    /// E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// Whether the number was confirmed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_verified: Option<bool>,
    /// Defaults to the address's gravatar.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// Bumped by every change and every login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// `provider|id`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub user_id: String,
    /// The user's own metadata.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_metadata: Option<Map<String, Value>>,
    /// Only in connections that ask for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// After a password change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_password_reset: Option<Timestamp>,
    /// The application's metadata.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_metadata: Option<Map<String, Value>>,
    /// Address of the last login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_ip: Option<String>,
    /// Time of the last login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_login: Option<Timestamp>,
    /// Absent for a user who never logged in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logins_count: Option<u64>,
    /// Second factors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub multifactor: Option<Vec<String>>,
}

impl User {
    /// The identity that decides what may be changed through the API.
    pub(crate) fn primary(&self) -> Option<&Identity> {
        self.identities.first()
    }

    /// One attribute by its name; `None` where it is absent, or no user has it.
    pub(crate) fn attribute(&self, name: &str) -> Option<Attribute<'_>> {
        match name {
            "blocked" => self.blocked.map(Attribute::Flag),
            "created_at" => self.created_at.map(Attribute::Time),
            "email" => self.email.as_deref().map(Attribute::Text),
            "email_verified" => self.email_verified.map(Attribute::Flag),
            "family_name" => self.family_name.as_deref().map(Attribute::Text),
            "given_name" => self.given_name.as_deref().map(Attribute::Text),
            "identities" => {
                Some(Attribute::Identities(&self.identities)).filter(|_| !self.identities.is_empty())
            }
            "name" => self.name.as_deref().map(Attribute::Text),
            "nickname" => self.nickname.as_deref().map(Attribute::Text),
            "phone_number" => self.phone_number.as_deref().map(Attribute::Text),
            "phone_verified" => self.phone_verified.map(Attribute::Flag),
            "picture" => self.picture.as_deref().map(Attribute::Text),
            "updated_at" => self.updated_at.map(Attribute::Time),
            "user_id" => Some(Attribute::Text(&self.user_id)),
            "user_metadata" => self.user_metadata.as_ref().map(Attribute::Object),
            "username" => self.username.as_deref().map(Attribute::Text),
            "last_password_reset" => self.last_password_reset.map(Attribute::Time),
            "app_metadata" => self.app_metadata.as_ref().map(Attribute::Object),
            "last_ip" => self.last_ip.as_deref().map(Attribute::Text),
            "last_login" => self.last_login.map(Attribute::Time),
            "logins_count" => self.logins_count.map(Attribute::Count),
            "multifactor" => self.multifactor.as_deref().map(Attribute::Texts),
            _ => None,
        }
    }
}

/// What stands in one attribute of a user.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Attribute<'a> {
    Text(&'a str),
    Flag(bool),
    Count(u64),
    Time(Timestamp),
    Object(&'a Map<String, Value>),
    Texts(&'a [String]),
    Identities(&'a [Identity]),
}

impl Serialize for Attribute<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => text.serialize(serializer),
            Self::Flag(flag) => flag.serialize(serializer),
            Self::Count(count) => count.serialize(serializer),
            Self::Time(time) => time.serialize(serializer),
            Self::Object(map) => map.serialize(serializer),
            Self::Texts(texts) => texts.serialize(serializer),
            Self::Identities(identities) => identities.serialize(serializer),
        }
    }
}

/// One place where a user logs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The connection's name.
    pub connection: String,
    /// The user's id inside the connection.
    pub user_id: String,
    /// `auth0`, `google-oauth2`, `samlp`, …
    pub provider: String,
    /// Whether this is a social provider.
    #[serde(rename = "isSocial", default)]
    pub is_social: bool,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_attribute_is_found_by_its_name() {
        let time = "2025-08-11T06:22:38.009Z";
        let whole = json!({
            "blocked": true, "created_at": time, "email": "a", "email_verified": false, "family_name": "b",
            "given_name": "c", "name": "d", "nickname": "e", "phone_number": "f", "phone_verified": true,
            "identities": [{"connection": "g", "user_id": "h", "provider": "i", "isSocial": false}],
            "picture": "j", "updated_at": time, "user_id": "k", "user_metadata": {"l": 1}, "username": "m",
            "last_password_reset": time, "app_metadata": {"n": null}, "last_ip": "o", "last_login": time,
            "logins_count": 7, "multifactor": ["p"],
        });
        let user: User = serde_json::from_value(whole.clone()).unwrap();
        assert_eq!(serde_json::to_value(&user).unwrap(), whole, "nothing is left out of this test");
        for (name, value) in whole.as_object().unwrap() {
            assert_eq!(&serde_json::to_value(user.attribute(name).unwrap()).unwrap(), value, "{name}");
        }
        assert!(user.attribute("password").is_none());
        assert!(User::default().attribute("identities").is_none());
    }
}
