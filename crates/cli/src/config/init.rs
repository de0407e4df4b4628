//! The file that `rollcall init` writes.

/// Every setting with its default, commented out: `#key = value` is a setting, `# words` are words.
pub const TEMPLATE: &str = include_str!("rollcall.toml");
