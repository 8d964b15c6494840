//! The rules, by code; each is a file here and a line in the table.

use oomkit_core::{
    finding::Finding,
    rule::{self, Page, Rule},
    units::Bytes,
};

use crate::{
    dialect::Dialect,
    model::{LimitModel, Place, Scope},
    policy::{Level, Policy},
    suppress,
};

mod advice;
mod critical;
mod kill_order;
mod past;
mod suppression_stale;
mod words;

oomkit_core::rules! { LimitModel;
    /// The rules that look at what was written, in the order of the documentation.
    RULES = [
        limit_missing::LIMIT_MISSING,
        best_effort::BEST_EFFORT,
        init_unlimited::INIT_UNLIMITED,
        limit_void::LIMIT_VOID,
        setting_ignored::SETTING_IGNORED,
        limit_variable::LIMIT_VARIABLE,
        limit_soft::LIMIT_SOFT,
        manager_limited::MANAGER_LIMITED,
        namespace_unbounded::NAMESPACE_UNBOUNDED,
        value_refused::VALUE_REFUSED,
        size_impossible::SIZE_IMPOSSIBLE,
        units_mixed::UNITS_MIXED,
        request_above_limit::REQUEST_ABOVE_LIMIT,
        namespace_bounds::NAMESPACE_BOUNDS,
        limit_far_above_request::LIMIT_FAR_ABOVE_REQUEST,
        critical_not_guaranteed::CRITICAL_NOT_GUARANTEED,
        number_surprise::NUMBER_SURPRISE,
        above_node::ABOVE_NODE,
        swap_doubled::SWAP_DOUBLED,
        swap_unlimited::SWAP_UNLIMITED,
        swap_unaccounted::SWAP_UNACCOUNTED,
        legacy_setting::LEGACY_SETTING,
        critical_swaps::CRITICAL_SWAPS,
        high_idle::HIGH_IDLE,
        high_hangs::HIGH_HANGS,
        protection_above::PROTECTION_ABOVE,
        protection_not_granted::PROTECTION_NOT_GRANTED,
        reservation_meaning::RESERVATION_MEANING,
        killer_spares_none::KILLER_SPARES_NONE,
        group_kill::GROUP_KILL,
        oom_kill_disabled::OOM_KILL_DISABLED,
        never_killed::NEVER_KILLED,
        critical_neighbour::CRITICAL_NEIGHBOUR,
        crash_loop::CRASH_LOOP,
        oom_policy::OOM_POLICY,
        overcommitted::OVERCOMMITTED,
        requests_above_node::REQUESTS_ABOVE_NODE,
        pods_unbounded::PODS_UNBOUNDED,
        eviction_late::EVICTION_LATE,
        blast_radius::BLAST_RADIUS,
        crash_memory::CRASH_MEMORY,
        host_settings::HOST_SETTINGS,
        huge_pages_unlimited::HUGE_PAGES_UNLIMITED,
        above_parent::ABOVE_PARENT,
        limit_elsewhere::LIMIT_ELSEWHERE,
        legacy_hierarchy::LEGACY_HIERARCHY,
        accounting_off::ACCOUNTING_OFF,
        pod_misplaced::POD_MISPLACED,
        near_limit::NEAR_LIMIT,
        peak_at_limit::PEAK_AT_LIMIT,
        killed::KILLED,
        stalled::STALLED,
        below_history::BELOW_HISTORY,
        above_history::ABOVE_HISTORY,
        soon_reached::SOON_REACHED,
        grows_unlimited::GROWS_UNLIMITED,
        charge_left::CHARGE_LEFT,
        heap_above_limit::HEAP_ABOVE_LIMIT,
        heap_refused::HEAP_REFUSED,
        jvm_blind::JVM_BLIND,
        heap_default::HEAP_DEFAULT,
        node_heap::NODE_HEAP,
        go_limit_refused::GO_LIMIT_REFUSED,
        go_limit_above::GO_LIMIT_ABOVE,
        dotnet_limit::DOTNET_LIMIT,
        cache_above_limit::CACHE_ABOVE_LIMIT,
        memory_volume_unbounded::MEMORY_VOLUME_UNBOUNDED,
        memory_volume_above_limit::MEMORY_VOLUME_ABOVE_LIMIT,
        tmpfs_unbounded::TMPFS_UNBOUNDED,
        shared_memory_default::SHARED_MEMORY_DEFAULT,
        drift::DRIFT,
        not_read::NOT_READ,
    ]
}

/// The rules that look at what the others came to.
static LAST: &[&Rule<LimitModel>] = &[&suppression_stale::SUPPRESSION_STALE];

/// Returns the limit and the request to write for a scope, as its platform spells them.
pub(crate) fn suggested(scope: &Scope) -> (String, String) {
    advice::suggested(scope)
}

/// Returns a size as it is written in a format.
#[must_use]
pub fn written(dialect: Dialect, size: Bytes) -> String {
    words::written(dialect, size)
}

/// Returns the least request beside a limit that is not said to be far below it.
#[must_use]
pub fn least_request(policy: &Policy, limit: Bytes) -> Bytes {
    limit_far_above_request::least(policy, limit)
}

/// Returns how the limit is called on a platform.
#[must_use]
pub const fn limit_key(dialect: Dialect) -> &'static str {
    words::limit_key(dialect)
}

/// Returns what is known to be critical by its name, such as `a database`; `None` for all others.
#[must_use]
pub fn critical(name: &str) -> Option<&'static str> {
    critical::by_name(name)
}

/// Returns the page of every rule, by code.
#[must_use]
pub fn pages() -> Vec<Page> {
    let mut pages: Vec<Page> = RULES.iter().chain(LAST).map(|rule| rule.page()).collect();
    pages.sort_by_key(|page| page.code);
    pages
}

/// Returns the first level of a policy that is about no rule, if there is one.
#[must_use]
pub fn unknown_rule(policy: &Policy) -> Option<&str> {
    let pages = pages();
    let is_known = |key: &str| {
        pages.iter().any(|page| page.code.eq_ignore_ascii_case(key) || page.name.eq_ignore_ascii_case(key))
    };
    policy.levels.keys().map(String::as_str).find(|key| !is_known(key))
}

/// Runs all rules; returns what they say by file and line, and what somebody asked to be silent about.
pub(crate) fn judge(model: &mut LimitModel) -> (Vec<Finding<Place>>, Vec<Finding<Place>>) {
    let said = leveled(rule::run(RULES, model), &model.policy);
    let (mut findings, mut suppressed) = suppress::apply(model, said);
    findings.extend(leveled(rule::run(LAST, model), &model.policy));
    for list in [&mut findings, &mut suppressed] {
        list.sort_by_key(|finding| {
            let place = finding.evidence.first().copied();
            (place.map(|place| (place.file, place.mark)), finding.code)
        });
    }
    (findings, suppressed)
}

/// Gives findings the levels that the project wants.
fn leveled(findings: Vec<Finding<Place>>, policy: &Policy) -> Vec<Finding<Place>> {
    let leveled = findings.into_iter().filter_map(|mut finding| {
        match policy.level(finding.code, finding.name) {
            Some(Level::Off) => return None,
            Some(Level::At(severity)) => finding.severity = severity,
            None => {}
        }
        Some(finding)
    });
    leveled.collect()
}
