//! Mask: what a capture leaves out, since arguments and environments hold secrets.

use std::borrow::Cow;

use serde_json::Value;

/// What a capture keeps of the arguments of processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arguments {
    /// Nothing.
    Nothing,
    /// The program, and options that set a heap or a cache.
    #[default]
    Sizes,
    /// All of them.
    All,
}

/// How options about sizes begin; they hold numbers and no secrets.
const SIZES: &[&[u8]] = &[
    b"-Xm",
    b"-Xs",
    b"-XX:MaxRAM",
    b"-XX:MinRAM",
    b"-XX:InitialRAM",
    b"-XX:MaxHeapSize",
    b"-XX:-UseContainerSupport",
    b"-XX:+UseContainerSupport",
    b"--max-old-space-size",
    b"--max_old_space_size",
    b"--maxmemory",
];

/// Members of the files of runtimes that hold what people gave a container to run with.
const SECRET: &[&str] =
    &["env", "args", "cmd", "command", "entrypoint", "path", "healthcheck", "mounts", "mountpoints", "hooks"];

/// Members that hold labels, and how the labels begin that say who runs what.
const LABELS: &[&str] = &["labels", "annotations"];
const OF_RUNTIMES: &[&str] =
    &["io.kubernetes.", "io.cri-o.", "com.docker.compose.", "io.podman.", "nerdctl/"];

impl Arguments {
    /// Returns what a capture holds in place of a file's contents.
    #[must_use]
    pub fn masked<'a>(self, path: &[u8], contents: &'a [u8]) -> Cow<'a, [u8]> {
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        match name {
            b"cmdline" if path.starts_with(b"/proc/") && path != b"/proc/cmdline" => {
                self.of_process(contents)
            }
            b"environ" => Cow::Borrowed(b""),
            _ if name.ends_with(b".json") => Cow::Owned(of_runtime(contents)),
            _ => Cow::Borrowed(contents),
        }
    }

    fn of_process(self, line: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::All => Cow::Borrowed(line),
            Self::Nothing => Cow::Borrowed(b""),
            Self::Sizes => {
                let mut words = line.split(|byte| *byte == 0);
                let program = words.next().unwrap_or_default();
                // A process may write anything over its arguments, a title of many words among it.
                let program = program.split(|byte| *byte == b' ').next().unwrap_or_default();
                let sizes = words.filter(|word| SIZES.iter().any(|option| word.starts_with(option)));
                let kept = std::iter::once(program).chain(sizes).filter(|word| !word.is_empty());
                Cow::Owned(kept.flat_map(|word| word.iter().copied().chain([0])).collect())
            }
        }
    }
}

/// Returns the file of a runtime without what containers are given; what is no JSON is left out whole.
fn of_runtime(contents: &[u8]) -> Vec<u8> {
    let Ok(mut value) = serde_json::from_slice::<Value>(contents) else { return Vec::new() };
    strip(&mut value);
    let mut text = serde_json::to_vec(&value).unwrap_or_default();
    text.push(b'\n');
    text
}

fn strip(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(strip),
        Value::Object(members) => {
            members.retain(|key, _| !SECRET.contains(&key.to_ascii_lowercase().as_str()));
            for (key, member) in members.iter_mut() {
                if let Value::Object(labels) = member
                    && LABELS.contains(&key.to_ascii_lowercase().as_str())
                {
                    labels.retain(|label, _| OF_RUNTIMES.iter().any(|known| label.starts_with(known)));
                }
                strip(member);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_stay_where_they_are() {
        let line = b"/usr/bin/java\0-Xmx2g\0-Dpassword=hunter2\0-jar\0app.jar\0".as_slice();
        let of_7 = |arguments: Arguments| {
            String::from_utf8_lossy(&arguments.masked(b"/proc/7/cmdline", line)).into_owned()
        };
        assert_eq!(of_7(Arguments::Nothing), "");
        assert_eq!(of_7(Arguments::Sizes), "/usr/bin/java\0-Xmx2g\0");
        assert_eq!(of_7(Arguments::All).as_bytes(), line);
        let title = Arguments::Sizes.masked(b"/proc/7/cmdline", b"nginx: worker token=x\0\0");
        assert_eq!(&*title, b"nginx:\0");
        let machine = b"root=/dev/vda crashkernel=256M\n";
        assert_eq!(&*Arguments::Nothing.masked(b"/proc/cmdline", machine), machine);
        assert_eq!(&*Arguments::All.masked(b"/proc/7/environ", b"TOKEN=x\0"), b"");
    }

    #[test]
    fn files_of_runtimes_keep_names_and_limits() {
        let file = br#"{"ID": "a1", "Name": "/web", "Path": "sh", "Args": ["-c", "TOKEN=x run"], "Config": {
            "Image": "nginx:1.27", "Env": ["TOKEN=x"], "Labels": {"com.docker.compose.service": "web", "token": "x"}},
            "HostConfig": {"Memory": 536870912}}"#;
        let path = b"/var/lib/docker/containers/a1/config.v2.json";
        let kept: Value = serde_json::from_slice(&Arguments::All.masked(path, file)).unwrap();
        let expected = serde_json::json!({"ID": "a1", "Name": "/web", "Config": {
            "Image": "nginx:1.27", "Labels": {"com.docker.compose.service": "web"}},
            "HostConfig": {"Memory": 536870912}});
        assert_eq!(kept, expected);
        assert_eq!(&*Arguments::All.masked(path, b"{\"Env\": [\"TOKEN=x\""), b"");
    }
}
