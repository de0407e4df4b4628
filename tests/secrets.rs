//! No secret, token or password is anywhere but on the wire.
