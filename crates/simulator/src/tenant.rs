//! Everything that one tenant holds, in memory, behind one lock.
//!
//! Each part keeps its own indexes; this file only puts them together and turns them into a [`State`] and back.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use crate::{
    clock::Moment,
    connections::Connections,
    domains,
    ids::Ids,
    jobs::Job,
    logs::Logs,
    options::{Options, RatePlan},
    roles::Roles,
    sessions::Live,
    state::{
        Application, CustomDomain, EmailProvider, Mail, PUBLIC_APPLICATION, RefreshToken, Session, State,
        User,
    },
    switches::Switches,
    tickets::Tickets,
    tokens::Tokens,
    users::{defaults, record::Record, store::Users},
};

/// A state whose users are still shared with the tenant: copying a hundred thousand of them can wait until the
/// tenant's lock is released.
pub(crate) struct Saved {
    state: State,
    users: Vec<Arc<Record>>,
}

impl Saved {
    pub(crate) fn into_state(self) -> State {
        let Self { mut state, mut users } = self;
        users.sort_by(|a, b| (a.created_at, &a.user_id).cmp(&(b.created_at, &b.user_id)));
        state.users = users.iter().map(|it| User::from(&**it)).collect();
        state
    }
}

/// The whole tenant. Handlers get it mutably, one at a time.
#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) plan: RatePlan,
    pub(crate) switches: Switches,
    pub(crate) ids: Ids,
    pub(crate) users: Users,
    pub(crate) roles: Roles,
    pub(crate) connections: Connections,
    pub(crate) applications: BTreeMap<String, Application>,
    pub(crate) sessions: Live<Session>,
    pub(crate) refresh_tokens: Live<RefreshToken>,
    pub(crate) brute_force_blocks: BTreeSet<String>,
    pub(crate) mails: Vec<Mail>,
    pub(crate) tickets: Tickets,
    pub(crate) jobs: HashMap<String, Job>,
    pub(crate) logs: Logs,
    pub(crate) tokens: Tokens,
    pub(crate) domains: Vec<String>,
    pub(crate) custom_domains: Vec<CustomDomain>,
    pub(crate) email_provider: Option<EmailProvider>,
    /// The application of the options: always present, its secret kept out of documents.
    own: Application,
}

impl Tenant {
    /// A tenant with what the document says, the document's gaps filled.
    pub(crate) fn new(options: &Options, state: State, scopes: Vec<String>, now: Moment) -> Self {
        let own = Application {
            client_id: options.client_id.clone(),
            client_secret: Some(options.client_secret.clone()),
            name: "Rollcall".to_owned(),
            scopes,
            token_lifetime_s: 86_400,
        };
        let mut tenant = Self {
            plan: options.plan,
            switches: options.switches.clone(),
            ids: Ids::default(),
            users: Users::new(options.search_lag_ms),
            roles: Roles::default(),
            connections: Connections::default(),
            applications: BTreeMap::new(),
            sessions: Live::default(),
            refresh_tokens: Live::default(),
            brute_force_blocks: BTreeSet::new(),
            mails: Vec::new(),
            tickets: Tickets::default(),
            jobs: HashMap::new(),
            logs: Logs::default(),
            tokens: Tokens::default(),
            domains: Vec::new(),
            custom_domains: Vec::new(),
            email_provider: None,
            own,
        };
        tenant.load(state, now);
        tenant
    }

    /// Replaces everything but tokens, switches and limits. What is loaded is searchable at once.
    pub(crate) fn load(&mut self, state: State, now: Moment) {
        let State {
            users,
            roles,
            connections,
            applications,
            sessions,
            refresh_tokens,
            brute_force_blocks,
            mails,
            domains,
            custom_domains,
            email_provider,
            ids_made,
        } = state;
        self.ids = Ids::starting_after(ids_made);
        self.connections = Connections::load(connections, &mut self.ids);
        self.users.clear();
        for user in users {
            let user = defaults::complete(user, &self.connections, &mut self.ids, now.wall);
            self.users.load(user);
        }
        self.roles = Roles::load(roles, &mut self.ids, now.wall);
        self.applications = self.load_applications(applications);
        self.sessions = Live::load(sessions, &mut self.ids, now.wall);
        self.refresh_tokens = Live::load(refresh_tokens, &mut self.ids, now.wall);
        self.brute_force_blocks = brute_force_blocks.into_iter().collect();
        self.mails = mails;
        self.domains = domains;
        self.custom_domains = domains::load(custom_domains, &mut self.ids);
        self.email_provider = email_provider;
        self.tickets = Tickets::default();
        self.jobs.clear();
        self.logs = Logs::default();
    }

    /// What `load` would have to be given to get this tenant again.
    pub(crate) fn save(&self) -> Saved {
        let state = State {
            users: Vec::new(),
            roles: self.roles.save(),
            connections: self.connections.save(),
            applications: self.applications.values().map(|it| self.without_own_secret(it)).collect(),
            sessions: self.sessions.save(),
            refresh_tokens: self.refresh_tokens.save(),
            brute_force_blocks: self.brute_force_blocks.iter().cloned().collect(),
            mails: self.mails.clone(),
            domains: self.domains.clone(),
            custom_domains: self.custom_domains.clone(),
            email_provider: self.email_provider.clone(),
            ids_made: self.ids.made(),
        };
        Saved { state, users: self.users.all().cloned().collect() }
    }

    /// The document may give our own application fewer scopes; its secret always comes from the options.
    fn load_applications(&self, applications: Vec<Application>) -> BTreeMap<String, Application> {
        let mut all = BTreeMap::new();
        all.insert(PUBLIC_APPLICATION.to_owned(), Application::public(PUBLIC_APPLICATION));
        all.insert(self.own.client_id.clone(), self.own.clone());
        for mut application in applications {
            if application.client_id == self.own.client_id {
                application.client_secret.clone_from(&self.own.client_secret);
            }
            all.insert(application.client_id.clone(), application);
        }
        all
    }

    fn without_own_secret(&self, application: &Application) -> Application {
        let mut application = application.clone();
        if application.client_id == self.own.client_id {
            application.client_secret = None;
        }
        application
    }

    /// Ends what a user is logged in to.
    pub(crate) fn end_sessions(&mut self, user_id: &str) {
        self.sessions.end_all(user_id);
    }
}
