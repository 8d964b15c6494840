//! Every specimen is read as what it is, whole and cut anywhere.

use super::{
    Trouble, boot, read, read_program,
    specimens::{HARMLESS, HARMLESS_OF_PROGRAMS, KERNEL, PROGRAMS},
};
use crate::kernel::{self, Fact};
use crate::report::ContextKind as Kind;

fn told(trouble: Option<&Trouble>) -> Option<(Kind, &str, &str)> {
    let trouble = trouble?;
    Some((
        trouble.kind,
        trouble.subject.as_deref().unwrap_or_default(),
        trouble.detail.as_deref().unwrap_or_default(),
    ))
}

#[test]
fn lines_of_the_kernel_are_read() {
    for (line, kind, subject, detail) in KERNEL {
        let trouble = read(line.as_bytes());
        assert_eq!(told(trouble.as_ref()), Some((*kind, *subject, *detail)), "{line}");
        for end in 0..line.len() {
            let _ = read(&line.as_bytes()[..end]);
        }
    }
    for line in HARMLESS {
        assert_eq!(told(read(line.as_bytes()).as_ref()), None, "{line}");
    }
}

/// A line is trouble or a part of a report, and not both.
#[test]
fn no_part_of_a_report_is_trouble() {
    for (line, kind, ..) in KERNEL {
        let fact = kernel::read(line.as_bytes());
        let may_be = matches!(
            fact,
            Fact::Unknown
                | Fact::Stack(_)
                | Fact::Marker(kernel::marker::Marker::Boot | kernel::marker::Marker::OtherPanic(_))
        );
        assert!(may_be, "{kind:?} {line}: {fact:?}");
    }
}

#[test]
fn lines_of_programs_are_read() {
    for (program, line, kind, subject, detail) in PROGRAMS {
        let trouble = read_program(program.as_bytes(), line.as_bytes());
        assert_eq!(told(trouble.as_ref()), Some((*kind, *subject, *detail)), "{program}: {line}");
        for end in 0..line.len() {
            let _ = read_program(program.as_bytes(), &line.as_bytes()[..end]);
        }
    }
    for (program, line) in HARMLESS_OF_PROGRAMS {
        let trouble = read_program(program.as_bytes(), line.as_bytes());
        assert_eq!(told(trouble.as_ref()), None, "{program}: {line}");
    }
}

#[test]
fn a_line_that_goes_on_is_told_from_one_that_begins() {
    let goes_on = |line: &str| read(line.as_bytes()).map(|trouble| trouble.goes_on);
    assert_eq!(goes_on("Kernel panic - not syncing: Fatal exception"), Some(false));
    assert_eq!(goes_on("---[ end Kernel panic - not syncing: Fatal exception ]---"), Some(true));
    assert_eq!(goes_on("Oops: 0002 [#1] PREEMPT SMP NOPTI"), Some(true));
}

#[test]
fn a_controller_has_a_clock_of_its_own() {
    let stamp = |line: &str| match read(line.as_bytes()).and_then(|trouble| trouble.wall) {
        Some(crate::record::WallStamp::Iso(text)) => String::from_utf8(text.into_owned()).unwrap(),
        other => format!("{other:?}"),
    };
    assert_eq!(stamp(" 18a | 09/29/2016 | 19:19:10 | a | b | Asserted"), "2016-09-29T19:19:10");
    assert_eq!(stamp(" 1 | 09/29/16 | 07:19:10 PM UTC | a | b | Asserted"), "2016-09-29T19:19:10Z");
    assert_eq!(stamp(" 1 | Pre-Init  |0000000003| a | b | Asserted"), "None");
}

#[test]
fn a_crash_kernel_is_told_by_what_it_was_told() {
    use boot::Boot;
    for (line, boot) in [
        ("Linux version 5.14.0-70.el9.x86_64 (build@example)", Some(Boot::Begins)),
        ("Command line: ro irqpoll nr_cpus=1 reset_devices elfcorehdr=867700K", Some(Boot::IsCrashKernel)),
        ("Kernel command line: elfcorehdr=0x33000000 ro", Some(Boot::IsCrashKernel)),
        ("OF: fdt: Reserving 1 KiB of memory at 0xf4fff000 for elfcorehdr", Some(Boot::IsCrashKernel)),
        ("Command line: root=/dev/vda1 crashkernel=256M", None),
        ("Command line: ro myelfcorehdr=1", None),
        ("Kernel command line: ro -- elfcorehdr=1", None),
        ("he set elfcorehdr=1", None),
    ] {
        assert_eq!(boot::read(line.as_bytes()), boot, "{line}");
    }
}
