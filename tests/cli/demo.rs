//! The demo, and every command that it tells people to try.

use std::process::{Command, Stdio};

use insta::assert_snapshot;

use super::Desk;
use super::desk::{rollcall, until};

#[test]
fn the_demo_shows_the_whole_cycle() {
    let mut desk = Desk::empty();
    let said = desk.run("demo");
    assert_eq!(said.code, 0);
    assert_snapshot!(desk.transcript());
    assert_eq!(std::fs::read_dir(desk.path()).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn a_company_may_be_of_any_size() {
    let mut desk = Desk::empty();
    assert_eq!(desk.run("demo --size 1000").code, 0);
    assert_eq!(desk.run("demo --size 20").code, 0);
    assert_eq!(desk.run("demo --size 5").code, 64);
}

/// Runs what is printed, word for word, in one shell.
#[test]
fn every_command_that_the_demo_prints_works() {
    let mut desk = Desk::empty();
    let said = desk.run("demo --dir 'my files'");
    let printed: Vec<&str> = said
        .stderr
        .lines()
        .skip_while(|it| !it.contains("its files are kept"))
        .skip(1)
        .filter_map(|it| it.strip_prefix("  "))
        .filter(|it| it.starts_with("rollcall ") || it.starts_with("cd ") || it.starts_with("alias "))
        .collect();
    assert!(printed.len() >= 5, "{}", said.stderr);
    let address =
        printed.iter().find_map(|it| it.split_once("--listen ")).expect("it tells to start the tenant").1;
    let address = address.split_whitespace().next().unwrap().to_owned();
    // The shell waits for the tenant as a person does who reads on.
    let waits =
        format!("until (exec 3<>/dev/tcp/{}) 2>/dev/null; do sleep 0.02; done", address.replace(':', "/"));
    let mut script = "shopt -s expand_aliases; set -e; trap 'kill $!' EXIT\n".to_owned();
    for line in printed {
        let line = line.split(" #").next().unwrap();
        script.push_str(line.trim_end());
        script.push('\n');
        if line.contains("simulator") {
            script.push_str(&waits);
            script.push('\n');
        }
    }
    let path = rollcall().parent().unwrap().display();
    let ran = Command::new("bash")
        .args(["-c", &script])
        .current_dir(desk.path())
        .env_clear()
        .env("PATH", format!("{path}:/usr/local/bin:/usr/bin:/bin"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{script}\n{stdout}\n{stderr}");
    assert!(stdout.contains("nothing to do"), "the second plan is empty: {stdout}");
    until("the shell has ended its tenant", || std::net::TcpStream::connect(&address).is_err());
}

#[test]
fn help_says_where_to_start() {
    let mut desk = Desk::empty();
    for line in ["", "--help", "plan --help", "employee --help", "simulator --help"] {
        desk.run(line);
    }
    assert_snapshot!(desk.transcript());
    assert!(desk.run("--version").stdout.starts_with("rollcall "));
    for shell in ["bash", "zsh", "fish"] {
        assert!(desk.run(&format!("completions {shell}")).stdout.contains("rollcall"));
    }
}
