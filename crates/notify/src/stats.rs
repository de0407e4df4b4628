//! What a channel has done, for metrics.

/// Counted since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChannelStats {
    /// Notices that were taken by whoever they were sent to.
    pub sent: u64,
    /// Notices that were refused for good, or not taken in time.
    pub failed: u64,
    /// Notices that had to make room for newer ones.
    pub dropped: u64,
    /// Notices that wait now, with the one that is on its way.
    pub waiting: u64,
}
