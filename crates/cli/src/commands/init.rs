//! `rollcall init`: a file with every setting explained.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use crate::args::InitArgs;
use crate::config::{DEFAULT_FILE, TEMPLATE};
use crate::{Exit, Failure, OrFail, Output, Result};

const NEXT: &str = "\
next:
  1. in Auth0, make a machine-to-machine application for the Management API with the scopes
     read:users create:users update:users read:roles update:roles read:role_members
     create:role_members delete:role_members read:connections
     delete:sessions delete:refresh_tokens       where the subscription has them
     create:roles                                if rollcall doctor --fix shall make missing roles
  2. export DATABASE_URL=sqlite://rollcall.db       or postgres://…, mysql://…
     export AUTH0_DOMAIN=… AUTH0_CLIENT_ID=… AUTH0_CLIENT_SECRET=…
  3. rollcall migrate                               makes the tables
  4. rollcall employees import FILE.csv             unless the table is filled by others
  5. rollcall doctor                                tells what is missing, and how to mend it
  6. rollcall plan                                  shows what would change; writes nothing to Auth0";

/// Writes the file, and says what to do next.
pub(super) fn run(args: &InitArgs, config: Option<&Path>, output: &Output) -> Result<Exit> {
    let path = config.unwrap_or(Path::new(DEFAULT_FILE));
    let mut options = OpenOptions::new();
    if args.force {
        options.write(true).create(true).truncate(true);
    } else {
        options.write(true).create_new(true);
    }
    let written = options.open(path).and_then(|mut file| file.write_all(TEMPLATE.as_bytes()));
    if written.as_ref().is_err_and(|it| it.kind() == io::ErrorKind::AlreadyExists) {
        let what = format!("{} is there already", path.display());
        return Err(Failure::usage(
            what,
            "rollcall init --force writes over it; --config FILE writes another",
        ));
    }
    written.or_fail(format!("write {}", path.display()), "name another place with --config FILE")?;
    output.say(&format!("wrote {}: every setting with its default, explained\n{NEXT}", path.display()));
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use indicatif::MultiProgress;

    use super::*;
    use crate::output::{Colour, Colours, Format};

    #[test]
    fn a_file_that_is_there_is_only_replaced_when_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rollcall.toml");
        let off = Colours { stdout: Colour::Off, stderr: Colour::Off };
        let output = Output::new(Format::Text, off, MultiProgress::new());
        fs::write(&path, "# mine").unwrap();
        let refused = run(&InitArgs { force: false }, Some(&path), &output).unwrap_err();
        assert_eq!(refused.exit, Exit::Usage);
        assert_eq!(fs::read_to_string(&path).unwrap(), "# mine");
        assert_eq!(run(&InitArgs { force: true }, Some(&path), &output).unwrap(), Exit::Done);
        assert_eq!(fs::read_to_string(&path).unwrap(), TEMPLATE);
    }
}
