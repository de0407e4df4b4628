//! What a command took: told with `-v`, and what `cargo bench` measures from outside.

use std::fs;
use std::time::Instant;

/// Logs how long the command took and the most memory that it held, where the system tells.
pub(crate) fn log(begun: Instant) {
    let took_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(took_ms, peak_memory_mib = peak_memory_mib(), "the command has ended");
}

/// Linux keeps it in `/proc`; elsewhere nobody is asked.
fn peak_memory_mib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib.div_ceil(1024))
}
