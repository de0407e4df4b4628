//! Switches from the command line.

use std::str;

use serde_json::{Map, Value};

use crate::switches::Switches;

/// One switch and how it stands, as a command line says it: `role_batch_max=10`, `reset=next_token`,
/// `role_batch_max=null`.
///
/// ```
/// let mut switches = simulator::Switches::default();
/// switches.set(&"role_batch_max=10".parse()?);
/// assert_eq!(switches.role_batch_max, Some(10));
/// # Ok::<(), simulator::UnknownSwitch>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    name: String,
    value: Value,
}

/// Why something is no setting of a switch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownSwitch {
    /// No `=` in it.
    #[error("{text:?} does not say how the switch stands; write NAME=VALUE, e.g. role_batch_max=10")]
    Form {
        /// What was given.
        text: String,
    },
    /// No switch is called that.
    #[error("no switch is called {name:?}; there are {}", known.join(", "))]
    Name {
        /// What was given.
        name: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// The switch does not stand like that.
    #[error("the switch {name} cannot be {value:?}: {why}")]
    Value {
        /// Which switch.
        name: String,
        /// What was given.
        value: String,
        /// What it can be.
        why: String,
    },
}

impl str::FromStr for Setting {
    type Err = UnknownSwitch;

    fn from_str(text: &str) -> Result<Self, UnknownSwitch> {
        let form = || UnknownSwitch::Form { text: text.to_owned() };
        let (name, value) = text.split_once('=').map(|(a, b)| (a.trim(), b.trim())).ok_or_else(form)?;
        let standing = map(&Switches::default());
        if !standing.contains_key(name) {
            let known = standing.keys().cloned().collect();
            return Err(UnknownSwitch::Name { name: name.to_owned(), known });
        }
        let setting = |value| Self { name: name.to_owned(), value };
        let read = serde_json::from_str(value).map(setting);
        // Most are words, and a message may look like a number.
        let word = setting(Value::from(value));
        let settings = read.into_iter().chain([word]);
        let mut why = String::new();
        for setting in settings {
            match setting.on(&Switches::default()) {
                Ok(_) => return Ok(setting),
                Err(error) if why.is_empty() => why = error.to_string(),
                Err(_) => {}
            }
        }
        Err(UnknownSwitch::Value { name: name.to_owned(), value: value.to_owned(), why })
    }
}

impl Setting {
    fn on(&self, switches: &Switches) -> serde_json::Result<Switches> {
        let mut map = map(switches);
        map.insert(self.name.clone(), self.value.clone());
        serde_json::from_value(Value::Object(map))
    }
}

impl Switches {
    /// Turns one switch and leaves the others.
    pub fn set(&mut self, setting: &Setting) {
        *self = setting.on(self).expect("it was tried when it was read, and no switch depends on another");
    }
}

fn map(switches: &Switches) -> Map<String, Value> {
    match serde_json::to_value(switches) {
        Ok(Value::Object(map)) => map,
        Ok(_) | Err(_) => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::switches::Reset;

    #[test]
    fn words_numbers_and_null_are_read() {
        let mut switches = Switches::default();
        for text in [
            "reset=next_token",
            "per_page_max = 50",
            "role_batch_max=10",
            "exports_max=null",
            "group_limit_message=429",
        ] {
            switches.set(&text.parse().unwrap());
        }
        let expected = Switches {
            reset: Reset::NextToken,
            per_page_max: 50,
            role_batch_max: Some(10),
            exports_max: None,
            group_limit_message: "429".to_owned(),
            ..Switches::default()
        };
        assert_eq!(switches, expected);
    }

    #[test]
    fn what_is_wrong_is_told_with_what_would_be_right() {
        let why = |text: &str| text.parse::<Setting>().unwrap_err().to_string();
        assert_eq!(
            why("reset"),
            "\"reset\" does not say how the switch stands; write NAME=VALUE, e.g. role_batch_max=10"
        );
        assert_eq!(
            why("reset=soon"),
            "the switch reset cannot be \"soon\": unknown variant `soon`, expected `bucket_full` or `next_token`"
        );
        assert_eq!(
            why("per_page_max=-1"),
            "the switch per_page_max cannot be \"-1\": invalid value: integer `-1`, expected u64"
        );
        let unknown = why("per_page=50");
        assert!(
            unknown.starts_with("no switch is called \"per_page\"; there are absent_user_delete, "),
            "{unknown}"
        );
        assert!(unknown.contains("per_page_max"));
    }
}
