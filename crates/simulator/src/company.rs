//! Invented users: as many as asked for, and always the same ones.

use serde_json::json;

use crate::clock::Timestamp;
use crate::state::{DEFAULT_CONNECTION, Identity, User};

const GIVEN: [&str; 20] = [
    "Ada", "Bela", "Carla", "Deniz", "Emil", "Fatima", "Goran", "Hanna", "Ines", "Jakub", "Katja", "Liam",
    "Mira", "Nadia", "Omar", "Petra", "Quentin", "Rosa", "Stefan", "Tilda",
];
const FAMILY: [&str; 25] = [
    "Adler", "Baker", "Costa", "Dietrich", "Eriksen", "Fischer", "Garcia", "Huber", "Ivanova", "Jensen",
    "Kaya", "Lopez", "Meyer", "Novak", "Okafor", "Peters", "Quinn", "Rossi", "Schmidt", "Tanaka", "Ullrich",
    "Vogel", "Weber", "Yilmaz", "Zimmer",
];
const DEPARTMENTS: [&str; 6] = ["Production", "Logistics", "IT", "Sales", "Finance", "HR"];
/// The first invented user was made on 2024-01-01, each further one a minute later.
const FIRST: Timestamp = Timestamp::from_millis(1_704_067_200_000);

/// The `count` first invented users.
pub(crate) fn invent(count: usize) -> Vec<User> {
    (1..=count).map(user).collect()
}

fn user(number: usize) -> User {
    let given = GIVEN[number % GIVEN.len()];
    let family = FAMILY[(number / GIVEN.len()) % FAMILY.len()];
    let email = format!("{}.{}.{number}@example.com", given.to_lowercase(), family.to_lowercase());
    let id = format!("{number:024x}");
    let minutes = i64::try_from(number).unwrap_or(i64::MAX) - 1;
    let created = FIRST.plus_millis(minutes.saturating_mul(60_000));
    let department = DEPARTMENTS[number % DEPARTMENTS.len()];
    let object = |value: serde_json::Value| value.as_object().cloned();
    let name = format!("{given} {family}");
    User {
        created_at: Some(created),
        updated_at: Some(created),
        email_verified: Some(true),
        user_metadata: object(json!({"employee_id": number, "full_name": name, "department": department})),
        app_metadata: object(json!({"employee_id": number, "role_code": "associate"})),
        identities: vec![Identity {
            connection: DEFAULT_CONNECTION.to_owned(),
            user_id: id.clone(),
            provider: "auth0".to_owned(),
            is_social: false,
        }],
        user_id: format!("auth0|{id}"),
        name: Some(name),
        email: Some(email),
        ..User::default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn nobody_is_invented_twice() {
        let users = invent(2_000);
        let emails: BTreeSet<_> = users.iter().map(|it| it.email.clone()).collect();
        let ids: BTreeSet<_> = users.iter().map(|it| it.user_id.clone()).collect();
        assert_eq!((emails.len(), ids.len()), (2_000, 2_000));
        assert_eq!(users, invent(2_000));
    }
}
