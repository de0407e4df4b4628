//! What Auth0 fills in by itself: name, nickname, picture, ids.

use md5::{Digest, Md5};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    clock::Timestamp,
    connections::Connections,
    ids::Ids,
    state::{Identity, User},
};

/// Fills the gaps of a user from a document, as creation over the API would.
pub(crate) fn complete(mut user: User, connections: &Connections, ids: &mut Ids, now: Timestamp) -> User {
    if user.identities.is_empty() {
        let (provider, id) = match user.user_id.split_once('|') {
            Some((provider, id)) => (provider.to_owned(), id.to_owned()),
            None if user.user_id.is_empty() => ("auth0".to_owned(), ids.user()),
            None => ("auth0".to_owned(), user.user_id.clone()),
        };
        let connection =
            connections.of_provider(&provider).map_or_else(|| provider.clone(), |it| it.name.clone());
        let is_social = is_social(&provider);
        user.identities = vec![Identity { connection, user_id: id, provider, is_social }];
    }
    if let (true, Some(identity)) = (!user.user_id.contains('|'), user.identities.first()) {
        user.user_id = format!("{}|{}", identity.provider, identity.user_id);
    }
    if user.identities.first().is_some_and(|it| it.provider == "auth0") {
        user.email = user.email.map(|it| it.to_lowercase());
    }
    user.email_verified = user.email_verified.or(user.email.is_some().then_some(false));
    user.created_at = user.created_at.or(Some(now));
    user.updated_at = user.updated_at.or(user.created_at);
    fill_names(&mut user);
    user
}

/// `name` is the whole address even where given and family name are known; `nickname` is its local part.
pub(crate) fn fill_names(user: &mut User) {
    let handle = user.email.as_deref().or(user.username.as_deref()).or(user.phone_number.as_deref());
    let Some(handle) = handle.map(str::to_owned) else { return };
    if user.name.is_none() {
        user.name = Some(handle.clone());
    }
    if user.nickname.is_none() {
        let local = handle.split('@').next().unwrap_or(&handle);
        user.nickname = Some(local.to_owned());
    }
    if user.picture.is_none() {
        user.picture = Some(gravatar(&handle));
    }
}

/// The address of the gravatar, with two letters of the name as its fallback.
fn gravatar(handle: &str) -> String {
    let hash = u128::from_be_bytes(Md5::digest(handle.to_lowercase().as_bytes()).into());
    let letters: String = handle.to_lowercase().chars().filter(|it| it.is_alphanumeric()).take(2).collect();
    let letters = utf8_percent_encode(&letters, NON_ALPHANUMERIC);
    format!(
        "https://s.gravatar.com/avatar/{hash:032x}?s=480&r=pg&d=https%3A%2F%2Fcdn.auth0.com%2Favatars%2F{letters}.png"
    )
}

/// The strategies whose users bring their own accounts.
fn is_social(provider: &str) -> bool {
    ["google-oauth2", "facebook", "github", "linkedin", "apple", "windowslive", "twitter"].contains(&provider)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Connection;

    #[test]
    fn a_hand_written_user_is_completed() {
        let mut ids = Ids::default();
        let connections = Connections::load(vec![Connection::default_database()], &mut ids);
        let user = User { email: Some("Ada@Example.com".to_owned()), ..User::default() };
        let user = complete(user, &connections, &mut ids, Timestamp::from_millis(0));
        assert!(user.user_id.starts_with("auth0|"));
        assert_eq!(user.email.as_deref(), Some("ada@example.com"));
        assert_eq!(user.name.as_deref(), Some("ada@example.com"));
        assert_eq!(user.nickname.as_deref(), Some("ada"));
        assert_eq!(user.identities[0].connection, crate::state::DEFAULT_CONNECTION);
    }

    /// The hash of the recorded address in `TestJobManager_ImportUsers`.
    #[test]
    fn the_picture_is_the_gravatar() {
        let picture = gravatar("auzironian@example.com");
        assert_eq!(
            picture,
            "https://s.gravatar.com/avatar/1eafdbc62a30a384b6d9a04e1cc21500?s=480&r=pg&d=https%3A%2F%2Fcdn.auth0.com\
             %2Favatars%2Fau.png"
        );
    }
}
