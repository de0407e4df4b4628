//! The service's OpenAPI document, and whether answers keep to it.

use reqwest::Method;
use serde_json::{Value, json};

use super::Answer;
use crate::openapi::{assert_fits, is};

/// The document, as the service shows it.
pub(in crate::service) struct Contract {
    document: Value,
}

impl Contract {
    pub(super) fn new(document: Value) -> Self {
        Self { document }
    }

    pub(in crate::service) fn document(&self) -> &Value {
        &self.document
    }

    /// Each method and path that the document names.
    pub(in crate::service) fn operations(&self) -> Vec<(Method, String)> {
        let paths = self.document["paths"].as_object().unwrap();
        let of_path = |(path, item): (&String, &Value)| {
            let methods: Vec<Method> = item
                .as_object()
                .unwrap()
                .keys()
                .filter_map(|it| it.to_uppercase().parse().ok())
                .filter(|it| [Method::GET, Method::POST, Method::PUT, Method::DELETE].contains(it))
                .collect();
            methods.into_iter().map(|it| (it, path.clone())).collect::<Vec<_>>()
        };
        paths.iter().flat_map(of_path).collect()
    }

    /// An answer has a status that the document names, with such a body; what is no API is not in it.
    pub(super) fn assert_kept(&self, method: &Method, path: &str, answer: &Answer) {
        let what = format!("{method} {path}");
        for header in ["x-request-id", "x-content-type-options", "content-security-policy"] {
            assert!(!answer.header(header).is_empty(), "{what} answers without {header}");
        }
        assert_eq!(answer.header("access-control-allow-origin"), "", "{what}: no other page may ask");
        if answer.status >= 400 && path != "/readyz" {
            self.assert_problem(&what, answer);
        }
        let Some(operation) = self.operation(method, path) else { return };
        let responses = &operation["responses"];
        let status = answer.status.to_string();
        let response = if responses[&status].is_null() { &responses["default"] } else { &responses[&status] };
        assert!(!response.is_null(), "{what}: {status} is in no document");
        let Some(content) = response["content"].as_object() else {
            assert_eq!(answer.text, "", "{what} {status} has no body");
            return;
        };
        let kind = answer.header("content-type").split(';').next().unwrap_or_default();
        let of_kind =
            content.get(kind).unwrap_or_else(|| panic!("{what} {status} is not {kind}: {content:?}"));
        if kind.ends_with("json") {
            assert_fits(&self.document, &of_kind["schema"], &answer.body, &format!("{what} {status}"));
        }
    }

    fn operation(&self, method: &Method, path: &str) -> Option<&Value> {
        let path = path.split('?').next().unwrap_or(path);
        let paths = self.document["paths"].as_object()?;
        // A path without parameters wins over one with them, as it does in the router.
        let mut fitting: Vec<_> = paths.iter().filter(|(template, _)| is(template, path)).collect();
        fitting.sort_by_key(|(template, _)| template.matches('{').count());
        fitting.first()?.1.get(method.as_str().to_lowercase())
    }

    fn assert_problem(&self, what: &str, answer: &Answer) {
        assert_eq!(answer.header("content-type"), "application/problem+json", "{what}: {}", answer.text);
        assert_eq!(answer.body["status"], answer.status, "{what}");
        assert_fits(&self.document, &json!({ "$ref": "#/components/schemas/Problem" }), &answer.body, what);
    }
}
