//! How a token is written: in one way, in three parts, and not too long.

use access::Verifier;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::json;
use tokio::runtime::Runtime;

use super::tenant::{By, Tenant, refusal};

/// The longest token that is looked at.
const LONGEST: usize = 16 * 1024;
const NO_BASE64: &str = "the token is not usable: a part of it is no base64";
const NOT_THREE: &str = "the token is not usable: it has not three parts";

/// The parts of a good token as texts, with space at the end so that each is one byte longer than a multiple of
/// three: then its last character has four bits that mean nothing.
fn loose(tenant: &Tenant) -> [String; 2] {
    let (header, claims) = tenant.parts(By::Es256);
    [header, claims].map(|it| {
        let text = it.to_string();
        let space = " ".repeat((4 - text.len() % 3) % 3);
        text + &space
    })
}

/// The same bytes, spelled in ways that are not the one.
fn misspelled(part: &str) -> Vec<String> {
    let (start, last) = part.split_at(part.len() - 1);
    let at = ALPHABET.find(last).unwrap();
    let loose = (1..16).map(|it| format!("{start}{}", &ALPHABET[at + it..=at + it]));
    let padded = [format!("{part}=="), format!("{part}="), format!("{part}\n"), format!(" {part}")];
    let cut = [format!("{}\n{}", &part[..8], &part[8..]), format!("{part}%3D%3D")];
    loose.chain(padded).chain(cut).collect()
}

const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

#[tokio::test]
async fn a_part_has_one_spelling_even_if_another_was_signed() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    let [header, claims] = loose(&tenant).map(|it| URL_SAFE_NO_PAD.encode(it));
    let good = tenant.seal(By::Es256, &format!("{header}.{claims}"));
    assert!(verifier.verify(&good.as_str().into()).await.is_ok());
    for it in misspelled(&header) {
        let token = tenant.seal(By::Es256, &format!("{it}.{claims}"));
        assert_eq!(refusal(&verifier, &token).await, NO_BASE64, "{it:?}");
    }
    for it in misspelled(&claims) {
        let token = tenant.seal(By::Es256, &format!("{header}.{it}"));
        assert_eq!(refusal(&verifier, &token).await, NO_BASE64, "{it:?}");
    }
    let (signed, signature) = good.rsplit_once('.').unwrap();
    for it in misspelled(signature) {
        assert_eq!(refusal(&verifier, &format!("{signed}.{it}")).await, NO_BASE64, "{it:?}");
    }
}

#[tokio::test]
async fn the_other_alphabet_is_another() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    let (header, claims) = tenant.parts(By::Es256);
    // Wherever they stand among the others, these make both of the characters that differ.
    let claims = claims.to_string().replacen('{', "{\"x\":\"~~~~~?????\",", 1);
    let spelled = URL_SAFE_NO_PAD.encode(&claims);
    assert!(spelled.contains('-') && spelled.contains('_'), "{spelled}");
    let header = URL_SAFE_NO_PAD.encode(header.to_string());
    assert!(verifier.verify(&tenant.seal(By::Es256, &format!("{header}.{spelled}")).into()).await.is_ok());
    let other = spelled.replace('-', "+").replace('_', "/");
    let token = tenant.seal(By::Es256, &format!("{header}.{other}"));
    assert_eq!(refusal(&verifier, &token).await, NO_BASE64);
}

#[tokio::test]
async fn a_token_has_three_parts() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    let token = tenant.token(By::Es256);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    for wrong in [
        "",
        ".",
        "...",
        "....",
        header,
        signed,
        &format!("{token}."),
        &format!(".{token}"),
        &format!("{token}.{signature}"),
        &format!("{header}..{claims}.{signature}"),
        &"x".repeat(100),
        &".".repeat(LONGEST),
    ] {
        assert_eq!(refusal(&verifier, wrong).await, NOT_THREE, "{wrong:.80}");
    }
    assert_eq!(tenant.asked(), 0, "nobody asks the tenant about them");
}

#[tokio::test]
async fn garbage_in_any_part_is_refused() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    let token = tenant.token(By::Es256);
    let parts: Vec<&str> = token.split('.').collect();
    let no_header = "the token is not usable: its header is no header";
    let wrong = "the signature of the token is wrong";
    let binary = URL_SAFE_NO_PAD.encode([0xff, 0xfe, 0, 0x80]);
    for (garbage, why) in [
        ("", [no_header, wrong, wrong]),
        (&binary, [no_header, wrong, wrong]),
        ("AAAA", [no_header, wrong, wrong]),
        ("A", [NO_BASE64, wrong, NO_BASE64]),
        ("{}", [NO_BASE64, wrong, NO_BASE64]),
        ("é", [NO_BASE64, wrong, NO_BASE64]),
        ("\u{0}", [NO_BASE64, wrong, NO_BASE64]),
    ] {
        for (at, why) in why.into_iter().enumerate() {
            let mut parts = parts.clone();
            parts[at] = garbage;
            assert_eq!(refusal(&verifier, &parts.join(".")).await, why, "{garbage:?} in {at}");
        }
    }
}

#[tokio::test]
async fn a_token_is_looked_at_up_to_a_length() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    let (header, claims) = tenant.parts(By::Es256);
    let (header, claims) = (header.to_string(), claims.to_string());
    let of_length = |length: usize| {
        let all = (0..3).flat_map(|space| (11_700..12_100).map(move |padding| (space, padding)));
        let parts = all.map(|(space, padding)| {
            let claims = claims.replacen('{', &format!("{{\"padding\":\"{}\",", "x".repeat(padding)), 1);
            [format!("{header}{}", " ".repeat(space)), claims]
        });
        // Each four characters are three bytes; between the parts are two points, and the signature is of 86.
        let spelled = |it: &String| (4 * it.len()).div_ceil(3);
        let fitting = parts.into_iter().find(|it| it.iter().map(spelled).sum::<usize>() + 88 == length);
        let token = tenant.sign_text(By::Es256, &fitting.unwrap());
        assert_eq!(token.len(), length);
        token
    };
    assert!(verifier.verify(&of_length(LONGEST).into()).await.is_ok());
    for longer in [&of_length(LONGEST + 1), &"x".repeat(1_000_000), &".".repeat(LONGEST + 1)] {
        assert_eq!(refusal(&verifier, longer).await, "the token is not usable: it is too long");
    }
}

/// A verifier that has its keys already, and what it runs in.
fn ready() -> (Runtime, Tenant, Verifier) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (tenant, verifier) = runtime.block_on(async {
        let tenant = Tenant::start().await;
        let verifier = tenant.verifier();
        verifier.verify(&tenant.token(By::Es256).into()).await.unwrap();
        (tenant, verifier)
    });
    (runtime, tenant, verifier)
}

#[test]
fn nothing_that_was_not_signed_is_believed_and_nothing_panics() {
    let (runtime, tenant, verifier) = ready();
    let refused = |token: String| runtime.block_on(verifier.verify(&token.into())).is_err();
    let header = URL_SAFE_NO_PAD.encode(tenant.parts(By::Es256).0.to_string());
    let bytes = || prop::collection::vec(any::<u8>(), 0..80);
    proptest!(|(text in "\\PC{0,80}", parts in [bytes(), bytes(), bytes()])| {
        prop_assert!(refused(text));
        let [first, second, third] = parts.map(|it| URL_SAFE_NO_PAD.encode(it));
        let [garbage, named] = [&first, &header].map(|it| format!("{it}.{second}.{third}"));
        prop_assert!(refused(garbage));
        prop_assert!(refused(named));
    });
}

#[test]
fn whatever_was_signed_is_taken_apart_without_a_panic() {
    let (runtime, tenant, verifier) = ready();
    let (header, claims) = tenant.parts(By::Es256);
    let names =
        prop::sample::select(vec!["iss", "aud", "sub", "exp", "nbf", "iat", "permissions", "email", "gty"]);
    let values = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(|it| json!(it)),
        any::<i64>().prop_map(|it| json!(it)),
        any::<f64>().prop_map(|it| json!(it)),
        ".{0,40}".prop_map(|it| json!(it)),
        prop::collection::vec(".{0,8}", 0..4).prop_map(|it| json!(it)),
    ];
    proptest!(|(name in names, value in values)| {
        let mut changed = claims.clone();
        changed[name] = value;
        let token = tenant.sign(By::Es256, &header, &changed);
        if let Ok(identity) = runtime.block_on(verifier.verify(&token.into())) {
            prop_assert!(!identity.name.chars().any(char::is_whitespace), "{identity:?}");
            prop_assert!(!identity.shown.unwrap_or_default().contains(char::is_control));
        }
    });
}
