//! Access tokens of a tenant that publishes its keys on this machine, signed webhooks, and addresses that fail, by a
//! clock that the stories move.

#[cfg(test)]
mod stories;
