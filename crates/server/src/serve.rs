//! From settings to a service that listens, and back to nothing.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use engine::Engine;
use tokio::task::JoinHandle;

use crate::app::App;
use crate::applying;
use crate::faults::chain;
use crate::metering;
use crate::routes::{self, metrics_shown};
use crate::settings::Settings;
use crate::telling;
use crate::timetable::{Planned, Timetable, read_pauses};

/// How often pauses, approved plans and what is old are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// A tick whose end nobody has recorded for so long belongs to a process that died.
const LONGEST_TICK: chrono::TimeDelta = chrono::TimeDelta::hours(12);

/// Why the service does not begin.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address is taken, or not this machine's.
    #[error("could not listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Certificate and key.
    #[error("could not use the certificate {} with the key {}", certificate.display(), key.display())]
    Certificate {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's.
        key: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Two schedules of one name.
    #[error(transparent)]
    Schedules(#[from] schedule::NamedTwice),
    /// Two channels of one name.
    #[error(transparent)]
    Channels(#[from] notify::NotifierError),
    /// No heartbeat.
    #[error("could not start the schedules")]
    Beat(#[from] schedule::BeatError),
    /// The figures.
    #[error("could not prepare the metrics")]
    Metrics(#[from] metrics_exporter_prometheus::BuildError),
}

/// A service that listens. It goes on until it is stopped.
pub struct Service {
    app: Arc<App>,
    address: SocketAddr,
    metrics_address: Option<SocketAddr>,
    tls: Option<RustlsConfig>,
    handles: Vec<Handle<SocketAddr>>,
    listening: Vec<JoinHandle<()>>,
    looking: JoinHandle<()>,
    telling: JoinHandle<()>,
}

impl Service {
    /// Begins to listen, and to work by the schedules.
    ///
    /// # Errors
    /// An address or a certificate that cannot be used; two schedules or channels of one name.
    pub async fn start(
        engine: Engine,
        settings: Settings,
        planned: Vec<Planned>,
    ) -> Result<Self, ServeError> {
        metering::begin()?;
        telling::distinct(&settings.channels)?;
        let (listener, address) = listen(settings.listen)?;
        let metrics_listener = settings.metrics_listen.map(listen).transpose()?;
        let tls = match &settings.tls {
            Some((certificate, key)) => Some(certified(certificate, key).await?),
            None => None,
        };
        let app = Arc::new(App::new(engine, settings, Timetable::new(planned)));
        let runner = app.timetable.runner(&app)?;
        if let Err(error) = read_pauses(&app, runner).await {
            tracing::warn!(
                error = chain(&error),
                "pauses could not be read; schedules begin as if there were none"
            );
        }
        let mut service = Self {
            address,
            metrics_address: metrics_listener.as_ref().map(|(_, it)| *it),
            tls: tls.clone(),
            handles: Vec::new(),
            listening: Vec::new(),
            looking: tokio::spawn(look(Arc::clone(&app))),
            telling: tokio::spawn(telling::tell(Arc::clone(&app))),
            app: Arc::clone(&app),
        };
        service.serve(listener, routes::router(&app), tls);
        if let Some((listener, _)) = metrics_listener {
            let router = Router::new().route("/metrics", get(metrics_shown)).with_state(Arc::clone(&app));
            service.serve(listener, router, None);
        }
        runner.start().await?;
        tracing::info!(%address, "service started");
        Ok(service)
    }

    fn serve(&mut self, listener: TcpListener, router: Router, tls: Option<RustlsConfig>) {
        let handle = Handle::new();
        let made = router.into_make_service_with_connect_info::<SocketAddr>();
        self.handles.push(handle.clone());
        self.listening.push(tokio::spawn(async move {
            let served = match tls {
                Some(tls) => match axum_server::from_tcp_rustls(listener, tls) {
                    Ok(server) => server.handle(handle).serve(made).await,
                    Err(error) => Err(error),
                },
                None => match axum_server::from_tcp(listener) {
                    Ok(server) => server.handle(handle).serve(made).await,
                    Err(error) => Err(error),
                },
            };
            if let Err(error) = served {
                tracing::error!(%error, "the service does not listen any more");
            }
        }));
    }

    /// Where its API is, as a caller on this machine writes it.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it shows metrics, if apart.
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_address
    }

    /// Works by another configuration from now on: what is under way ends as it began. Certificates are read again,
    /// and the channels of notices are replaced as a whole.
    /// Where it listens, and whether by TLS, stays as it is until the next start; what of that the configuration has
    /// otherwise is told.
    ///
    /// # Errors
    /// A certificate that cannot be used, or two schedules or channels of one name; then all stays as it was.
    pub async fn reload(
        &self,
        engine: Engine,
        settings: Settings,
        planned: Vec<Planned>,
    ) -> Result<Vec<&'static str>, ServeError> {
        let before = self.app.settings();
        telling::distinct(&settings.channels)?;
        let certificate = match &settings.tls {
            Some((certificate, key)) => Some(certified(certificate, key).await?),
            None => None,
        };
        self.app.timetable.replace(planned)?;
        if let (Some(tls), Some(certificate)) = (&self.tls, certificate) {
            tls.reload_from_config(certificate.get_inner());
        }
        let differs = [
            ("listen", before.listen != settings.listen),
            ("metrics_listen", before.metrics_listen != settings.metrics_listen),
            ("TLS or not", before.is_encrypted() != settings.is_encrypted()),
        ];
        let settings = Settings {
            listen: before.listen,
            metrics_listen: before.metrics_listen,
            tls: if before.is_encrypted() { settings.tls.or_else(|| before.tls.clone()) } else { None },
            ..settings
        };
        self.app.replace(engine, settings);
        self.app.telling.begin_anew();
        tracing::info!("configuration reloaded");
        Ok(differs.into_iter().filter(|(_, it)| *it).map(|(name, _)| name).collect())
    }

    /// Takes nothing new, waits for what is under way as long as the settings say, and ends. What breaks off is
    /// settled by whoever runs next. Tells whether all has ended.
    pub async fn stop(self) -> bool {
        let Self { app, handles, listening, looking, telling, .. } = self;
        let within = app.settings().stop_within;
        looking.abort();
        for handle in &handles {
            handle.graceful_shutdown(Some(within));
        }
        app.work.stop().ask();
        app.telling.stop();
        let schedules = async {
            match app.timetable.runner(&app) {
                Ok(runner) => runner.stop(within).await.is_ok(),
                Err(_) => true,
            }
        };
        // What the last runs leave is told by whoever tells next.
        let silent = silent(telling, within);
        let (schedules, work, ()) = tokio::join!(schedules, app.work.end(within), silent);
        for it in listening {
            let _ = it.await;
        }
        tracing::info!(complete = schedules && work, "service stopped");
        schedules && work
    }
}

/// Waits until notices are sent, or kept for the next start. It is no work that breaks off.
async fn silent(mut telling: JoinHandle<()>, within: Duration) {
    if tokio::time::timeout(within, &mut telling).await.is_err() {
        telling.abort();
    }
}

/// What is looked for again and again: approvals given elsewhere, pauses said elsewhere, ticks of the dead.
async fn look(app: Arc<App>) {
    let mut told = false;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        metering::upkeep();
        match look_once(&app).await {
            Ok(()) => told = false,
            Err(error) if !told => {
                told = true; // once, and not every two seconds
                tracing::warn!(error = chain(&error), "the store could not be looked at");
            }
            Err(_) => {}
        }
        if app.settings().apply_approved && app.work.run.try_lock().is_ok() {
            applying::soon(&app).await;
        }
    }
}

async fn look_once(app: &Arc<App>) -> Result<(), store::Error> {
    if let Ok(runner) = app.timetable.runner(app) {
        read_pauses(app, runner).await?;
    }
    let engine = app.engine();
    engine
        .store()
        .abandon_ticks(engine.tenant(), chrono::Utc::now() - LONGEST_TICK, chrono::Utc::now())
        .await?;
    Ok(())
}

fn listen(address: SocketAddr) -> Result<(TcpListener, SocketAddr), ServeError> {
    let tried = || {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    };
    tried().map_err(|source| ServeError::Listen { address, source })
}

async fn certified(certificate: &PathBuf, key: &PathBuf) -> Result<RustlsConfig, ServeError> {
    let read = RustlsConfig::from_pem_file(certificate, key).await;
    read.map_err(|source| ServeError::Certificate {
        certificate: certificate.clone(),
        key: key.clone(),
        source,
    })
}
