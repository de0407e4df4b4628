//! What the caller does at a tick, and where it keeps who took which.

use std::error::Error;
use std::fmt;

use chrono::{DateTime, Utc};

use crate::freeze::Allowed;
use crate::name::Name;
use crate::schedule::{Extent, Schedule};

/// The work of schedules, and the table of their ticks. An implementation writes these as `async fn`.
///
/// Whatever fails is asked again at the next beat, for as long as the tick is the newest that is due. No answer at
/// all holds up every schedule, so each question must have a bound on its time.
pub trait Work: Send + Sync + 'static {
    /// For whom schedules are, which only the caller understands.
    type Scope: Clone + fmt::Debug + Send + Sync + 'static;
    /// Why the table could not be asked.
    type Error: Error + Send + Sync + 'static;

    /// The newest tick of the schedule that anybody has taken or skipped; none where there never was one.
    fn last(
        &self,
        schedule: &Name,
    ) -> impl Future<Output = Result<Option<DateTime<Utc>>, Self::Error>> + Send;

    /// Takes the tick, unless somebody else has. Of all replicas one is told that it is theirs: a unique row.
    /// To be asked a second time, because the first answer was lost, must not make a second one of it.
    fn claim(
        &self,
        schedule: &Name,
        tick: DateTime<Utc>,
    ) -> impl Future<Output = Result<bool, Self::Error>> + Send;

    /// Does the work, and records how it ended. It was claimed before.
    fn run(
        &self,
        schedule: &Schedule<Self::Scope>,
        tick: DateTime<Utc>,
        allowed: Allowed,
    ) -> impl Future<Output = ()> + Send;

    /// Records a tick that is not worked on, unless somebody else has taken it.
    fn skipped(
        &self,
        schedule: &Name,
        tick: DateTime<Utc>,
        why: &Skip,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Why a tick was not worked on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Skip {
    /// It found work under way that does the same, or more.
    Busy(Going),
    /// It fell into a pause. The last one of the pause is recorded, when the schedule goes on.
    Paused,
}

/// Work under way in this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Going {
    /// Of which schedule.
    pub schedule: Name,
    /// How much it looks at.
    pub work: Extent,
    /// Of which tick; when it was asked for, where a person runs the schedule by hand.
    pub tick: DateTime<Utc>,
}

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy(going) => write!(f, "{going} was still going"),
            Self::Paused => f.write_str("the schedule was paused"),
        }
    }
}

impl fmt::Display for Going {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { schedule, work: _, tick } = self;
        write!(f, "{schedule} of {}", tick.format("%Y-%m-%d %H:%M:%S UTC"))
    }
}
