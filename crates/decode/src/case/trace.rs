//! The call trace as names of functions.

use crate::kernel::stack;
use crate::report::Event;

/// Returns the functions that the unwinder is sure of, innermost first.
pub(super) fn functions(event: &Event) -> Vec<String> {
    let trace = event.trigger.as_ref().map(|trigger| trigger.call_trace.as_slice()).unwrap_or_default();
    let frames = trace.iter().filter_map(|text| {
        let frame = stack::frame(text.as_bytes())?;
        (!frame.guess).then(|| String::from_utf8_lossy(frame.function).into_owned())
    });
    frames.collect()
}

impl super::Case {
    /// Tells whether a function stands in the trace, whatever suffix the compiler gave it.
    pub(crate) fn calls(&self, function: &str) -> bool {
        self.trace.iter().any(|called| is(called, function))
    }
}

/// Tells whether the candidate that holds most is the one that asked.
pub(crate) fn calls_itself(case: &super::Case) -> bool {
    let Some(trigger) = &case.event.trigger else { return false };
    case.largest_task().is_some_and(|task| {
        Some(task.pid) == trigger.pid || task.tgid == trigger.pid || Some(&task.comm) == trigger.comm.as_ref()
    })
}

/// Tells whether a printed name is that of a function; `*` at its end stands for any further letters.
pub(crate) fn is(called: &str, function: &str) -> bool {
    let plain = called.split('.').next().unwrap_or(called);
    match function.strip_suffix('*') {
        Some(start) => plain.starts_with(start),
        None => plain == function,
    }
}
