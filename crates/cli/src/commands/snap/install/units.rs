//! Units: the files by which systemd and cron take snapshots.
//!
//! Sources: systemd.service(5), systemd.timer(5), systemd.exec(5), systemd.resource-control(5), crontab(5).

use std::path::Path;

/// What each file begins with, by which it is known again.
pub(super) const MARK: &str = "# Written by `oomkit snap install`.\n";

/// A file, by its path below the root.
pub(super) struct File {
    pub(super) path: &'static str,
    pub(super) text: String,
}

/// By what snapshots are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// A timer of systemd, and a service that takes one and ends.
    Timer,
    /// A service that stays and watches.
    Watch,
    /// A line for cron.
    Cron,
}

impl Way {
    /// Returns the unit that systemd is told of.
    pub(super) const fn enabled(self) -> Option<&'static str> {
        match self {
            Self::Timer => Some("oomkit-snap.timer"),
            Self::Watch => Some("oomkit-watch.service"),
            Self::Cron => None,
        }
    }
}

/// What is to be run, and how often.
pub(super) struct Plan<'a> {
    pub(super) program: &'a Path,
    pub(super) store: Option<&'a Path>,
    /// In seconds.
    pub(super) every: u64,
    pub(super) way: Way,
}

/// What a service may do, whichever way it is started.
///
/// It is spared when memory is short, since that is when its snapshot is wanted; its own cap keeps it
/// from being the one who makes it short.
const MAY: &str = "\
UMask=0077
CapabilityBoundingSet=CAP_SYS_PTRACE CAP_DAC_READ_SEARCH
NoNewPrivileges=yes
PrivateNetwork=yes
ProtectSystem=strict
ProtectHome=read-only
ProtectControlGroups=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectKernelLogs=yes
ProtectClock=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
SystemCallArchitectures=native
";
const SPARED: &str = "\
Nice=5
IOSchedulingClass=idle
MemoryMax=64M
MemorySwapMax=0
OOMScoreAdjust=-900
";

impl Plan<'_> {
    /// Returns the files, or why there can be none.
    pub(super) fn files(&self) -> Result<Vec<File>, String> {
        match self.way {
            Way::Timer => self.timer(),
            Way::Watch => self.watch(),
            Way::Cron => self.cron(),
        }
    }

    /// Returns the program, and the argument and the line of a service that name its store.
    fn in_service(&self) -> Result<(String, String, String), String> {
        let program = in_systemd(self.program)?;
        let Some(store) = self.store else {
            let place = "StateDirectory=oomkit\nStateDirectoryMode=0700".to_owned();
            return Ok((program, String::new(), place));
        };
        let folder = store.parent().filter(|folder| folder.is_absolute());
        let folder = folder.ok_or("--store has to be an absolute path here")?;
        let place = format!("ReadWritePaths={}", in_systemd(folder)?);
        Ok((program, format!(" --store {}", in_systemd(store)?), place))
    }

    /// Returns a service and its timer.
    fn timer(&self) -> Result<Vec<File>, String> {
        let (program, store, place) = self.in_service()?;
        let service = format!(
            "{MARK}[Unit]
Description=Snapshot of this host's memory
Documentation=man:oomkit-snap(1)

[Service]
Type=oneshot
ExecStart={program} --quiet snap take{store}
TimeoutStartSec=60
{SPARED}{place}
{MAY}"
        );
        let every = self.every;
        let timer = format!(
            "{MARK}[Unit]
Description=Snapshots of this host's memory
Documentation=man:oomkit-snap(1)

[Timer]
OnBootSec=10
OnUnitActiveSec={every}
AccuracySec=1

[Install]
WantedBy=timers.target
"
        );
        Ok(vec![
            File { path: "etc/systemd/system/oomkit-snap.service", text: service },
            File { path: "etc/systemd/system/oomkit-snap.timer", text: timer },
        ])
    }

    /// Returns a service that stays; the timer would take each regular snapshot a second time.
    fn watch(&self) -> Result<Vec<File>, String> {
        let (program, store, place) = self.in_service()?;
        let every = self.every;
        let text = format!(
            "{MARK}[Unit]
Description=Snapshots of this host's memory, more of them in trouble
Documentation=man:oomkit-snap(1)
Conflicts=oomkit-snap.timer

[Service]
Type=simple
ExecStart={program} --quiet snap watch{store} --every {every}s
Restart=on-failure
RestartSec=10
LimitMEMLOCK=64M
{SPARED}{place}
{MAY}
[Install]
WantedBy=multi-user.target
"
        );
        Ok(vec![File { path: "etc/systemd/system/oomkit-watch.service", text }])
    }

    /// Returns a file for `/etc/cron.d`; the cap is one on addresses, since cron knows no other.
    fn cron(&self) -> Result<Vec<File>, String> {
        let when = match (self.every.checked_div(60), self.every % 60) {
            (Some(1), 0) => "* * * * *".to_owned(),
            (Some(minutes @ 2..60), 0) if 60 % minutes == 0 => format!("*/{minutes} * * * *"),
            (Some(60), 0) => "0 * * * *".to_owned(),
            (Some(minutes), 0) if minutes % 60 == 0 && 1440 % minutes == 0 => {
                format!("0 */{} * * *", minutes / 60)
            }
            _ => {
                return Err("cron takes whole minutes that divide an hour, or hours that divide a day; \
                     for other times use --systemd"
                    .into());
            }
        };
        let store = match self.store {
            None => String::new(),
            Some(store) if store.is_absolute() => format!(" --store {}", in_cron(store)?),
            Some(_) => return Err("--store has to be an absolute path here".into()),
        };
        let program = in_cron(self.program)?;
        let text = format!(
            "{MARK}{when} root ulimit -v 524288; exec nice -n 5 {program} --quiet snap take{store}\n"
        );
        Ok(vec![File { path: "etc/cron.d/oomkit-snap", text }])
    }
}

fn text(path: &Path) -> Result<&str, String> {
    let text = path.to_str().filter(|text| !text.contains(char::is_control));
    text.ok_or_else(|| format!("the path {path:?} cannot stand in such a file"))
}

/// Quotes a path for a command line in a unit, where `%` and `$` mean something.
fn in_systemd(path: &Path) -> Result<String, String> {
    let text = text(path)?.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%").replace('$', "$$");
    let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "/-_.%$".contains(c));
    Ok(if is_plain { text } else { format!("\"{text}\"") })
}

/// Quotes a path for a shell in a line of cron, where `%` ends the line.
fn in_cron(path: &Path) -> Result<String, String> {
    let text = text(path)?.replace('\'', "'\\''").replace('%', "\\%");
    let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "/-_.".contains(c));
    // Between quotes a shell would keep the backslash that cron takes away before it.
    Ok(if is_plain { text } else { format!("'{text}'") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(every: u64) -> Plan<'static> {
        Plan { program: Path::new("/usr/bin/oomkit"), store: None, every, way: Way::Cron }
    }

    #[test]
    fn cron_takes_what_divides_an_hour_or_a_day() {
        for (every, when) in [
            (60, "* * * * *"),
            (300, "*/5 * * * *"),
            (3_600, "0 * * * *"),
            (7_200, "0 */2 * * *"),
            (86_400, "0 */24 * * *"),
        ] {
            let files = plan(every).files().unwrap();
            let text = &files.first().unwrap().text;
            assert!(text.lines().nth(1).unwrap().starts_with(&format!("{when} root ")), "{text}");
        }
        for every in [1, 30, 90, 420, 25_200] {
            assert!(plan(every).files().is_err(), "{every}");
        }
    }

    #[test]
    fn paths_are_quoted_as_each_of_them_wants_it() {
        let path = Path::new("/srv/a b/50%/$x's");
        assert_eq!(in_systemd(path).unwrap(), "\"/srv/a b/50%%/$$x's\"");
        assert_eq!(in_cron(path).unwrap(), "'/srv/a b/50\\%/$x'\\''s'");
        assert!(in_cron(Path::new("/a\nb")).is_err());
        let store = Plan { store: Some(Path::new("s.db")), ..plan(60) };
        for way in [Way::Cron, Way::Timer, Way::Watch] {
            assert!(Plan { way, ..store }.files().is_err(), "{way:?}");
        }
    }
}
