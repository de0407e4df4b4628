//! What every route works with.

use std::sync::{Arc, PoisonError, RwLock};

use access::Attempts;
use diff::{Approver, EmployeeId, PlanId, RunId};
use engine::Engine;

use crate::applying::Refused;
use crate::keys::Keys;
use crate::lacking::Lacking;
use crate::metering::{AuditChain, Standing};
use crate::operations::Operations;
use crate::problem::{Kind, Problem};
use crate::settings::Settings;
use crate::telling::Telling;
use crate::timetable::Timetable;
use crate::work::Work;

/// The service, shared by all requests.
pub(crate) struct App {
    /// Replaced as a whole when the configuration is read again.
    configured: RwLock<Configured>,
    /// `host:pid`, by which people find the process that holds a lease.
    pub(crate) holder: String,
    pub(crate) attempts: Attempts,
    pub(crate) keys: Keys,
    pub(crate) work: Work,
    pub(crate) operations: Operations,
    pub(crate) lacking: Lacking,
    pub(crate) refused_plans: Refused,
    pub(crate) timetable: Timetable,
    pub(crate) standing: Standing,
    pub(crate) chain: AuditChain,
    pub(crate) telling: Telling,
}

/// What the configuration says; whoever works keeps what they began with.
struct Configured {
    engine: Arc<Engine>,
    settings: Arc<Settings>,
}

impl App {
    pub(crate) fn new(engine: Engine, settings: Settings, timetable: Timetable) -> Self {
        let (limit, per) = settings.attempts;
        Self {
            holder: settings.holder.clone(),
            attempts: Attempts::new(limit, per),
            configured: RwLock::new(Configured { engine: Arc::new(engine), settings: Arc::new(settings) }),
            keys: Keys,
            work: Work::default(),
            operations: Operations::default(),
            lacking: Lacking::default(),
            refused_plans: Refused::default(),
            timetable,
            standing: Standing::default(),
            chain: AuditChain::default(),
            telling: Telling::default(),
        }
    }

    /// The engine as it is configured now.
    pub(crate) fn engine(&self) -> Arc<Engine> {
        Arc::clone(&self.configured.read().unwrap_or_else(PoisonError::into_inner).engine)
    }

    /// How the service is run now.
    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.configured.read().unwrap_or_else(PoisonError::into_inner).settings)
    }

    /// From now on requests work with these.
    pub(crate) fn replace(&self, engine: Engine, settings: Settings) {
        let engine = engine.after(&self.engine());
        let configured = Configured { engine: Arc::new(engine), settings: Arc::new(settings) };
        *self.configured.write().unwrap_or_else(PoisonError::into_inner) = configured;
        self.lacking.forget();
        self.refused_plans.forget();
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
