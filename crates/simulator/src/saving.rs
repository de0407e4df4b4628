//! The state file: read at the start, written when writes have become quiet and at the end.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde::de;
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

use crate::{
    gate::{Hub, lock},
    state::State,
};

/// Why a state file is of no use.
#[derive(Debug, thiserror::Error)]
pub enum StateFileError {
    /// It is there and cannot be read.
    #[error("state file {} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// It is not a state document.
    #[error("state file {} is not a state document", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// Where it goes wrong.
        #[source]
        source: serde_json::Error,
    },
}

/// The file's state; `None` when there is no file yet.
pub(crate) fn read(path: &Path) -> Result<Option<State>, StateFileError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(StateFileError::Read { path: path.to_owned(), source }),
    };
    parse(&text).map(Some).map_err(|source| StateFileError::Parse { path: path.to_owned(), source })
}

/// A document is an object. The reader of structs alone would take an array too, and find a fresh tenant in `[]`.
pub(crate) fn parse(text: &[u8]) -> Result<State, serde_json::Error> {
    if !text.trim_ascii_start().starts_with(b"{") {
        return Err(de::Error::custom("a state document is an object"));
    }
    serde_json::from_slice(text)
}

/// Written beside the file and then put in its place, so that nobody ever reads half a document.
fn write(path: &Path, state: &State) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside = path.with_file_name(name);
    let text = serde_json::to_vec_pretty(state)?;
    fs::write(&beside, text)?;
    fs::rename(&beside, path)
}

/// Whether something was written since the last save.
#[derive(Debug, Default)]
pub(crate) struct Unsaved {
    written: Notify,
}

impl Unsaved {
    pub(crate) fn mark(&self) {
        self.written.notify_one();
    }
}

/// Writes have become quiet when none has come for this long.
const QUIET: Duration = Duration::from_millis(500);
/// And when they never do, a save is made all the same.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs until the simulator stops, and saves a last time then.
pub(crate) async fn keep(hub: Arc<Hub>, path: PathBuf, mut stop: watch::Receiver<bool>) {
    while written(&hub, &mut stop).await {
        save(&hub, &path).await;
    }
    save(&hub, &path).await;
}

/// Waits for writes and then for quiet; false when the simulator stops.
async fn written(hub: &Hub, stop: &mut watch::Receiver<bool>) -> bool {
    tokio::select! {
        () = hub.unsaved.written.notified() => {}
        () = stopped(stop) => return false,
    }
    let first = Instant::now();
    while first.elapsed() < PATIENCE {
        tokio::select! {
            () = tokio::time::sleep(QUIET) => break,
            () = hub.unsaved.written.notified() => {}
            () = stopped(stop) => return false,
        }
    }
    true
}

/// Returns when the simulator is told to stop, or its handle is gone, which means the same.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _told_or_gone = stop.wait_for(|it| *it).await.is_ok();
}

async fn save(hub: &Arc<Hub>, path: &Path) {
    let (hub, path) = (Arc::clone(hub), path.to_owned());
    let saved = tokio::task::spawn_blocking(move || {
        let saved = lock(&hub.tenant).save();
        write(&path, &saved.into_state()).map_err(|error| (path, error))
    });
    match saved.await {
        Ok(Ok(())) => {}
        Ok(Err((path, error))) => {
            tracing::error!(path = %path.display(), %error, "the state file is not written");
        }
        Err(error) => tracing::error!(%error, "the state file is not written"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_as_it_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.json");
        assert!(read(&path).unwrap().is_none());
        write(&path, &State::default()).unwrap();
        assert_eq!(read(&path).unwrap(), Some(State::default()));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        fs::write(&path, "{\"user\": []}").unwrap();
        assert!(matches!(read(&path), Err(StateFileError::Parse { .. })));
    }
}
