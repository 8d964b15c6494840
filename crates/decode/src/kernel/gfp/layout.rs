//! The five layouts of gfp masks, and the choice between them.

/// What else the log tells about the kernel that printed a mask.
#[derive(Clone, Copy, Debug, Default)]
pub struct EraHints<'a> {
    /// The kernel's release, such as `4.4.0-210-generic`.
    ///
    /// Distributions carry changes over, so it only decides between readings that are equally good.
    pub release: Option<&'a str>,
}

/// The flags of a bare mask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    /// The names of the flags.
    pub names: Vec<String>,
    /// The bits without a name, in hexadecimal.
    pub leftover: Option<String>,
    /// Why the names are not certain.
    pub note: Option<String>,
}

/// Decodes the bits of a mask by the layout that explains them best.
///
/// The kernel's own code asks for well-known combinations, so the right layout needs few names
/// where a wrong one needs many.
#[must_use]
pub fn decode(mask: u64, hints: EraHints<'_>) -> Decoded {
    if mask == 0 {
        return Decoded::default();
    }
    let version = hints.release.and_then(version);
    let readings: Vec<Reading> = LAYOUTS.iter().map(|layout| layout.read(mask, version)).collect();
    let least = readings.iter().map(|reading| reading.cost).min().unwrap_or_default();
    let mut best = readings.iter().zip(LAYOUTS).filter(|(reading, _)| reading.cost == least);
    let first = best.clone().next();
    let of_release = best.clone().find(|(_, layout)| version.is_some_and(|version| layout.is_of(version)));
    let Some((chosen, layout)) = of_release.or(first) else { return Decoded::default() };
    let is_tied = of_release.is_none() && best.any(|(reading, _)| reading.names != chosen.names);
    let is_renamed = version.is_none() && layout.renamed.is_some_and(|(bit, ..)| mask & bit != 0);
    Decoded {
        names: chosen.names.iter().map(|name| (*name).to_owned()).collect(),
        leftover: (chosen.rest != 0).then(|| format!("{:#x}", chosen.rest)),
        note: match (is_tied, is_renamed) {
            (true, _) => Some(
                "the mask means different things to different kernels, and the log names none".to_owned(),
            ),
            (false, true) => Some("one of the flags changed its meaning while its bit stayed".to_owned()),
            (false, false) => None,
        },
    }
}

/// Tells whether any layout knows a flag of this name.
pub(super) fn is_name(name: &str) -> bool {
    LAYOUTS.iter().any(|layout| {
        let has = |list: &[(u64, &str)]| list.iter().any(|(_, have)| *have == name);
        has(layout.combinations) || has(layout.bits) || (layout.shares_low_bits && has(LOW_BITS))
    })
}

/// A layout of the bits, as a span of releases had it.
struct Layout {
    /// The first release and the first that has another layout, as major and minor number.
    since: (u32, u32),
    until: (u32, u32),
    /// The combinations that have a name, in the order in which the kernel looks for them.
    combinations: &'static [(u64, &'static str)],
    /// The flags, besides those that most layouts share.
    bits: &'static [(u64, &'static str)],
    /// Whether [`LOW_BITS`] hold here.
    shares_low_bits: bool,
    /// The bit that lets an allocation wait; a combination without it is no subset of one with it.
    wait: u64,
    /// A bit that got another name within the layout: its bit, the release, the name before.
    renamed: Option<(u64, (u32, u32), &'static str)>,
}

struct Reading {
    names: Vec<&'static str>,
    rest: u64,
    cost: usize,
}

impl Layout {
    fn is_of(&self, version: (u32, u32)) -> bool {
        self.since <= version && version < self.until
    }

    /// Names the bits as this layout has them; the cost grows with what has to be said.
    fn read(&self, mask: u64, version: Option<(u32, u32)>) -> Reading {
        let mut reading = Reading { names: Vec::new(), rest: mask, cost: 0 };
        let before = self.renamed.filter(|(_, since, _)| version.is_some_and(|version| version < *since));
        for &(bits, name) in self.combinations {
            let is_older = before.is_some_and(|(bit, ..)| bits & bit != 0);
            let is_atomic = bits & self.wait == 0 && bits.count_ones() < 5;
            if reading.rest & bits == bits && !is_older && !(is_atomic && mask & self.wait != 0) {
                reading.names.push(name);
                reading.rest &= !bits;
                reading.cost += 1;
            }
        }
        let low_bits = if self.shares_low_bits { LOW_BITS } else { &[] };
        for &(bit, name) in low_bits.iter().chain(self.bits) {
            if reading.rest & bit != 0 {
                let older = before.filter(|(renamed, ..)| *renamed == bit);
                reading.names.push(older.map_or(name, |(.., older)| older));
                reading.rest &= !bit;
                reading.cost += 2;
            }
        }
        reading.cost += 10 * reading.rest.count_ones() as usize;
        reading
    }
}

/// Reads the major and minor number of a release.
fn version(release: &str) -> Option<(u32, u32)> {
    let (major, rest) = release.split_once('.')?;
    let minor: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// The flags whose bits stayed the same until Linux 5.1.
const LOW_BITS: &[(u64, &str)] = &[
    (0x1, "GFP_DMA"),
    (0x2, "__GFP_HIGHMEM"),
    (0x4, "GFP_DMA32"),
    (0x8, "__GFP_MOVABLE"),
    (0x20, "__GFP_HIGH"),
    (0x40, "__GFP_IO"),
    (0x80, "__GFP_FS"),
    (0x200, "__GFP_NOWARN"),
    (0x800, "__GFP_NOFAIL"),
    (0x1000, "__GFP_NORETRY"),
    (0x2000, "__GFP_MEMALLOC"),
    (0x4000, "__GFP_COMP"),
    (0x8000, "__GFP_ZERO"),
    (0x10000, "__GFP_NOMEMALLOC"),
    (0x20000, "__GFP_HARDWALL"),
    (0x40000, "__GFP_THISNODE"),
];

const LAYOUTS: &[Layout] = &[
    // Until the wait bit was split into direct reclaim and waking kswapd (v4.4, commit d0164adc89f6).
    Layout {
        since: (0, 0),
        until: (4, 4),
        combinations: &[
            (0x4352da, "GFP_TRANSHUGE"),
            (0x200da, "GFP_HIGHUSER_MOVABLE"),
            (0x200d2, "GFP_HIGHUSER"),
            (0x200d0, "GFP_USER"),
            (0xd0, "GFP_KERNEL"),
            (0x50, "GFP_NOFS"),
            (0x20, "GFP_ATOMIC"),
            (0x10, "GFP_NOIO"),
        ],
        bits: &[
            (0x100, "__GFP_COLD"),
            (0x400, "__GFP_REPEAT"),
            (0x80000, "__GFP_RECLAIMABLE"),
            (0x100000, "__GFP_NOACCOUNT"),
            (0x200000, "__GFP_NOTRACK"),
            (0x400000, "__GFP_NO_KSWAPD"),
            (0x800000, "__GFP_OTHER_NODE"),
            (0x1000000, "__GFP_WRITE"),
        ],
        shares_low_bits: true,
        wait: 0x10,
        renamed: Some((0x100000, (4, 1), "__GFP_KMEMCG")),
    },
    Layout {
        since: (4, 4),
        until: (4, 10),
        combinations: &[
            (0x4352ca, "GFP_TRANSHUGE"),
            (0x342ca, "GFP_TRANSHUGE_LIGHT"),
            (0x24200ca, "GFP_HIGHUSER_MOVABLE"),
            (0x24200c2, "GFP_HIGHUSER"),
            (0x24200c0, "GFP_USER"),
            (0x25000c0, "GFP_KERNEL_ACCOUNT"),
            (0x24000c0, "GFP_KERNEL"),
            (0x2400040, "GFP_NOFS"),
            (0x2080020, "GFP_ATOMIC"),
            (0x2400000, "GFP_NOIO"),
            (0x2000000, "GFP_NOWAIT"),
        ],
        bits: &[
            (0x10, "__GFP_RECLAIMABLE"),
            (0x100, "__GFP_COLD"),
            (0x400, "__GFP_REPEAT"),
            (0x80000, "__GFP_ATOMIC"),
            (0x100000, "__GFP_ACCOUNT"),
            (0x200000, "__GFP_NOTRACK"),
            (0x400000, "__GFP_DIRECT_RECLAIM"),
            (0x800000, "__GFP_OTHER_NODE"),
            (0x1000000, "__GFP_WRITE"),
            (0x2000000, "__GFP_KSWAPD_RECLAIM"),
        ],
        shares_low_bits: true,
        wait: 0x400000,
        renamed: Some((0x100000, (4, 5), "__GFP_NOACCOUNT")),
    },
    Layout {
        since: (4, 10),
        until: (4, 18),
        combinations: &[
            (0x4342ca, "GFP_TRANSHUGE"),
            (0x342ca, "GFP_TRANSHUGE_LIGHT"),
            (0x14200ca, "GFP_HIGHUSER_MOVABLE"),
            (0x14200c2, "GFP_HIGHUSER"),
            (0x14200c0, "GFP_USER"),
            (0x15000c0, "GFP_KERNEL_ACCOUNT"),
            (0x14000c0, "GFP_KERNEL"),
            (0x1400040, "GFP_NOFS"),
            (0x1080020, "GFP_ATOMIC"),
            (0x1400000, "GFP_NOIO"),
            (0x1000000, "GFP_NOWAIT"),
        ],
        bits: &[
            (0x10, "__GFP_RECLAIMABLE"),
            (0x100, "__GFP_COLD"),
            (0x400, "__GFP_RETRY_MAYFAIL"),
            (0x80000, "__GFP_ATOMIC"),
            (0x100000, "__GFP_ACCOUNT"),
            (0x200000, "__GFP_NOTRACK"),
            (0x400000, "__GFP_DIRECT_RECLAIM"),
            (0x800000, "__GFP_WRITE"),
            (0x1000000, "__GFP_KSWAPD_RECLAIM"),
            (0x2000000, "__GFP_NOLOCKDEP"),
        ],
        shares_low_bits: true,
        wait: 0x400000,
        renamed: None,
    },
    Layout {
        since: (4, 18),
        until: (5, 1),
        combinations: &[
            (0x2342ca, "GFP_TRANSHUGE"),
            (0x342ca, "GFP_TRANSHUGE_LIGHT"),
            (0x6200ca, "GFP_HIGHUSER_MOVABLE"),
            (0x6200c2, "GFP_HIGHUSER"),
            (0x6200c0, "GFP_USER"),
            (0x7000c0, "GFP_KERNEL_ACCOUNT"),
            (0x6000c0, "GFP_KERNEL"),
            (0x600040, "GFP_NOFS"),
            (0x480020, "GFP_ATOMIC"),
            (0x600000, "GFP_NOIO"),
            (0x400000, "GFP_NOWAIT"),
        ],
        bits: &[
            (0x10, "__GFP_RECLAIMABLE"),
            (0x100, "__GFP_WRITE"),
            (0x400, "__GFP_RETRY_MAYFAIL"),
            (0x80000, "__GFP_ATOMIC"),
            (0x100000, "__GFP_ACCOUNT"),
            (0x200000, "__GFP_DIRECT_RECLAIM"),
            (0x400000, "__GFP_KSWAPD_RECLAIM"),
            (0x800000, "__GFP_NOLOCKDEP"),
        ],
        shares_low_bits: true,
        wait: 0x200000,
        renamed: None,
    },
    // Above 0x800000 the bits depend on the kernel's configuration.
    Layout {
        since: (5, 1),
        until: (u32::MAX, 0),
        combinations: &[
            (0x1c24ca, "GFP_TRANSHUGE"),
            (0x1c20ca, "GFP_TRANSHUGE_LIGHT"),
            // Linux 5.14 to 5.17 add a bit of KASAN to the combination.
            (0x1100cca, "GFP_HIGHUSER_MOVABLE"),
            (0x100cca, "GFP_HIGHUSER_MOVABLE"),
            (0x100cc2, "GFP_HIGHUSER"),
            (0x100cc0, "GFP_USER"),
            (0x400cc0, "GFP_KERNEL_ACCOUNT"),
            (0xcc0, "GFP_KERNEL"),
            (0xc40, "GFP_NOFS"),
            // Linux 6.3 dropped a bit of its own for atomic allocations.
            (0xa20, "GFP_ATOMIC"),
            (0x820, "GFP_ATOMIC"),
            (0xc00, "GFP_NOIO"),
            (0x800, "GFP_NOWAIT"),
        ],
        bits: &[
            (0x1, "GFP_DMA"),
            (0x2, "__GFP_HIGHMEM"),
            (0x4, "GFP_DMA32"),
            (0x8, "__GFP_MOVABLE"),
            (0x10, "__GFP_RECLAIMABLE"),
            (0x20, "__GFP_HIGH"),
            (0x40, "__GFP_IO"),
            (0x80, "__GFP_FS"),
            (0x100, "__GFP_ZERO"),
            (0x200, "__GFP_ATOMIC"),
            (0x400, "__GFP_DIRECT_RECLAIM"),
            (0x800, "__GFP_KSWAPD_RECLAIM"),
            (0x1000, "__GFP_WRITE"),
            (0x2000, "__GFP_NOWARN"),
            (0x4000, "__GFP_RETRY_MAYFAIL"),
            (0x8000, "__GFP_NOFAIL"),
            (0x10000, "__GFP_NORETRY"),
            (0x20000, "__GFP_MEMALLOC"),
            (0x40000, "__GFP_COMP"),
            (0x80000, "__GFP_NOMEMALLOC"),
            (0x100000, "__GFP_HARDWALL"),
            (0x200000, "__GFP_THISNODE"),
            (0x400000, "__GFP_ACCOUNT"),
            (0x800000, "__GFP_ZEROTAGS"),
        ],
        shares_low_bits: false,
        wait: 0x400,
        renamed: None,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    const TIED: &str = "the mask means different things to different kernels, and the log names none";
    const RENAMED: &str = "one of the flags changed its meaning while its bit stayed";

    fn check(mask: u64, release: Option<&str>, expected: &str) {
        let decoded = decode(mask, EraHints { release });
        let mut shown = decoded.names.join("|");
        for more in decoded.leftover.iter().chain(&decoded.note) {
            shown = format!("{shown} [{more}]");
        }
        assert_eq!(shown, expected, "{mask:#x} of {release:?}");
    }

    #[test]
    fn well_known_masks_tell_their_layout_themselves() {
        for (mask, expected) in [
            // Up to Linux 4.3.
            (0xd0, "GFP_KERNEL"),
            (0x50, "GFP_NOFS"),
            (0x10, "GFP_NOIO"),
            (0x20, "GFP_ATOMIC"),
            (0x200da, "GFP_HIGHUSER_MOVABLE"),
            (0x280da, "GFP_HIGHUSER_MOVABLE|__GFP_ZERO"),
            (0x201da, "GFP_HIGHUSER_MOVABLE|__GFP_COLD"),
            (0x201d2, "GFP_HIGHUSER|__GFP_COLD"),
            (0x4d0, "GFP_KERNEL|__GFP_REPEAT"),
            (0x84d0, "GFP_KERNEL|__GFP_ZERO|__GFP_REPEAT"),
            (0x2084d0, "GFP_KERNEL|__GFP_ZERO|__GFP_REPEAT|__GFP_NOTRACK"),
            (0x4020, "GFP_ATOMIC|__GFP_COMP"),
            (0xf0, "GFP_KERNEL|__GFP_HIGH"),
            // Linux 4.4 to 4.9.
            (0x24000c0, "GFP_KERNEL"),
            (0x2400040, "GFP_NOFS"),
            (0x2400000, "GFP_NOIO"),
            (0x2080020, "GFP_ATOMIC"),
            (0x24200ca, "GFP_HIGHUSER_MOVABLE"),
            (0x24280ca, "GFP_HIGHUSER_MOVABLE|__GFP_ZERO"),
            (0x24201ca, "GFP_HIGHUSER_MOVABLE|__GFP_COLD"),
            (0x26000d0, "GFP_KERNEL|__GFP_RECLAIMABLE|__GFP_NOTRACK"),
            (0x26040d0, "GFP_KERNEL|__GFP_COMP|__GFP_RECLAIMABLE|__GFP_NOTRACK"),
            // Linux 4.10 to 4.17.
            (0x14000c0, "GFP_KERNEL"),
            (0x1400040, "GFP_NOFS"),
            (0x1400000, "GFP_NOIO"),
            (0x1080020, "GFP_ATOMIC"),
            (0x14200ca, "GFP_HIGHUSER_MOVABLE"),
            (0x14280ca, "GFP_HIGHUSER_MOVABLE|__GFP_ZERO"),
            (0x14201ca, "GFP_HIGHUSER_MOVABLE|__GFP_COLD"),
            (0x15080c0, "GFP_KERNEL_ACCOUNT|__GFP_ZERO"),
            (0x15200c2, "GFP_HIGHUSER|__GFP_ACCOUNT"),
            // Linux 4.18 to 5.0.
            (0x6000c0, "GFP_KERNEL"),
            (0x600040, "GFP_NOFS"),
            (0x600000, "GFP_NOIO"),
            (0x480020, "GFP_ATOMIC"),
            (0x6200ca, "GFP_HIGHUSER_MOVABLE"),
            (0x6280ca, "GFP_HIGHUSER_MOVABLE|__GFP_ZERO"),
            (0x6202c2, "GFP_HIGHUSER|__GFP_NOWARN"),
            // Since Linux 5.1.
            (0xcc0, "GFP_KERNEL"),
            (0xc40, "GFP_NOFS"),
            (0xc00, "GFP_NOIO"),
            (0xa20, "GFP_ATOMIC"),
            (0x820, "GFP_ATOMIC"),
            (0x100cca, "GFP_HIGHUSER_MOVABLE"),
            (0x1100cca, "GFP_HIGHUSER_MOVABLE"),
            (0x100dca, "GFP_HIGHUSER_MOVABLE|__GFP_ZERO"),
            (0x140cca, "GFP_HIGHUSER_MOVABLE|__GFP_COMP"),
            (0x400dc0, "GFP_KERNEL_ACCOUNT|__GFP_ZERO"),
            (0x40cd0, "GFP_KERNEL|__GFP_RECLAIMABLE|__GFP_COMP"),
            (0x101c4a, "GFP_NOFS|__GFP_HIGHMEM|__GFP_MOVABLE|__GFP_WRITE|__GFP_HARDWALL"),
            (0xc2cc0, "GFP_KERNEL|__GFP_NOWARN|__GFP_COMP|__GFP_NOMEMALLOC"),
            (0x2dc2, "GFP_KERNEL|__GFP_HIGHMEM|__GFP_ZERO|__GFP_NOWARN"),
            (0x8000cc0, "GFP_KERNEL [0x8000000]"),
            (0x0, ""),
        ] {
            check(mask, None, expected);
        }
    }

    #[test]
    fn the_release_decides_only_between_equals() {
        let of_old = "__GFP_IO|__GFP_REPEAT";
        check(0x440, None, &format!("{of_old} [{TIED}]"));
        check(0x440, Some("3.10.0-957.el7.x86_64"), of_old);
        check(0x440, Some("6.1.0-56-amd64"), "__GFP_IO|__GFP_DIRECT_RECLAIM");
        check(0x440, Some("not a release"), &format!("{of_old} [{TIED}]"));
        check(0x200da, Some("6.1.0-56-amd64"), "GFP_HIGHUSER_MOVABLE");
        check(0x25000c0, None, &format!("GFP_KERNEL_ACCOUNT [{RENAMED}]"));
        check(0x25000c0, Some("4.4.0-210-generic"), "GFP_KERNEL|__GFP_NOACCOUNT");
        check(0x25000c0, Some("4.5.7"), "GFP_KERNEL_ACCOUNT");
        check(0x3000d0, Some("3.10.0-957.el7"), "GFP_KERNEL|__GFP_KMEMCG|__GFP_NOTRACK");
        check(0x3000d0, Some("4.2.8"), "GFP_KERNEL|__GFP_NOACCOUNT|__GFP_NOTRACK");
    }

    #[test]
    fn every_bit_is_named_or_left_over() {
        for bit in 0..64 {
            let decoded = decode(1 << bit, EraHints::default());
            assert!(!decoded.names.is_empty() || decoded.leftover.is_some(), "{bit}");
        }
    }
}
