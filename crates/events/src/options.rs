//! Settings of an event store.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::tz::TimeZone;

use crate::files::{Files, Space, SystemFiles};

/// How much room must stay free on the disk; below it the store refuses events, so that staff can still work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FreeFloor {
    /// At least this many bytes …
    pub bytes: u64,
    /// … and at least this share of the file system, in percent.
    pub percent: u8,
}

impl FreeFloor {
    /// Accept events until the file system itself refuses.
    pub const NONE: FreeFloor = FreeFloor { bytes: 0, percent: 0 };

    /// The bytes that must stay free on a file system of this size.
    pub fn needed(&self, space: Space) -> u64 {
        self.bytes.max(space.total / 100 * u64::from(self.percent))
    }
}

impl Default for FreeFloor {
    fn default() -> Self {
        FreeFloor { bytes: 500_000_000, percent: 5 }
    }
}

/// Who starts flushes and compactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maintenance {
    /// A thread of the store, by the thresholds of [`Options`].
    Background,
    /// The caller alone.
    Manual,
}

/// Tells the time, milliseconds since 1970 UTC.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Settings of an event store. Start from [`Options::default`].
#[derive(Clone)]
pub struct Options {
    /// The zone whose days the rollups are kept for: the workspace's. It may differ from one opening to the next.
    pub zone: TimeZone,
    /// Flush the tail to a segment when it holds this many events …
    pub flush_events: usize,
    /// … or when the log is this many bytes long …
    pub flush_bytes: u64,
    /// … or when its oldest event waits this long.
    pub flush_age: Duration,
    /// Compact when this many small segments wait.
    pub compact_segments: usize,
    /// The size compaction aims at, in events a segment.
    pub segment_events: usize,
    /// How many days message ids are remembered after their acknowledgement; 7 at least.
    pub dedup_days: u16,
    /// Room that must stay free.
    pub free_floor: FreeFloor,
    /// Who starts flushes and compactions.
    pub maintenance: Maintenance,
    /// File operations.
    pub files: Arc<dyn Files>,
    /// The clock that dates message ids.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            zone: TimeZone::UTC,
            flush_events: 50_000,
            flush_bytes: 64 << 20,
            flush_age: Duration::from_secs(3600),
            compact_segments: 6,
            segment_events: 1_000_000,
            dedup_days: 8,
            free_floor: FreeFloor::default(),
            maintenance: Maintenance::Background,
            files: Arc::new(SystemFiles),
            clock: Arc::new(system_clock),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Options")
            .field("zone", &self.zone)
            .field("flush_events", &self.flush_events)
            .field("segment_events", &self.segment_events)
            .finish_non_exhaustive()
    }
}

fn system_clock() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}
