//! Files that people name. Whatever the name leads to, no more of it is read than makes sense.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// A configuration of a thousand settings has a hundredth of it.
pub(crate) const LONGEST_CONFIG: u64 = 1024 * 1024;

/// Room for every kind of key and token, and for several of them.
pub(crate) const LONGEST_SECRET: u64 = 64 * 1024;

/// The whole of a file. An error where it is longer than so many bytes, which `/dev/zero` is.
pub(crate) fn read(path: &Path, longest: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(longest + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > longest {
        return Err(io::Error::other(format!(
            "it has more than {} KiB; is it the file that was meant?",
            longest / 1024
        )));
    }
    Ok(bytes)
}

/// The same as text.
pub(crate) fn read_text(path: &Path, longest: u64) -> io::Result<String> {
    String::from_utf8(read(path, longest)?).map_err(|_| io::Error::other("it is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_bound_and_not_beyond() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), b"12345");
        assert!(read(&path, 4).is_err());
        std::fs::write(&path, b"\xff").unwrap();
        assert_eq!(read_text(&path, 5).unwrap_err().to_string(), "it is not UTF-8");
    }
}
