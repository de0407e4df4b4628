//! Starting, holding and stopping a simulator.

use std::{
    fmt, io,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use axum::Router;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

use crate::{
    clock::Clock,
    company,
    conditions::{Conditions, Dice},
    control,
    faults::{Fault, Faults},
    gate::{self, Hub, lock},
    journal::{Journal, JournalLine, Stats},
    limits::Limits,
    options::Options,
    router,
    saving::{self, StateFileError, Unsaved},
    state::{Mail, State},
    switches::Switches,
    tenant::Tenant,
    wire::{CuttableListener, Wire},
};

/// Why a simulator could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken, or not ours to listen on.
    #[error("cannot listen on {address}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The state file is there and of no use.
    #[error(transparent)]
    StateFile(#[from] StateFileError),
}

/// A running tenant. Dropping it stops it too, but only [`Simulator::shutdown`] waits until it has stopped.
pub struct Simulator {
    hub: Arc<Hub>,
    address: SocketAddr,
    client_id: String,
    client_secret: String,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// Without the secret and without anybody's data.
impl fmt::Debug for Simulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Simulator").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Starts a tenant. It answers when this returns.
pub async fn start(mut options: Options) -> Result<Simulator, StartError> {
    let state = initial_state(&mut options)?;
    let address = options.listen;
    let failed = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let clock = Clock::start();
    let now = clock.now();
    let Options { latency_ms, jitter_ms, background_rps, .. } = options;
    let conditions = Conditions { latency_ms, jitter_ms, background_rps };
    let mut limits = Limits::new(options.plan, &options.switches, now.at);
    limits.share(background_rps, &options.switches, now);
    let hub = Arc::new(Hub {
        tenant: Mutex::new(Tenant::new(&options, state, router::all_scopes(), now)),
        limits: Mutex::new(limits),
        faults: Mutex::new(Faults::default()),
        journal: Mutex::new(Journal::default()),
        unsaved: Unsaved::default(),
        conditions: Mutex::new(conditions),
        dice: Dice::new(options.seed),
        origin: format!("http://{address}"),
        clock,
    });
    let (stop, stopped) = watch::channel(false);
    let mut tasks = vec![tokio::spawn(listen(listener, Arc::clone(&hub), stopped.clone()))];
    if let Some(path) = options.state_file {
        tasks.push(tokio::spawn(saving::keep(Arc::clone(&hub), path, stopped)));
    }
    tracing::info!(%address, plan = %options.plan, "the simulated tenant answers");
    let Options { client_id, client_secret, .. } = options;
    Ok(Simulator { hub, address, client_id, client_secret, stop, tasks })
}

/// The file's state, or the given one, or a fresh tenant, with the invented users in it.
fn initial_state(options: &mut Options) -> Result<State, StateFileError> {
    let from_file =
        options.state_file.as_ref().map(|path: &PathBuf| saving::read(path)).transpose()?.flatten();
    if let Some(state) = from_file {
        // These users were invented when the file was first written.
        return Ok(state);
    }
    let mut state = options.state.take().unwrap_or_default();
    state.users.extend(company::invent(options.users));
    Ok(state)
}

async fn listen(listener: TcpListener, hub: Arc<Hub>, mut stop: watch::Receiver<bool>) {
    let service = Router::new().fallback(gate::serve).with_state(hub);
    let service = service.into_make_service_with_connect_info::<Wire>();
    let stopped = async move { saving::stopped(&mut stop).await };
    if let Err(error) = axum::serve(CuttableListener(listener), service).with_graceful_shutdown(stopped).await
    {
        tracing::error!(%error, "the simulated tenant has stopped answering");
    }
}

impl Simulator {
    /// Where it answers, e.g. `http://127.0.0.1:4010`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The same as an address.
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// The application that may do everything here.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// That application's secret.
    pub fn client_secret(&self) -> &str {
        &self.client_secret
    }

    /// Stops taking requests, lets those under way finish (but waits for no idle connection), and saves the state
    /// file.
    pub async fn shutdown(self) {
        // Whether anybody still listens does not matter.
        self.stop.send_replace(true);
        for task in self.tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a part of the simulator did not end well");
            }
        }
    }

    /// The whole tenant, as `GET /_simulator/state`.
    pub fn state(&self) -> State {
        control::state(&self.hub)
    }

    /// Replaces the whole tenant; what is in it can be found at once. Tokens stay valid.
    pub fn set_state(&self, state: State) {
        control::set_state(&self.hub, state);
    }

    /// What was asked, in the order of arrival.
    pub fn journal(&self) -> Vec<JournalLine> {
        control::journal(&self.hub)
    }

    /// Forgets the journal and the statistics.
    pub fn clear_journal(&self) {
        control::clear_journal(&self.hub);
    }

    /// The outbox, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        control::mails(&self.hub)
    }

    /// Replaces the script of faults; counting starts anew.
    pub fn set_faults(&self, faults: Vec<Fault>) {
        lock(&self.hub.faults).set(faults);
    }

    /// Counts since the start or the last [`Simulator::clear_journal`].
    pub fn stats(&self) -> Stats {
        control::stats(&self.hub)
    }

    /// Decides the open points anew; buckets start full.
    pub fn set_switches(&self, switches: Switches) {
        control::set_switches(&self.hub, switches);
    }

    /// How far away the tenant is, and who else calls.
    pub fn conditions(&self) -> Conditions {
        *lock(&self.hub.conditions)
    }

    /// Moves the tenant nearer or further away, and its neighbours in or out; buckets stay as they are.
    pub fn set_conditions(&self, conditions: Conditions) {
        control::set_conditions(&self.hub, conditions);
    }

    /// Lets every token that was issued so far be refused as expired.
    pub fn expire_tokens(&self) {
        lock(&self.hub.tenant).tokens.expire_all();
    }
}
