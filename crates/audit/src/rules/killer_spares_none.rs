//! A critical unit among those that a killer of user space chooses from.

use oomkit_core::rule::Findings;

use super::{
    critical,
    words::{as_written, subject},
};
use crate::model::{LimitModel, Place, Scope, Setting};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A killer of user space is asked to look after a slice or unit, and a critical service in it does not ask to be spared.
    ///
    /// ## Why it matters
    ///
    /// The killer chooses by use and pressure, and what others lean on is often what uses most.
    ///
    /// ## Fires
    ///
    /// ```ini postgresql.service
    /// [Service]
    /// ExecStart=/usr/lib/postgresql/16/bin/postgres
    /// MemoryMax=8G
    /// ManagedOOMSwap=kill
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```ini postgresql.service
    /// [Service]
    /// ExecStart=/usr/lib/postgresql/16/bin/postgres
    /// MemoryMax=8G
    /// ManagedOOMSwap=kill
    /// ManagedOOMPreference=avoid
    /// ```
    ///
    /// ```ini web.service
    /// [Service]
    /// ExecStart=/usr/bin/web
    /// MemoryMax=8G
    /// ManagedOOMSwap=kill
    /// ```
    KILLER_SPARES_NONE {
        code: "OKA035",
        name: "killer-spares-none",
        summary: "a critical unit is among those that systemd-oomd chooses from",
        severity: Warning,
        confidence: Medium,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    for (_, scope) in model.leaves() {
        let Some(unit) = &scope.unit else { continue };
        let spared = unit.preference.as_ref().is_some_and(|one| matches!(&*one.value, "avoid" | "omit"));
        let Some(why) = critical::why(model, scope).filter(|_| !spared) else { continue };
        let Some(asked) = asked(model, scope) else { continue };
        let message = format!(
            "{} is {why}, and systemd-oomd may kill it by {}",
            subject(model, scope),
            as_written(asked)
        );
        findings
            .at(scope.place, message)
            .and([asked.place])
            .remedy("set ManagedOOMPreference=avoid, or omit, below [Service]");
    }
}

/// Returns the setting by which the killer looks after a scope.
fn asked<'a>(model: &'a LimitModel, scope: &'a Scope) -> Option<&'a Setting<()>> {
    let above = model.ancestors(scope).map(|(_, above)| above);
    std::iter::once(scope).chain(above).find_map(|scope| scope.unit.as_ref()?.managed.first())
}
