//! Node.js: the heap of V8.

use oomkit_core::units::Bytes;

use super::{Found, unquoted};
use crate::model::{Place, Program};

/// What the heap becomes by itself in a small limit, as measured with release 20.
pub(crate) const DEFAULT: Bytes = Bytes::new(259 << 20);

/// What Node.js is told.
#[derive(Debug)]
pub(crate) struct Node {
    /// The most that the old generation may become; `None` inside where it cannot be read.
    pub(crate) heap: Option<Found<Option<Bytes>>>,
}

impl Node {
    /// Reads what a program is told; `None` where it is no Node.js, as far as one can see.
    pub(crate) fn of(program: &Program) -> Option<Self> {
        let options = program.variable("NODE_OPTIONS");
        let is_node = options.is_some()
            || program.image_name() == Some("node")
            || program.starts(&["node", "npm", "yarn", "pnpm"]);
        if !is_node {
            return None;
        }
        let mut heap = None;
        let from_variable =
            options.iter().flat_map(|(text, place)| text.split_whitespace().map(|word| (word, *place)));
        for (option, place) in from_variable.chain(program.tokens()) {
            heap = size(option, place).or(heap);
        }
        Some(Self { heap })
    }
}

fn size(option: &str, place: Place) -> Option<Found<Option<Bytes>>> {
    let option = unquoted(option);
    // V8 takes underscores for hyphens.
    let plain = option.replace('_', "-");
    let number = plain.strip_prefix("--max-old-space-size=")?;
    if number.contains('$') {
        return None;
    }
    let size = number.parse::<u64>().ok().and_then(|mebi| mebi.checked_mul(1 << 20)).map(Bytes::new);
    Some(Found { value: size, spelled: option.to_owned(), place })
}

#[cfg(test)]
mod tests {
    use super::{super::jvm::tests::program, *};

    #[test]
    fn the_command_line_outranks_the_variable() {
        let heap = |image, command, variables: &[(&str, &str)]| {
            Node::of(&program(image, command, variables))
                .map(|node| node.heap.map(|heap| heap.value.map(Bytes::get)))
        };
        let options = [("NODE_OPTIONS", "--max-old-space-size=512 --inspect")];
        for (image, command, variables, expected) in [
            ("node:20", "", &[][..], Some(None)),
            ("app:1", "", &options[..], Some(Some(Some(512 << 20)))),
            ("app:1", "node --max_old_space_size=256 x.js", &options[..], Some(Some(Some(256 << 20)))),
            ("app:1", "node --max-old-space-size=1.5 x.js", &[][..], Some(Some(None))),
            ("node-exporter:1", "", &[][..], None),
        ] {
            assert_eq!(heap(image, command, variables), expected, "{image} {command}");
        }
    }
}
