//! Rows that are no facts by themselves: statistics, slab caches, allocation sites, broken names.

use oomkit_core::ident::Comm;

use super::{Draft, LIST_KEPT, LONGEST_ROW, Line, List, STATS_KEPT, Stamp, stamp};
use crate::kernel::{memcg, slab};
use crate::report::Part;
use crate::stage::Stage;

impl List {
    /// Returns the part of a report that the list belongs to; a row without one is the rest of a name.
    const fn part(self) -> Part {
        match self {
            Self::None => Part::Tasks,
            Self::Stats => Part::Stat,
            Self::Slab => Part::Slab,
            Self::Sites => Part::Sites,
        }
    }
}

impl Draft {
    /// Offers a line that is no fact by itself to the list that is being read.
    pub(crate) fn list_row(&mut self, line: &Line<'_>, in_record: bool) -> bool {
        if LONGEST_ROW < line.text.len() {
            return false;
        }
        let taken = match self.list {
            List::None => self.name_goes_on(line, in_record),
            List::Stats => self.stat(line),
            List::Slab => match slab::read_cache(line.text) {
                Some(cache) if self.caches.len() < LIST_KEPT => {
                    self.caches.push(cache);
                    true
                }
                cache => cache.is_some(),
            },
            List::Sites => match slab::read_site(line.text) {
                Some(site) if self.sites.len() < LIST_KEPT => {
                    self.sites.push(site);
                    true
                }
                site => site.is_some(),
            },
        };
        if taken {
            self.count(line);
            self.lines.push(line.no, self.list.part(), line.text);
        }
        taken
    }

    fn stat(&mut self, line: &Line<'_>) -> bool {
        if let Some((key, value)) = memcg::read_stat(line.text) {
            self.more_stats([(crate::kernel::fields::owned(key), value)]);
            return true;
        }
        match memcg::read_inline(line.text) {
            Some(more) => {
                self.more_stats(more.into_iter().map(|(key, size)| (key, size.get())));
                true
            }
            None => false,
        }
    }

    /// Adds to the statistics of the newest cgroup, while there is room.
    pub(super) fn more_stats(&mut self, more: impl IntoIterator<Item = (String, u64)>) {
        let Some(stats) = self.stats.last_mut() else { return };
        let before = stats.stat.len();
        stats.stat.extend(more.into_iter().take(STATS_KEPT - self.stats_kept));
        self.stats_kept += stats.stat.len() - before;
    }

    /// A line break in a name breaks its row in two; the rest has the stamp of the row.
    fn name_goes_on(&mut self, line: &Line<'_>, in_record: bool) -> bool {
        let Some((row, no)) = self.rows.last_mut() else { return false };
        let same_stamp = self.last_row_stamp != Stamp::default() && self.last_row_stamp == stamp(line);
        let length = row.comm.as_bytes().len() + 1 + line.text.len();
        let next = line.no.get() <= no.get() + 1;
        if self.stage != Stage::Tasks || !(same_stamp || in_record) || Comm::LONGEST < length || !next {
            return false;
        }
        let mut name = row.comm.as_bytes().to_vec();
        name.push(b'\n');
        name.extend_from_slice(line.text);
        row.comm = Comm::new(&name);
        true
    }
}
