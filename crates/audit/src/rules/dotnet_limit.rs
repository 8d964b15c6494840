//! A limit of .NET that is hexadecimal.

use oomkit_core::rule::Findings;

use super::words::{shown, subject};
use crate::{
    model::{LimitModel, Place},
    runtimes::dotnet::{self, HeapLimit},
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// The limit of the heap of .NET is above the memory limit, or above 100 %, or no number, when it is
    /// read as .NET reads it: in hexadecimal, with `0x` or without.
    ///
    /// ## Why it matters
    ///
    /// `DOTNET_GCHeapHardLimit=500000000` is 20 GiB, and `DOTNET_GCHeapHardLimitPercent=75` is 117 %.
    /// The heap is then not limited at all.
    ///
    /// ## Fires
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: registry.example/app:1
    ///     mem_limit: 1g
    ///     environment: {DOTNET_GCHeapHardLimit: "500000000"}
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: registry.example/app:1
    ///     mem_limit: 1g
    ///     environment: {DOTNET_GCHeapHardLimitPercent: "75"}
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   web:
    ///     image: registry.example/app:1
    ///     mem_limit: 1g
    ///     environment: {DOTNET_GCHeapHardLimit: "0x30000000"}
    /// ```
    DOTNET_LIMIT {
        code: "OKA087",
        name: "dotnet-limit",
        summary: "a limit of the .NET heap that is hexadecimal and means something else",
        severity: Error,
        confidence: High,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.leaves() {
        let Some(program) = scope.program.as_deref() else { continue };
        let ceiling = model.ceiling(scope);
        let limit = ceiling.and_then(|ceiling| ceiling.size);
        for found in dotnet::limits(program) {
            let what = match (found.value, limit) {
                (HeapLimit::Size(size), Some(limit)) if limit < size => {
                    format!("{size}, and its memory limit is {limit}")
                }
                (HeapLimit::Percent(percent), _) if 100 < percent => format!("{percent} %"),
                (HeapLimit::Unclear, _) => "no number in hexadecimal".to_owned(),
                _ => continue,
            };
            let message = format!("{} has {}, which is {what}", subject(model, scope), shown(&found.spelled));
            let remedy = match dotnet::as_decimal(&found.spelled) {
                Some(number) => format!("write it in hexadecimal: 0x{number:X} if {number} was meant"),
                None => "write it in hexadecimal".into(),
            };
            findings
                .at(found.place, message)
                .and(ceiling.map(|ceiling| ceiling.setting.place))
                .remedy(remedy);
        }
    }
}
