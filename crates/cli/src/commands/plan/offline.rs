//! Planning from files alone: no database, no network, the same bytes each time.

use std::fs::File;
use std::path::Path;

use auth0::export::{self, Export};
use diff::{Links, Plan, Policy, Reading, RolesRead, Scope, Situation, Tenant, believable};
use store::CsvFile;

use crate::args::OfflineFiles;
use crate::config::Config;
use crate::{Exit, Failure, OrFail, Result, files, hints};

/// The tenant of every plan from files: it can be applied to none.
const TENANT: &str = "files";

/// Reads the files and plans.
pub(super) fn plan(files: &OfflineFiles, config: &Config, scope: &Scope, first_sync: bool) -> Result<Plan> {
    let CsvFile { rows: employees, id_type, columns: _ } = employees(&files.employees)?;
    let (users, roles) = users(files)?;
    tracing::info!(rows = employees.len(), users = users.len(), "both files are read");
    // As a table made for this file would have it.
    let policy = Policy { id_type, ..config.policy.clone() };
    believable(&employees, &policy)
        .or_fail(format!("believe {}", files.employees.display()), "write the file anew")
        .map_err(|it| it.exit(Exit::Suspect))?;
    let mut links = Links::default();
    for (employee, error) in links.take_over(&employees) {
        // Planning notes the contradiction itself; here it only must not be lost on the way.
        tracing::warn!(employee_id = %employee, %error, "a write-back column contradicts another");
    }
    scope
        .check(&employees, &links)
        .map_err(|it| Failure::new(it, "correct --where or --employee").exit(Exit::Suspect))?;
    Ok(diff::plan(&Situation {
        tenant: &Tenant::new(TENANT),
        employees: &employees,
        users: &users,
        roles,
        links: &links,
        memory: &diff::Memory::default(),
        policy: &policy,
        scope,
        first_sync,
        today: files.today,
        reading: &Reading::default(),
        rate_plan: config.auth0.rate_plan,
        share: config.auth0.share,
    }))
}

fn employees(path: &Path) -> Result<CsvFile> {
    let bytes = files::read(path, store::LONGEST_CSV)
        .or_fail(format!("read {}", path.display()), "check the path")?;
    store::read_csv(&bytes).map_err(|error| hints::csv(path, error, "nothing was planned"))
}

/// The users, and whether anything is known about their roles.
fn users(files: &OfflineFiles) -> Result<(Vec<diff::User>, RolesRead)> {
    let name = files.users.display();
    let next = "export the users anew: Auth0's own export is newline-delimited JSON, plain or gzip";
    let Export { mut users, has_roles } =
        export::read_users(open(&files.users)?).or_fail(format!("read the users in {name}"), next)?;
    let Some(path) = &files.roles else {
        return Ok((users, if has_roles { RolesRead::Read } else { RolesRead::NotRead }));
    };
    let next = "write {\"role\": [\"user id\", …], …}";
    let roles =
        export::read_roles(open(path)?).or_fail(format!("read the roles in {}", path.display()), next)?;
    auth0::attach_roles(&mut users, &roles);
    Ok((users, RolesRead::Read))
}

fn open(path: &Path) -> Result<File> {
    File::open(path).or_fail(format!("open {}", path.display()), "check the path")
}
