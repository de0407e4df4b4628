//! Ctrl-C: the first asks a run to stop in order, the second ends the process.

use engine::Stop;
use tokio::task::JoinHandle;

use crate::{Exit, Output};

/// Listens for Ctrl-C until dropped.
pub(crate) struct Listening {
    task: JoinHandle<()>,
}

/// Asks `stop` at the first Ctrl-C. A run that is ended by the second one is settled by the next
/// run: its journal tells what was under way.
pub(crate) fn listen(stop: Stop, output: &Output) -> Listening {
    let output = output.clone();
    let task = tokio::spawn(async move {
        interrupted().await;
        stop.ask();
        output.say("stopping: calls under way are finished and recorded; Ctrl-C again ends at once");
        interrupted().await;
        std::process::exit(i32::from(Exit::Error.code()));
    });
    Listening { task }
}

/// Waits for Ctrl-C or for the signal by which services are stopped.
pub(crate) async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminated) = signal(SignalKind::terminate()) else {
            return until_ctrl_c().await;
        };
        tokio::select! {
            () = until_ctrl_c() => {}
            _ = terminated.recv() => {}
        }
    }
    #[cfg(not(unix))]
    until_ctrl_c().await;
}

/// A process that cannot listen for Ctrl-C is ended by it, as any other.
async fn until_ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}
