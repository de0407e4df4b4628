//! One thing that was looked at.

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What it belongs to.
    pub subject: Subject,
    /// What.
    pub what: &'static str,
    /// How it stands.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// The same in more detail, a line each.
    pub details: Vec<String>,
    /// What to do about it: a command, or where to click. All that is not well has one.
    pub remedy: Option<String>,
}

/// What a check belongs to, in the order in which they are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The employee table.
    Source,
    /// Our own tables.
    Store,
    /// The tenant.
    Auth0,
    /// The rules.
    Policy,
}

/// How a thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It works, or could not be looked at, and somebody should know.
    Warning,
    /// It does not work.
    Failed,
}

/// Whether the doctor may mend what it can.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fix {
    /// Only look.
    No,
    /// Make missing roles, and forget what the tenant's plan lacked.
    Yes,
}

impl Subject {
    /// What stands over its checks.
    pub fn title(self) -> &'static str {
        match self {
            Self::Source => "Source",
            Self::Store => "Store",
            Self::Auth0 => "Auth0",
            Self::Policy => "Policy",
        }
    }

    pub(super) fn ok(self, what: &'static str, found: impl Into<String>) -> Check {
        let found = found.into();
        Check { subject: self, what, verdict: Verdict::Ok, found, details: Vec::new(), remedy: None }
    }

    pub(super) fn warning(
        self,
        what: &'static str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Check {
        Check { verdict: Verdict::Warning, remedy: Some(remedy.into()), ..self.ok(what, found) }
    }

    pub(super) fn failed(
        self,
        what: &'static str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Check {
        Check { verdict: Verdict::Failed, remedy: Some(remedy.into()), ..self.ok(what, found) }
    }
}

impl Check {
    pub(super) fn details(self, details: impl IntoIterator<Item = String>) -> Self {
        Self { details: details.into_iter().collect(), ..self }
    }
}

impl Verdict {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
        }
    }
}

/// The first few of many, and how many more there are.
pub(super) fn few<'a, T: ToString + 'a>(items: impl IntoIterator<Item = &'a T>, most: usize) -> String {
    let items: Vec<String> = items.into_iter().map(T::to_string).collect();
    match items.len().checked_sub(most) {
        None | Some(0) => items.join(", "),
        Some(more) => format!("{} and {more} more", items[..most].join(", ")),
    }
}

/// `1 row`, `2 rows`.
pub(super) fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}
