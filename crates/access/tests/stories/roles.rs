//! What a token's holder may do, and who it is.

use access::jwt::Kind;
use access::{Identity, Role, RoleClaim, Verifier};
use serde_json::{Value, json};

use super::tenant::{By, Tenant, refusal};

const NAMESPACED: &str = "https://example.com/roles";
const NONE: &str = "auth0|grace has no role here";

fn reading(tenant: &Tenant, claim: &str) -> Verifier {
    tenant.verifier_with(|it| it.roles = RoleClaim { claim: claim.to_owned(), ..RoleClaim::default() })
}

/// A token with that claim, and with no other that gives a role.
fn with(tenant: &Tenant, claim: &str, value: &Value) -> String {
    tenant.token_with(By::Es256, |_, claims| {
        claims.as_object_mut().unwrap().remove("permissions");
        claims[claim] = value.clone();
    })
}

#[tokio::test]
async fn of_several_roles_the_strongest_counts() {
    let tenant = Tenant::start().await;
    for (claim, value, role) in [
        ("permissions", json!(["viewer"]), Role::Viewer),
        ("permissions", json!(["viewer", "approver"]), Role::Approver),
        ("permissions", json!(["operator", "approver", "viewer"]), Role::Operator),
        ("permissions", json!(["read:reports", "viewer", 7, null, "Operator"]), Role::Viewer),
        ("permissions", json!("approver"), Role::Approver),
        ("scope", json!("openid viewer operator profile"), Role::Operator),
        ("scope", json!("viewer"), Role::Viewer),
        ("scope", json!(["viewer", "approver"]), Role::Approver),
        (NAMESPACED, json!(["approver", "viewer"]), Role::Approver),
        (NAMESPACED, json!("operator"), Role::Operator),
    ] {
        let token = with(&tenant, claim, &value);
        let identity = reading(&tenant, claim).verify(&token.into()).await.unwrap();
        assert_eq!(identity.role, role, "{claim}: {value}");
    }
}

#[tokio::test]
async fn whoever_was_given_no_role_of_ours_is_told_by_name() {
    let tenant = Tenant::start().await;
    for (claim, value) in [
        ("permissions", Value::Null),
        ("permissions", json!([])),
        ("permissions", json!(["Viewer", "VIEWER", " viewer", "viewer ", "view", ""])),
        ("permissions", json!("viewer approver")),
        ("permissions", json!([["operator"]])),
        ("permissions", json!({ "operator": true })),
        ("permissions", json!(true)),
        ("permissions", json!(2)),
        ("scope", json!("")),
        ("scope", json!("read:viewer\toperator")),
        (NAMESPACED, json!("viewer,operator")),
    ] {
        let said = refusal(&reading(&tenant, claim), &with(&tenant, claim, &value)).await;
        assert_eq!(said, NONE, "{claim}: {value}");
    }
}

#[tokio::test]
async fn a_role_in_another_claim_is_none() {
    let tenant = Tenant::start().await;
    // Whoever logs in chooses the scope that is asked for, and some chose their own metadata.
    for claim in ["scope", "roles", "role", "https://example.com/permissions", "Permissions"] {
        let said = refusal(&tenant.verifier(), &with(&tenant, claim, &json!(["operator"]))).await;
        assert_eq!(said, NONE, "{claim}");
    }
    let token = with(&tenant, "permissions", &json!(["operator"]));
    assert_eq!(refusal(&reading(&tenant, NAMESPACED), &token).await, NONE);
}

#[tokio::test]
async fn words_of_ones_own_replace_ours() {
    let tenant = Tenant::start().await;
    let map = [("hr:read".to_owned(), Role::Viewer), ("hr:decide".to_owned(), Role::Approver)].into();
    let claim = "permissions".to_owned();
    let verifier = tenant.verifier_with(|it| it.roles = RoleClaim { claim, map });
    let token = with(&tenant, "permissions", &json!(["hr:read", "hr:decide", "operator"]));
    assert_eq!(verifier.verify(&token.into()).await.unwrap().role, Role::Approver);
    assert_eq!(refusal(&verifier, &with(&tenant, "permissions", &json!(["operator"]))).await, NONE);
}

#[tokio::test]
async fn a_person_is_known_by_an_id_and_shown_with_an_address() {
    let tenant = Tenant::start().await;
    let token = tenant.token_with(By::Rs256, |_, claims| {
        claims["https://example.com/email"] = json!("grace@example.com");
        claims["name"] = json!("Grace");
    });
    let person = Identity {
        name: "auth0|grace".to_owned(),
        shown: Some("grace@example.com".to_owned()),
        kind: Kind::Person,
        role: Role::Approver,
    };
    assert_eq!(tenant.verifier().verify(&token.into()).await.unwrap(), person);
}

#[tokio::test]
async fn a_machine_is_known_by_its_client() {
    let tenant = Tenant::start().await;
    let token = tenant.token_with(By::Rs256, |_, claims| {
        claims["sub"] = json!("kT7n@clients");
        claims["azp"] = json!("kT7n");
        claims["gty"] = json!("client-credentials");
        claims["scope"] = json!("viewer");
        claims["permissions"] = json!(["viewer"]);
    });
    let machine =
        Identity { name: "kT7n@clients".to_owned(), shown: None, kind: Kind::Machine, role: Role::Viewer };
    assert_eq!(tenant.verifier().verify(&token.into()).await.unwrap(), machine);
}
