//! What goes on beside requests: runs, acts that nobody waits for. A stop waits for all of it.

use std::future::Future;
use std::time::Duration;

use axum::response::Response;
use engine::Stop;
use serde_json::Value;
use tokio::sync::{Mutex, oneshot};
use tokio::task::JoinSet;

use crate::problem::{Kind, Problem};

/// No answer of ours to one act is larger.
const LONGEST_ANSWER: usize = 1024 * 1024;

/// Tasks under way, and the wish that they stop.
#[derive(Default)]
pub(crate) struct Work {
    stop: Stop,
    tasks: Mutex<JoinSet<()>>,
    /// One run of a whole plan at a time in this process.
    pub(crate) run: Mutex<()>,
}

impl Work {
    /// Asks runs to stop.
    pub(crate) fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Goes on with something beside the request.
    pub(crate) async fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().await;
        while tasks.try_join_next().is_some() {} // those that have ended take up no room
        tasks.spawn(work);
    }

    /// Does something to its end, whether or not whoever waits for it hangs up.
    pub(crate) async fn finish<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Problem> {
        let (told, hears) = oneshot::channel();
        self.spawn(async move { drop(told.send(work.await)) }).await;
        hears
            .await
            .map_err(|_| Problem::new(Kind::Internal, "the work broke off; the record tells how far it came"))
    }

    /// Asks everything to stop, and waits for it. What has not ended by then breaks off, and is settled by whoever
    /// runs next. Tells whether all has ended.
    pub(crate) async fn end(&self, within: Duration) -> bool {
        self.stop.ask();
        let mut tasks = self.tasks.lock().await;
        let all = async { while tasks.join_next().await.is_some() {} };
        tokio::time::timeout(within, all).await.is_ok()
    }
}

/// Status and body of an answer, for whoever asks for it later.
pub(crate) async fn taken_apart(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), LONGEST_ANSWER).await.unwrap_or_default();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}
