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
    fn is_kept(&self, now: Timestamp) -> bool {
        self.created_at.plus_millis(KEPT_MS) > now
    }

    fn view(&self, status: &str) -> Value {
        let kind = match self.work {
            Work::VerificationEmail => "verification_email",
            Work::Export(_) => "users_export",
        };
        json!({"type": kind, "status": status, "created_at": self.created_at, "id": self.id})
    }
}

fn find<'a>(tenant: &'a mut Tenant, call: &Call) -> Result<&'a mut Job, Refusal> {
    let job = tenant.jobs.get_mut(call.id()).filter(|it| it.is_kept(call.now.wall));
    job.ok_or_else(Refusal::no_such_job)
}

/// `GET /jobs/{id}`
pub(crate) fn get(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    let link_ms = tenant.switches.export_link_ms;
    let job = find(tenant, call)?;
    let status = match &job.work {
        Work::VerificationEmail => "completed",
        Work::Export(export) => export.status(call.now.wall),
    };
    let view = job.view(status);
    Ok(Answer::ok(&match &mut job.work {
        Work::VerificationEmail => view,
        Work::Export(export) => export.report(view, call, link_ms),
    }))
}

/// `GET /jobs/{id}/errors`: 204, as no job here fails for a user.
pub(crate) fn errors(tenant: &mut Tenant, call: &Call) -> Result<Answer, Refusal> {
    find(tenant, call).map(|_| Answer::no_content())
}
