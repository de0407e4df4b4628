//! What may be typed, and what the help says.

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use super::{Args, Command, PlanCommand, Subject};
use crate::args::EmployeeCommand;

fn parse(line: &str) -> Result<Args, clap::Error> {
    Args::try_parse_from(std::iter::once("rollcall").chain(line.split(' ')))
}

/// The help or the refusal of a command, whatever the width of the terminal that the test runs in.
fn help(line: &str) -> String {
    let words = std::iter::once("rollcall").chain(line.split(' '));
    Args::command().term_width(100).try_get_matches_from(words).unwrap_err().to_string()
}

#[test]
fn the_declarations_agree_with_each_other() {
    Args::command().debug_assert();
}

#[test]
fn the_main_help_is_worth_reading() {
    insta::assert_snapshot!(help("--help"));
}

#[test]
fn the_help_of_plan_is_worth_reading() {
    insta::assert_snapshot!(help("plan --help"));
}

#[test]
fn plan_makes_a_plan_unless_a_word_follows() {
    let Command::Plan(plan) =
        parse("plan --where department=IT --only create,grant --limit 5").unwrap().command
    else {
        panic!("it is `plan`");
    };
    assert!(plan.command.is_none());
    let scope = plan.make.scope.scope();
    assert_eq!(scope.columns["department"], "IT");
    assert_eq!((scope.only.len(), scope.limit), (2, Some(5)));
    let Command::Plan(plan) = parse("--format json plan show 7 --all").unwrap().command else {
        panic!("it is `plan show`");
    };
    assert!(matches!(plan.command, Some(PlanCommand::Show { all: true, .. })));
    assert!(parse("plan --limit 5 show 7").is_err());
}

#[test]
fn options_of_every_command_stand_before_or_behind_it() {
    for line in ["--config x.toml plan approve 7", "plan approve 7 --config x.toml", "plan --config x.toml"] {
        assert_eq!(parse(line).unwrap().global.config.unwrap().to_str(), Some("x.toml"), "{line}");
    }
}

#[test]
fn planning_from_files_needs_employees_users_and_the_day() {
    assert!(parse("plan --employees a --users b --today 2026-11-23").is_ok());
    for line in
        ["plan --employees a", "plan --employees a --users b", "plan --roles c", "plan --today 2026-11-23"]
    {
        assert_eq!(parse(line).unwrap_err().kind(), ErrorKind::MissingRequiredArgument, "{line}");
    }
}

#[test]
fn a_slip_gets_a_suggestion() {
    insta::assert_snapshot!(help("plna"), @r"
    error: unrecognized subcommand 'plna'

      tip: some similar subcommands exist: 'plans', 'plan'

    Usage: rollcall [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(help("plan --only craete"), @r"
    error: invalid value 'craete' for '--only <KIND>'
      [possible values: block, revoke, link, relink, update, create, unblock, grant, invite, verify, unlink]

      tip: a similar value exists: 'create'

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(help("plan --where department"), @r"
    error: invalid value 'department' for '--where <COLUMN=VALUE>': write COLUMN=VALUE, such as department=IT

    For more information, try '--help'.
    ");
    insta::assert_snapshot!(help("employee link 42 auth0"), @r"
    error: invalid value 'auth0' for '<USER>': a user id has a bar in it, and needs quotes in a shell: 'auth0|63d1…'

    For more information, try '--help'.
    ");
}

#[test]
fn a_user_is_told_from_an_employee_by_the_bar() {
    let subject = |line: &str| {
        let Command::Employee(EmployeeCommand::Ignore(args)) = parse(line).unwrap().command else {
            panic!("it is `employee ignore`");
        };
        args.subject
    };
    assert!(matches!(subject("employee ignore 42 --reason x"), Subject::Employee(_)));
    assert!(matches!(subject("employee ignore auth0|42 --off"), Subject::User(_)));
    assert!(parse("employee ignore 42").is_err(), "a reason is needed");
}
