//! Reads into memory of a size that follows from the bound, however the standard library lets its
//! own buffers grow.

use std::io::{ErrorKind, Read, Result};

/// The first allocation, and the most that is made on the word of a header alone.
const FIRST: usize = 64 << 10;
/// How many times as large the next allocation is.
const GROWTH: usize = 8;
/// How much is made ready for the reader at once.
const PIECES: (usize, usize) = (4 << 10, 64 << 10);

/// Fills `bytes`, which is empty, until the reader ends or `most` bytes are there. `announced` is how many
/// are to come, if that is known.
///
/// # Errors
///
/// The reader's; what came before is there.
pub(super) fn read_up_to(
    most: usize,
    announced: Option<usize>,
    mut reader: impl Read,
    bytes: &mut Vec<u8>,
) -> Result<()> {
    // One byte more, so that there is room in which to see the end.
    let expected = announced.map_or(0, |announced| announced.saturating_add(1).min(most));
    let mut filled = 0;
    let end = loop {
        if filled == bytes.len() {
            if filled >= most {
                break Ok(());
            }
            make_room(bytes, if filled < expected { expected } else { most });
        }
        match reader.read(&mut bytes[filled..]) {
            Ok(0) => break Ok(()),
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => break Err(error),
        }
    };
    bytes.truncate(filled);
    end
}

/// Another piece, where all is full. What is behind it stays untouched: the system need not back it.
fn make_room(bytes: &mut Vec<u8>, most: usize) {
    let length = bytes.len();
    if length == bytes.capacity() {
        bytes.reserve_exact(capacity_above(length, most) - length);
    }
    let room = bytes.capacity().min(most) - length;
    bytes.resize(length + room.min(length.clamp(PIECES.0, PIECES.1)), 0);
}

/// Capacities are `most`, its eighth and so on, taken from the smallest on: even where an allocator
/// copies, and keeps all that is freed, there is but a seventh of `most` beside it.
fn capacity_above(length: usize, most: usize) -> usize {
    let mut capacity = most;
    while capacity > FIRST && capacity / GROWTH > length {
        capacity = capacity.div_ceil(GROWTH);
    }
    capacity
}

#[cfg(test)]
mod tests {
    use std::io::{Error, repeat};

    use super::*;

    /// Passes on at most so many bytes at once, and sees how much room it is given.
    struct Portions<R> {
        of: usize,
        inner: R,
    }

    impl<R: Read> Read for Portions<R> {
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
            assert!((1..=PIECES.1).contains(&buffer.len()), "room for {} bytes", buffer.len());
            let count = buffer.len().min(self.of);
            self.inner.read(&mut buffer[..count])
        }
    }

    fn read(most: usize, announced: Option<usize>, of: usize, inner: impl Read) -> Vec<u8> {
        let mut bytes = Vec::new();
        read_up_to(most, announced, Portions { of, inner }, &mut bytes).unwrap();
        bytes
    }

    /// A capacity never shrinks: the last is the largest that there was.
    #[test]
    fn no_more_is_allocated_than_the_bound() {
        for most in [0, 1, 2, 500, FIRST, FIRST + 1, (1 << 20) + 1, 5_000_001] {
            for announced in [None, Some(0), Some(300), Some(100_000), Some(usize::MAX)] {
                for of in [1000, 16 << 10, usize::MAX] {
                    let bytes = read(most, announced, of, repeat(b'a'));
                    assert_eq!(bytes.len(), most);
                    assert!(bytes.iter().all(|&byte| byte == b'a'));
                    assert!(bytes.capacity() <= most, "{} of {most}", bytes.capacity());
                }
            }
        }
    }

    #[test]
    fn of_a_body_that_is_announced_no_more_is_allocated_than_it_has() {
        for length in [0, 1, 500, FIRST, 100_000, 3_000_000] {
            let bytes = read(64 << 20, Some(length), 16 << 10, repeat(b'a').take(length as u64));
            assert_eq!((bytes.len(), bytes.capacity()), (length, length + 1));
        }
    }

    #[test]
    fn a_header_alone_allocates_little() {
        let bytes = read(64 << 20, Some(50 << 20), 1000, repeat(b'a').take(10));
        assert_eq!(bytes.len(), 10);
        assert!(bytes.capacity() <= FIRST, "{}", bytes.capacity());
    }

    #[test]
    fn all_allocations_together_are_hardly_more_than_the_bound() {
        for most in [FIRST + 1, 1 << 20, (1 << 20) + 1, (64 << 20) + 1, 99_999_999] {
            let mut capacity = capacity_above(0, most);
            assert!(capacity <= FIRST);
            let mut all = capacity;
            while capacity < most {
                let next = capacity_above(capacity, most);
                assert!(next > capacity && next <= 8 * capacity, "{capacity}, {next} of {most}");
                capacity = next;
                all += capacity;
            }
            assert_eq!(capacity, most);
            assert!(all <= most + most / 7 + 10, "{all} of {most}");
        }
    }

    #[test]
    fn what_came_before_an_error_is_kept_and_an_interruption_is_none() {
        struct Scripted(Vec<Result<&'static [u8]>>);
        impl Read for Scripted {
            fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
                self.0.remove(0).and_then(|mut text| text.read(buffer))
            }
        }
        let script = vec![
            Ok(&b"be"[..]),
            Err(ErrorKind::Interrupted.into()),
            Ok(b"fore"),
            Err(Error::other("cut")),
        ];
        let mut bytes = Vec::new();
        let error = read_up_to(100, None, Scripted(script), &mut bytes).unwrap_err();
        assert_eq!((error.to_string().as_str(), &bytes[..]), ("cut", &b"before"[..]));
    }
}
