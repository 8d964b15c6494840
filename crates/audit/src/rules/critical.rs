//! What is critical: what others lean on, and whose death is felt beyond itself.

use crate::{
    model::{LimitModel, Scope},
    policy,
};

/// Names of what keeps data, finds names or lets traffic in, by what it is.
const KNOWN: &[(&str, &[&str])] = &[
    ("a coordination service", &["etcd", "zookeeper", "consul", "vault", "zk"]),
    (
        "a database",
        &[
            "postgres",
            "postgresql",
            "postgis",
            "timescaledb",
            "mysql",
            "mysqld",
            "mariadb",
            "percona",
            "mongo",
            "mongodb",
            "mongod",
            "cassandra",
            "scylla",
            "cockroach",
            "cockroachdb",
            "tikv",
            "tidb",
            "clickhouse",
            "clickhouse-server",
            "influxdb",
            "neo4j",
            "couchdb",
            "couchbase",
            "elasticsearch",
            "opensearch",
            "solr",
        ],
    ),
    ("a cache or store", &["redis", "redis-server", "valkey", "memcached", "minio"]),
    ("a message broker", &["kafka", "rabbitmq", "nats", "nats-server", "pulsar", "activemq", "artemis"]),
    (
        "name resolution",
        &["coredns", "kube-dns", "node-local-dns", "k8s-dns-node-cache", "dnsmasq", "unbound"],
    ),
    (
        "the way in for traffic",
        &[
            "ingress-nginx",
            "ingress-nginx-controller",
            "nginx-ingress-controller",
            "controller-ingress",
            "traefik",
            "haproxy",
        ],
    ),
    ("the control plane", &["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"]),
];

/// Parts of names by which something only talks to what it is named after.
const BESIDE: &[&str] = &[
    "exporter",
    "ui",
    "client",
    "backup",
    "operator",
    "init",
    "migrate",
    "migrations",
    "dashboard",
    "connect",
    "lag",
    "tools",
    "express",
    "commander",
    "admin",
    "adminer",
    "manager",
    "proxy",
    "test",
    "tests",
    "bench",
    "console",
];

/// Endings by which a name says more about the same thing.
const ENDINGS: &[&str] =
    &["-ha", "-server", "-alpine", "-master", "-primary", "-replica", "-cluster", "-node", "-db"];

/// Returns why a scope is critical, as a noun; `None` where it is not known to be.
pub(super) fn why(model: &LimitModel, scope: &Scope) -> Option<&'static str> {
    if let Some((_, _, pod)) = model.pod_of(scope)
        && let Some(class) = &pod.priority_class
    {
        if matches!(class.value.as_str(), "system-node-critical" | "system-cluster-critical") {
            return Some("a pod of the system");
        }
        if model.policy.critical.priority_classes.iter().any(|pattern| policy::matches(pattern, &class.value))
        {
            return Some("critical by its priority class");
        }
    }
    let image = scope.program.as_ref().and_then(|program| program.image_name());
    let critical = &model.policy.critical;
    let by_scope = critical.scopes.iter().any(|pattern| policy::matches(pattern, &scope.path));
    if by_scope
        || image.is_some_and(|image| critical.images.iter().any(|pattern| policy::matches(pattern, image)))
    {
        return Some("critical by the policy");
    }
    // What an image is says more than how somebody calls it.
    if let Some(image) = image {
        if is_beside(image) || is_beside(&scope.name) {
            return None;
        }
        return known(image).or_else(|| known(&scope.name));
    }
    known(&scope.name).or_else(|| by_process(model, scope))
}

/// Knows what runs on a live host by the names of its processes.
fn by_process(model: &LimitModel, scope: &Scope) -> Option<&'static str> {
    scope.live.as_ref()?;
    let id = scope.place.scope?;
    model.processes_in(id).find_map(|process| known(&process.comm.to_string()))
}

fn known(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    // An instance of a unit is what its template is.
    let name =
        name.strip_suffix(".service").map_or(name.as_str(), |unit| unit.split('@').next().unwrap_or(unit));
    let stem = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
    KNOWN.iter().find(|(_, names)| names.contains(&stem) || names.contains(&name)).map(|(what, _)| *what)
}

/// Knows what something is by its name alone.
pub(super) fn by_name(name: &str) -> Option<&'static str> {
    known(name).filter(|_| !is_beside(name))
}

fn is_beside(name: &str) -> bool {
    name.split(['-', '_', '.']).any(|part| BESIDE.contains(&part.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_known_and_what_stands_beside_them_is_not() {
        for (name, expected) in [
            ("zookeeper", true),
            ("postgresql-ha", true),
            ("Redis", true),
            ("redis-server", true),
            ("kafka-ui", false),
            ("web", false),
        ] {
            assert_eq!(known(name).is_some(), expected, "{name}");
        }
        assert!(is_beside("redis-exporter") && is_beside("mongo_express") && !is_beside("mongodb"));
    }
}
