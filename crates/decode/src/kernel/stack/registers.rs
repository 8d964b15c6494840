//! Registers and raw words of the stack, by the shapes of each architecture.

use super::symbol;

/// Tells whether a line shows registers or instructions; it does not begin with a blank.
pub(super) fn is_register(text: &[u8]) -> bool {
    let (name, rest) = symbol(text);
    match text.first() {
        Some(b'A'..=b'Z') => is_upper_register(name, rest),
        Some(b'a'..=b'z') => is_lower_register(name, rest) || is_hex_row(name, rest),
        Some(b'0'..=b'9') => is_hex_row(name, rest),
        // MIPS: `$ 0   : 00000000 …`; s390 marks the current instruction.
        Some(b'$') => {
            rest.first().is_some_and(|b| *b == b' ' || b.is_ascii_digit())
                && colon(rest).is_some_and(starts_with_word)
        }
        Some(b'>' | b'#') => is_hex_row(symbol(text.get(1..).unwrap_or_default()).0, rest),
        _ => false,
    }
}

/// Tells whether a line is nothing but words of the stack, of 8 or 16 digits each.
pub(super) fn are_words(text: &[u8]) -> bool {
    let mut tokens = text.split(|&b| b == b' ').filter(|token| !token.is_empty());
    tokens.clone().nth(1).is_some() && tokens.all(is_word)
}

fn is_upper_register(name: &[u8], rest: &[u8]) -> bool {
    match name {
        b"RIP" | b"EIP" | b"PSW" => rest.starts_with(b":"),
        b"Code" => value_of(rest).is_some_and(|value| {
            starts_with_digits(value, 2)
                || [&b"Bad "[..], b"Unable ", b"("].iter().any(|start| value.starts_with(start))
        }),
        b"RAX" | b"RBX" | b"RCX" | b"RDX" | b"RSI" | b"RDI" | b"RBP" | b"RSP" | b"EAX" | b"EBX" | b"ECX"
        | b"EDX" | b"ESI" | b"EDI" | b"EBP" | b"ESP" | b"CS" | b"DS" | b"ES" | b"FS" | b"GS" | b"SS"
        | b"EFLAGS" | b"ORIG_RAX" | b"PKRU" | b"R08" | b"R09" | b"R10" | b"R11" | b"R12" | b"R13"
        | b"R14" | b"R15" | b"CR0" | b"CR2" | b"CR3" | b"CR4" | b"DR0" | b"DR1" | b"DR2" | b"DR3"
        | b"DR6" | b"DR7" | b"NIP" | b"MSR" | b"REGS" | b"CFAR" | b"DAR" | b"XER" | b"CTR" | b"IRQMASK" => {
            // ppc shows the symbol of the pointer in a line of its own: `NIP [c0000000] func+0x8/0x10`.
            value_of(rest).is_some_and(|value| starts_with_digits(value, 4))
                || name == b"NIP" && rest.starts_with(b" [")
        }
        b"LR" => {
            rest.starts_with(b" [")
                || rest.starts_with(b" is at ")
                || value_of(rest).is_some_and(starts_with_word)
        }
        b"PC" => rest.starts_with(b" is at "),
        b"R" => rest.starts_with(b":") && text_has(rest, b" T:"),
        b"Krnl" | b"User" => {
            [&b" PSW"[..], b" GPRS", b" Code", b" ACRS"].iter().any(|key| rest.starts_with(key))
        }
        b"Instruction" => rest == b" dump:" || rest.starts_with(b" dump: "),
        b"Exception" => rest.starts_with(b" stack("),
        b"Stack" | b"Hi" | b"Lo" | b"Epc" => colon(rest).is_some_and(starts_with_word),
        b"Flags" => rest.starts_with(b": ") && text_has(rest, b"IRQs o"),
        b"Control" => {
            colon(rest).is_some_and(|value| starts_with_digits(value, 8)) && text_has(rest, b"Table: ")
        }
        _ => {
            name.strip_prefix(b"GPR").is_some_and(|n| n.len() == 2 && starts_with_digits(n, 2))
                && rest.starts_with(b":")
        }
    }
}

fn is_lower_register(name: &[u8], rest: &[u8]) -> bool {
    let is_numbered = || match name {
        [b'x' | b'r' | b'a' | b's' | b't', n @ ..] => {
            matches!(n.len(), 1 | 2) && n.iter().all(u8::is_ascii_digit)
        }
        _ => false,
    };
    let is_named = || {
        matches!(
            name,
            b"pc"
                | b"lr"
                | b"sp"
                | b"ip"
                | b"fp"
                | b"gp"
                | b"tp"
                | b"ra"
                | b"psr"
                | b"epc"
                | b"era"
                | b"pstate"
        ) || matches!(name, b"status" | b"badaddr" | b"cause" | b"pmr_save" | b"task")
    };
    // parisc: `r00-03  00000000 10d2e5f0 …`.
    if is_parisc_range(name, rest) {
        return true;
    }
    if !is_numbered() && !is_named() {
        return false;
    }
    match colon(rest) {
        Some(value) => {
            starts_with_word(value)
                || value.starts_with(b"[<")
                || matches!(name, b"pc" | b"lr" | b"ra" | b"epc")
                    && matches!(symbol(value).1, [b'+', b'0', b'x', ..])
        }
        // loongarch prints no colon; only a full word tells.
        None => rest.strip_prefix(b" ").is_some_and(|value| {
            let (word, _) = symbol(value);
            word.len() == 16 && is_word(word)
        }),
    }
}

fn is_parisc_range(name: &[u8], rest: &[u8]) -> bool {
    let is_first =
        matches!(name, [b'r', b'0'..=b'9', b'0'..=b'9'] | [b's' | b'f', b'r', b'0'..=b'9', b'0'..=b'9']);
    is_first
        && rest.strip_prefix(b"-").is_some_and(|rest| {
            let (second, words) = symbol(rest);
            second.len() == 2 && are_words(words)
        })
}

/// Tells whether a line is `dfa0: 00000000 …`, a row of a dump with its offset.
fn is_hex_row(offset: &[u8], rest: &[u8]) -> bool {
    let is_offset = matches!(offset.len(), 4 | 8 | 16) && offset.iter().all(u8::is_ascii_hexdigit);
    is_offset
        && value_of(rest).is_some_and(|value| {
            starts_with_word(value) || offset.len() == 16 && starts_with_digits(value, 4)
        })
}

/// Returns what follows a colon right after the name.
fn value_of(rest: &[u8]) -> Option<&[u8]> {
    rest.strip_prefix(b":").map(<[u8]>::trim_ascii_start)
}

/// Returns what follows a colon, with blanks before it allowed.
fn colon(rest: &[u8]) -> Option<&[u8]> {
    let start = rest.iter().position(|b| *b == b':')?;
    let is_near = rest.get(..start)?.iter().all(|b| *b == b' ' || b.is_ascii_digit() || *b == b'$');
    is_near.then(|| rest.get(start + 1..).map(<[u8]>::trim_ascii_start))?
}

/// Tells whether the text starts with a hexadecimal number of so many digits, or more.
fn starts_with_digits(text: &[u8], least: usize) -> bool {
    let (number, _) = symbol(text);
    least <= number.len() && number.iter().all(u8::is_ascii_hexdigit)
}

fn starts_with_word(text: &[u8]) -> bool {
    is_word(symbol(text).0)
}

fn is_word(token: &[u8]) -> bool {
    matches!(token.len(), 8 | 16) && token.iter().all(u8::is_ascii_hexdigit)
}

fn text_has(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: bool) {
        assert_eq!(is_register(line.as_bytes()) || are_words(line.as_bytes()), expected, "{line}");
        for end in 0..line.len() {
            let _ = is_register(&line.as_bytes()[..end]);
        }
    }

    #[test]
    fn registers_of_every_architecture_are_known() {
        for line in [
            "RIP: 0033:0x7f24b1c07d41",
            "RIP: 0010:[<ffffffff8112a5d0>]  [<ffffffff8112a5d0>] foo+0x1/0x2",
            "Code: 1f 84 00 00 <48> 8b 05",
            "Code: Bad RIP value.",
            "Code: Unable to access opcode bytes at RIP 0x7f24b1c07d17.",
            "RSP: 002b:00007ffd1c2b3a48 EFLAGS: 00010246 ORIG_RAX: 0000000000000101",
            "R10: 0000000000000000 R11: 0000000000000246 R12: 00007f24b1c07d41",
            "EAX: df228001 EBX: 0810aff4 ECX: 00388000 EDX: a9127589",
            "DS: 007b ES: 007b FS: 0000 GS: 0033 SS: 007b EFLAGS: 00000282",
            "NIP:  0000000010002618 LR: 0000000010002708 CTR: 800000000000d033",
            "REGS: c000000006ea7e80 TRAP: 0300   Not tainted  (6.12.9)",
            "CFAR: 00000000100025fc DAR: 00007fff35600000 DSISR: 42000000 IRQMASK: 0 ",
            "GPR04: 0000000000100000 00007fffd5a1ec38",
            "NIP [0000000010002618] 0x10002618",
            "LR [c00000000012f4a8] show_stack+0x8/0x10",
            "pc : next_online_pgdat+0x24/0x78",
            "sp : ffff8000129f3d10",
            "x9 : 0000002a141f0a9e x8 : 0000000000000002 ",
            "pstate: a0000005 (NzCv daif -PAN -UAO)",
            "pc : [<c010f2a8>]    lr : [<c010b344>]    psr: 60000013",
            "r7 : c1805f4c  r6 : 00000000  r5 : c1805f48  r4 : c1803d00",
            "r7:c0d09a30 r6:60000013 r5:00000000 r4:c0d09a30",
            "dfa0:                                     00000000 00000000 00000000 00000000",
            "Exception stack(0xc2cadfb0 to 0xc2cadff8)",
            "Krnl PSW : 0704c00180000000 00000000001138c8 (show+0x58/0x68)",
            "R:0 T:1 IO:1 EX:1 Key:0 M:1 W:0 P:0 AS:3 CC:0 PM:0 RI:0 EA:3",
            "epc : 0000003fb6a1b2c3 ra : 0000003fb6a1b2d4 sp : 0000003fffe01230",
            "status: 0000000200004020 badaddr: 0000003fb7000000 cause: 000000000000000f",
            "$ 0   : 00000000 00000001 80560000 00000001",
            "r00-03  00000000 10e2f000 1040857c 10e81480",
            "pc 9000000000b23a94 ra 9000000000b23aa0 tp 9000000100b98000 sp 9000000100b9bb70",
        ] {
            check(line, true);
        }
    }

    #[test]
    fn names_alone_are_no_registers() {
        for line in [
            "DS: feeding",
            "ES: on",
            "Status: fine",
            "a0: b",
            "r7: gone",
            "Code: of conduct",
            "pc : unknown",
            "Stack",
        ] {
            check(line, false);
        }
    }
}
