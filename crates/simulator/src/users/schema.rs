//! What the bodies of `POST /users` and `PATCH /users/{id}` may hold, with Auth0's descriptions.

use crate::{
    switches::Switches,
    validate::{Extras, Format, Kind, Property, Schema, formatted, text},
};

/// The longest text that the document does not bound itself.
const UNBOUNDED: usize = 1 << 20;
/// What bcrypt takes in.
const PASSWORD_MAX: usize = 72;

/// `POST /users`: nothing unknown, and only `connection` is needed.
pub(crate) fn create(switches: &Switches) -> Schema {
    let properties = vec![
        Property::new("email", formatted(UNBOUNDED, Format::Email), "The user's email"),
        Property::new(
            "phone_number",
            formatted(UNBOUNDED, Format::Phone),
            "The user's phone number (following the E.164 recommendation)",
        ),
        Property::new(
            "user_metadata",
            Kind::Object,
            "Data related to the user that does not affect the application's core functionality",
        ),
        Property::new(
            "blocked",
            Kind::Flag,
            "Whether this user was blocked by an administrator (true) or not (false)",
        ),
        Property::new(
            "email_verified",
            Kind::Flag,
            "Whether this email address is verified (true) or unverified (false). User will receive a verification \
             email after creation if `email_verified` is false or not specified",
        ),
        Property::new(
            "phone_verified",
            Kind::Flag,
            "Whether this phone number has been verified (true) or not (false)",
        ),
        Property::new(
            "app_metadata",
            Kind::Object,
            "Data related to the user that does affect the application's core functionality",
        ),
        Property::new("given_name", text(150), "The user's given name(s)"),
        Property::new("family_name", text(150), "The user's family name(s)"),
        Property::new("name", text(switches.name_max), "The user's full name"),
        Property::new("nickname", text(switches.nickname_max), "The user's nickname"),
        Property::new(
            "picture",
            formatted(UNBOUNDED, Format::StrictUri),
            "A URI pointing to the user's picture",
        ),
        Property::new(
            "user_id",
            formatted(255, Format::NoWhitespace),
            "The external user's id provided by the identity provider",
        ),
        Property::new("connection", text(UNBOUNDED), "Name of the connection this user should be created in"),
        Property::new(
            "password",
            text(PASSWORD_MAX),
            "Initial password for this user. Only valid for auth0 connection strategy",
        ),
        Property::new(
            "verify_email",
            Kind::Flag,
            "Whether the user will receive a verification email after creation (true) or no email (false). \
             Overrides behavior of `email_verified` parameter",
        ),
        Property::new(
            "username",
            text(128),
            "The user's username. Only valid if the connection requires a username",
        ),
    ];
    Schema { required: &["connection"], properties, extras: Extras::RefusedForUsers }
}

/// `PATCH /users/{id}`: names may be null, and unknown keys pass.
pub(crate) fn patch(switches: &Switches) -> Schema {
    let properties = vec![
        Property::new(
            "blocked",
            Kind::Flag,
            "Whether this user was blocked by an administrator (true) or not (false)",
        ),
        Property::new(
            "email_verified",
            Kind::Flag,
            "Whether this email address is verified (true) or unverified (false). If set to false the user will \
             not receive a verification email unless `verify_email` is set to true",
        ),
        Property::new("email", formatted(UNBOUNDED, Format::Email), "Email address of this user").or_null(),
        Property::new(
            "phone_number",
            formatted(UNBOUNDED, Format::Phone),
            "The user's phone number (following the E.164 recommendation)",
        )
        .or_null(),
        Property::new(
            "phone_verified",
            Kind::Flag,
            "Whether this phone number has been verified (true) or not (false)",
        ),
        Property::new(
            "user_metadata",
            Kind::Object,
            "User metadata to which this user has read/write access",
        ),
        Property::new("app_metadata", Kind::Object, "User metadata to which this user has read-only access"),
        Property::new("given_name", text(150), "Given name/first name/forename of this user").or_null(),
        Property::new("family_name", text(150), "Family name/last name/surname of this user").or_null(),
        Property::new("name", text(switches.name_max), "Name of this user").or_null(),
        Property::new("nickname", text(switches.nickname_max), "Preferred nickname or alias of this user")
            .or_null(),
        Property::new(
            "picture",
            formatted(UNBOUNDED, Format::StrictUri),
            "URL to picture, photo, or avatar of this user",
        )
        .or_null(),
        Property::new(
            "verify_email",
            Kind::Flag,
            "Whether this user will receive a verification email after creation (true) or no email (false). \
             Overrides behavior of `email_verified` parameter",
        ),
        Property::new(
            "verify_phone_number",
            Kind::Flag,
            "Whether this user will receive a text after changing the phone number (true) or no text (false). Only \
             valid when changing phone number for SMS connections",
        ),
        Property::new(
            "password",
            text(PASSWORD_MAX),
            "New password for this user. Only valid for database connections",
        )
        .or_null(),
        Property::new("connection", text(UNBOUNDED), "Name of the connection to target for this user update"),
        Property::new(
            "client_id",
            text(UNBOUNDED),
            "Auth0 client ID. Only valid when updating email address",
        ),
        Property::new(
            "username",
            text(128),
            "The user's username. Only valid if the connection requires a username",
        )
        .or_null(),
    ];
    Schema { required: &[], properties, extras: Extras::Ignored }
}
