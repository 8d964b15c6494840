//! A cache of a database that does not fit into its limit.

use oomkit_core::{finding::Severity, rule::Findings};

use super::words::{percent, percent_of, shown, subject};
use crate::{
    model::{LimitModel, Place},
    runtimes::caches,
};

oomkit_core::rule! {
    LimitModel;
    /// ## What it checks
    ///
    /// A database or cache is told to take as much memory for itself as its limit allows, which is an
    /// error, or more than 80 % of it, or what the policy says as `heap-percent`: `maxmemory` of Redis, the
    /// buffer pool of InnoDB, the shared buffers of PostgreSQL, the cache of WiredTiger, memcached.
    /// Heaps of Java servers are the business of OKA080.
    ///
    /// ## Why it matters
    ///
    /// Connections, queries and forks come on top.
    /// The server fills its cache, is killed, starts with an empty one, and fills it again.
    ///
    /// ## Fires
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   cache:
    ///     image: redis:7
    ///     mem_limit: 1g
    ///     command: redis-server --maxmemory 2gb
    /// ```
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   db:
    ///     image: mysql:8
    ///     mem_limit: 1g
    ///     command: [--innodb-buffer-pool-size=900M]
    /// ```
    ///
    /// ## Stays silent
    ///
    /// ```yaml compose.yaml
    /// services:
    ///   cache:
    ///     image: redis:7
    ///     mem_limit: 1g
    ///     command: redis-server --maxmemory 600mb
    /// ```
    CACHE_ABOVE_LIMIT {
        code: "OKA088",
        name: "cache-above-limit",
        summary: "the cache of a database leaves no room within the limit",
        severity: Warning,
        confidence: Medium,
    }
}

fn check(model: &LimitModel, findings: &mut Findings<'_, Place>) {
    let most = model.policy.thresholds.heap_percent;
    for (_, scope) in model.leaves() {
        let Some(cache) = scope.program.as_ref().and_then(|program| caches::of(program)) else { continue };
        let Some((ceiling, limit)) = model.ceiling(scope).and_then(|ceiling| Some((ceiling, ceiling.size?)))
        else {
            continue;
        };
        let share = percent_of(cache.size.value, limit);
        if share <= most {
            continue;
        }
        let message = format!(
            "{} of {} may take {} of the memory limit ({} in {limit})",
            cache.what,
            subject(model, scope),
            percent(share),
            shown(&cache.size.spelled)
        );
        let finding = findings.at(cache.size.place, message);
        finding.and([ceiling.setting.place]).remedy("leave it half to three quarters of the limit");
        if 100.0 <= share {
            finding.severity(Severity::Error);
        }
    }
}
