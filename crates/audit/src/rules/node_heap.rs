//! A heap of Node.js that does not fit into its limit.

use oomkit_core::rule::Findings;

use super::words::{shown, subject};
use crate::{
    model::{LimitModel, Place},
    runtimes::node::{DEFAULT, Node},
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// The heap of Node.js is told to become as large as the memory limit or larger, cannot be read, or is
    /// left to itself in a limit of 256 MiB or less, where it takes more than that.
    ///
    /// ## Why it matters
    ///
    /// `--max-old-space-size` bounds a part of what the process uses.
    /// If that part alone may fill the limit, the kernel kills the process before it collects its garbage.
    ///
    /// ## Fires
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: node:20
    ///     mem_limit: 512m
    ///     environment: {NODE_OPTIONS: --max-old-space-size=1024}
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web: {image: "node:20", mem_limit: 128m}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: node:20
    ///     mem_limit: 512m
    ///     environment: {NODE_OPTIONS: --max-old-space-size=384}
    ///   api: {image: "node:20", mem_limit: 1g}
    /// ```
    NODE_HEAP {
        code: "OKA084",
        name: "node-heap",
        summary: "a heap of Node.js does not fit into its limit",
        severity: Warning,
        confidence: Medium,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.leaves() {
        let Some(node) = scope.program.as_ref().and_then(|program| Node::of(program)) else { continue };
        let Some((ceiling, limit)) = model.ceiling(scope).and_then(|ceiling| Some((ceiling, ceiling.size?)))
        else {
            continue;
        };
        let subject = subject(model, scope);
        let (place, message) = match &node.heap {
            Some(heap) => match heap.value {
                None => (
                    heap.place,
                    format!("{subject} has {}, with which Node.js does not start", shown(&heap.spelled)),
                ),
                Some(size) if limit <= size => (
                    heap.place,
                    format!("{subject} has {}, and its memory limit is {limit}", shown(&heap.spelled)),
                ),
                Some(_) => continue,
            },
            None if limit < DEFAULT => (
                ceiling.setting.place,
                format!(
                    "nobody sets the heap of {subject}: Node.js takes {DEFAULT} by itself, and the limit is {limit}"
                ),
            ),
            None => continue,
        };
        findings
            .at(place, message)
            .and([ceiling.setting.place])
            .remedy("set --max-old-space-size to three quarters of the limit, as a whole number of MiB");
    }
}
