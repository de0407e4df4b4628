//! One chain, entry by entry: what does not fit, and what it most likely is.
//!
//! Pure: rows go in by number, and faults come out. Every hash is computed anew, so that nothing is found whole
//! of which a hashed column was changed; the guesses only give a fault its name.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::before::Before;
use super::chain::{Covered, content};
use super::erase::{ERASED, Erasure};
use super::fault::{ChainFault, FaultKind};
use super::{AuditHead, AuditKeys, KeySpan};
use crate::entities::{audit, audit_heads};

/// So many faults are told; of a record in ruins nobody reads more.
const FAULTS: usize = 100;
/// How far from its place an entry is looked for, and for how many entries that do not fit. Each step is a hash.
const FAR: i64 = 2_000;
const SEARCHES: usize = 20;

/// A chain as far as it was read.
pub(super) struct Walk<'a> {
    keys: &'a AuditKeys,
    genesis: String,
    before: u64,
    /// The highest number that there is or should be.
    longest: i64,
    last: Option<Last>,
    /// The hash of the entry before the last.
    last_but_one: Option<String>,
    pub(super) entries: u64,
    pub(super) spans: Vec<KeySpan>,
    pub(super) first_at: Option<DateTime<Utc>>,
    pub(super) faults: Vec<ChainFault>,
    pub(super) more_faults: u64,
    /// Without a body: what each is told by.
    gone: BTreeMap<Gone, Told>,
    erased: BTreeMap<Gone, DateTime<Utc>>,
    newest_key: usize,
    searches: usize,
    moved_by: i64,
}

/// The entry that was read last. What is wrong with it is known when the next one was read.
pub(super) struct Last {
    pub(super) seq: i64,
    pub(super) hash: String,
    pub(super) at: DateTime<Utc>,
    event: String,
    /// What its hash should be.
    right: Option<String>,
    fault: Option<FaultKind>,
}

/// An entry without a body: one of the chain, or one from before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gone {
    Before(i64),
    Entry(i64),
}

/// When the row says that it was erased; when and what the entry is.
struct Told {
    erased_at: Option<DateTime<Utc>>,
    at: Option<DateTime<Utc>>,
    event: Option<String>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(keys: &'a AuditKeys, before: Before, longest: i64) -> Self {
        let gone = before
            .erased
            .iter()
            .map(|(id, at)| (Gone::Before(*id), Told { erased_at: Some(*at), at: None, event: None }));
        Self {
            keys,
            genesis: before.genesis,
            before: before.count,
            longest,
            last: None,
            last_but_one: None,
            entries: 0,
            spans: Vec::new(),
            first_at: None,
            faults: Vec::new(),
            more_faults: 0,
            gone: gone.collect(),
            erased: BTreeMap::new(),
            newest_key: usize::MAX,
            searches: 0,
            moved_by: 0,
        }
    }

    /// The number of the entry that was read last.
    pub(super) fn seq(&self) -> i64 {
        self.last.as_ref().map_or(0, |it| it.seq)
    }

    /// The next row, in the order of numbers.
    pub(super) fn take(&mut self, row: &audit::Model) {
        let seq = row.seq.unwrap_or_default();
        self.entries += 1;
        self.first_at.get_or_insert(row.at);
        self.span(row);
        let expected = self.seq().saturating_add(1);
        if seq < expected {
            // Numbers begin with 1, and no number is given twice.
            return self.push(fault(FaultKind::Inserted, seq, row));
        }
        if seq > expected {
            let at = self.last.as_ref().map(|it| it.at);
            self.close_last();
            let (kind, last) = (FaultKind::Missing, seq - 1);
            self.push(ChainFault { kind, first: expected, last, at, event: None });
        }
        let own = self.own(row, seq == expected);
        if seq == expected {
            self.look_back(row, own.fault.as_ref());
        }
        self.close_last();
        self.last_but_one = self.last.take().map(|it| it.hash);
        self.last = Some(own);
    }

    /// What is wrong with the entry itself.
    fn own(&mut self, row: &audit::Model, contiguous: bool) -> Last {
        let covered = Covered::of(row);
        let hash = row.hash.clone().unwrap_or_default();
        let age = self.keys.age(row.key_id.as_deref());
        let right = age.map(|it| covered.hash(self.keys, it));
        let is_right = right.as_ref().is_none_or(|it| *it == hash);
        let fault = match age {
            Some(age) if !is_right => Some(self.name_it(row, age, &hash, contiguous)),
            Some(age) => self.body(row).or_else(|| self.downgrade(row, age)),
            None => self.body(row).or_else(|| Some(unknown(row))),
        };
        Last { seq: covered.seq, hash, at: row.at, event: row.event.clone(), right, fault }
    }

    /// The body against its hash. An erased one is looked for among the erasures at the end.
    fn body(&mut self, row: &audit::Model) -> Option<FaultKind> {
        if row.salt.is_none() && row.body.is_empty() {
            let (seq, at) = (row.seq.unwrap_or_default(), row.at);
            let told = Told { erased_at: row.erased_at, at: Some(at), event: Some(row.event.clone()) };
            self.gone.insert(Gone::Entry(seq), told);
            return None;
        }
        if content(row.salt.as_deref().unwrap_or_default(), &row.body)
            != row.content.as_deref().unwrap_or_default()
        {
            return Some(FaultKind::Body);
        }
        self.take_erasure(row);
        // Nothing hashes it, since it is written later; but the body is there.
        row.erased_at.map(|_| FaultKind::Column("erased_at"))
    }

    /// An entry that says which bodies were erased.
    fn take_erasure(&mut self, row: &audit::Model) {
        if row.event != ERASED {
            return;
        }
        let Ok(Erasure { erased, before_chain, .. }) = serde_json::from_str(&row.body) else { return };
        let entries = erased.into_iter().map(Gone::Entry);
        let named = entries.chain(before_chain.into_iter().map(Gone::Before));
        self.erased.extend(named.map(|it| (it, row.at)));
    }

    /// Keys get newer along a chain: whoever has an older one, or none, must not go on where a newer one stood.
    fn downgrade(&mut self, row: &audit::Model, age: usize) -> Option<FaultKind> {
        if age > self.newest_key {
            return Some(FaultKind::Downgraded { key_id: row.key_id.clone() });
        }
        self.newest_key = age;
        None
    }

    /// Its hash is not that of what stands there: finds out with what it would be.
    fn name_it(&mut self, row: &audit::Model, age: usize, hash: &str, contiguous: bool) -> FaultKind {
        let covered = Covered::of(row);
        let fits = |it: Covered<'_>| it.hash(self.keys, age) == hash;
        let previous = self.last.as_ref().map_or(self.genesis.as_str(), |it| it.hash.as_str());
        if contiguous && fits(Covered { previous, ..covered }) {
            return FaultKind::Column("previous");
        }
        let body = content(row.salt.as_deref().unwrap_or_default(), &row.body);
        if fits(Covered { content: &body, ..covered }) {
            return FaultKind::Column("content");
        }
        let was_moved_by =
            |by: i64| by != 0 && fits(Covered { seq: covered.seq.wrapping_sub(by), ..covered });
        if was_moved_by(self.moved_by) {
            return FaultKind::Moved { by: self.moved_by };
        }
        if self.searches < SEARCHES {
            self.searches += 1;
            let places = 1..=self.longest.max(covered.seq);
            let near = (1..=FAR.min(*places.end())).flat_map(|it| [it, -it]);
            let mut near = near.filter(|it| places.contains(&covered.seq.wrapping_sub(*it)));
            if let Some(by) = near.find(|it| was_moved_by(*it)) {
                self.moved_by = by;
                return FaultKind::Moved { by };
            }
        }
        FaultKind::Changed
    }

    /// What the entry's `previous` says about the one before it.
    fn look_back(&mut self, row: &audit::Model, own: Option<&FaultKind>) {
        if own == Some(&FaultKind::Column("previous")) {
            return;
        }
        let named = row.previous.as_deref().unwrap_or_default();
        let Some(last) = &mut self.last else {
            if named != self.genesis && own.is_none() {
                let before = FaultKind::Before { count: self.before };
                self.push(ChainFault { kind: before, first: 0, last: 0, at: None, event: None });
            }
            return;
        };
        if named == last.hash {
            return;
        }
        if last.fault == Some(FaultKind::Changed) && last.right.as_deref() == Some(named) {
            last.fault = Some(FaultKind::Column("hash"));
        } else if self.last_but_one.as_deref().unwrap_or(&self.genesis) == named {
            last.fault = Some(FaultKind::Inserted);
        } else if own.is_none() {
            last.fault.get_or_insert(FaultKind::Replaced);
        }
    }

    fn close_last(&mut self) {
        let Some(last) = &mut self.last else { return };
        let Some(kind) = last.fault.take() else { return };
        let (at, event) = (Some(last.at), Some(last.event.clone()));
        let fault = ChainFault { kind, first: last.seq, last: last.seq, at, event };
        self.push(fault);
    }

    /// All were read: the head, and the bodies that are not there.
    pub(super) fn end(&mut self, head: Option<&audit_heads::Model>) {
        if let (Some(last), Some(head)) = (&mut self.last, head)
            && last.fault == Some(FaultKind::Changed)
            && last.right.as_ref() == Some(&head.hash)
        {
            last.fault = Some(FaultKind::Column("hash"));
        }
        let last_fits = self.last.as_ref().is_none_or(|it| it.fault.is_none());
        self.close_last();
        self.push_all_gone();
        self.faults.sort_by_key(|it| it.first);
        let last = self.last.as_ref();
        let seq = last.map_or(0, |it| it.seq);
        let (kind, first, end) = match head {
            None if last.is_none() => return,
            None => (FaultKind::NoHead, seq, seq),
            Some(head) if head.seq > seq => (FaultKind::CutOff, seq.saturating_add(1), head.seq),
            Some(head) if head.seq < seq => (FaultKind::Beyond, head.seq.saturating_add(1), seq),
            Some(head) if last_fits && last.is_some_and(|it| it.hash != head.hash) => {
                (FaultKind::Head, seq, seq)
            }
            Some(_) => return,
        };
        let at = last.filter(|_| kind == FaultKind::CutOff).map(|it| it.at);
        self.push(ChainFault { kind, first, last: end, at, event: None });
    }

    fn push_all_gone(&mut self) {
        let gone = std::mem::take(&mut self.gone);
        for (which, Told { erased_at, at, event }) in gone {
            let kind = match self.erased.get(&which) {
                Some(named) if Some(*named) == erased_at => continue,
                Some(_) => FaultKind::Column("erased_at"),
                None => FaultKind::BodyGone,
            };
            match which {
                Gone::Entry(seq) => self.push(ChainFault { kind, first: seq, last: seq, at, event }),
                Gone::Before(_) => {
                    let kind = FaultKind::Before { count: self.before };
                    self.push(ChainFault { kind, first: 0, last: 0, at, event });
                }
            }
        }
    }

    /// Neighbours with the same fault are told together.
    fn push(&mut self, fault: ChainFault) {
        if let Some(last) = self.faults.last_mut()
            && last.kind == fault.kind
            && (0..=1).contains(&fault.first.saturating_sub(last.last))
        {
            last.last = fault.last;
        } else if self.faults.len() < FAULTS {
            self.faults.push(fault);
        } else {
            self.more_faults += 1;
        }
    }

    fn span(&mut self, row: &audit::Model) {
        if let Some(span) = self.spans.last_mut().filter(|it| it.key_id == row.key_id) {
            span.entries += 1;
            return;
        }
        let first = row.seq.unwrap_or_default();
        self.spans.push(KeySpan { key_id: row.key_id.clone(), first, entries: 1 });
    }

    /// How many bodies were erased by Rollcall.
    pub(super) fn erased(&self) -> u64 {
        self.erased.len() as u64
    }

    /// The last entry, where there is one.
    pub(super) fn last(&self) -> Option<&Last> {
        self.last.as_ref()
    }
}

impl Last {
    pub(super) fn head(&self) -> AuditHead {
        AuditHead { seq: self.seq, hash: self.hash.clone() }
    }
}

fn fault(kind: FaultKind, seq: i64, row: &audit::Model) -> ChainFault {
    ChainFault { kind, first: seq, last: seq, at: Some(row.at), event: Some(row.event.clone()) }
}

fn unknown(row: &audit::Model) -> FaultKind {
    FaultKind::UnknownKey { key_id: row.key_id.clone().unwrap_or_default() }
}
