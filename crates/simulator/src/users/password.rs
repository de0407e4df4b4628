//! The password policies of database connections. Passwords are judged and then forgotten.

use axum::http::StatusCode;

use crate::{error::Refusal, state::Connection, switches::UncertainCodes};

/// Whether the connection takes this password. Which rule failed is not told, as at Auth0.
pub(crate) fn judge(password: &str, connection: &Connection, codes: UncertainCodes) -> Result<(), Refusal> {
    if is_strong_enough(password, connection.password_policy()) {
        return Ok(());
    }
    let refusal = Refusal::bare(StatusCode::BAD_REQUEST, "PasswordStrengthError: Password is too weak");
    Err(match codes {
        UncertainCodes::Absent => refusal,
        UncertainCodes::Present => refusal.with_code("auth0_idp_error"),
    })
}

fn is_strong_enough(password: &str, policy: &str) -> bool {
    let has = |class: fn(char) -> bool| password.chars().any(class);
    let lower = has(|it| it.is_ascii_lowercase());
    let upper = has(|it| it.is_ascii_uppercase());
    let digit = has(|it| it.is_ascii_digit());
    let special = has(|it| !it.is_ascii_alphanumeric());
    let classes = [lower, upper, digit, special].into_iter().filter(|it| *it).count();
    let length = password.chars().count();
    match policy {
        "none" => length >= 1,
        "low" => length >= 6,
        "fair" => length >= 8 && lower && upper && digit,
        "excellent" => length >= 10 && classes >= 3 && !repeats(password),
        _ => length >= 8 && classes >= 3,
    }
}

/// More than two identical characters in a row.
fn repeats(password: &str) -> bool {
    let characters: Vec<char> = password.chars().collect();
    characters.windows(3).any(|it| it[0] == it[1] && it[1] == it[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_wants_eight_characters_of_three_classes() {
        // Both recorded passwords pass.
        for fine in ["Passwords hide their chuck", "I don't need one", "abcdeF12"] {
            assert!(is_strong_enough(fine, "good"), "{fine}");
        }
        for weak in ["abcdef12", "aB1!", "ABCDEFGH"] {
            assert!(!is_strong_enough(weak, "good"), "{weak}");
        }
        assert!(!is_strong_enough("aaaB12345!", "excellent"));
    }
}
