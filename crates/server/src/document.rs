//! The document of the API, made from the code.

use utoipa::openapi::RefOr;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::problem::Kind;

/// OpenAPI 3.1.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Rollcall",
        description = "Keeps an Auth0 tenant in step with the employee table. Every problem is an \
                       `application/problem+json`, whose `type` never changes.",
        license(name = "MIT OR Apache-2.0")
    ),
    modifiers(&Bearer, &Problems),
    security(("bearer" = [])),
    tags(
        (name = "employees", description = "People, one by one"),
        (name = "plans", description = "What would be done, and who says yes"),
        (name = "runs", description = "What was done"),
        (name = "quarantine", description = "What fails again and again"),
        (name = "audit", description = "Who did what, and on whose word"),
        (name = "schedules", description = "What is done when"),
        (name = "tokens", description = "Who may"),
        (name = "webhooks", description = "What other systems tell"),
        (name = "operations", description = "What nobody waits for")
    )
)]
pub(crate) struct ApiDocument;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(
            "A token of `rollcall token create`, or an access token of the configured tenant",
        ));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme.build()));
    }
}

/// Names every kind of problem in the description.
struct Problems;

impl Modify for Problems {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let lines = Kind::ALL.iter().map(|it| format!("* `{}` ({})", it.urn(), it.status().as_u16()));
        let list = lines.collect::<Vec<_>>().join("\n");
        let description = document.info.description.get_or_insert_default();
        description.push_str("\n\nThe kinds of problem:\n\n");
        description.push_str(&list);
    }
}

/// What a status means where an operation says nothing of its own.
fn said(status: &str) -> &'static str {
    match status {
        "200" => "It is there, or done",
        "201" => "It was made",
        "202" => "It was begun, or waits for a person",
        "204" => "It was done",
        "400" => "The request makes no sense",
        "401" => "Nobody knows who asks",
        "403" => "Whoever asks may not",
        "404" => "There is no such thing",
        "409" => "It cannot be done as things stand",
        _ => "Something went wrong; its `type` says what",
    }
}

/// Answers that are no success are problems, and say so in their content type; each says what it means.
pub(crate) fn finish(document: &mut utoipa::openapi::OpenApi) {
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete]
            .into_iter()
            .filter_map(Option::as_mut);
        for (status, response) in operations.flat_map(|it| &mut it.responses.responses) {
            let RefOr::T(response) = response else { continue };
            if response.description.is_empty() {
                response.description = said(status).to_owned();
            }
            if !status.starts_with('2')
                && let Some(content) = response.content.shift_remove("application/json")
            {
                response.content.insert("application/problem+json".to_owned(), content);
            }
        }
    }
}
