//! What every route works with.

use std::sync::{Arc, PoisonError, RwLock};

use access::{Attempts, Verifier, Webhooks};
use diff::{Approver, EmployeeId, PlanId, RunId};
use engine::Engine;

use crate::keys::Keys;
use crate::metering::Standing;
use crate::operations::Operations;
use crate::problem::{Kind, Problem};
use crate::settings::Settings;
use crate::timetable::Timetable;
use crate::work::Work;

/// The service, shared by all requests.
pub(crate) struct App {
    /// Replaced as a whole when the configuration is read again; a request keeps the one that it began with.
    engine: RwLock<Arc<Engine>>,
    pub(crate) settings: Settings,
    /// `host:pid`, by which people find the process that holds a lease.
    pub(crate) holder: String,
    pub(crate) attempts: Attempts,
    pub(crate) jwt: Option<Verifier>,
    pub(crate) webhooks: Option<Arc<Webhooks>>,
    pub(crate) keys: Keys,
    pub(crate) work: Work,
    pub(crate) operations: Operations,
    pub(crate) timetable: Timetable,
    pub(crate) standing: Standing,
}

impl App {
    pub(crate) fn new(engine: Engine, settings: Settings, timetable: Timetable) -> Self {
        let Settings { holder, attempts, jwt, webhooks, .. } = &settings;
        Self {
            engine: RwLock::new(Arc::new(engine)),
            holder: holder.clone(),
            attempts: Attempts::new(attempts.0, attempts.1),
            jwt: jwt.clone(),
            webhooks: webhooks.clone(),
            keys: Keys::default(),
            work: Work::default(),
            operations: Operations::default(),
            timetable,
            standing: Standing::default(),
            settings,
        }
    }

    /// The engine as it is configured now.
    pub(crate) fn engine(&self) -> Arc<Engine> {
        Arc::clone(&self.engine.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on requests work with another engine.
    pub(crate) fn replace(&self, engine: Engine) {
        *self.engine.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(engine);
    }

    /// Records that somebody was refused.
    pub(crate) async fn refused(&self, by: &Approver, why: &str) -> Result<(), Problem> {
        tracing::info!(by = %by, why, "request refused");
        Ok(self.engine().note_refusal(by, why).await?)
    }
}

/// An employee's id from a path.
pub(crate) fn employee_id(text: &str) -> Result<EmployeeId, Problem> {
    EmployeeId::parse(text).map_err(|error| Problem::new(Kind::BadRequest, format!("{text:?}: {error}")))
}

/// A plan's number from a path.
pub(crate) fn plan_id(text: &str) -> Result<PlanId, Problem> {
    number(text).map(PlanId)
}

/// A run's number from a path.
pub(crate) fn run_id(text: &str) -> Result<RunId, Problem> {
    number(text).map(RunId)
}

fn number(text: &str) -> Result<i64, Problem> {
    text.parse().map_err(|_| Problem::new(Kind::NotFound, format!("{text:?} is no number")))
}
