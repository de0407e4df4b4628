//! Tokens that somebody else signed, or changed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::{digest, hmac};
use serde_json::json;

use super::tenant::{By, Tenant, refusal};

const ALL: [By; 3] = [By::Rs256, By::Ps256, By::Es256];
const WRONG: &str = "the signature of the token is wrong";
const SHA256_INFO: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20];

fn in_parts(token: &str) -> [&str; 3] {
    token.split('.').collect::<Vec<_>>().try_into().unwrap()
}

fn signature(token: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(in_parts(token)[2]).unwrap()
}

/// The token with another signature.
fn signed_with(token: &str, signature: &[u8]) -> String {
    let [header, claims, _] = in_parts(token);
    format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[tokio::test]
async fn no_character_of_a_token_can_be_another() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    for by in ALL {
        let token = tenant.token(by);
        assert!(verifier.verify(&token.as_str().into()).await.is_ok());
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            refusal(&verifier, &String::from_utf8(changed).unwrap()).await;
            let mut shorter = token.clone();
            shorter.remove(at);
            refusal(&verifier, &shorter).await;
        }
    }
    assert_eq!(tenant.asked(), 1);
}

#[tokio::test]
async fn a_payload_that_was_changed_is_not_what_was_signed() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    for by in ALL {
        let [header, _, signature] = in_parts(&tenant.token(by)).map(ToOwned::to_owned);
        let (_, mut claims) = tenant.parts(by);
        claims["permissions"] = json!(["operator"]);
        let claims = URL_SAFE_NO_PAD.encode(claims.to_string());
        assert_eq!(refusal(&verifier, &format!("{header}.{claims}.{signature}")).await, WRONG, "{by:?}");
        // Nor can anything move from one part into another, or the parts of two tokens be put together.
        let other = tenant.token_with(by, |_, claims| claims["sub"] = json!("auth0|ada"));
        let [header, claims, _] = in_parts(&other);
        assert_eq!(refusal(&verifier, &format!("{header}.{claims}.{signature}")).await, WRONG, "{by:?}");
    }
}

#[tokio::test]
async fn a_signature_that_is_cut_off_or_goes_on_is_none() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    for by in ALL {
        let token = tenant.token(by);
        let whole = signature(&token);
        for length in (0..whole.len()).rev() {
            let cut = signed_with(&token, &whole[..length]);
            assert_eq!(refusal(&verifier, &cut).await, WRONG, "{by:?}: {length}");
        }
        for more in [[&whole[..], b"\0"].concat(), [b"\0", &whole[..]].concat(), whole.repeat(2)] {
            assert_eq!(refusal(&verifier, &signed_with(&token, &more)).await, WRONG, "{by:?}");
        }
    }
}

#[tokio::test]
async fn numbers_that_would_fit_every_text_are_no_signature() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let order: Vec<u8> =
        (0..32).map(|it| u8::from_str_radix(&order[2 * it..2 * it + 2], 16).unwrap()).collect();
    let zero = vec![0; 32];
    let one = [&[0; 31][..], &[1]].concat();
    for halves in [
        [&zero, &zero],
        [&zero, &one],
        [&one, &zero],
        [&one, &one],
        [&order, &order],
        [&order, &one],
        [&zero, &order],
    ] {
        let forged = signed_with(&tenant.token(By::Es256), &halves.map(Vec::as_slice).concat());
        assert_eq!(refusal(&verifier, &forged).await, WRONG, "{halves:?}");
    }
    for by in [By::Rs256, By::Ps256] {
        for forged in [vec![0; 256], one.repeat(8), vec![255; 256]] {
            assert_eq!(refusal(&verifier, &signed_with(&tenant.token(by), &forged)).await, WRONG, "{by:?}");
        }
    }
}

#[tokio::test]
async fn an_elliptic_signature_has_one_way_of_writing_its_two_numbers() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    let token = tenant.token(By::Es256);
    let signature = signature(&token);
    let number = |bytes: &[u8]| {
        let sign = if bytes[0] < 128 { &[][..] } else { &[0] };
        let number = [sign, bytes].concat();
        [&[2, u8::try_from(number.len()).unwrap()], &number[..]].concat()
    };
    let pair = [number(&signature[..32]), number(&signature[32..])].concat();
    let as_in_certificates = [&[0x30, u8::try_from(pair.len()).unwrap()], &pair[..]].concat();
    assert_eq!(refusal(&verifier, &signed_with(&token, &as_in_certificates)).await, WRONG);
}

#[tokio::test]
async fn whoever_makes_a_secret_of_a_public_key_has_none() {
    let tenant = Tenant::start().await;
    let verifier = tenant.verifier();
    let (rsa, ec) = (tenant.rsa_jwk("rsa", "RS256"), tenant.ec_jwk("ec"));
    let bytes = |text: &serde_json::Value| URL_SAFE_NO_PAD.decode(text.as_str().unwrap()).unwrap();
    for (id, secret) in [
        ("rsa", rsa.to_string().into_bytes()),
        ("rsa", bytes(&rsa["n"])),
        ("rsa", rsa["n"].as_str().unwrap().as_bytes().to_vec()),
        ("ec", [vec![4], bytes(&ec["x"]), bytes(&ec["y"])].concat()),
        ("ec", ec.to_string().into_bytes()),
    ] {
        for name in ["HS256", "RS256", "ES256"] {
            let (_, claims) = tenant.parts(By::Rs256);
            let header = json!({ "alg": name, "typ": "JWT", "kid": id });
            let signed = [header, claims].map(|it| URL_SAFE_NO_PAD.encode(it.to_string())).join(".");
            let code = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), signed.as_bytes());
            let said = refusal(&verifier, &signed_with(&format!("{signed}.x"), code.as_ref())).await;
            let not_allowed = "the token is signed with an algorithm that is not allowed for its key";
            assert!(said == WRONG || said == not_allowed, "{name}: {said}");
        }
    }
}

#[tokio::test]
async fn a_key_with_which_anybody_could_sign_signs_nothing() {
    let tenant = Tenant::start().await;
    let mut weak = tenant.rsa_jwk("rsa", "RS256");
    // To the power of one, a signature is what it signs.
    weak["e"] = json!("AQ");
    tenant.publish(&json!({ "keys": [weak] }));
    let token = tenant.token(By::Rs256);
    let signed = &token[..token.rfind('.').unwrap()];
    let hash = digest::digest(&digest::SHA256, signed.as_bytes());
    let filling = vec![0xff; 256 - 3 - SHA256_INFO.len() - 32];
    let forged = [&[0, 1], &filling[..], &[0], &SHA256_INFO, hash.as_ref()].concat();
    assert_eq!(refusal(&tenant.verifier(), &signed_with(&token, &forged)).await, WRONG);
}
