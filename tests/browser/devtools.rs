//! A headless Chromium, driven by the DevTools protocol over a pair of pipes.
//!
//! Messages are JSON, each ended by a zero byte.  Every wait is bounded, and only the browser that was
//! started here is ended, by its id.

use std::{
    env,
    ffi::OsString,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// How long the answer to one call may take; CI shares its processors.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long the browser may take to leave by itself.
const FAREWELL: Duration = Duration::from_secs(5);

/// Names under which distributions install it.
const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const OPTIONS: &[&str] = &[
    "--headless",
    "--remote-debugging-pipe",
    // Root has no sandbox, and the only pages that are opened are our own.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
];

/// A browser with one page.
pub(super) struct Browser {
    child: Child,
    to: Option<ChildStdin>,
    from: Receiver<Value>,
    next: u64,
    session: Option<String>,
    /// What happened since it was last asked for.
    events: Vec<Value>,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts a browser; `None` where there is none, unless one is required.
    pub(super) fn start() -> Option<Self> {
        let Some(program) = installed() else {
            assert!(
                env::var_os("OOMKIT_REQUIRE_TOOLS").is_none(),
                "no Chromium is installed, and OOMKIT_REQUIRE_TOOLS asks for one"
            );
            // Past the capture of the test runner: a test that did not run must not look as if it had.
            let _ = writeln!(std::io::stderr(), "SKIPPED: no Chromium is installed, so no page was opened");
            return None;
        };
        let profile = tempfile::tempdir().expect("a temporary folder");
        // The browser reads from the third and writes to the fourth descriptor.
        let mut child = Command::new("sh")
            .args(["-c", r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#])
            .arg(program)
            .args(OPTIONS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .env("HOME", profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell starts");
        let from = messages(child.stdout.take().expect("a pipe"));
        let to = child.stdin.take();
        let mut browser =
            Self { child, to, from, next: 0, session: None, events: Vec::new(), _profile: profile };
        browser.open_page();
        Some(browser)
    }

    fn open_page(&mut self) {
        let target = self.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attached =
            self.call("Target.attachToTarget", json!({ "targetId": target["targetId"], "flatten": true }));
        self.session = Some(attached["sessionId"].as_str().expect("a session").to_owned());
        for domain in ["Network", "Page", "Runtime", "Log"] {
            self.call(&format!("{domain}.enable"), json!({}));
        }
    }

    /// Calls a method and returns its result.
    pub(super) fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.next += 1;
        let mut message = json!({ "id": self.next, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.to.as_mut().expect("an open pipe").write_all(&bytes).expect("the browser listens");
        let answer = self.wait(method, &|answer, next| answer["id"] == next);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// Waits for a message; what comes before it is kept.
    fn wait(&mut self, what: &str, wanted: &dyn Fn(&Value, u64) -> bool) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let message = self.from.recv_timeout(left).unwrap_or_else(|error| panic!("{what}: {error}"));
            if wanted(&message, self.next) {
                return message;
            }
            self.events.push(message);
        }
    }

    /// Opens a file and waits until all of it is there.
    pub(super) fn open(&mut self, page: &Path) {
        self.events.clear();
        self.call("Page.navigate", json!({ "url": format!("file://{}", page.display()) }));
        let is_there = |event: &Value| event["method"] == "Page.loadEventFired";
        if !self.events.iter().any(is_there) {
            self.wait("the page loads", &|message, _| is_there(message));
        }
        // What the page asks for late, it asks for before it is drawn.
        self.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 100)))");
    }

    /// Returns the value of an expression in the page.
    pub(super) fn evaluate(&mut self, expression: &str) -> Value {
        let result = self.call(
            "Runtime.evaluate",
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true }),
        );
        assert!(result.get("exceptionDetails").is_none(), "{expression}: {result}");
        result["result"]["value"].clone()
    }

    /// Returns the addresses that the page asked for, that of the page itself first.
    pub(super) fn requests(&self) -> Vec<String> {
        let asked = self.events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        asked.map(|event| event["params"]["request"]["url"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Returns what the page or the browser complained about.
    pub(super) fn complaints(&self) -> Vec<String> {
        let methods = ["Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"];
        let told = self.events.iter().filter(|event| methods.iter().any(|method| event["method"] == *method));
        told.map(|event| event["params"].to_string()).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A closed pipe tells the browser to leave.
        self.to = None;
        let end = Instant::now() + FAREWELL;
        while Instant::now() < end {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads messages in the background, so that waiting for one can end.
fn messages(from: impl std::io::Read + Send + 'static) -> Receiver<Value> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for message in BufReader::new(from).split(0) {
            let Ok(message) = message else { return };
            let Ok(message) = serde_json::from_slice(&message) else { continue };
            if sender.send(message).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Returns the browser that is installed.
fn installed() -> Option<PathBuf> {
    let path: OsString = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).collect();
    NAMES.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file()))
}
