//! Starts that the files can hold to the byte.
//!
//! Invariant I8: the files must give back exactly the start that the chain covers, or nobody could
//! verify the recording. A session whose start they cannot hold is refused.

use sudolog_core::iolog::LogInfo;
use sudolog_core::session::SessionStart;

/// The start, if it comes back from the files as it is. Looking at a long one takes milliseconds, so
/// that is done off the event loop.
pub(super) async fn exactly_stored(start: Box<SessionStart>) -> Option<Box<SessionStart>> {
    let bytes = start.command.len() + start.argv.iter().map(|text| text.len() + 4).sum::<usize>();
    let look = move || comes_back_exactly(&start).then_some(start);
    if bytes <= INLINE_BYTES {
        look()
    } else {
        tokio::task::spawn_blocking(look).await.ok().flatten()
    }
}

fn comes_back_exactly(start: &SessionStart) -> bool {
    let stored = LogInfo::parse(&LogInfo::encode(start, None)).ok();
    let read = stored.and_then(|info| info.to_session(start.session_id));
    start.submit_time.nanoseconds < NANOS_PER_SECOND
        && read.is_some_and(|(read, end)| read == *start && end.is_none())
}

const NANOS_PER_SECOND: u32 = 1_000_000_000;
/// A command line that is looked at on the spot.
const INLINE_BYTES: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use sudolog_core::untrusted::Untrusted;

    use super::*;
    use crate::journal::record::tests::sample_start;

    #[tokio::test]
    async fn long_and_short_starts_are_held_to_the_same() {
        for argument_bytes in [1, INLINE_BYTES + 1] {
            let mut start = Box::new(sample_start(1));
            start.argv.push(Untrusted::new(vec![b'\xff'; argument_bytes]));
            assert_eq!(exactly_stored(start.clone()).await, Some(start.clone()));
            start.submit_time.nanoseconds = NANOS_PER_SECOND;
            assert_eq!(exactly_stored(start).await, None);
        }
    }
}
