//! Pages, PageSize and Order: counts that need a page size to become Bytes.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Bytes, KiB};

/// A count of base pages of the kernel that printed it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pages(u64);

impl Pages {
    /// Takes a count of pages.
    #[must_use]
    pub const fn new(pages: u64) -> Self {
        Self(pages)
    }

    /// Returns the count of pages.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Returns the size of these pages, or the largest size where it does not fit.
    #[must_use]
    pub const fn bytes(self, page_size: PageSize) -> Bytes {
        Bytes::new(self.0.saturating_mul(page_size.bytes().get()))
    }
}

/// The size of a base page: a power of two between 1 KiB and 1 MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct PageSize(Bytes);

impl PageSize {
    /// The page size of most machines, to be used only together with a note that it was assumed.
    pub const USUAL: Self = Self(Bytes::new(4096));

    /// Takes a page size; `None` where no kernel has pages of this size.
    #[must_use]
    pub fn new(size: Bytes) -> Option<Self> {
        let bytes = size.get();
        (bytes.is_power_of_two() && (1024..=1 << 20).contains(&bytes)).then_some(Self(size))
    }

    /// Takes a page size in KiB; `None` where no kernel has pages of this size.
    #[must_use]
    pub fn from_kib(size: KiB) -> Option<Self> {
        Self::new(size.bytes())
    }

    /// Returns the size in bytes.
    #[must_use]
    pub const fn bytes(self) -> Bytes {
        self.0
    }

    /// Returns how many whole pages a size fills.
    #[must_use]
    pub const fn pages_in(self, size: Bytes) -> Pages {
        Pages(size.get() / self.0.get())
    }
}

/// The order of an allocation: 2^order pages in one piece; −1 is a request by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Order(i32);

impl Order {
    /// Takes an order as the kernel prints it.
    #[must_use]
    pub const fn new(order: i32) -> Self {
        Self(order)
    }

    /// Returns the order as the kernel prints it.
    #[must_use]
    pub const fn get(self) -> i32 {
        self.0
    }

    /// Tells whether the kill was asked for through SysRq, which prints an order of −1 since Linux 4.3.
    #[must_use]
    pub const fn by_hand(self) -> bool {
        self.0 == -1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_need_a_page_size() {
        let size = PageSize::from_kib(KiB::new(64)).unwrap();
        assert_eq!(Pages::new(571).bytes(size).kib(), 36544);
        assert_eq!(size.pages_in(Bytes::new(65536 * 3 + 1)), Pages::new(3));
    }

    #[test]
    fn odd_page_sizes_are_refused() {
        for bytes in [0, 512, 3000, 4095, 2 << 20] {
            assert_eq!(PageSize::new(Bytes::new(bytes)), None);
        }
    }
}
