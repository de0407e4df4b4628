//! Scripted trouble.

use serde::{Deserialize, Serialize};

/// One fault: which requests it meets, and what befalls them.
///
/// ```
/// let faults: Vec<simulator::Fault> = serde_json::from_str(
///     r#"[{"match": {"method": "POST", "path": "/api/v2/users"}, "nth": 2, "times": 3, "do": "lost_answer"}]"#,
/// )?;
/// assert_eq!(faults[0].nth, 2);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which requests count.
    #[serde(rename = "match", default)]
    pub matching: Matching,
    /// The first of them that is met, from 1.
    #[serde(default = "one")]
    pub nth: u64,
    /// How many in a row are met; 0 is all from `nth` on.
    #[serde(default = "one")]
    pub times: u64,
    /// What befalls them.
    #[serde(rename = "do")]
    pub kind: Trouble,
    /// How long to wait before it; all there is to `delay`.
    #[serde(default)]
    pub ms: u64,
}

const fn one() -> u64 {
    1
}

/// The requests that a fault is about. What is absent matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matching {
    /// `GET`, `POST`, …, or `*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// A path without its query: a template as in `/_simulator/stats` (`/api/v2/users/{id}`), in which each
    /// `{…}` stands for one segment, or a glob in which `*` stands for anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

/// What can befall a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// Refused for the rate; nothing is done.
    #[serde(rename = "429")]
    TooManyRequests,
    /// A server error; nothing is done.
    #[serde(rename = "500")]
    ServerError,
    /// The connection is reset; nothing is done.
    Reset,
    /// The work is done, and the connection is reset instead of the answer.
    LostAnswer,
    /// Everything is as it should be, but late.
    Delay,
    /// 200 with something that is not JSON; nothing is done.
    Garbage,
    /// The work is done, and the first half of the answer's body is all that comes, as if it were the whole.
    Truncate,
}

/// The script, and how often each fault has matched.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    script: Vec<(Fault, u64)>,
}

impl Faults {
    pub(crate) fn set(&mut self, faults: Vec<Fault>) {
        self.script = faults.into_iter().map(|it| (it, 0)).collect();
    }

    pub(crate) fn list(&self) -> Vec<Fault> {
        self.script.iter().map(|(fault, _)| fault.clone()).collect()
    }

    /// What befalls this request. Every fault that it matches counts it; the first one whose turn it is strikes.
    pub(crate) fn strike(&mut self, method: &str, path: &str, template: &str) -> Option<(Trouble, u64)> {
        let mut struck = None;
        for (fault, seen) in &mut self.script {
            if !fault.matching.covers(method, path, template) {
                continue;
            }
            *seen += 1;
            let is_due = *seen >= fault.nth && (fault.times == 0 || *seen - fault.nth < fault.times);
            if is_due && struck.is_none() {
                struck = Some((fault.kind, fault.ms));
            }
        }
        struck
    }
}

impl Matching {
    fn covers(&self, method: &str, path: &str, template: &str) -> bool {
        let method_fits =
            self.method.as_deref().is_none_or(|it| it == "*" || it.eq_ignore_ascii_case(method));
        let path_fits = self.path.as_deref().is_none_or(|it| it == template || is_glob(it, path));
        method_fits && path_fits
    }
}

/// `*` is any text, `{…}` any text without a slash. One of them is tried at every length.
fn is_glob(pattern: &str, path: &str) -> bool {
    if let Some(rest) = pattern.strip_prefix('*') {
        return path
            .char_indices()
            .map(|(at, _)| at)
            .chain([path.len()])
            .any(|at| is_glob(rest, &path[at..]));
    }
    if let Some((_, rest)) = pattern.strip_prefix('{').and_then(|it| it.split_once('}')) {
        let segment = path.find('/').unwrap_or(path.len());
        return segment > 0 && is_glob(rest, &path[segment..]);
    }
    let mut characters = pattern.chars();
    match characters.next() {
        None => path.is_empty(),
        Some(first) => path.strip_prefix(first).is_some_and(|rest| is_glob(characters.as_str(), rest)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(method: &str, path: &str, nth: u64, times: u64) -> Fault {
        let matching = Matching { method: Some(method.to_owned()), path: Some(path.to_owned()) };
        Fault { matching, nth, times, kind: Trouble::Reset, ms: 0 }
    }

    #[test]
    fn paths_match_by_glob_and_by_template() {
        assert!(is_glob("/api/v2/users/*", "/api/v2/users/auth0%7C1/roles"));
        assert!(is_glob("/api/v2/users/{id}", "/api/v2/users/auth0%7C1"));
        assert!(!is_glob("/api/v2/users/{id}", "/api/v2/users/auth0%7C1/roles"));
        assert!(is_glob("/api/v2/users/{id}/roles", "/api/v2/users/a/roles"));
        assert!(!is_glob("/api/v2/users", "/api/v2/users/1"));
        assert!(is_glob("*", "/anything"));
    }

    #[test]
    fn the_nth_and_so_many_after_it_are_struck() {
        let mut faults = Faults::default();
        faults.set(vec![fault("post", "/api/v2/users", 2, 2)]);
        let mut strike = || faults.strike("POST", "/api/v2/users", "/api/v2/users").is_some();
        assert_eq!([strike(), strike(), strike(), strike()], [false, true, true, false]);
        assert!(faults.strike("GET", "/api/v2/users", "/api/v2/users").is_none());
    }
}
