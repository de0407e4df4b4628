//! What was asked of the tenant, as text that is the same at every run.

use super::World;
use simulator::{JournalLine, State};

impl World {
    /// Every request since the journal was begun, in the order of arrival, tokens apart.
    pub(crate) fn journal(&self) -> String {
        self.lines(|_| true)
    }

    /// Those that change something.
    pub(crate) fn writes(&self) -> String {
        self.lines(|it| it.method != "GET")
    }

    /// How many requests of a kind there were since the journal was begun, `POST /api/v2/users`.
    pub(crate) fn count(&self, kind: &str) -> u64 {
        self.simulator.stats().requests.get(kind).map_or(0, |it| it.count)
    }

    fn lines(&self, wanted: impl Fn(&JournalLine) -> bool) -> String {
        let lines = self.simulator.journal().into_iter();
        let lines = lines.filter(|it| it.path != "/oauth/token" && wanted(it)).map(|it| line(&it));
        named(&self.simulator.state(), &lines.collect::<Vec<_>>().join("\n"))
    }
}

fn line(it: &JournalLine) -> String {
    let body = it.body.as_ref().map(|it| format!(" {it}")).unwrap_or_default();
    let status = it.status.map_or_else(|| "cut".to_owned(), |it| it.to_string());
    let path = it.path.trim_start_matches("/api/v2").replace("%7C", "|");
    format!("{} {path}{body} → {status}", it.method)
}

/// Users that the tenant made have ids that say nothing, and so have roles: their names are put in their place.
pub(crate) fn named(state: &State, text: &str) -> String {
    let mut text = text.to_owned();
    for user in &state.users {
        let own = user.user_id.strip_prefix("auth0|").filter(|it| it.len() == 24);
        if let (Some(own), Some(email)) = (own, user.email.as_deref()) {
            text = text.replace(own, &format!("[{}]", email.split('@').next().unwrap_or(email)));
        }
    }
    for role in &state.roles {
        text = text.replace(&role.id, &format!("[{}]", role.name));
    }
    text
}
