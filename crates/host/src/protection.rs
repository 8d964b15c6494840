//! Protection: what of the memory that a cgroup asks to keep its ancestors grant it (version 2).
//!
//! Source: `effective_protection()` in `mm/page_counter.c`.

use oomkit_core::{limit::Limit, reading::Reading, units::Bytes};

use crate::kernel::{
    cgroup_limits::{Limits, Version},
    cgroup_tree::Forest,
};

/// Which protection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What is never taken.
    Min,
    /// What is taken only if there is nothing else.
    Low,
}

impl Kind {
    const fn of(self, limits: &Limits) -> &Reading<Limit> {
        match self {
            Self::Min => &limits.min,
            Self::Low => &limits.low,
        }
    }
}

/// What is known of a cgroup on the way down.
#[derive(Clone, Copy, Default)]
struct Known {
    usage: u64,
    asked: u64,
    /// What its children ask for and use, summed up.
    children: u64,
    granted: Option<u64>,
}

impl Forest {
    /// Returns what is granted to each cgroup, by place; `None` where a figure on the way is not known.
    ///
    /// It follows from the present use, and is another one a moment later.
    #[must_use]
    pub fn granted(&self, kind: Kind) -> Vec<Option<Bytes>> {
        // What is granted to the root of a container is not seen from inside.
        if self.hierarchy.version == Version::V1 || !self.is_whole {
            return vec![None; self.cgroups.len()];
        }
        let mut known = self.asked(kind);
        for place in 0..self.cgroups.len() {
            let granted = self.grant(&known, place);
            if let Some(one) = known.get_mut(place).and_then(Option::as_mut) {
                one.granted = granted;
            }
        }
        known.into_iter().map(|known| known?.granted.map(Bytes::new)).collect()
    }

    /// Returns what each cgroup uses and asks for, and what its children do.
    fn asked(&self, kind: Kind) -> Vec<Option<Known>> {
        let mut known: Vec<Option<Known>> = self
            .cgroups
            .iter()
            .map(|cgroup| {
                let usage = cgroup.usage.memory.as_ref().known()?.get();
                let asked = match kind.of(&cgroup.limits).as_ref().known()? {
                    Limit::Max => u64::MAX,
                    Limit::At(size) => size.get(),
                };
                Some(Known { usage, asked, children: 0, granted: None })
            })
            .collect();
        for (place, cgroup) in self.cgroups.iter().enumerate() {
            let used = known.get(place).copied().flatten().map(|one| one.usage.min(one.asked));
            let parent = cgroup.parent.and_then(|parent| known.get_mut(parent)).and_then(Option::as_mut);
            if let (Some(used), Some(parent)) = (used, parent) {
                parent.children = parent.children.saturating_add(used);
            }
        }
        known
    }

    fn grant(&self, known: &[Option<Known>], place: usize) -> Option<u64> {
        let own = known.get(place).copied().flatten()?;
        let parent = self.cgroups.get(place)?.parent?;
        // The root has no figures, and what lies right below it gets what it asks for.
        if self.cgroups.get(parent)?.parent.is_none() {
            return Some(own.asked);
        }
        let parent = known.get(parent).copied().flatten()?;
        let most = parent.granted?;
        let kept = own.usage.min(own.asked);
        if most < parent.children {
            return scaled(kept, most, parent.children);
        }
        let spare = most - parent.children;
        let is_shared = self.hierarchy.protects_recursively && parent.children < parent.usage;
        if spare == 0 || !is_shared || own.usage <= kept {
            return Some(kept);
        }
        let more = scaled(spare, own.usage - kept, parent.usage - parent.children)?;
        Some(kept.saturating_add(more))
    }
}

fn scaled(size: u64, times: u64, over: u64) -> Option<u64> {
    let scaled = (u128::from(size) * u128::from(times)).checked_div(u128::from(over))?;
    Some(u64::try_from(scaled).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kernel::cgroup_tree::Parts, tree::Capture};

    fn granted(options: &str, lines: &[(&str, &str, u64)]) -> Vec<String> {
        let mut text = format!(
            "//- /proc/self/mountinfo\n30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw{options}\n\
             //- /sys/fs/cgroup/cgroup.controllers\nmemory\n"
        );
        for (path, low, usage) in lines {
            text += &format!(
                "//- /sys/fs/cgroup{path}/memory.max\nmax\n//- /sys/fs/cgroup{path}/memory.low\n{low}\n\
                 //- /sys/fs/cgroup{path}/memory.current\n{usage}\n"
            );
        }
        let forest = Forest::walk(&Capture::new(text.into_bytes()).unwrap(), Parts::ALL).known().unwrap();
        let granted = forest.granted(Kind::Low);
        let shown = forest.cgroups.iter().zip(granted).map(|(cgroup, granted)| {
            let granted = granted.map_or("?".to_owned(), |granted| granted.get().to_string());
            format!("{} {granted}", String::from_utf8_lossy(&cgroup.path))
        });
        shown.skip(1).collect()
    }

    #[test]
    fn ancestors_grant_what_they_have() {
        let tree = [("/a", "100", 400), ("/a/b", "150", 200), ("/a/c", "50", 200), ("/a/c/d", "0", 100)];
        // 200 are asked for where 100 are granted, so each gets half.
        assert_eq!(granted("", &tree), ["/a 100", "/a/b 75", "/a/c 25", "/a/c/d 0"]);
        assert_eq!(granted(",memory_recursiveprot", &tree), ["/a 100", "/a/b 75", "/a/c 25", "/a/c/d 12"]);
        let unasked = [("/a", "100", 400), ("/a/b", "0", 300), ("/a/c", "0", 100)];
        assert_eq!(granted("", &unasked), ["/a 100", "/a/b 0", "/a/c 0"]);
        assert_eq!(granted(",memory_recursiveprot", &unasked), ["/a 100", "/a/b 75", "/a/c 25"]);
        let forgotten = [("/a", "0", 400), ("/a/b", "max", 300)];
        assert_eq!(granted("", &forgotten), ["/a 0", "/a/b 0"]);
        assert_eq!(granted("", &[("/a", "x", 400), ("/a/b", "5", 300)]), ["/a ?", "/a/b ?"]);
    }
}
