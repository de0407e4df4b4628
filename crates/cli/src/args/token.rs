//! `token`: who may approve by name.

use std::str::FromStr;

use chrono::TimeDelta;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use store::{TokenName, TokenRole};

/// `token …`
#[derive(Debug, Subcommand)]
#[command(after_help = EXAMPLES)]
pub enum TokenCommand {
    /// Make a token and print it: once, because only its hash is kept
    Create(CreateToken),
    /// List the tokens: whose, which role, until when, and when each was used last
    List,
    /// Make a token worth nothing
    Revoke {
        /// Whose it is
        name: String,
    },
}

const EXAMPLES: &str = "\
A token says who somebody is, where two people must say yes. Show it with ROLLCALL_TOKEN or --token-file.

Examples:
  rollcall token create --name grace --role approver --expires 90d > grace.token
  rollcall plan approve 7 --token-file grace.token
  rollcall token revoke grace";

/// `token create`
#[derive(Debug, Args)]
pub struct CreateToken {
    /// Whose it is: the name by which its holder approves
    #[arg(long)]
    pub name: TokenName,
    /// What the holder may do: viewer looks; approver decides about plans and applies them; operator also
    /// hands out tokens
    #[arg(long, value_parser = role())]
    pub role: TokenRole,
    /// For how long, such as 90d, 12h or 4w [default: until it is revoked]
    #[arg(long, value_name = "TIME")]
    pub expires: Option<Lifetime>,
}

/// How long a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime(pub TimeDelta);

impl FromStr for Lifetime {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const MAX_HOURS: i64 = 24 * 366 * 10;
        const HOURS: [(char, i64); 3] = [('h', 1), ('d', 24), ('w', 24 * 7)];
        let hint = "write a number with h, d or w, such as 90d, and at most ten years";
        let read = HOURS.into_iter().find_map(|(unit, hours)| Some((text.strip_suffix(unit)?, hours)));
        let (number, hours) = read.ok_or(hint)?;
        let number: u32 = number.parse().map_err(|_| hint)?;
        let hours = i64::from(number) * hours;
        if (1..=MAX_HOURS).contains(&hours) { Ok(Self(TimeDelta::hours(hours))) } else { Err(hint) }
    }
}

/// As possible values, so that a slip gets a suggestion.
fn role() -> impl TypedValueParser<Value = TokenRole> {
    PossibleValuesParser::new(TokenRole::ALL.map(TokenRole::word)).map(|word| {
        TokenRole::ALL.into_iter().find(|it| it.word() == word).expect("clap lets no other word through")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_a_number_of_hours_days_or_weeks() {
        let hours = |text: &str| text.parse::<Lifetime>().map(|it| it.0.num_hours()).ok();
        assert_eq!(
            ["12h", "90d", "4w", "3660d"].map(hours),
            [Some(12), Some(90 * 24), Some(28 * 24), Some(3660 * 24)]
        );
        assert_eq!(["", "d", "0d", "90", "90m", "-1d", "9999w", "1.5d", "é"].map(hours), [None; 9]);
    }
}
