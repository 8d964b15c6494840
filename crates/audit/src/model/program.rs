//! What a scope runs: image, command and environment, as far as they can set a heap.

use super::{Place, ScopeId, Setting};

/// What a scope runs.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The image.
    pub image: Option<Setting<String>>,
    /// The words of the command line: what replaces the image's entry point, then the arguments.
    pub words: Vec<Setting<String>>,
    /// The variables of the environment; of two with one name the last counts.
    pub variables: Vec<Variable>,
    /// Config maps that all keys are taken from as variables, before those above.
    pub maps: Vec<MapRef>,
}

/// A config map whose keys become variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapRef {
    /// Its name.
    pub map: String,
    /// What the names of the variables begin with.
    pub prefix: String,
    /// Where it is named.
    pub place: Place,
}

/// A variable of the environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: EnvValue,
    /// Where the value stands.
    pub place: Place,
}

/// Where a variable gets its value from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvValue {
    /// It stands there.
    Literal(String),
    /// The memory limit of a container, divided by so many bytes.
    MemoryLimit {
        /// The divisor.
        divisor: u64,
    },
    /// A key of a config map.
    Key {
        /// The config map.
        map: String,
        /// The key.
        key: String,
    },
    /// Somewhere that is not at hand, such as a secret.
    Elsewhere,
}

impl Program {
    /// Returns a variable's literal value, and where it stands.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<(&str, Place)> {
        let variable = self.variables.iter().rev().find(|variable| variable.name == name)?;
        match &variable.value {
            EnvValue::Literal(value) => Some((value, variable.place)),
            _ => None,
        }
    }

    /// Returns the name of the image without registry, tag and digest, such as `zookeeper`.
    #[must_use]
    pub fn image_name(&self) -> Option<&str> {
        let image = self.image.as_ref()?.value.as_str();
        let image = image.split('@').next().unwrap_or(image);
        let name = image.rsplit('/').next().unwrap_or(image);
        Some(name.split(':').next().unwrap_or(name))
    }

    /// Returns the tag of the image, if it has one.
    #[must_use]
    pub fn image_tag(&self) -> Option<&str> {
        let image = self.image.as_ref()?.value.as_str();
        let image = image.split('@').next().unwrap_or(image);
        image.rsplit('/').next()?.split_once(':').map(|(_, tag)| tag)
    }

    pub(super) fn adopt(&mut self, id: ScopeId) {
        self.maps.iter_mut().for_each(|map| map.place = map.place.of(id));
        self.image.iter_mut().chain(&mut self.words).for_each(|word| word.adopt(id));
        for variable in &mut self.variables {
            if variable.place.scope.is_none() {
                variable.place = variable.place.of(id);
            }
        }
    }
}
