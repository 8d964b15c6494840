//! Databases and caches: the memory that they are told to take for themselves.

use oomkit_core::units::Bytes;

use super::Found;
use crate::model::Program;

/// What a server is told.
#[derive(Debug)]
pub(crate) struct Cache {
    /// What the setting is for.
    pub(crate) what: &'static str,
    /// How much.
    pub(crate) size: Found<Bytes>,
}

/// A server and the setting of its cache.
struct Server {
    what: &'static str,
    /// Parts of the names of its images, and its programs.
    names: &'static [&'static str],
    options: &'static [&'static str],
    variables: &'static [&'static str],
    read: fn(&str) -> Option<u64>,
}

const SERVERS: &[Server] = &[
    Server {
        what: "maxmemory of Redis",
        names: &["redis", "redis-server", "valkey", "valkey-server", "keydb"],
        options: &["--maxmemory"],
        variables: &["REDIS_MAXMEMORY"],
        read: redis,
    },
    Server {
        what: "the buffer pool of InnoDB",
        names: &["mysql", "mysqld", "mariadb", "mariadbd", "percona"],
        options: &["--innodb-buffer-pool-size", "--innodb_buffer_pool_size"],
        variables: &["MARIADB_INNODB_BUFFER_POOL_SIZE", "MYSQL_INNODB_BUFFER_POOL_SIZE"],
        read: mysql,
    },
    Server {
        what: "the shared buffers of PostgreSQL",
        names: &["postgres", "postgresql", "postgis", "timescaledb", "pgvector"],
        options: &["shared_buffers", "--shared_buffers", "-cshared_buffers", "-B"],
        variables: &["POSTGRESQL_SHARED_BUFFERS"],
        read: postgres,
    },
    Server {
        what: "the cache of WiredTiger",
        names: &["mongo", "mongod", "mongodb"],
        options: &["--wiredTigerCacheSizeGB"],
        variables: &[],
        read: gibi,
    },
    Server {
        what: "the memory of memcached",
        names: &["memcached"],
        options: &["-m", "--memory-limit"],
        variables: &["MEMCACHED_CACHE_SIZE"],
        read: mebi,
    },
];

/// Returns the cache that a program is told to have.
pub(crate) fn of(program: &Program) -> Option<Cache> {
    let server =
        SERVERS.iter().find(|server| program.is_image(server.names) || program.starts(server.names))?;
    let option = program.option(server.options);
    let variable = server.variables.iter().find_map(|name| {
        let (value, place) = program.variable(name)?;
        Some(Found { value: value.to_owned(), spelled: format!("{name}={value}"), place })
    });
    let found = option.or(variable)?;
    let size = (server.read)(&found.value).filter(|size| *size != 0)?;
    Some(Cache {
        what: server.what,
        size: Found { value: Bytes::new(size), spelled: found.spelled, place: found.place },
    })
}

/// Redis: `k`, `m`, `g` are decimal, with a `b` they are binary.
fn redis(text: &str) -> Option<u64> {
    with_units(
        text,
        &[
            ("kb", 1 << 10),
            ("mb", 1 << 20),
            ("gb", 1 << 30),
            ("k", 1000),
            ("m", 1_000_000),
            ("g", 1_000_000_000),
            ("b", 1),
            ("", 1),
        ],
    )
}

fn mysql(text: &str) -> Option<u64> {
    with_units(text, &[("k", 1 << 10), ("m", 1 << 20), ("g", 1 << 30), ("t", 1 << 40), ("", 1)])
}

/// PostgreSQL: a number alone counts blocks of 8 KiB.
fn postgres(text: &str) -> Option<u64> {
    with_units(
        text,
        &[("kb", 1 << 10), ("mb", 1 << 20), ("gb", 1 << 30), ("tb", 1 << 40), ("b", 1), ("", 8192)],
    )
}

fn mebi(text: &str) -> Option<u64> {
    with_units(text, &[("", 1 << 20)])
}

fn gibi(text: &str) -> Option<u64> {
    let number: f64 = text.parse().ok().filter(|number: &f64| (0.0..1e6).contains(number))?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range was checked a line above"
    )]
    let size = (number * 1_073_741_824.0) as u64;
    Some(size)
}

fn with_units(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let text = text.to_ascii_lowercase();
    units.iter().find_map(|(unit, factor)| {
        let number = text.strip_suffix(unit)?;
        number.parse::<u64>().ok()?.checked_mul(*factor)
    })
}

#[cfg(test)]
mod tests {
    use super::{super::jvm::tests::program, *};

    #[test]
    fn servers_count_in_their_own_units() {
        for (image, command, variables, expected) in [
            ("redis:7", "redis-server --maxmemory 2gb", vec![], Some(2 << 30)),
            ("redis:7", "redis-server --maxmemory 2g", vec![], Some(2_000_000_000)),
            ("redis:7", "redis-server --maxmemory 0", vec![], None),
            ("bitnami/mariadb:11", "--innodb-buffer-pool-size=2G", vec![], Some(2 << 30)),
            ("postgres:16", "postgres -c shared_buffers=4GB -c work_mem=64MB", vec![], Some(4 << 30)),
            ("postgres:16", "postgres -c shared_buffers=1024", vec![], Some(8 << 20)),
            ("mongo:7", "mongod --wiredTigerCacheSizeGB 1.5", vec![], Some(1_610_612_736)),
            ("memcached:1.6", "memcached -m 512", vec![], Some(512 << 20)),
            ("my-redis-fork:1", "", vec![("REDIS_MAXMEMORY", "64mb")], Some(64 << 20)),
            ("nginx:1", "nginx -m 512", vec![], None),
        ] {
            let cache = of(&program(image, command, &variables));
            assert_eq!(cache.map(|cache| cache.size.value.get()), expected, "{image} {command}");
        }
    }
}
