//! What is logged, of everybody's code and at every level, while a test runs on its one thread.

use std::io;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::MakeWriter;

use crate::world::in_time;

pub(crate) struct Logs {
    written: Written,
    _guard: DefaultGuard,
}

#[derive(Clone, Default)]
struct Written {
    text: Arc<Mutex<String>>,
    more: Arc<Notify>,
}

impl Logs {
    pub(crate) fn of_everything() -> Self {
        let written = Written::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(written.clone())
            .finish();
        Self { written, _guard: tracing::subscriber::set_default(subscriber) }
    }

    /// Waits until it was logged.
    pub(crate) async fn have(&self, words: &str) {
        in_time(async {
            while !self.text().contains(words) {
                self.written.more.notified().await;
            }
        })
        .await;
    }

    pub(crate) fn text(&self) -> String {
        self.written.text.lock().unwrap().clone()
    }

    /// Our own lines with these words, from the words on.
    pub(crate) fn lines(&self, words: &str) -> Vec<String> {
        let text = self.text();
        let lines = text.lines().filter(|it| it.contains(" notify::"));
        lines.filter_map(|it| it.find(words).map(|at| it[at..].to_owned())).collect()
    }
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.text.lock().unwrap().push_str(&String::from_utf8_lossy(bytes));
        self.more.notify_one();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Written {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
