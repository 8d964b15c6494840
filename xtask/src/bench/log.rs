//! Logs for measuring: what many daemons say, with reports in between, or nothing but reports.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

use anyhow::{Context as _, Result};

use super::{Subject, random::Random, report};
use crate::say;

/// What daemons say; `#` stands for a number and `$` for a name.
const LINES: &[&str] = &[
    "sshd[#]: Accepted publickey for $ from 10.#.#.7 port # ssh2: ED25519 SHA256:$$$$",
    "sshd[#]: pam_unix(sshd:session): session opened for user $(uid=#) by $(uid=0)",
    "systemd[1]: Started Session # of User $, idle for # seconds.",
    "CRON[#]: ($) CMD (test -x /usr/sbin/$ && /usr/sbin/$ --limit # || true)",
    "nginx[#]: 10.#.#.# - $ \"GET /api/v1/$/#?page=# HTTP/1.1\" 200 # \"-\" \"$/8.#\" 0.#",
    "kubelet[#]: I0510 #  # kubelet.go:#] \"SyncLoop (PLEG): event for pod\" pod=\"$/$-#\" event=started",
    "dockerd[#]: time=\"2022-05-10T15:45:#Z\" level=info msg=\"ignoring event\" container=$# topic=/tasks/delete",
    "postfix/smtpd[#]: connect from mail-#.$.example[192.0.2.#]",
    "kernel: [#.123456] audit: type=1400 audit(#.#:#): apparmor=\"STATUS\" operation=\"profile_load\" name=\"$\" pid=#",
    "kernel: [#.654321] IPv6: ADDRCONF(NETDEV_CHANGE): veth#: link becomes ready",
    "java[#]: INFO  [$-pool-#] com.example.$.Service - processed # records in # ms",
    "haproxy[#]: 10.#.#.#:# [10/May/2022:15:45:#] $ $/$ 0/0/#/#/# 200 # - - ---- \"POST /$ HTTP/1.1\"",
];

const NAMES: &[&str] = &[
    "alice", "billing", "cart", "deploy", "edge", "frontend", "gateway", "haproxy", "ingest", "jobs",
    "metrics",
];

/// Writes a log with reports spread evenly, unless it is there already.
pub(super) fn mixed(path: &Path, size: usize, reports: usize) -> Result<Subject> {
    write(path, size, reports, |log, size| {
        let gap = size / (reports + 1);
        let mut next = gap;
        let mut done = 0;
        while log.written < size {
            log.daemon()?;
            if done < reports && next <= log.written {
                log.report(done)?;
                done += 1;
                next += gap;
            }
        }
        // What did not fit before the end still has to come.
        (done..reports).try_for_each(|number| log.report(number))
    })
}

/// Writes a log of nothing but reports, unless it is there already.
pub(super) fn dense(path: &Path, size: usize) -> Result<Subject> {
    let reports = (size / report::text(&mut Random::new(0), 0).len()).max(1);
    write(path, size, reports, |log, _| (0..reports).try_for_each(|number| log.report(number)))
}

fn write(
    path: &Path,
    size: usize,
    reports: usize,
    fill: impl FnOnce(&mut Log<BufWriter<File>>, usize) -> io::Result<()>,
) -> Result<Subject> {
    if !path.exists() {
        say(&format!("writing {}", path.display()));
        // A log that was cut short must not be taken for a whole one the next time.
        let draft = path.with_extension("draft");
        let file = File::create(&draft).with_context(|| format!("cannot write {}", draft.display()))?;
        let mut log = Log { to: BufWriter::new(file), random: Random::new(1), written: 0, clock: 0 };
        fill(&mut log, size)?;
        log.to.flush()?;
        std::fs::rename(&draft, path)?;
    }
    let bytes = std::fs::metadata(path)?.len();
    let megabytes = f64::from(u32::try_from(bytes >> 10).unwrap_or(u32::MAX)) * 1024.0 / 1e6;
    Ok(Subject { path: path.to_path_buf(), megabytes, count: reports, of: "reports" })
}

struct Log<W> {
    to: W,
    random: Random,
    written: usize,
    clock: u64,
}

impl<W: Write> Log<W> {
    fn daemon(&mut self) -> io::Result<()> {
        let template = self.random.pick(LINES).unwrap_or_default();
        let mut line = String::with_capacity(160);
        for c in template.chars() {
            match c {
                '#' => line.push_str(&self.random.below(4_000).to_string()),
                '$' => line.push_str(self.random.pick(NAMES).unwrap_or_default()),
                c => line.push(c),
            }
        }
        self.clock += self.random.below(2) * self.random.below(2);
        self.line(&line)
    }

    fn report(&mut self, number: usize) -> io::Result<()> {
        // The kernel prints at most ten reports in five seconds.
        self.clock += 1;
        let text = report::text(&mut self.random, number);
        for line in text.lines() {
            let line = format!("kernel: [{:5}.{:06}] {line}", 86_400 + self.clock, number % 1_000_000);
            self.line(&line)?;
        }
        Ok(())
    }

    fn line(&mut self, text: &str) -> io::Result<()> {
        let (day, time) = (1 + self.clock / 86_400, self.clock % 86_400);
        let (month, day) =
            (MONTHS.get(usize::try_from(day / 28).unwrap_or(0)).unwrap_or(&"Dec"), 1 + day % 28);
        let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
        let line = format!("{month} {day:2} {hour:02}:{minute:02}:{second:02} node-7 {text}\n");
        self.written += line.len();
        self.to.write_all(line.as_bytes())
    }
}

const MONTHS: &[&str] = &["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> String {
        let mut log = Log { to: Vec::new(), random: Random::new(1), written: 0, clock: 0 };
        for number in 0..100 {
            log.daemon().unwrap();
            if number % 50 == 0 {
                log.report(number).unwrap();
            }
        }
        String::from_utf8(log.to).unwrap()
    }

    #[test]
    fn logs_are_the_same_each_time() {
        assert_eq!(sample(), sample());
    }

    #[test]
    fn lines_have_the_length_of_real_ones() {
        let sample = sample();
        let daemons: Vec<&str> = sample.lines().filter(|line| !line.contains("kernel: [86")).collect();
        let mean = daemons.iter().map(|line| line.len()).sum::<usize>() / daemons.len();
        assert!((105..=135).contains(&mean), "{mean}");
    }
}
