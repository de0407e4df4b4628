//! Ctrl-C, and the signal by which services are stopped: the first asks a run to stop in order, the
//! second ends the process at once.

use engine::Stop;
use tokio::task::JoinHandle;

use crate::Output;

/// Listens until dropped.
pub(crate) struct Listening {
    task: JoinHandle<()>,
}

/// What the process was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// What `kill`, systemd and Kubernetes send.
    Terminate,
}

impl Signal {
    /// What a shell tells of a process that a signal has ended: 128 and the signal's number.
    const fn exit_code(self) -> i32 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

/// Asks `stop` at the first signal. A run that is ended by the second one is settled by the next run: its
/// journal tells what was under way.
pub(crate) fn listen(stop: Stop, output: &Output) -> Listening {
    let output = output.clone();
    let task = tokio::spawn(async move {
        let mut signals = Signals::new();
        signals.next().await;
        stop.ask();
        output.say("stopping: calls under way are finished and recorded; Ctrl-C again ends at once");
        let signal = signals.next().await;
        output.say(
            "ended at once: calls under way may have been done or not\n  \
             → rollcall apply ID, or rollcall sync, finds out and goes on, once the lease has ended (15 s)",
        );
        std::process::exit(signal.exit_code());
    });
    Listening { task }
}

/// What a service is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// To end in order.
    Stop,
    /// To read its configuration again (`SIGHUP`).
    Reload,
}

/// What a service is told, from now on.
pub(crate) struct Service {
    signals: Signals,
    #[cfg(unix)]
    hung_up: Option<tokio::signal::unix::Signal>,
}

impl Service {
    /// Listens.
    pub(crate) fn new() -> Self {
        Self {
            signals: Signals::new(),
            #[cfg(unix)]
            hung_up: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok(),
        }
    }

    /// Waits for the next word.
    #[cfg(unix)]
    pub(crate) async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.signals.next() => Told::Stop,
            () = received(&mut self.hung_up) => Told::Reload,
        }
    }

    #[cfg(not(unix))]
    pub(crate) async fn next(&mut self) -> Told {
        self.signals.next().await;
        Told::Stop
    }

    /// From now on the next signal ends the process at once.
    pub(crate) fn end_at_next(mut self) -> Listening {
        let task = tokio::spawn(async move {
            let signal = self.signals.next().await;
            std::process::exit(signal.exit_code());
        });
        Listening { task }
    }
}

/// Waits for a signal.
pub(crate) async fn interrupted() {
    Signals::new().next().await;
}

/// Both, from now on: none that comes between two waits is lost.
struct Signals {
    #[cfg(unix)]
    terminated: Option<tokio::signal::unix::Signal>,
    #[cfg(unix)]
    interrupted: Option<tokio::signal::unix::Signal>,
}

impl Signals {
    /// A process that cannot listen for a signal is ended by it, as any other.
    #[cfg(unix)]
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        Self {
            terminated: signal(SignalKind::terminate()).ok(),
            interrupted: signal(SignalKind::interrupt()).ok(),
        }
    }

    #[cfg(not(unix))]
    fn new() -> Self {
        Self {}
    }

    #[cfg(unix)]
    async fn next(&mut self) -> Signal {
        tokio::select! {
            () = received(&mut self.interrupted) => Signal::Interrupt,
            () = received(&mut self.terminated) => Signal::Terminate,
        }
    }

    #[cfg(not(unix))]
    async fn next(&mut self) -> Signal {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Signal::Interrupt
    }
}

#[cfg(unix)]
async fn received(signal: &mut Option<tokio::signal::unix::Signal>) {
    let heard = match signal {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if heard.is_none() {
        std::future::pending::<()>().await;
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}
