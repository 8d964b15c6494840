//! Aside: what may hang is read on a thread of its own, and given up when it takes too long.
//!
//! A few files of a process (`cmdline`, `smaps_rollup`) wait for the lock of its address space. A
//! process that is stuck in a fault holds that lock, and its reader then waits with it, for ever if
//! need be. Such a reader is left alone: its thread ends when it gets its answer or the program ends.
//! Since Linux 5.3 the wait ends with the program; before, the kernel keeps the dead program in its
//! list until the lock is free.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use oomkit_core::ident::Pid;
use rustix::time::{ClockId, clock_gettime};

use crate::tree::Tree;

/// Readers that may be stuck at once; with this many, nothing more is read aside.
const STUCK: usize = 4;
/// The room for a reader's calls, which are few: a stack of the usual size would count against a cap on addresses.
const STACK: usize = 256 << 10;
/// How long to wait before looking again what a reader does.
const LOOK: Duration = Duration::from_millis(50);

/// A process that is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Task {
    /// The process.
    pub pid: Pid,
    /// The processor time that reading it is expected to take.
    pub expected: Duration,
    /// How long to wait for it, from the moment when it is its turn.
    pub patience: Duration,
}

/// What all tasks together may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// How long to wait for all of them.
    pub wall: Duration,
    /// The processor time; a task that is expected to take more than what is left is passed over.
    pub cpu: Option<Duration>,
}

/// What came of tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told<T> {
    /// What was read, in the order of the tasks.
    pub answers: Vec<(Pid, T)>,
    /// Tasks that were given up: those that did not answer in time, and without a bound of processor
    /// time also those whose turn never came.
    pub given_up: u64,
}

/// Reads processes of a host on a thread of its own.
///
/// Kept from one snapshot to the next, it does not ask again for whom a reader is stuck.
#[derive(Debug)]
pub struct Aside {
    tree: Arc<dyn Tree>,
    stuck: Vec<(Pid, JoinHandle<()>)>,
}

impl Aside {
    /// Starts with the files of a host.
    #[must_use]
    pub const fn new(tree: Arc<dyn Tree>) -> Self {
        Self { tree, stuck: Vec::new() }
    }

    /// Reads processes one after the other, for no longer than the bounds allow.
    pub fn read<T: Send + 'static>(
        &mut self,
        tasks: Vec<Task>,
        bounds: Bounds,
        read: fn(&dyn Tree, Pid) -> T,
    ) -> Told<T> {
        self.stuck.retain(|(_, reader)| !reader.is_finished());
        let is_stuck = |task: &Task| self.stuck.iter().any(|(pid, _)| *pid == task.pid);
        let all = tasks.len();
        let tasks: Arc<[Task]> = tasks.into_iter().filter(|task| !is_stuck(task)).collect();
        let mut told = Told { answers: Vec::new(), given_up: count(all - tasks.len()) };
        let end = Instant::now() + bounds.wall;
        let mut job = Job { tasks, next: 0, spent: Duration::ZERO, cpu: bounds.cpu };
        loop {
            let is_over = end <= Instant::now() || STUCK <= self.stuck.len();
            let reader = if is_over { None } else { Reader::start(&self.tree, &job, read) };
            let Some(reader) = reader else {
                // Within a budget nobody was promised a turn.
                told.given_up += if job.cpu.is_none() { count(job.tasks.len() - job.next) } else { 0 };
                return told;
            };
            let (state, left) = reader.answers(&job, end);
            told.answers.extend(state.answers);
            (job.next, job.spent) = (state.next, state.spent);
            let Some(left) = left else { return told };
            // Whose turn it was is given up; if it was nobody's, the time was up just then.
            if let Some(task) = job.tasks.get(job.next).filter(|_| state.since.is_some()) {
                told.given_up += 1;
                job.next += 1;
                self.stuck.push((task.pid, left));
            }
        }
    }
}

/// What is still to be read.
#[derive(Clone)]
struct Job {
    tasks: Arc<[Task]>,
    next: usize,
    spent: Duration,
    cpu: Option<Duration>,
}

/// How far a reader is.
struct State<T> {
    /// The place of the task that is read, or would be next.
    next: usize,
    /// Since when it is read.
    since: Option<Instant>,
    spent: Duration,
    answers: Vec<(Pid, T)>,
    is_done: bool,
    /// Nobody waits for the answers any more.
    is_left: bool,
}

/// What a reader and who waits for it have in common.
struct Shared<T> {
    state: Mutex<State<T>>,
    done: Condvar,
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Reader<T> {
    shared: Arc<Shared<T>>,
    thread: JoinHandle<()>,
}

impl<T: Send + 'static> Reader<T> {
    /// Starts a thread; `None` where there may be no more of them.
    fn start(tree: &Arc<dyn Tree>, job: &Job, read: fn(&dyn Tree, Pid) -> T) -> Option<Self> {
        let state = State {
            next: job.next,
            since: None,
            spent: job.spent,
            answers: Vec::new(),
            is_done: false,
            is_left: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), done: Condvar::new() });
        let (tree, job, own) = (Arc::clone(tree), job.clone(), Arc::clone(&shared));
        let builder = thread::Builder::new().name("oomkit-aside".into()).stack_size(STACK);
        let thread = builder.spawn(move || own.work(&*tree, &job, read)).ok()?;
        Some(Self { shared, thread })
    }

    /// Waits for the answers; a reader that is left behind comes back as its thread.
    fn answers(self, job: &Job, end: Instant) -> (State<T>, Option<JoinHandle<()>>) {
        let mut state = self.shared.lock();
        while !state.is_done {
            let now = Instant::now();
            let due = state.since.zip(job.tasks.get(state.next)).map(|(since, task)| since + task.patience);
            if end <= now || due.is_some_and(|due| due <= now) {
                state.is_left = true;
                let left = state.taken();
                drop(state);
                return (left, Some(self.thread));
            }
            let until = due.unwrap_or(now + LOOK).min(end);
            let waited = self.shared.done.wait_timeout(state, until.duration_since(now));
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let done = state.taken();
        drop(state);
        // It has nothing left to do, so this takes no time; a panic in it has been said already.
        let _ = self.thread.join();
        (done, None)
    }
}

impl<T> State<T> {
    fn taken(&mut self) -> Self {
        Self { answers: std::mem::take(&mut self.answers), ..*self }
    }
}

impl<T> Shared<T> {
    /// Reads all tasks that there is time for.
    fn work(&self, tree: &dyn Tree, job: &Job, read: fn(&dyn Tree, Pid) -> T) {
        for (at, task) in job.tasks.iter().enumerate().skip(job.next) {
            {
                let mut state = self.lock();
                if state.is_left {
                    return;
                }
                state.next = at;
                if job.cpu.is_some_and(|cpu| cpu < state.spent + task.expected) {
                    continue;
                }
                state.since = Some(Instant::now());
            }
            let before = cpu();
            let answer = read(tree, task.pid);
            let spent = cpu().saturating_sub(before);
            let mut state = self.lock();
            if state.is_left {
                return;
            }
            state.since = None;
            state.spent += spent;
            state.answers.push((task.pid, answer));
            state.next = at + 1;
        }
        self.lock().is_done = true;
        self.done.notify_one();
    }
}

/// Returns the processor time of this thread.
fn cpu() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

fn count(tasks: usize) -> u64 {
    u64::try_from(tasks).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::mpsc};

    use oomkit_core::reading::Reading;

    use super::*;
    use crate::tree::{self, Kind};

    /// A host whose process 7 is stuck: whoever reads it waits until the door is opened.
    #[derive(Debug)]
    struct Stuck {
        door: Mutex<mpsc::Receiver<()>>,
    }

    impl Stuck {
        fn host() -> (Arc<dyn Tree>, mpsc::Sender<()>) {
            let (key, door) = mpsc::channel();
            (Arc::new(Self { door: Mutex::new(door) }), key)
        }
    }

    impl Tree for Stuck {
        fn read(&self, path: &Path, out: &mut Vec<u8>) -> Reading<()> {
            out.clear();
            out.extend_from_slice(path.as_os_str().as_encoded_bytes());
            if path.starts_with("/proc/7") {
                // It fails when the test is over.
                let _ = self.door.lock().unwrap().recv();
            }
            Reading::Known(())
        }

        fn list(&self, _: &Path, _: &mut dyn FnMut(&[u8], Kind)) -> Reading<()> {
            Reading::Absent
        }

        fn link(&self, _: &Path) -> Reading<Vec<u8>> {
            Reading::Absent
        }
    }

    fn look(tree: &dyn Tree, pid: Pid) -> bool {
        tree::read(tree, format!("/proc/{pid}/cmdline")).is_known()
    }

    fn tasks(pids: &[i64], patience: Duration) -> Vec<Task> {
        let task = |pid: &i64| Task { pid: Pid::new(*pid), expected: Duration::from_millis(1), patience };
        pids.iter().map(task).collect()
    }

    const SOON: Duration = Duration::from_millis(200);
    const LATE: Duration = Duration::from_secs(60);

    fn pids<T>(told: &Told<T>) -> (Vec<i64>, u64) {
        (told.answers.iter().map(|(pid, _)| pid.get()).collect(), told.given_up)
    }

    const LONG: Bounds = Bounds { wall: Duration::from_secs(60), cpu: None };

    #[test]
    fn one_that_hangs_costs_its_own_answer_and_is_not_asked_again() {
        let (tree, key) = Stuck::host();
        let mut aside = Aside::new(tree);
        let start = Instant::now();
        assert_eq!(pids(&aside.read(tasks(&[1, 7, 3, 4], SOON), LONG, look)), (vec![1, 3, 4], 1));
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
        // Its reader is still stuck, so that it costs no second one.
        assert_eq!(pids(&aside.read(tasks(&[7, 3], SOON), LONG, look)), (vec![3], 1));
        assert_eq!(aside.stuck.len(), 1);
        key.send(()).unwrap();
        while aside.stuck.iter().any(|(_, reader)| !reader.is_finished()) {
            thread::sleep(Duration::from_millis(5));
        }
        key.send(()).unwrap();
        assert_eq!(pids(&aside.read(tasks(&[7, 3], SOON), LONG, look)), (vec![7, 3], 0));
        assert!(aside.stuck.is_empty());
    }

    #[test]
    fn all_of_it_ends_in_time_and_stuck_readers_are_few() {
        let (tree, _key) = Stuck::host();
        let mut aside = Aside::new(tree);
        let short = Bounds { wall: Duration::from_secs(1), cpu: None };
        assert_eq!(pids(&aside.read(tasks(&[1, 7, 3, 4], LATE), short, look)), (vec![1], 3));
        // Within a budget only the one that was asked is given up.
        let (tree, _key) = Stuck::host();
        let mut aside = Aside::new(tree);
        let short = Bounds { cpu: Some(Duration::from_secs(1)), ..short };
        assert_eq!(pids(&aside.read(tasks(&[1, 7, 3, 4], LATE), short, look)), (vec![1], 1));
    }

    #[test]
    fn with_too_many_stuck_nothing_more_is_tried() {
        fn hang(tree: &dyn Tree, _: Pid) -> bool {
            look(tree, Pid::new(7))
        }
        let (tree, _key) = Stuck::host();
        let mut aside = Aside::new(tree);
        assert_eq!(pids(&aside.read(tasks(&[1, 2, 3, 4, 5, 6], SOON), LONG, hang)), (vec![], 6));
        assert_eq!(aside.stuck.len(), STUCK);
    }

    #[test]
    fn what_does_not_fit_into_the_budget_is_passed_over() {
        let (tree, _key) = Stuck::host();
        let mut wanted = tasks(&[1, 2, 3], LATE);
        wanted[1].expected = Duration::from_secs(3);
        let bounds = Bounds { wall: Duration::from_secs(60), cpu: Some(Duration::from_secs(2)) };
        assert_eq!(pids(&Aside::new(tree).read(wanted, bounds, look)), (vec![1, 3], 0));
    }
}
