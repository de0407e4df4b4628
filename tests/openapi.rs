//! OpenAPI documents, and whether what is said over HTTP fits them.

use jsonschema::Validator;
use serde_json::Value;

/// Whether the path is one of the template's: `{id}` is any one segment.
pub(crate) fn is(template: &str, path: &str) -> bool {
    let (a, b): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a == b || a.starts_with('{'))
}

/// The value fits a schema of the document.
pub(crate) fn assert_fits(document: &Value, schema: &Value, value: &Value, what: &str) {
    assert!(!schema.is_null(), "{what}: the document knows no such thing");
    let mut schema = schema.clone();
    schema["components"] = document["components"].clone();
    let validator: Validator = jsonschema::options().build(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(value).map(|it| it.to_string()).collect();
    assert!(errors.is_empty(), "{what}: {errors:#?}\n{value:#}");
}
