//! What a kernel says when it boots, and how a crash kernel is told from others.
//!
//! A crash kernel is started by the one that crashed, to save what is left of it, and is told
//! where that is.  Sources: `init/main.c`, `arch/*/kernel/setup.c`, `drivers/of/fdt.c`,
//! `kernel/crash_reserve.c`.

use super::{Trouble, has};
use crate::kernel::fields::split_once;
use crate::report::ContextKind as Kind;

/// What a line of the boot tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boot {
    /// `Linux version …`: a boot begins.
    Begins,
    /// The kernel was told where the memory of a crashed one is.
    IsCrashKernel,
}

/// Reads a line of the boot.
#[must_use]
pub fn read(text: &[u8]) -> Option<Boot> {
    let text = text.trim_ascii();
    if text.starts_with(b"Linux version ") && has(text, " (") {
        return Some(Boot::Begins);
    }
    let line = text.strip_prefix(b"Kernel command line: ").or_else(|| text.strip_prefix(b"Command line: "));
    if let Some(line) = line {
        // The words behind the double dash are not the kernel's.
        let line = split_once(line, b" -- ").map_or(line, |(line, _)| line);
        let told = line.split(u8::is_ascii_whitespace).any(|word| word.starts_with(b"elfcorehdr="));
        return told.then_some(Boot::IsCrashKernel);
    }
    // Where the boot loader speaks through a device tree, the command line says nothing.
    let from_tree = text.strip_prefix(b"OF: fdt: ").unwrap_or(text);
    let told = from_tree.starts_with(b"Reserving ") && from_tree.ends_with(b" for elfcorehdr");
    told.then_some(Boot::IsCrashKernel)
}

/// Reads a line of the boot that stands among other trouble.
pub(super) fn read_trouble(text: &[u8]) -> Option<Trouble> {
    match text.first()? {
        b'L' => {
            let (version, _) = split_once(text.strip_prefix(b"Linux version ")?, b" (")?;
            Some(Trouble::of(Kind::Boot).about(version))
        }
        b'R' => {
            let rest = text.strip_prefix(b"Reserving ")?;
            let (size, rest) = split_once(rest, b" of memory at ")?;
            let (_, system) = split_once(rest, b" for crashkernel")?;
            let system = system.trim_ascii().strip_prefix(b"(").and_then(|inside| inside.strip_suffix(b")"));
            let detail = [size, b"; ", system.unwrap_or_default()].concat();
            Some(Trouble::of(Kind::CrashKernel).with(detail.strip_suffix(b"; ").unwrap_or(&detail)))
        }
        b'c' => crash_kernel(text),
        _ => None,
    }
}

/// `crashkernel reserved: 0x… - 0x… (256 MB)`, `cannot allocate crashkernel (size:0x10000000)`.
fn crash_kernel(text: &[u8]) -> Option<Trouble> {
    if text.starts_with(b"cannot allocate crashkernel") {
        return Some(Trouble::of(Kind::CrashKernelFailed).with(text));
    }
    let rest = text.strip_prefix(b"crashkernel")?;
    if has(rest, "failed") {
        return Some(Trouble::of(Kind::CrashKernelFailed).with(text));
    }
    let reserved = rest.starts_with(b" reserved: ") || rest.starts_with(b" low memory reserved: ");
    let size = rest.strip_suffix(b")").and_then(|rest| crate::kernel::fields::rsplit_once(rest, b"("));
    reserved.then(|| Trouble::of(Kind::CrashKernel).with(size.map_or(rest, |(_, size)| size)))
}
