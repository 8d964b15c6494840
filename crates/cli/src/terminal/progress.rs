//! The progress line on standard error, for what takes longer than a moment.

use std::{
    io::{self, Write as _},
    time::{Duration, Instant},
};

/// How long a run may take before it says how far it is.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often the line is drawn again.
const PACE: Duration = Duration::from_millis(100);

/// The state of the line.
pub(super) struct Progress {
    enabled: bool,
    started: Instant,
    drawn: Option<Instant>,
    visible: bool,
    total: Option<u64>,
}

impl Progress {
    /// Starts the clock; nothing is ever drawn unless `enabled`.
    pub(super) fn new(enabled: bool) -> Self {
        Self { enabled, started: Instant::now(), drawn: None, visible: false, total: None }
    }

    /// Sets how many bytes are to be read.
    pub(super) const fn expect(&mut self, total: Option<u64>) {
        self.total = total;
    }

    /// Draws how many bytes are read, where it is time to.
    pub(super) fn advance(&mut self, read: u64, events: Option<u64>) {
        let total = self.total;
        self.draw(|elapsed| bytes(read, total, elapsed, events));
    }

    /// Draws how many snapshots are read, where it is time to.
    pub(super) fn count(&mut self, read: usize, all: usize) {
        self.draw(|_| snapshots(read, all));
    }

    /// Draws nothing from here on.
    pub(super) fn end(&mut self) {
        self.clear();
        self.enabled = false;
    }

    fn draw(&mut self, line: impl FnOnce(Duration) -> String) {
        if !self.enabled {
            return;
        }
        let now = Instant::now();
        let elapsed = now.duration_since(self.started);
        if elapsed < PATIENCE || self.drawn.is_some_and(|drawn| now.duration_since(drawn) < PACE) {
            return;
        }
        self.drawn = Some(now);
        self.visible = true;
        let mut stderr = io::stderr().lock();
        let _ = write!(stderr, "\r\x1b[K{}", line(elapsed));
        let _ = stderr.flush();
    }

    /// Erases the line; what comes next may draw it again at once.
    pub(super) fn clear(&mut self) {
        self.drawn = None;
        if std::mem::take(&mut self.visible) {
            let mut stderr = io::stderr().lock();
            let _ = write!(stderr, "\r\x1b[K");
            let _ = stderr.flush();
        }
    }
}

fn bytes(read: u64, total: Option<u64>, elapsed: Duration, events: Option<u64>) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a figure for the eye")]
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    let rate = megabytes(read) / elapsed.as_secs_f64().max(1e-3);
    let of = match total {
        Some(total) if read <= total && 0 < total => format!(" of {:.0} MB", megabytes(total)),
        _ => " MB".into(),
    };
    let events = match events {
        None => String::new(),
        Some(1) => ", 1 event".into(),
        Some(events) => format!(", {events} events"),
    };
    format!("{:.0}{of}, {rate:.0} MB/s{events}", megabytes(read))
}

fn snapshots(read: usize, all: usize) -> String {
    let plural = if all == 1 { "" } else { "s" };
    format!("{read} of {all} snapshot{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_tells_how_far_and_how_fast() {
        let second = Duration::from_secs(1);
        for (read, total, events, expected) in [
            (500_000_000, Some(1_000_000_000), Some(1), "500 of 1000 MB, 500 MB/s, 1 event"),
            (2_000_000, None, Some(0), "2 MB, 2 MB/s, 0 events"),
            (2_000_000, Some(4_000_000), None, "2 of 4 MB, 2 MB/s"),
        ] {
            assert_eq!(bytes(read, total, second, events), expected);
        }
        assert_eq!(snapshots(7, 1440), "7 of 1440 snapshots");
        assert_eq!(snapshots(0, 1), "0 of 1 snapshot");
    }
}
