//! A file that is read no further than it can make sense: what is packed small may unpack to anything.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// How far a file is read.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    /// The whole of it, unpacked, in bytes.
    pub(super) file: u64,
    /// One entry of it, and all space before it.
    pub(super) entry: u64,
}

/// A million users of 4 KB each. A user has at most 4 MiB, four times what Auth0's own listing gives of one
/// (FACTS §2).
pub(super) const USERS: Bounds = Bounds { file: 4 * 1024 * MIB, entry: 4 * MIB };

/// A million users with four roles each. It is one entry.
pub(super) const ROLES: Bounds = Bounds { file: 256 * MIB, entry: 256 * MIB };

const MIB: u64 = 1024 * 1024;

/// Ends with an error at its bounds.
pub(super) struct Bounded<R> {
    inner: R,
    bounds: Bounds,
    file: u64,
    entry: Rc<Cell<u64>>,
}

/// What a [`Bounded`] ends with. The text is at fault, so that reading it again would not help.
#[derive(Debug, thiserror::Error)]
#[error("{what} longer than {} MiB", most / MIB)]
struct TooLong {
    what: &'static str,
    /// In bytes.
    most: u64,
}

/// Whether the text was too long, rather than its source broken.
pub(super) fn is_too_long(error: &io::Error) -> bool {
    error.get_ref().and_then(|it| it.downcast_ref::<TooLong>()).is_some()
}

/// Tells a [`Bounded`] where one entry ends and the next begins.
pub(super) struct EntryEnd(Rc<Cell<u64>>);

impl EntryEnd {
    pub(super) fn here(&self) {
        self.0.set(0);
    }
}

impl<R: Read> Bounded<R> {
    pub(super) fn new(inner: R, bounds: Bounds) -> (Self, EntryEnd) {
        let entry = Rc::<Cell<u64>>::default();
        (Self { inner, bounds, file: 0, entry: Rc::clone(&entry) }, EntryEnd(entry))
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let count = u64::try_from(read).unwrap_or(u64::MAX);
        self.file = self.file.saturating_add(count);
        self.entry.set(self.entry.get().saturating_add(count));
        if self.file > self.bounds.file {
            return Err(io::Error::other(TooLong { what: "the file is, unpacked,", most: self.bounds.file }));
        }
        // What is read ahead belongs to the next entry, and is little.
        if self.entry.get() > self.bounds.entry {
            return Err(io::Error::other(TooLong { what: "an entry is", most: self.bounds.entry }));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_ends_at_its_bounds_however_small_its_entries() {
        let (mut text, end) = Bounded::new(io::repeat(b'x'), Bounds { file: 3 * MIB, entry: 2 * MIB });
        let mut piece = vec![0; 1024 * 1024];
        let mut next = || text.read(&mut piece).map_err(|it| it.to_string());
        for _ in 0..3 {
            assert_eq!(next(), Ok(1024 * 1024));
            end.here();
        }
        assert_eq!(next(), Err("the file is, unpacked, longer than 3 MiB".to_owned()));
        let (mut text, _end) = Bounded::new(io::repeat(b'x'), Bounds { file: 3 * MIB, entry: 2 * MIB });
        assert_eq!(
            io::copy(&mut text, &mut io::sink()).unwrap_err().to_string(),
            "an entry is longer than 2 MiB"
        );
    }
}
