//! Where and what was measured.

use std::fs;
use std::process::Command;

/// The machine and the commit, in one line.
pub(crate) fn tell() -> String {
    let cpu = field("/proc/cpuinfo", "model name").unwrap_or_else(|| "unknown processor".to_owned());
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let memory = field("/proc/meminfo", "MemTotal").and_then(|it| kib(&it)).unwrap_or(0) / (1024 * 1024);
    let system = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let commit = said("git", &["rev-parse", "--short=12", "HEAD"]).unwrap_or_else(|| "unknown".to_owned());
    let changed = said("git", &["status", "--porcelain"]).is_some_and(|it| !it.is_empty());
    let rustc = said("rustc", &["--version"]).unwrap_or_default();
    let changed = if changed { " with changes" } else { "" };
    format!("{cpu}, {cores} cores, {memory} GiB, Linux {}, {rustc}, commit {commit}{changed}", system.trim())
}

/// The most memory that a process has held so far, in KiB; none where it is over.
pub(crate) fn peak_kib(process: &str) -> Option<u64> {
    field(&format!("/proc/{process}/status"), "VmHWM").and_then(|it| kib(&it))
}

/// The memory that a process holds now, in KiB.
pub(crate) fn held_kib(process: &str) -> Option<u64> {
    field(&format!("/proc/{process}/status"), "VmRSS").and_then(|it| kib(&it))
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|it| it.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn kib(text: &str) -> Option<u64> {
    text.strip_suffix("kB")?.trim().parse().ok()
}

fn said(program: &str, words: &[&str]) -> Option<String> {
    let output = Command::new(program).args(words).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
