//! The lists of slab caches and of allocation sites.

use super::Word;

const SLAB: &str = "mm/slab_common.c";
const SHOW: &str = "mm/show_mem.c";

pub(super) const WORDS: &[Word] = words! {
    "Unreclaimable slab info": "", "4.15", SLAB;
        "Lists the object caches that cannot shrink, printed only when they hold more than all pages on the reclaim lists. "
        "That the list is there is a diagnosis: the kernel itself holds the memory.";
    "Used" ["slab used"]: "KB (KiB)", "4.15", SLAB;
        "What the objects in use of a cache take.";
    "Total" ["slab total"]: "KB (KiB)", "4.15", SLAB;
        "What a cache takes, with the room for objects that are not in use.";
    "excessive unreclaimable slab but cannot dump stats": "", "4.15", SLAB;
        "The list should have been printed, but somebody held its lock.";
    "Memory allocations" ["allocation profiling"]: "", "6.10", SHOW;
        "Lists the ten places in the kernel's source that hold the most memory, where allocation profiling is built in and on.";
    "allocation bytes": "bytes, in binary units since 6.12", "6.10", SHOW;
        "The first column of that list: what is allocated from this place and not yet freed.";
    "allocation calls": "count", "6.10", SHOW;
        "The second column of that list: how many allocations that are.";
    "func": "name of a function", "6.10", "lib/alloc_tag.c";
        "The function that allocates; file and line stand before it, and the module in brackets where it is one.";
};
