//! The JSON output: one document.

use oomkit_decode::Input;
use oomkit_postmortem::incident::Incident;
use schemars::JsonSchema;
use serde::Serialize;

/// The name of the schema, which stands first in every document.
const SCHEMA: &str = "oomkit.postmortem/v1";

/// What `oomkit postmortem --format json` writes.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PostmortemDocument {
    /// The name of this schema.
    #[schemars(extend("const" = SCHEMA))]
    schema: String,
    /// The inputs, in the order in which they were read.
    inputs: Vec<Input>,
    /// The newest incident of the logs; `null` where they have none.
    incident: Option<Incident>,
}

impl PostmortemDocument {
    /// Puts an incident into its envelope.
    pub(super) fn new(incident: Option<Incident>, inputs: &[Input]) -> Self {
        Self { schema: SCHEMA.into(), inputs: inputs.to_vec(), incident }
    }
}
