//! Trying again where another transaction won.

use crate::words::TRIES;

/// Makes another attempt, up to [`TRIES`] in all, where one lost against another transaction: a deadlock,
/// which MySQL makes of two writers who meet in two indexes, or a row that somebody else put there at the
/// same time. An attempt must be one statement or one transaction, so that a lost one has done nothing.
pub(crate) async fn again<T, E, F: Future<Output = Result<T, E>>>(
    may_pass: fn(&E) -> bool,
    attempt: impl Fn() -> F,
) -> Result<T, E> {
    for _ in 1..TRIES {
        match attempt().await {
            Err(error) if may_pass(&error) => {}
            other => return other,
        }
    }
    attempt().await
}
