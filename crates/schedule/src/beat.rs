//! The heartbeat: a job of tokio-cron-scheduler, each second of UTC, that asks the runner what is due.
//!
//! Only this is left to it, and not a job for each schedule, for four reasons, found in its source (0.15):
//!
//! * It keeps the zone of a job as the offset that held when the job was made (`time_offset_seconds`), so that
//!   from the next change of summer time on each tick is an hour off. Making the jobs anew at each change
//!   would need to know when that is, and would race with ticks of that very hour.
//! * It knows nothing of ticks before the process began, so catching up is ours in any case.
//! * It starts a job although the last one still runs, and `shutdown` waits for none.
//! * A tick whose claim fails must be asked again a moment later, which for it would be another job.
//!
//! So when a schedule is due is one pure question ([`crate::Schedule::due`]), asked at each beat; beats may
//! come late, twice or not at all, and nothing is lost or done twice.

use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

/// Each second.
const BEAT: &str = "* * * * * *";

/// The heartbeat could not be started.
#[derive(Debug, thiserror::Error)]
#[error("start the heartbeat of the schedules")]
pub struct BeatError(#[from] JobSchedulerError);

/// A heart that beats until it is stopped.
pub(crate) struct Heart(JobScheduler);

impl Heart {
    pub(crate) async fn start<F>(
        mut beat: impl FnMut() -> F + Send + Sync + 'static,
    ) -> Result<Self, BeatError>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let scheduler = JobScheduler::new().await?;
        scheduler.add(Job::new_async(BEAT, move |_, _| Box::pin(beat()))?).await?;
        scheduler.start().await?;
        Ok(Self(scheduler))
    }

    /// No beat is begun after the next half second.
    pub(crate) async fn stop(mut self) {
        if let Err(error) = self.0.shutdown().await {
            tracing::warn!(%error, "the heartbeat of the schedules could not be stopped");
        }
    }
}
