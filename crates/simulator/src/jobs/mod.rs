//! Jobs: things that Auth0 does later and reports on.

pub(crate) mod export;
mod file;
pub(crate) mod verification;

use serde_json::{Value, json};

use crate::{answer::Answer, call::Call, clock::Timestamp, error::Refusal, tenant::Tenant};

use export::Export;

/// A job's data vanish after a day.
const KEPT_MS: i64 = 86_400_000;

/// Something that was asked for and is reported on under its id.
#[derive(Debug)]
pub(crate) struct Job {
    id: String,
    created_at: Timestamp,
    work: Work,
}

/// What a job is about.
#[derive(Debug)]
enum Work {
    /// Done by the time anybody asks.
    VerificationEmail,
    Export(Export),
}

impl Job {
    fn view(&self, status: &str) -> Value {
        let kind = match self.work {
            Work::VerificationEmail => "verification_email",
            Work::Export(_) => "users_export",
        };
        json!({"type": kind, "status": status, "created_at": self.created_at, "id": self.id})
    }
}

fn find<'a>(tenant: &'a mut Tenant, call: &Call) -> Result<&'a mut Job, Refusal> {
    let fresh = |it: &&mut Job| it.created_at.plus_millis(KEPT_MS) > call.now.wall;
    tenant.jobs.get_mut(call.id()).filter(fresh).ok_or_else(Refusal::no_such_job)
}

/// `GET /jobs/{id}`
pub(crate) fn get(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let job = find(tenant, call)?;
    let completed = job.view("completed");
    let pending = job.view("pending");
    match &mut job.work {
        Work::VerificationEmail => Ok(Answer::ok(&completed)),
        Work::Export(export) => {
            let is_done = export.is_done(call.now.wall);
            let mut view = export.describe(if is_done { completed } else { pending });
            if is_done {
                view["location"] = json!(export.fresh_link(call));
                view["percentage_done"] = json!(100);
            }
            Ok(Answer::ok(&view))
        }
    }
}

/// `GET /jobs/{id}/errors`: 204, as no job here fails for a user.
pub(crate) fn errors(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    find(tenant, call).map(|_| Answer::no_content())
}
