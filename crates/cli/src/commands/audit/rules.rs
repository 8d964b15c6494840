//! By what it is judged: the policy file, and what the command line says beside it.

use std::{fs, io, path::Path};

use jiff::Zoned;
use oomkit_audit::{policy::Policy, quantity::kubernetes, rules};
use oomkit_core::ident::visible;

use super::AuditArgs;
use crate::{failure::Failure, terminal::Terminal};

/// The file that is looked for where none is named.
const DEFAULT: &str = "oomkit.toml";

/// Returns the policy.
pub(super) fn policy(args: &AuditArgs, terminal: &Terminal) -> Result<Policy, Failure> {
    let mut policy = match &args.policy {
        Some(path) => read(path)?,
        None => default_policy(terminal)?,
    };
    if let Some(text) = &args.node_memory {
        let size = kubernetes::quantity(text).size();
        let wrong =
            || Failure::usage(format!("--node-memory {text:?} is no size")).hint("write it as in 64Gi");
        policy.node.memory = Some(size.ok_or_else(wrong)?);
    }
    policy.node.count = args.node_count.or(policy.node.count);
    policy.today = Some(Zoned::now().date());
    Ok(policy)
}

/// Returns the policy of the project, if it has one.
pub(super) fn default_policy(terminal: &Terminal) -> Result<Policy, Failure> {
    let mut policy = Policy::default();
    if Path::new(DEFAULT).is_file() {
        terminal.detail(&format!("{DEFAULT} is the policy"));
        policy = read(Path::new(DEFAULT))?;
    }
    policy.today = Some(Zoned::now().date());
    Ok(policy)
}

fn read(path: &Path) -> Result<Policy, Failure> {
    let name = visible(path.as_os_str().as_encoded_bytes()).into_owned();
    let cannot = |error: io::Error| Failure::usage(format!("cannot read the policy {name}")).because(&error);
    let text = fs::read_to_string(path).map_err(cannot)?;
    let policy = Policy::parse(&text)
        .map_err(|error| Failure::usage(format!("the policy {name} makes no sense")).because(&error))?;
    match rules::unknown_rule(&policy) {
        Some(rule) => {
            Err(Failure::usage(format!("the policy {name} speaks of the rule {rule:?}, and there is none"))
                .hint("`oomkit generate rules` lists the rules"))
        }
        None => Ok(policy),
    }
}
