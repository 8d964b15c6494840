//! The Java virtual machine: which options it gets, from where, and what heap they come to.
//!
//! Source: `java` of OpenJDK 17, and `hotspot/share/runtime/arguments.cpp`.

use oomkit_core::units::Bytes;

use super::{Found, unquoted};
use crate::{
    model::{Place, Program},
    quantity::{Amount, jvm},
};

/// Variables that the machine or the launcher reads, weakest first, and the command line among them.
const OFFICIAL: [&str; 3] = ["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"];

/// Variables that images put into the command line by convention.
const CONVENTIONS: &[&str] = &[
    "JAVA_OPTS",
    "JVM_OPTS",
    "JAVA_OPTIONS",
    "JAVA_ARGS",
    "CATALINA_OPTS",
    "JAVA_OPTS_APPEND",
    "ES_JAVA_OPTS",
    "OPENSEARCH_JAVA_OPTS",
    "LS_JAVA_OPTS",
    "KAFKA_HEAP_OPTS",
    "KAFKA_OPTS",
    "SERVER_JVMFLAGS",
    "JVMFLAGS",
    "SOLR_JAVA_MEM",
    "JENKINS_JAVA_OPTS",
    "GRADLE_OPTS",
    "MAVEN_OPTS",
];

/// Variables that hold a size alone; the number is how many bytes one of it counts where it has no unit.
const SIZES: &[(&str, u64)] = &[
    ("ZK_SERVER_HEAP", 1 << 20),
    ("HADOOP_HEAPSIZE", 1 << 20),
    ("HADOOP_HEAPSIZE_MAX", 1 << 20),
    ("SOLR_HEAP", 1),
    ("MAX_HEAP_SIZE", 1),
    ("NEO4J_dbms_memory_heap_max__size", 1),
    ("NEO4J_server_memory_heap_max__size", 1),
];

/// Parts of the names of images that run Java.
const IMAGES: &[&str] = &[
    "java",
    "jdk",
    "jre",
    "openjdk",
    "jdk8",
    "jdk11",
    "jdk17",
    "jdk21",
    "temurin",
    "corretto",
    "amazoncorretto",
    "zulu",
    "liberica",
    "adoptopenjdk",
    "tomcat",
    "jetty",
    "wildfly",
    "kafka",
    "zookeeper",
    "elasticsearch",
    "opensearch",
    "logstash",
    "cassandra",
    "solr",
    "activemq",
    "artemis",
    "neo4j",
    "jenkins",
    "keycloak",
    "nexus3",
    "sonarqube",
    "openliberty",
    "semeru",
];

/// The share of the limit that the heap gets where nothing is said, in percent.
const DEFAULT: f64 = 25.0;

/// The share in a limit of at most [`SMALL`], in percent.
const DEFAULT_SMALL: f64 = 50.0;

/// Up to here a limit is small; measured, since the source says it otherwise.
const SMALL: Bytes = Bytes::new(256 << 20);

/// What a machine is told.
#[derive(Debug, Default)]
pub(crate) struct Jvm {
    /// The most that the heap may become, if that is said as a size.
    pub(crate) heap: Option<Found<Amount>>,
    /// The heap at the start, which lifts the most to itself.
    pub(crate) initial: Option<Found<Amount>>,
    /// The share of the limit that the heap may become; `None` inside where it is refused.
    pub(crate) share: Option<Found<Option<f64>>>,
    /// Where the machine is told not to look at limits.
    pub(crate) blind: Option<Found<()>>,
    /// Whether this is another machine, with rules of its own.
    pub(crate) is_openj9: bool,
}

impl Jvm {
    /// Reads what a program is told; `None` where it is no Java, as far as one can see.
    pub(crate) fn of(program: &Program) -> Option<Self> {
        let mut machine = Self::default();
        let mut is_java = program.starts(&["java"]) || program.is_image(IMAGES);
        let [tool, launcher, strongest] = OFFICIAL;
        for name in [tool, launcher].iter().chain(CONVENTIONS) {
            if let Some((options, place)) = program.variable(name) {
                is_java = true;
                options.split_whitespace().for_each(|option| machine.take(option, place));
            }
        }
        for (name, unit) in SIZES {
            if let Some((size, place)) = program.variable(name) {
                is_java = true;
                machine.heap =
                    Some(Found { value: counted(size, *unit), spelled: format!("{name}={size}"), place });
            }
        }
        program.tokens().for_each(|(option, place)| machine.take(option, place));
        if let Some((options, place)) = program.variable(strongest) {
            is_java = true;
            options.split_whitespace().for_each(|option| machine.take(option, place));
        }
        machine.is_openj9 |= program.is_image(&["openj9", "semeru"])
            || program.image_tag().is_some_and(|tag| tag.contains("openj9"));
        (is_java || machine.heap.is_some()).then_some(machine)
    }

    fn take(&mut self, option: &str, place: Place) {
        let option = unquoted(option);
        let found = |value: Amount| Some(Found { value, spelled: option.to_owned(), place });
        if let Some(size) = option.strip_prefix("-Xmx").or_else(|| option.strip_prefix("-XX:MaxHeapSize=")) {
            // What is put together by a shell cannot be judged.
            if !size.contains('$') {
                self.heap = found(jvm::heap(size));
            }
        } else if let Some(size) =
            option.strip_prefix("-Xms").or_else(|| option.strip_prefix("-XX:InitialHeapSize="))
        {
            if !size.contains('$') {
                self.initial = found(jvm::heap(size));
            }
        } else if let Some(share) = option.strip_prefix("-XX:MaxRAMPercentage=") {
            if !share.contains('$') {
                self.share = Some(Found { value: jvm::percentage(share), spelled: option.to_owned(), place });
            }
        } else if option == "-XX:-UseContainerSupport" {
            self.blind = Some(Found { value: (), spelled: option.to_owned(), place });
        } else if option == "-XX:+UseContainerSupport" {
            self.blind = None;
        } else if option == "-Xtune:virtualized" {
            self.is_openj9 = true;
        }
    }

    /// Returns the most that the heap may become as a size that was written, with where it was.
    pub(crate) fn written(&self) -> Option<(Bytes, &Found<Amount>)> {
        let most = self.heap.as_ref().and_then(|heap| Some((heap.value.size()?, heap)));
        let start = self.initial.as_ref().and_then(|start| Some((start.value.size()?, start)));
        match (most, start) {
            (Some(most), _) => Some(most),
            // Without a size of its own, the heap may at least become what it starts with.
            (None, start) => start.filter(|_| self.share.is_none()),
        }
    }

    /// Returns the most that the heap may become within a limit, in percent of it.
    pub(crate) fn percent(&self, limit: Bytes) -> Option<f64> {
        if self.blind.is_some() || limit == Bytes::ZERO {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "a share is shown in whole percent")]
        if let Some((heap, _)) = self.written() {
            return Some(heap.get() as f64 * 100.0 / limit.get() as f64);
        }
        match &self.share {
            Some(share) => share.value,
            None if self.is_openj9 => None,
            None if limit <= SMALL => Some(DEFAULT_SMALL),
            None => Some(DEFAULT),
        }
    }
}

/// Reads a size that counts in a unit of its own where it has none.
fn counted(text: &str, unit: u64) -> Amount {
    match text.parse::<u64>() {
        Ok(count) => count.checked_mul(unit).map_or_else(
            || Amount::refused("the number is too large"),
            |size| Amount::Size(Bytes::new(size)),
        ),
        Err(_) => jvm::heap(text),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::model::{EnvValue, Origin, Setting, Variable};

    /// Makes a program of an image, a command line and variables.
    pub(crate) fn program(image: &str, command: &str, variables: &[(&str, &str)]) -> Program {
        let setting = |value: &str| Setting {
            value: value.to_owned(),
            key: "".into(),
            spelled: String::new(),
            place: Place::default(),
            origin: Origin::Written,
        };
        Program {
            image: Some(setting(image)),
            words: command.split(' ').filter(|word| !word.is_empty()).map(setting).collect(),
            variables: variables
                .iter()
                .map(|(name, value)| Variable {
                    name: (*name).into(),
                    value: EnvValue::Literal((*value).into()),
                    place: Place::default(),
                })
                .collect(),
            maps: Vec::new(),
        }
    }

    #[test]
    fn the_strongest_source_counts() {
        let gibi = Bytes::new(1 << 30);
        for (image, command, variables, percent) in [
            ("app:1", "java -Xmx512m -jar app.jar", vec![], Some(50.0)),
            ("app:1", "java -Xmx512m -Xmx256m", vec![], Some(25.0)),
            ("app:1", "java -Xmx512m", vec![("JAVA_TOOL_OPTIONS", "-Xmx1g")], Some(50.0)),
            ("app:1", "java -Xmx512m", vec![("_JAVA_OPTIONS", "-Xmx1g")], Some(100.0)),
            ("app:1", "sh -c 'exec java -Xmx768m -jar a.jar'", vec![], Some(75.0)),
            ("zookeeper:3.8", "", vec![("ZK_SERVER_HEAP", "1000")], Some(97.656_25)),
            ("openjdk:17", "", vec![("JAVA_OPTS", "-XX:MaxRAMPercentage=75")], Some(75.0)),
            ("openjdk:17", "", vec![], Some(25.0)),
            ("eclipse-temurin:21-jre", "", vec![("JAVA_TOOL_OPTIONS", "-Xms2g")], Some(200.0)),
            ("ibm-semeru-runtimes:open-17", "", vec![], None),
            ("openjdk:17", "java -XX:-UseContainerSupport", vec![], None),
        ] {
            let machine =
                Jvm::of(&program(image, command, &variables)).unwrap_or_else(|| panic!("{image} {command}"));
            assert_eq!(machine.percent(gibi), percent, "{image} {command} {variables:?}");
        }
        assert_eq!(
            Jvm::of(&program("openjdk:17", "", &[])).unwrap().percent(Bytes::new(200 << 20)),
            Some(50.0)
        );
        assert!(Jvm::of(&program("nginx:1.27", "nginx -g daemon", &[])).is_none());
        assert!(Jvm::of(&program("javascript-thing:1", "node x", &[])).is_none());
    }
}
