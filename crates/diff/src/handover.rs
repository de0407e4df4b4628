//! Accounts that would go from one person to another.
//!
//! An employee id that HR gave to a new person, or an address that a newcomer got from somebody who is
//! gone: by id or by address alone the account is the row's, and everything in it is another person's.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::account::Field;
use crate::change::{Action, Change, Matched};
use crate::clean::name_key;

/// Whether an update gives the account another person's name, with not one word in common, while the address
/// moves too or is all by which the account was found. Who marries keeps a name, and who is renamed keeps
/// an address.
pub(crate) fn is_handover(change: &Change) -> bool {
    let Action::Update { fields, email, .. } = &change.action else { return false };
    let one_sign_is_left = email.is_none() && change.matched != Matched::Email;
    let renamed = fields.iter().find(|it| it.field == Field::Name);
    !one_sign_is_left && renamed.is_some_and(|it| are_strangers(&it.before, &it.after))
}

/// Whether two names have no word in common. An address is nobody's name: Auth0 puts it there where no name
/// was given (FACTS §3).
fn are_strangers(before: &Value, after: &Value) -> bool {
    let (Some(before), Some(after)) = (before.as_str(), after.as_str()) else { return false };
    let (before, after) = (words(before), words(after));
    !before.is_empty() && !after.is_empty() && before.is_disjoint(&after)
}

fn words(name: &str) -> BTreeSet<String> {
    if name.contains('@') {
        return BTreeSet::new();
    }
    let key = name_key(name);
    key.split(|it: char| !it.is_alphanumeric()).filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Cause, EmailFlags, FieldChange};
    use crate::ids::UserId;

    fn is_one(before: &str, after: &str, moves: bool, matched: Matched) -> bool {
        let field = FieldChange {
            field: Field::Name,
            before: before.into(),
            after: after.into(),
            rule: String::new(),
        };
        let email = moves.then_some(EmailFlags { verified: false, send_verification: false });
        is_handover(&Change {
            id: crate::ids::ChangeId::new("update-1"),
            employee: 1.into(),
            name: after.to_owned(),
            action: Action::Update { user: UserId::new("a"), fields: vec![field], email },
            cause: Cause::Drift,
            matched,
            needs: Vec::new(),
        })
    }

    #[test]
    fn another_name_and_another_address_are_another_person() {
        assert!(is_one("Ana Silva", "Ben Okoye", true, Matched::Link));
        assert!(is_one("Ana Silva", "Ben Okoye", false, Matched::Email), "an address that was given on");
        assert!(!is_one("Ana Silva", "Ben Okoye", false, Matched::Link), "renamed, and the address stays");
        assert!(!is_one("Ana Silva", "Ana Costa", true, Matched::Link), "married");
        assert!(!is_one("SILVA, Ana", "ana silva-costa", true, Matched::Link), "written otherwise");
        assert!(!is_one("ana.silva@example.com", "Ben Okoye", false, Matched::Email), "no name was given");
        assert!(!is_one("", "Ben Okoye", true, Matched::Link));
    }
}
