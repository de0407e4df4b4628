//! Files that are not what they should be: whatever is in them, they are refused with the place, or taken whole.
//!
//! What a tenant's answers may do to the client is tested with the client, in `crates/auth0/tests/http`.

mod config;
mod csv;
mod databases;
mod files;
mod plans;
mod users;

use proptest::prelude::*;
use proptest::sample::{Index, select};

/// What no writer of a document means to put into it.
const PIECES: [&[u8]; 20] = [
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\r\n",
    b"\r",
    b"\n\n",
    b"\"",
    b"'",
    b"\\ud800",
    b"\\u0000",
    b"\x1b[2J",
    b"1e400",
    b"-1",
    b"99999999999999999999999999",
    b"null",
    b"[[[[[[[[",
    b"}",
    b",,,,",
    b"=",
    "\u{202e}\u{200b}\u{1F980}".as_bytes(),
];

/// A document with something wrong in it: a piece cut out, put in, doubled, or all but a piece cut off.
pub(crate) fn mutated(document: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let places = (any::<Index>(), any::<Index>());
    let change = (
        places,
        0..5_u8,
        prop_oneof![select(&PIECES[..]).prop_map(<[u8]>::to_vec), any::<[u8; 3]>().prop_map(Vec::from)],
    );
    prop::collection::vec(change, 1..4).prop_map(move |changes| {
        let mut document = document.clone();
        for ((one, other), kind, piece) in changes {
            let (one, other) = (one.index(document.len() + 1), other.index(document.len() + 1));
            let (start, end) = (one.min(other), one.max(other));
            match kind {
                0 => document.truncate(start),
                1 => drop(document.drain(start..end.min(start + 30))),
                2 => drop(document.splice(start..start, piece)),
                3 => drop(document.splice(start..end.min(start + piece.len()), piece)),
                _ => {
                    let doubled = document[start..end.min(start + 300)].to_vec();
                    drop(document.splice(end..end, doubled));
                }
            }
        }
        document
    })
}

/// A document with one byte put in, taken out or exchanged, which an eye would not see.
pub(crate) fn one_byte_off(document: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    (any::<Index>(), 0..3_u8, prop_oneof![any::<u8>(), select(b"\"'\\,;{}[]:\n\r\t \0".to_vec())]).prop_map(
        move |(at, kind, byte)| {
            let mut document = document.clone();
            let at = at.index(document.len());
            match kind {
                0 => document.insert(at, byte),
                1 => drop(document.remove(at)),
                _ => document[at] = byte,
            }
            document
        },
    )
}

/// Anything at all.
pub(crate) fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        any::<String>().prop_map(String::into_bytes),
        prop::collection::vec(select(&PIECES[..]), 0..20).prop_map(|it| it.concat()),
    ]
}

/// An error may not steer a terminal, whatever it quotes.
pub(crate) fn is_harmless(text: &str) -> bool {
    !text.chars().any(|it| it.is_control() && it != '\n')
}
