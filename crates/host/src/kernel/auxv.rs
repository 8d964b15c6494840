//! `/proc/self/auxv`: what the kernel told a program at its start, of which the page size is wanted.

use oomkit_core::units::{Bytes, PageSize};

/// The key of the page size.
const AT_PAGESZ: u64 = 6;
/// The key of the last entry.
const AT_NULL: u64 = 0;

/// Finds the page size, whatever the width and the order of bytes of the machine that wrote this.
#[must_use]
pub fn page_size(bytes: &[u8]) -> Option<PageSize> {
    let widths: [(usize, Number); 4] =
        [(8, little_endian), (8, big_endian), (4, little_endian), (4, big_endian)];
    widths.into_iter().find_map(|(width, number)| {
        let mut numbers = bytes.chunks_exact(width).map(number);
        loop {
            match (numbers.next()?, numbers.next()?) {
                (AT_NULL, _) => return None,
                // In the wrong width or order, another key or a size that none has comes out.
                (AT_PAGESZ, size) => return PageSize::new(Bytes::new(size)),
                _ => {}
            }
        }
    })
}

/// Reads the bytes of a number in some order.
type Number = fn(&[u8]) -> u64;

fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_size_is_found_in_any_width_and_order() {
        let entries: [u64; 8] = [33, 0x1234_5000, 6, 65536, 17, 100, 0, 0];
        let wide = |write: fn(u64) -> [u8; 8]| entries.iter().flat_map(|n| write(*n)).collect::<Vec<_>>();
        let narrow = |write: fn(u32) -> [u8; 4]| {
            entries.iter().flat_map(|n| write(u32::try_from(*n).unwrap())).collect::<Vec<_>>()
        };
        for bytes in [
            wide(u64::to_le_bytes),
            wide(u64::to_be_bytes),
            narrow(u32::to_le_bytes),
            narrow(u32::to_be_bytes),
        ] {
            assert_eq!(page_size(&bytes), PageSize::new(Bytes::new(65536)), "{bytes:?}");
        }
        for bytes in [&b""[..], b"short", &[0; 64], &[6; 64]] {
            assert_eq!(page_size(bytes), None);
        }
    }
}
