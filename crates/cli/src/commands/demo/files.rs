//! Where the demo keeps its files: in a folder of the person's, or in one that goes with it.

use std::fs;
use std::path::{Path, PathBuf};

use simulator::Simulator;
use tempfile::TempDir;

use super::{company, drift};
use crate::{Failure, OrFail, Result};

const CONFIG: &str = "rollcall.toml";
const STATE: &str = "tenant.json";
const EMPLOYEES: &str = "employees.csv";
const SECRET: &str = "client-secret";

/// A folder.
pub(super) enum Place {
    /// Named with `--dir`; stays.
    Kept(PathBuf),
    /// Goes when the demo ends.
    Passing(TempDir),
}

impl Place {
    /// Makes it. A folder that has a demo already is refused: its changes may be somebody's rehearsal.
    pub(super) fn make(dir: Option<PathBuf>) -> Result<Self> {
        let Some(dir) = dir else {
            let folder = tempfile::tempdir().or_fail("make a temporary folder", "name one with --dir DIR")?;
            return Ok(Self::Passing(folder));
        };
        fs::create_dir_all(&dir).or_fail(format!("make {}", dir.display()), "name another with --dir DIR")?;
        if let Some(there) = [CONFIG, STATE, EMPLOYEES, "rollcall.db"].iter().find(|it| dir.join(it).exists())
        {
            let what = format!("{} is there already", dir.join(there).display());
            return Err(Failure::usage(what, "name an empty folder with --dir DIR, or remove this one"));
        }
        Ok(Self::Kept(dir))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Kept(dir) => dir,
            Self::Passing(dir) => dir.path(),
        }
    }

    /// Where the tenant is kept, so that the simulator can go on with it.
    pub(super) fn state_file(&self) -> Option<PathBuf> {
        match self {
            Self::Kept(dir) => Some(dir.join(STATE)),
            Self::Passing(_) => None,
        }
    }

    /// Writes configuration, employees and secret; gives the configuration's path.
    pub(super) fn write(&self, demo: &drift::Demo, tenant: &Simulator) -> Result<PathBuf> {
        let config = format!(
            "# The demo's tenant: a simulator, which must run (see below).\n\
             #   rollcall simulator --listen {} --state {STATE}\n\
             [auth0]\n\
             domain = \"{}\"\n\
             client_id = \"{}\"\n\
             client_secret_file = \"{SECRET}\"\n\
             rate_plan = \"private-cloud-100\"\n\
             \n\
             [source]\n\
             url = \"sqlite://rollcall.db\"\n\
             \n\
             [onboarding]\n\
             client_id = \"{}\"\n",
            tenant.addr(),
            tenant.url(),
            tenant.client_id(),
            simulator::PUBLIC_APPLICATION,
        );
        self.write_file(SECRET, tenant.client_secret())?;
        self.write_file(EMPLOYEES, &company::csv(&demo.people))?;
        self.write_file(CONFIG, &config)
    }

    fn write_file(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.path().join(name);
        fs::write(&path, text)
            .or_fail(format!("write {}", path.display()), "name another folder with --dir DIR")?;
        Ok(path)
    }

    /// What to try now, with commands that work.
    pub(super) fn next_steps(&self, tenant: &Simulator) -> String {
        let alias = alias();
        match self {
            Self::Kept(dir) => format!(
                "\nits files are kept in {dir}; to try everything else on them:\n{alias}  \
                 cd '{dir}'\n  \
                 rollcall simulator --listen {address} --state {STATE} &\n  \
                 rollcall doctor\n  \
                 rollcall employee explain {mover}\n  \
                 rollcall audit\n  \
                 edit {EMPLOYEES}, then\n  \
                 rollcall employees import {EMPLOYEES} && rollcall plan",
                dir = dir.display(),
                address = tenant.addr(),
                mover = drift::who::MOVER,
            ),
            Self::Passing(_) => format!(
                "\nto try everything else:\n{alias}  \
                 rollcall demo --dir demo                   the same, and its files stay\n  \
                 rollcall init                              set up a real tenant, step by step\n  \
                 rollcall --help"
            ),
        }
    }
}

/// A program that was named by its path is not on the shell's own one: `rollcall` alone would not
/// be found.
fn alias() -> String {
    let named_by_path = std::env::args_os().next().is_some_and(|it| Path::new(&it).components().count() > 1);
    match std::env::current_exe() {
        Ok(program) if named_by_path => format!("  alias rollcall='{}'\n", program.display()),
        Ok(_) | Err(_) => String::new(),
    }
}
