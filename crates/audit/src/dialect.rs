//! Dialects: the formats that limits are written in, by name.

use schemars::JsonSchema;
use serde::Serialize;

/// Declares the dialects with the names that the output uses.
macro_rules! dialects {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal;)+) => {
        /// A format that limits are written in.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
        #[serde(rename_all = "kebab-case")]
        pub enum Dialect {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Dialect {
            /// All formats, in the order in which they are asked whether a file is theirs.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Returns the name that the output uses.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }
        }
    };
}

dialects! {
    /// Objects of Kubernetes and of what builds upon it.
    Kubernetes = "kubernetes";
    /// Files of Docker Compose.
    Compose = "compose";
    /// Units of systemd with their drop-ins.
    Systemd = "systemd";
    /// Quadlets, of which Podman makes units of systemd.
    Quadlet = "quadlet";
    /// Jobs of Nomad.
    Nomad = "nomad";
    /// Task definitions of Amazon ECS.
    Ecs = "ecs";
    /// Cgroups of a live or captured host.
    Live = "live";
    /// What snapshots saw of workloads; it has no limits of its own.
    History = "history";
}
