//! What can be written, and what is said about the rest.

use std::error::Error as _;

use schedule::{Cron, Extent, Freeze, Handling, Name};

fn refused<T: std::str::FromStr<Err = E> + std::fmt::Debug, E: std::error::Error>(text: &str) -> String {
    let error = text.parse::<T>().unwrap_err();
    match error.source() {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

#[test]
fn names_are_short_and_plain() {
    for fine in ["nightly", "a", "quick-5", "2am", &"n".repeat(40)] {
        assert_eq!(fine.parse::<Name>().unwrap().as_str(), fine);
    }
    for wrong in ["", "Nightly", "night ly", "-a", "a-", "näh", "a_b", "a/b", &"n".repeat(41)] {
        let error = wrong.parse::<Name>().unwrap_err();
        assert!(error.to_string().contains("is no name for a schedule"), "{error}");
    }
}

#[test]
fn crons_have_five_fields_or_six() {
    for fine in
        ["30 2 * * *", "0 30 2 * * *", "*/15 * * * MON-FRI", "0 4 L * *", "0 9 * * MON#1", "0 9 1-7 * +mon"]
    {
        assert_eq!(fine.parse::<Cron>().unwrap().to_string(), fine);
    }
    assert_eq!(
        refused::<Cron, _>("30 2 * *"),
        "\"30 2 * *\" has 4 fields instead of five (minute, hour, day, month, weekday), or six with seconds before them"
    );
    assert!(refused::<Cron, _>("@daily").contains("has one field instead of"));
    assert!(refused::<Cron, _>("0 30 2 * * * 2027").contains("has 7 fields instead of"));
    assert!(refused::<Cron, _>("").contains("has 0 fields"));
}

#[test]
fn a_cron_that_cannot_be_read_or_never_comes_is_told_with_its_text() {
    for wrong in ["60 2 * * *", "30 24 * * *", "x 2 * * *", "30 2 * * FOO", "30-20 2 * * *", "*/0 2 * * *"] {
        let error = wrong.parse::<Cron>().unwrap_err();
        assert_eq!(error.to_string(), format!("{wrong:?} is no cron expression"));
        assert!(error.source().is_some());
    }
    assert_eq!(refused::<Cron, _>("0 2 30 2 *"), "\"0 2 30 2 *\" never comes");
}

#[test]
fn freezes_have_two_ends_of_one_kind_in_their_order() {
    let fine = [
        "2026-12-20T18:00:00Z..2027-01-02T06:00:00+01:00",
        "2026-12-20..2027-01-02",
        "12-20..01-02",
        "02-29..03-02",
        "fri 18:00..mon",
        "Saturday..Monday 06:30",
        "fri 20:00..fri 18:00",
    ];
    for it in fine {
        assert_eq!(it.parse::<Freeze>().unwrap().to_string(), it);
    }
    for wrong in ["", "..", "2026-12-20", "2026-12-20..01-02", "12-20..mon", "02-30..03-02", "fri 25:00..mon"]
    {
        assert!(refused::<Freeze, _>(wrong).contains("is no freeze: write two dates"), "{wrong}");
    }
    for backwards in ["2027-01-02..2026-12-20", "2027-01-02..2027-01-02", "12-20..12-20", "fri..fri"] {
        let told = format!("the freeze {backwards:?} ends before it has begun");
        assert_eq!(refused::<Freeze, _>(backwards), told);
    }
}

#[test]
fn words_are_those_of_the_configuration() {
    assert_eq!([Extent::Full, Extent::Quick].map(|it| it.to_string()), ["full", "quick"]);
    assert_eq!([Handling::Review, Handling::AutoApprove].map(|it| it.to_string()), ["review", "auto"]);
    assert_eq!(Handling::default(), Handling::Review);
}
