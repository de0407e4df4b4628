//! What somebody has asked for and does not wait for (`Prefer: respond-async`).
//!
//! Kept in memory, the last ones: what was done stands in runs and the audit record, and outlives the process
//! there.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use rand::RngExt as _;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// More than these nobody asks for.
const KEPT: usize = 1_000;

/// One of them.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Operation {
    /// Its id.
    pub(crate) id: String,
    /// `running` or `done`.
    pub(crate) state: &'static str,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) asked_at: DateTime<Utc>,
    /// The status that a caller who waits would have had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    /// And the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) answer: Option<Value>,
}

/// All that are remembered.
#[derive(Default)]
pub(crate) struct Operations(Mutex<VecDeque<Operation>>);

impl Operations {
    /// A new one, under way.
    pub(crate) fn begin(&self, now: DateTime<Utc>) -> Operation {
        let id = format!("{:032x}", rand::rng().random::<u128>());
        let operation = Operation { id, state: "running", asked_at: now, status: None, answer: None };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= KEPT {
            all.pop_front();
        }
        all.push_back(operation.clone());
        operation
    }

    pub(crate) fn end(&self, id: &str, status: u16, answer: Value) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(it) = all.iter_mut().find(|it| it.id == id) {
            (it.state, it.status, it.answer) = ("done", Some(status), Some(answer));
        }
    }

    pub(crate) fn get(&self, id: &str) -> Option<Operation> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().find(|it| it.id == id).cloned()
    }
}
