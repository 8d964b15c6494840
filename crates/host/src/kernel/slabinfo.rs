//! `/proc/slabinfo`: the kernel's caches of objects; reading it takes a lock of the allocator.

use oomkit_core::{
    reading::Reading,
    units::{Bytes, PageSize, Pages},
};

use super::fields::{lines, number, parted, words};

/// A cache of objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    /// The name.
    pub name: Box<str>,
    /// Objects in use.
    pub active_objects: u64,
    /// All objects.
    pub objects: u64,
    /// The size of an object.
    pub object_size: Bytes,
    /// The pages of a slab.
    pub slab_pages: Pages,
    /// The slabs.
    pub slabs: u64,
}

impl Cache {
    /// Reads all caches; a line that makes no sense is left out.
    #[must_use]
    pub fn read_all(bytes: &[u8]) -> Reading<Vec<Self>> {
        let mut lines = lines(bytes);
        if !lines.next().is_some_and(|head| head.starts_with(b"slabinfo - version")) {
            return Reading::malformed(bytes);
        }
        Reading::Known(lines.filter_map(cache).collect())
    }

    /// Returns the memory that the cache holds, with the free objects in it.
    #[must_use]
    pub fn size(&self, page_size: PageSize) -> Bytes {
        Pages::new(self.slabs.saturating_mul(self.slab_pages.get())).bytes(page_size)
    }
}

/// Reads `dentry  1 2 192 21 1 : tunables 0 0 0 : slabdata 3 4 0`.
fn cache(line: &[u8]) -> Option<Cache> {
    let (counts, rest) = parted(line, b':').filter(|_| !line.starts_with(b"#"))?;
    let (_, slabs) = parted(rest, b':')?;
    let mut counts = words(counts);
    let name = counts.next()?;
    let mut next = || counts.next().and_then(number);
    let (active_objects, objects, object_size) = (next()?, next()?, next()?);
    let (_objects_of_slab, slab_pages) = (next()?, next()?);
    let mut slabs = words(slabs).filter_map(number);
    let (_active, slabs) = (slabs.next()?, slabs.next()?);
    Some(Cache {
        name: String::from_utf8_lossy(name).into(),
        active_objects,
        objects,
        object_size: Bytes::new(object_size),
        slab_pages: Pages::new(slab_pages),
        slabs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn caches_have_sizes() {
        let text = b"slabinfo - version: 2.1\n# name            <active_objs> <num_objs> : x : y\n\
            dentry            190   210    192   21    1 : tunables    0    0    0 : slabdata      9     10      0\n\
            broken 1 2\n";
        let dentry = Cache {
            name: "dentry".into(),
            active_objects: 190,
            objects: 210,
            object_size: Bytes::new(192),
            slab_pages: Pages::new(1),
            slabs: 10,
        };
        assert_eq!(Cache::read_all(text), Reading::Known(vec![dentry.clone()]));
        assert_eq!(dentry.size(PageSize::USUAL), Bytes::new(40960));
        assert!(matches!(Cache::read_all(b""), Reading::Malformed(_)));
    }
}
