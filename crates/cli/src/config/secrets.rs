//! Where a secret is: in its variable, or in a file of its own. Never in the configuration.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::env::Env;
use super::section::Section;

/// Where a secret is.
#[derive(Debug, Clone)]
pub enum SecretAt {
    /// In its variable.
    Variable(SecretString),
    /// In a file that holds nothing else.
    File(PathBuf),
}

/// How a secret is called.
pub(super) struct Names {
    /// Its variable; with `_FILE` at the end the one that names its file.
    pub(super) variable: &'static str,
    /// The setting that it must not be written into.
    pub(super) plain: &'static str,
    /// The setting that names its file.
    pub(super) file: &'static str,
    /// What to do where others could read it.
    pub(super) renew: &'static str,
}

/// Where it is, as far as that was said. The variable wins, then the file that the environment names.
pub(super) fn secret(section: &Section<'_>, env: &Env, folder: &Path, called: &Names) -> Option<SecretAt> {
    let Names { variable, plain, file, renew } = called;
    if let Some(written) = section.text(plain) {
        let fix = format!(
            "set {variable} in the environment, or write {file} = \"PATH\"; and {renew}, if others could read the file"
        );
        section.found().add(written.problem("a secret does not belong into this file", fix));
    }
    let written = section.text(file).map(|it| folder.join(it.value));
    let named = || env.text(&format!("{variable}_FILE")).map(|it| PathBuf::from(it.value));
    match env.text(variable) {
        Some(secret) => Some(SecretAt::Variable(secret.value.into())),
        None => named().or(written).map(SecretAt::File),
    }
}
