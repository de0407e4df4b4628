//! Two processes that plan, apply, act, sleep and die in any order: the store allows what a model of it allows,
//! and no more.
//!
//! The model is a few lists in memory and the rules of the design written down once more, apart from the
//! store. Each step is done by both, and their answers must agree.

mod model;
mod plans;

use chrono::{DateTime, TimeDelta, Utc};
use diff::{Change, Kind, PlanId, Policy, Request, RunId, UserId};
use proptest::collection::vec;
use proptest::prelude::*;
use store::{
    CallEnd, CallId, CallState, ClaimError, EmployeeClaim, Error, Hold, Intent, Lease, LeaseError, Options,
    PlanState, Refusal, Store,
};

use super::config;
use model::{Model, Said};
use plans::{grace, plan, report, tenant, yes};

/// How long a lease or claim is held.
const TERM: TimeDelta = TimeDelta::seconds(15);

/// Whose plans there are: of everybody twice, and of one employee.
const KINDS: [(&[i64], bool); 3] = [(&[1, 2], false), (&[2, 3], false), (&[1], true)];

/// What somebody does. The first number is one of two processes, or a plan.
#[derive(Clone, Debug)]
enum Step {
    Propose(usize),
    Approve(usize),
    Reject(usize),
    Lease(usize),
    Hold(usize, i64),
    Renew(usize, What),
    Release(usize, What),
    Settle(usize, What),
    Claim(usize, What, usize),
    Intend(usize, What, i64),
    Conclude(usize, What),
    Finish(usize, What, bool),
    Crash(usize),
    Pass(i64),
}

/// Under what a process works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// The tenant's lease.
    Tenant,
    /// The claim of one employee.
    Employee,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let scripts = prop_oneof![6 => step().prop_map(|it| vec![it]), 1 => begun(), 1 => stolen()];
    vec(scripts, 1..60).prop_map(|it| it.concat())
}

/// What a process does that gets to work, if nothing is in its way.
fn begun() -> impl Strategy<Value = Vec<Step>> {
    (0..2_usize, 0..KINDS.len()).prop_map(|(process, kind)| {
        let what = if KINDS[kind].1 { What::Employee } else { What::Tenant };
        let take = if KINDS[kind].1 { Step::Hold(process, 1) } else { Step::Lease(process) };
        let (settle, claim) = (Step::Settle(process, what), Step::Claim(process, what, 0));
        vec![Step::Propose(kind), Step::Approve(0), take, settle, claim, Step::Intend(process, what, 1)]
    })
}

/// What a process does that has waited for another to sleep through its time, and what the sleeper does then.
fn stolen() -> impl Strategy<Value = Vec<Step>> {
    (0..2_usize, any::<bool>(), any::<bool>()).prop_map(|(process, alone, settles)| {
        let what = if alone { What::Employee } else { What::Tenant };
        let take = if alone { Step::Hold(process, 1) } else { Step::Lease(process) };
        let settle = settles.then_some(Step::Settle(process, what));
        let sleeper = [Step::Intend(1 - process, what, 1), Step::Finish(1 - process, what, true)];
        [Step::Pass(20), take].into_iter().chain(settle).chain(sleeper).collect()
    })
}

/// One step of anybody's.
fn step() -> impl Strategy<Value = Step> {
    let process = 0..2_usize;
    let what = || prop_oneof![3 => Just(What::Tenant), 2 => Just(What::Employee)];
    let employee = || 1..4_i64;
    let plan = || 0..6_usize;
    prop_oneof![
        4 => (0..KINDS.len()).prop_map(Step::Propose),
        6 => plan().prop_map(Step::Approve),
        1 => plan().prop_map(Step::Reject),
        6 => process.clone().prop_map(Step::Lease),
        5 => (process.clone(), employee()).prop_map(|(p, e)| Step::Hold(p, e)),
        3 => (process.clone(), what()).prop_map(|(p, w)| Step::Renew(p, w)),
        2 => (process.clone(), what()).prop_map(|(p, w)| Step::Release(p, w)),
        4 => (process.clone(), what()).prop_map(|(p, w)| Step::Settle(p, w)),
        9 => (process.clone(), what(), plan()).prop_map(|(p, w, plan)| Step::Claim(p, w, plan)),
        9 => (process.clone(), what(), employee()).prop_map(|(p, w, e)| Step::Intend(p, w, e)),
        5 => (process.clone(), what()).prop_map(|(p, w)| Step::Conclude(p, w)),
        3 => (process.clone(), what(), any::<bool>()).prop_map(|(p, w, all)| Step::Finish(p, w, all)),
        2 => process.prop_map(Step::Crash),
        5 => prop_oneof![10 => Just(1_i64), 10 => Just(6), 8 => Just(20), 1 => Just(25 * 3_600)].prop_map(Step::Pass),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn plans_leases_claims_and_runs_do_what_the_model_says(steps in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(live(&steps));
    }
}

/// What a process remembers. A crash forgets all of it.
#[derive(Default)]
struct Process {
    lease: Option<Lease>,
    claim: Option<EmployeeClaim>,
    runs: [Option<(RunId, PlanId)>; 2],
    /// The call under way, by what it is made under.
    calls: [Option<i64>; 2],
}

struct World {
    store: Store,
    model: Model,
    processes: [Process; 2],
    now: DateTime<Utc>,
    plans: Vec<PlanId>,
    calls: i64,
}

async fn live(steps: &[Step]) {
    let store = Store::open(Options::one("sqlite::memory:")).await.expect("a database in memory");
    store.migrate().await.expect("its tables");
    let now = "2026-11-23T08:00:00Z".parse().expect("a moment");
    let mut world = World {
        store,
        model: Model::new(now),
        processes: Default::default(),
        now,
        plans: Vec::new(),
        calls: 0,
    };
    for (at, step) in steps.iter().enumerate() {
        let (said, expected) = world.step(step).await;
        assert_eq!(said, expected, "step {at}, {step:?}, of {steps:?}");
        world.assert_invariants(&format!("step {at}, {step:?}, of {steps:?}")).await;
    }
}

impl World {
    /// What the store says to a step, and what the model says.
    async fn step(&mut self, step: &Step) -> (Said, Said) {
        match *step {
            Step::Propose(kind) => {
                let id =
                    self.store.propose(&plan(kind), &[], "client", self.now).await.expect("it is stored").id;
                let expected = self.model.propose(kind, id);
                self.plans.retain(|it| *it != id);
                self.plans.push(id);
                (Said::Plan(id), expected)
            }
            Step::Approve(at) => {
                let Some(id) = self.plan(at) else { return NOTHING };
                let stored = self.store.plan(id).await.expect("it is there").plan;
                let approved = self.store.approve(id, yes(&stored), &Policy::default(), self.now).await;
                (Said::of_refusal(approved.map(drop)), self.model.approve(id))
            }
            Step::Reject(at) => {
                let Some(id) = self.plan(at) else { return NOTHING };
                let rejected = self.store.reject(id, grace(), None, self.now).await;
                (Said::of_refusal(rejected), self.model.reject(id))
            }
            Step::Lease(process) => {
                let taken = self.store.lease(&tenant(), name(process), self.now, TERM).await;
                let said = Said::of_lease(&taken);
                if let Ok(lease) = taken {
                    self.processes[process].lease = Some(lease);
                }
                (said, self.model.lease(process))
            }
            Step::Hold(process, employee) => {
                let taken = self
                    .store
                    .claim_employee(&tenant(), &employee.into(), name(process), self.now, TERM)
                    .await;
                let said = Said::of_lease(&taken);
                if let Ok(claim) = taken {
                    self.processes[process].claim = Some(claim);
                }
                (said, self.model.hold(process, employee))
            }
            Step::Renew(process, what) => {
                let Some(hold) = self.processes[process].hold(what) else { return NOTHING };
                let renewed = self.store.renew(hold, self.now).await;
                (Said::of_lease(&renewed), self.model.renew(process, what))
            }
            Step::Release(process, what) => {
                let said = match what {
                    What::Tenant => match self.processes[process].lease.take() {
                        Some(lease) => self.store.release(lease).await,
                        None => return NOTHING,
                    },
                    What::Employee => match self.processes[process].claim.take() {
                        Some(claim) => self.store.release_claim(claim).await,
                        None => return NOTHING,
                    },
                };
                (Said::of_error(said), self.model.release(process, what))
            }
            Step::Settle(process, what) => self.settle(process, what).await,
            Step::Claim(process, what, at) => self.claim(process, what, at).await,
            Step::Intend(process, what, employee) => self.intend(process, what, employee).await,
            Step::Conclude(process, what) => {
                let Some((run, _)) = self.processes[process].runs[what as usize] else { return NOTHING };
                let Some(seq) = self.processes[process].calls[what as usize].take() else { return NOTHING };
                let end = CallEnd {
                    id: CallId { run, seq },
                    state: CallState::Done,
                    status: None,
                    answer: None,
                    made: None,
                    auth0_request_id: None,
                    outcomes: [].into(),
                };
                let said = Said::of_error(self.store.conclude(&[end], self.now).await);
                (said, self.model.conclude(run, seq))
            }
            Step::Finish(process, what, all) => {
                let Some((run, plan)) = self.processes[process].runs[what as usize] else { return NOTHING };
                let said = Said::of_error(self.store.finish(&report(run, plan, all), self.now).await);
                if said == Said::Yes {
                    self.processes[process].runs[what as usize] = None;
                    self.processes[process].calls[what as usize] = None;
                }
                (said, self.model.finish(run, all))
            }
            Step::Crash(process) => {
                self.processes[process] = Process::default();
                self.model.crash(process);
                NOTHING
            }
            Step::Pass(seconds) => {
                self.now += TimeDelta::seconds(seconds);
                self.model.now = self.now;
                NOTHING
            }
        }
    }

    /// Settles whatever is abandoned, as whoever takes a lease does.
    async fn settle(&mut self, process: usize, what: What) -> (Said, Said) {
        let Some(hold) = self.processes[process].hold(what) else { return NOTHING };
        let abandoned = self.store.abandoned(hold).await.expect("it is read");
        let runs: Vec<RunId> = abandoned.iter().map(|it| it.run).collect();
        assert_eq!(runs, self.model.abandoned(process, what), "what is abandoned");
        let (mut said, mut expected) = NOTHING;
        for it in abandoned {
            let settled = self.store.settle(&report(it.run, it.plan, false), hold, self.now).await;
            said = Said::of_error(settled);
            expected = self.model.settle(process, what, it.run);
            if said != expected {
                break;
            }
        }
        (said, expected)
    }

    async fn claim(&mut self, process: usize, what: What, at: usize) -> (Said, Said) {
        let (Some(id), Some(hold)) = (self.plan(at), self.processes[process].hold(what)) else {
            return NOTHING;
        };
        let claimed = self.store.claim(id, hold, &Policy::default(), self.now).await;
        let (said, run) = match claimed {
            Ok(claim) => (Said::Yes, Some(claim.run)),
            Err(error) => (Said::of_claim(&error), None),
        };
        let expected = self.model.claim(process, what, id, run);
        if let Some(run) = run {
            self.processes[process].runs[what as usize] = Some((run, id));
            self.processes[process].calls[what as usize] = None;
        }
        (said, expected)
    }

    async fn intend(&mut self, process: usize, what: What, employee: i64) -> (Said, Said) {
        let Some((run, _)) = self.processes[process].runs[what as usize] else { return NOTHING };
        self.calls += 1;
        let seq = self.calls;
        let request: Request<UserId> =
            Request::EndSessions { user: UserId::new(format!("auth0|{employee}")) };
        let carries = [Change::id_of(Kind::Block, &employee.into())];
        let intent =
            Intent { id: CallId { run, seq }, request: &request, carries: &carries, correlation_id: "c" };
        let said = Said::of_error(self.store.intend(&[intent], self.now).await);
        if said == Said::Yes {
            self.processes[process].calls[what as usize] = Some(seq);
        }
        (said, self.model.intend(run, seq, employee))
    }

    fn plan(&self, at: usize) -> Option<PlanId> {
        // What was proposed last is the most interesting.
        self.plans.iter().rev().nth(at).copied()
    }

    /// What must hold whatever happened.
    async fn assert_invariants(&self, when: &str) {
        let mut applying: Vec<PlanId> = Vec::new();
        for run in
            self.store.runs(100).await.expect("they are read").iter().filter(|it| it.ended_at.is_none())
        {
            assert!(
                !applying.contains(&run.plan),
                "plan {} is applied by one run at a time: {when}",
                run.plan
            );
            applying.push(run.plan);
        }
        for id in &self.plans {
            let state = self.store.plan(*id).await.expect("it is there").state;
            assert_eq!(state, self.model.state(*id), "plan {id}: {when}");
            assert_eq!(state == PlanState::Applying, applying.contains(id), "plan {id} has a run: {when}");
        }
        self.model.assert_arrows(when);
    }
}

impl Process {
    fn hold(&self, what: What) -> Option<Hold<'_>> {
        match what {
            What::Tenant => self.lease.as_ref().map(Hold::Tenant),
            What::Employee => self.claim.as_ref().map(Hold::Employee),
        }
    }
}

impl Said {
    fn of_error(done: Result<(), Error>) -> Self {
        match done {
            Ok(()) => Self::Yes,
            Err(Error::LeaseLost(_)) => Self::Lost,
            Err(Error::RunOver(_)) => Self::Over,
            Err(Error::ClaimedBy { .. }) => Self::Held,
            Err(other) => panic!("{other}"),
        }
    }

    fn of_lease<T>(taken: &Result<T, LeaseError>) -> Self {
        match taken {
            Ok(_) => Self::Yes,
            Err(LeaseError::HeldBy { .. } | LeaseError::EmployeeHeldBy { .. }) => Self::Held,
            Err(LeaseError::Lost(_)) => Self::Lost,
            Err(LeaseError::Store(error)) => panic!("{error}"),
        }
    }

    fn of_refusal(said: Result<(), Refusal>) -> Self {
        match said {
            Ok(()) => Self::Yes,
            Err(Refusal::Store(error)) => panic!("{error}"),
            Err(_) => Self::Refused,
        }
    }

    fn of_claim(error: &ClaimError) -> Self {
        match error {
            ClaimError::LeaseLost(_) => Self::Lost,
            ClaimError::Unsettled(_) => Self::Unsettled,
            ClaimError::OtherEmployee { .. } | ClaimError::Refused(_) => Self::Refused,
            ClaimError::OtherTenant { .. } | ClaimError::Changed(_) => panic!("{error}"),
        }
    }
}

const NOTHING: (Said, Said) = (Said::Nothing, Said::Nothing);

fn name(process: usize) -> &'static str {
    ["one", "two"][process]
}
