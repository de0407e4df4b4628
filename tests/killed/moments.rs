//! When the process is killed, and what else goes wrong.

use std::time::Duration;

use simulator::{Fault, Trouble};

use crate::world::fault;

/// How far a call has come.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// Its intent stands in the journal.
    Intended,
    /// It has reached the tenant, where it is still done.
    Asked,
    /// What became of it stands in the journal.
    Concluded,
}

/// Random, and the same for the same seed.
pub(super) struct Dice(u64);

/// The writes whose answers may be lost.
const WRITES: [(&str, &str); 7] = [
    ("POST", "/api/v2/users"),
    ("PATCH", "/api/v2/users/{id}"),
    ("DELETE", "/api/v2/users/{user_id}/sessions"),
    ("DELETE", "/api/v2/users/{id}/roles"),
    ("POST", "/api/v2/roles/{id}/users"),
    ("POST", "/api/v2/users/{id}/roles"),
    ("GET", "/api/v2/users-by-email"),
];

/// About as long as a process takes from its start to the end of a run here.
const LIFE_MS: u64 = 700;

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// SplitMix64 (Steele, Lea, Flood, 2014).
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub(super) fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// When the process is killed, from its start.
    pub(super) fn moment(&mut self) -> Duration {
        Duration::from_millis(self.below(LIFE_MS))
    }

    /// Up to three answers that are lost, refused or cut off.
    pub(super) fn faults(&mut self) -> Vec<Fault> {
        let troubles = [Trouble::LostAnswer, Trouble::LostAnswer, Trouble::Reset, Trouble::ServerError];
        (0..self.below(4))
            .map(|_| {
                let (method, path) = WRITES[self.pick(WRITES.len())];
                fault(method, path, 1 + self.below(4), 1, troubles[self.pick(troubles.len())])
            })
            .collect()
    }

    fn pick(&mut self, of: usize) -> usize {
        usize::try_from(self.below(of as u64)).expect("it is below a usize")
    }
}

/// So many seeds, or as many as the environment asks for.
pub(super) fn seeds(default: u64) -> u64 {
    std::env::var("ROLLCALL_TEST_SEEDS").ok().and_then(|it| it.parse().ok()).unwrap_or(default)
}
