//! Channels become what they say, or every problem at once.

use std::path::Path;

use super::*;
use crate::config::{Problems, TEMPLATE};

fn parse(text: &str, env: &Env) -> Result<Config, Problems> {
    Config::parse(Some((Path::new("rollcall.toml"), text)), env)
}

/// The names of the channels that the service gets, or what is wrong with them.
fn channels(config: &Config) -> Result<Vec<String>, Problems> {
    let settings = config.service("host:1".to_owned())?;
    Ok(settings.channels.iter().map(|it| it.name().to_owned()).collect())
}

/// The example of the written file, as it stands there.
fn example() -> String {
    let start = TEMPLATE.find("#   [[notify]]").unwrap();
    let lines = TEMPLATE[start..].lines().take_while(|it| it.starts_with('#'));
    lines.map(|it| it.trim_start_matches('#')).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_written_example_can_be_used() {
    let env =
        Env::of([("SLACK_WEBHOOK_URL", "https://hooks.example.com/hush-1"), ("PAGER_SECRET", "hush-2")]);
    let folder = tempfile::tempdir().unwrap();
    for (name, secret) in [("pager-url", "https://pager.example.com/hush-3\n"), ("smtp", "hush-4\n")] {
        std::fs::write(folder.path().join(name), secret).unwrap();
    }
    let text = example().replace("/run/secrets/", "");
    let path = folder.path().join("rollcall.toml");
    let config = Config::parse(Some((&path, &text)), &env).unwrap();
    assert_eq!(channels(&config).unwrap(), ["on-call", "pager", "hr-it"]);
    let Way::Mail { config: mail, login } = &config.notify[2].way else { panic!("{:?}", config.notify) };
    assert_eq!((mail.port, mail.security, mail.to.len()), (465, Security::Tls, 2));
    assert_eq!(login.as_ref().unwrap().0, "rollcall");
    let debug = format!("{config:?} {:?}", config.service("host:1".to_owned()));
    assert!(!debug.contains("hush"), "{debug}");
}

#[test]
fn a_port_is_the_usual_one_of_its_security() {
    for (security, port) in [("tls", 465), ("starttls", 587), ("plain", 25)] {
        let text = format!(
            "[[notify]]\nname = \"m\"\nkind = \"mail\"\nserver = \"localhost\"\nsecurity = \"{security}\"\n\
             from = \"r@example.com\"\nto = [\"it@example.com\"]"
        );
        let config = parse(&text, &Env::empty()).unwrap();
        let Way::Mail { config, login: None } = &config.notify[0].way else { panic!("{:?}", config.notify) };
        assert_eq!(config.port, port, "{security}");
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let text = r#"
[[notify]]
name = "on-call"
kind = "slack"
url = "https://hooks.example.com/hush"

[[notify]]
name = "on-call"
kind = "webhook"
url_env = "HOOK"
url_file = "hook"
secret = "hush"
adress = "x"

[[notify]]
kind = "slak"

[[notify]]
name = "nowhere"
kind = "slack"

[[notify]]
name = "mail"
kind = "mail"
server = "smtp.example.com"
security = "plain"
port = 70000
from = "Rollcall <rollcall at example.com>"
to = ["it@example.com", "hr"]
user = "rollcall"

[[notify]]
name = "other mail"
kind = "mail"
security = "ssl"
password_file = "smtp"
"#;
    let problems = parse(text, &Env::empty()).unwrap_err().to_string();
    assert!(!problems.contains("hush"), "{problems}");
    insta::assert_snapshot!(problems);
    insta::assert_snapshot!(parse("notify = \"ops@example.com\"", &Env::empty()).unwrap_err());
}

#[test]
fn secrets_are_asked_for_when_the_service_starts() {
    let text = r#"
[[notify]]
name = "unset"
kind = "webhook"
url_env = "HOOK_URL"
secret_file = "not-there"

[[notify]]
name = "http"
kind = "slack"
url_env = "PLAIN_URL"
"#;
    let config = parse(text, &Env::of([("PLAIN_URL", "http://hooks.example.com/hush")])).unwrap();
    let problems = channels(&config).unwrap_err().to_string();
    assert!(!problems.contains("hush"), "{problems}");
    insta::assert_snapshot!(problems);
}
