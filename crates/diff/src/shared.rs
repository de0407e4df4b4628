//! One copy of a text that everybody has.

use std::cell::RefCell;
use std::sync::Arc;

/// How many texts are remembered: more than a tenant has connections, and than a policy writes keys.
const MOST: usize = 64;

thread_local! {
    static TEXTS: RefCell<Vec<Arc<str>>> = const { RefCell::new(Vec::new()) };
}

/// The text, and where one like it was asked for before the same copy of it.
///
/// For what a hundred thousand users have alike: keys of metadata, connections, providers. A copy for each of
/// them would be a third of their memory, and slower to compare. The first few are remembered and any number
/// may be asked for.
pub fn shared(text: &str) -> Arc<str> {
    TEXTS.with_borrow_mut(|texts| {
        if let Some(known) = texts.iter().find(|it| ***it == *text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        if texts.len() < MOST {
            texts.push(Arc::clone(&new));
        }
        new
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_before_is_the_same_copy_and_there_may_be_any_number() {
        let first = shared("employee_id");
        assert!(Arc::ptr_eq(&first, &shared("employee_id")));
        for it in 0..2 * MOST {
            assert_eq!(*shared(&format!("key-{it}")), *format!("key-{it}"));
        }
        assert!(Arc::ptr_eq(&first, &shared("employee_id")));
    }
}
