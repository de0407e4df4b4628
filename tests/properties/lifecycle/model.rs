//! The rules of plans, the lease, claims and runs, written down apart from the store.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use diff::{PlanId, RunId};
use store::PlanState;

use super::{KINDS, TERM, What};

/// What is said to a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// It was done.
    Yes,
    /// There was nothing to be done.
    Nothing,
    /// This plan was meant.
    Plan(PlanId),
    /// Somebody else holds it.
    Held,
    /// Somebody else has taken it.
    Lost,
    /// The run is over.
    Over,
    /// A run must be settled first.
    Unsettled,
    /// The plan does not stand there.
    Refused,
}

/// How long a proposal, an approval, and what was left undone stands.
const LIFE: TimeDelta = TimeDelta::hours(24);

#[derive(Clone, Copy)]
struct Held {
    fence: i64,
    until: DateTime<Utc>,
}

/// What a process thinks that it holds.
#[derive(Clone, Copy)]
struct Holding {
    /// None for the tenant's lease.
    employee: Option<i64>,
    fence: i64,
}

struct Plan {
    kind: usize,
    state: PlanState,
    until: DateTime<Utc>,
    /// Every state that it was in.
    past: Vec<PlanState>,
}

struct Run {
    plan: PlanId,
    employee: Option<i64>,
    fence: i64,
    is_over: bool,
    /// Calls under way, by number, with whom they are about.
    open: BTreeMap<i64, i64>,
}

pub(super) struct Model {
    pub(super) now: DateTime<Utc>,
    plans: BTreeMap<PlanId, Plan>,
    runs: BTreeMap<RunId, Run>,
    /// By employee; the tenant's lease is none's.
    held: BTreeMap<Option<i64>, Held>,
    holding: [[Option<Holding>; 2]; 2],
}

impl Model {
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        Self {
            now,
            plans: BTreeMap::new(),
            runs: BTreeMap::new(),
            held: BTreeMap::new(),
            holding: Default::default(),
        }
    }

    /// Of the same digest, an open plan stands; of the same scope, one that waits is superseded.
    pub(super) fn propose(&mut self, kind: usize, id: PlanId) -> Said {
        self.expire();
        let open = [PlanState::Proposed, PlanState::Approved];
        let same = self.plans.iter().rev().find(|(_, it)| it.kind == kind && open.contains(&it.state));
        if let Some((same, _)) = same {
            return Said::Plan(*same);
        }
        let of_scope = |it: usize| KINDS[it].1 == KINDS[kind].1;
        for it in self.plans.values_mut().filter(|it| of_scope(it.kind)) {
            if it.state == PlanState::Proposed {
                it.go(PlanState::Superseded);
            }
        }
        let plan = Plan {
            kind,
            state: PlanState::Proposed,
            until: self.now + LIFE,
            past: vec![PlanState::Proposed],
        };
        assert!(self.plans.insert(id, plan).is_none(), "a new plan has a new number");
        Said::Plan(id)
    }

    pub(super) fn approve(&mut self, id: PlanId) -> Said {
        self.decide(id, PlanState::Approved)
    }

    pub(super) fn reject(&mut self, id: PlanId) -> Said {
        self.decide(id, PlanState::Rejected)
    }

    fn decide(&mut self, id: PlanId, to: PlanState) -> Said {
        self.expire();
        let until = self.now + LIFE;
        let plan = self.plans.get_mut(&id).expect("it was proposed");
        if plan.state != PlanState::Proposed {
            return Said::Refused;
        }
        plan.go(to);
        plan.until = until;
        Said::Yes
    }

    fn expire(&mut self) {
        let now = self.now;
        for it in self.plans.values_mut().filter(|it| it.until <= now) {
            match it.state {
                PlanState::Proposed | PlanState::Approved | PlanState::Incomplete => {
                    it.go(PlanState::Expired);
                }
                PlanState::Rejected
                | PlanState::Superseded
                | PlanState::Expired
                | PlanState::Applying
                | PlanState::Applied => {}
            }
        }
    }

    pub(super) fn lease(&mut self, process: usize) -> Said {
        self.take(process, None)
    }

    /// Nobody acts on whom a run that lives asks about.
    pub(super) fn hold(&mut self, process: usize, employee: i64) -> Said {
        let lease = self.held.get(&None).filter(|it| it.until > self.now);
        let asks = |run: &&Run| run.open.values().any(|it| *it == employee);
        let asked = lease.is_some_and(|lease| {
            let alive = |it: &&Run| it.employee.is_none() && !it.is_over && it.fence == lease.fence;
            self.runs.values().filter(alive).any(|it| asks(&it))
        });
        if asked { Said::Held } else { self.take(process, Some(employee)) }
    }

    fn take(&mut self, process: usize, what: Option<i64>) -> Said {
        let before = self.held.get(&what);
        if before.is_some_and(|it| it.until > self.now) {
            return Said::Held;
        }
        let fence = before.map_or(0, |it| it.fence) + 1;
        self.held.insert(what, Held { fence, until: self.now + TERM });
        self.holding[process][usize::from(what.is_some())] = Some(Holding { employee: what, fence });
        Said::Yes
    }

    pub(super) fn renew(&mut self, process: usize, what: What) -> Said {
        let until = self.now + TERM;
        match self.ours(process, what) {
            Some(held) => {
                held.until = until;
                Said::Yes
            }
            None => Said::Lost,
        }
    }

    pub(super) fn release(&mut self, process: usize, what: What) -> Said {
        if let Some(held) = self.ours(process, what) {
            held.until = DateTime::UNIX_EPOCH;
        }
        self.holding[process][what as usize] = None;
        Said::Yes
    }

    /// What the process holds, if nobody has taken it since.
    fn ours(&mut self, process: usize, what: What) -> Option<&mut Held> {
        let holding = self.holding[process][what as usize].expect("the process holds something");
        self.held.get_mut(&holding.employee).filter(|it| it.fence == holding.fence)
    }

    /// Runs that need what is held, and were not begun under it.
    pub(super) fn abandoned(&self, process: usize, what: What) -> Vec<RunId> {
        let holding = self.holding[process][what as usize].expect("the process holds something");
        let needs = |it: &Run| !it.is_over && it.employee == holding.employee && it.fence != holding.fence;
        self.runs.iter().filter(|(_, it)| needs(it)).map(|(id, _)| *id).collect()
    }

    pub(super) fn settle(&mut self, process: usize, what: What, run: RunId) -> Said {
        if self.ours(process, what).is_none() {
            return Said::Lost;
        }
        self.end(run, PlanState::Incomplete);
        Said::Yes
    }

    pub(super) fn claim(&mut self, process: usize, what: What, id: PlanId, run: Option<RunId>) -> Said {
        self.expire();
        let holding = self.holding[process][what as usize].expect("the process holds something");
        let plan = &self.plans[&id];
        let concerned = KINDS[plan.kind].0;
        if holding.employee.is_some_and(|held| concerned.iter().any(|it| *it != held)) {
            return Said::Refused;
        }
        if self.runs.values().any(|it| !it.is_over && it.employee == holding.employee) {
            return Said::Unsettled;
        }
        if !matches!(plan.state, PlanState::Approved | PlanState::Incomplete) {
            return Said::Refused;
        }
        let now = self.now;
        if self.ours(process, what).is_none_or(|it| it.until <= now) {
            return Said::Lost;
        }
        let Some(run) = run else { return Said::Yes };
        let (employee, fence) = (holding.employee, holding.fence);
        self.runs.insert(run, Run { plan: id, employee, fence, is_over: false, open: BTreeMap::new() });
        self.plans.get_mut(&id).expect("it was proposed").go(PlanState::Applying);
        Said::Yes
    }

    /// A run asks about nobody on whom somebody acts; and nobody asks anything whose fence is not the last.
    pub(super) fn intend(&mut self, run: RunId, seq: i64, employee: i64) -> Said {
        let going = self.goes_on(run);
        if going != Said::Yes {
            return going;
        }
        let acted_on = self.held.get(&Some(employee)).is_some_and(|it| it.until > self.now);
        let run = self.runs.get_mut(&run).expect("it was begun");
        if run.employee.is_none() && acted_on {
            return Said::Held;
        }
        run.open.insert(seq, employee);
        Said::Yes
    }

    pub(super) fn conclude(&mut self, run: RunId, seq: i64) -> Said {
        self.runs.get_mut(&run).expect("it was begun").open.remove(&seq);
        Said::Yes
    }

    pub(super) fn finish(&mut self, run: RunId, all: bool) -> Said {
        let going = self.goes_on(run);
        if going == Said::Yes {
            self.end(run, if all { PlanState::Applied } else { PlanState::Incomplete });
        }
        going
    }

    fn goes_on(&self, run: RunId) -> Said {
        let run = &self.runs[&run];
        match (run.is_over, self.held[&run.employee].fence == run.fence) {
            (true, _) => Said::Over,
            (false, false) => Said::Lost,
            (false, true) => Said::Yes,
        }
    }

    fn end(&mut self, run: RunId, to: PlanState) {
        let run = self.runs.get_mut(&run).expect("it was begun");
        run.is_over = true;
        let plan = self.plans.get_mut(&run.plan).expect("it was proposed");
        plan.go(to);
        plan.until = self.now + LIFE;
    }

    pub(super) fn crash(&mut self, process: usize) {
        self.holding[process] = [None, None];
    }

    pub(super) fn state(&self, id: PlanId) -> PlanState {
        self.plans[&id].state
    }

    /// The arrows of the design, and no others; and of the runs that go on, one for each thing held.
    pub(super) fn assert_arrows(&self, when: &str) {
        for (id, plan) in &self.plans {
            for arrow in plan.past.windows(2) {
                assert!(is_arrow(arrow[0], arrow[1]), "plan {id}, {arrow:?}: {when}");
            }
        }
        for (what, held) in &self.held {
            let live =
                self.runs.values().filter(|it| !it.is_over && it.employee == *what && it.fence == held.fence);
            assert!(live.count() <= 1, "{what:?} has one run at a time: {when}");
        }
    }
}

impl Plan {
    fn go(&mut self, to: PlanState) {
        self.state = to;
        self.past.push(to);
    }
}

fn is_arrow(from: PlanState, to: PlanState) -> bool {
    use PlanState::{Applied, Applying, Approved, Expired, Incomplete, Proposed, Rejected, Superseded};
    matches!(
        (from, to),
        (Proposed, Approved | Rejected | Superseded | Expired)
            | (Approved | Incomplete, Applying | Expired)
            | (Applying, Applied | Incomplete)
    )
}
