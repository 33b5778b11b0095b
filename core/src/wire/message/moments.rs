//! MOMENTS: when the events of a recording happened, without what they brought.
//!
//! A player needs the times of all events and the contents of few, so a console asks for these first.
//! Layout: `first_seq u64, elapsed_ns u64, steps`, the time being that of the event before the first;
//! a step is two LEB128 numbers, `delay_ns << 1 | seen` and the bytes of output.

use bytes::{Buf as _, Bytes, BytesMut};

use super::{DecodeError, code, name};
use crate::session::{Event, EventKind};
use crate::wire::Frame;

/// The times of some events that follow one another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moments {
    /// The first event's number.
    pub first_seq: u64,
    /// Time of the event before it since the session's start, nanoseconds.
    pub elapsed_ns: u64,
    /// The steps as they go over the wire.
    pub packed: Bytes,
}

/// What is told of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Time since the event before.
    pub delay_ns: u64,
    /// False for input, which changes nothing on the screen.
    pub is_seen: bool,
    /// Bytes of output; 0 for everything else.
    pub output_bytes: u64,
}

impl Step {
    /// What is told of this event.
    pub fn of(event: &Event) -> Self {
        let (is_seen, is_output) = match event.kind() {
            EventKind::Stdin | EventKind::Ttyin => (false, false),
            EventKind::Stdout | EventKind::Stderr | EventKind::Ttyout => (true, true),
            EventKind::Winsize | EventKind::Suspend => (true, false),
        };
        let output_bytes = if is_output { event.data().len() as u64 } else { 0 };
        // A delay of half of all there is does not occur: it would be 292 years.
        Self { delay_ns: event.delay_ns().min(u64::MAX >> 1), is_seen, output_bytes }
    }

    /// Appends it to steps that are packed already.
    pub fn pack(self, packed: &mut Vec<u8>) {
        put_number(packed, self.delay_ns << 1 | u64::from(self.is_seen));
        put_number(packed, self.output_bytes);
    }
}

impl Moments {
    /// The same without the events up to this one.
    #[must_use]
    pub fn after(&self, seq: u64) -> Self {
        let (mut first_seq, mut elapsed_ns) = (self.first_seq, self.elapsed_ns);
        let mut rest = self.packed.as_ref();
        while first_seq <= seq
            && let Some((time, _)) = number(&mut rest).zip(number(&mut rest))
        {
            first_seq += 1;
            elapsed_ns = elapsed_ns.saturating_add(time >> 1);
        }
        let packed = self.packed.slice(self.packed.len() - rest.len()..);
        Self { first_seq, elapsed_ns, packed }
    }

    /// The steps, in order; what is no whole step at the end is an error and the last item.
    pub fn steps(&self) -> impl Iterator<Item = Result<Step, DecodeError>> {
        let mut rest = self.packed.as_ref();
        let bytes = self.packed.len();
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let step = number(&mut rest).zip(number(&mut rest));
            if step.is_none() {
                rest = &[];
            }
            let step = step.map(|(time, output_bytes)| Step {
                delay_ns: time >> 1,
                is_seen: time & 1 == 1,
                output_bytes,
            });
            Some(step.ok_or(DecodeError::Length { name: name(code::MOMENTS), bytes }))
        })
    }
}

pub(super) fn put(out: &mut BytesMut, stream: u32, moments: &Moments) {
    let (seq, elapsed) = (moments.first_seq.to_be_bytes(), moments.elapsed_ns.to_be_bytes());
    Frame::put(out, code::MOMENTS, stream, &[&seq, &elapsed, &moments.packed]);
}

pub(super) fn take(mut payload: Bytes) -> Result<Moments, DecodeError> {
    let wrong = DecodeError::Length { name: name(code::MOMENTS), bytes: payload.len() };
    let (Ok(first_seq), Ok(elapsed_ns)) = (payload.try_get_u64(), payload.try_get_u64()) else {
        return Err(wrong);
    };
    Ok(Moments { first_seq, elapsed_ns, packed: payload })
}

/// Seven bits a byte, the lowest first (LEB128, DWARF 5 section 7.6).
fn put_number(out: &mut Vec<u8>, mut number: u64) {
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or_default();
        number >>= 7;
        if number == 0 {
            return out.push(low);
        }
        out.push(low | 0x80);
    }
}

fn number(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        let bits = u64::from(byte & 0x7f);
        if bits << shift >> shift != bits {
            return None;
        }
        number |= bits << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn moments(packed: Vec<u8>) -> Moments {
        Moments { first_seq: 1, elapsed_ns: 0, packed: packed.into() }
    }

    proptest! {
        #[test]
        fn steps_come_back_as_they_went(
            steps in prop::collection::vec((0..=u64::MAX >> 1, any::<bool>(), any::<u64>()), 0..20)
        ) {
            let step = |(delay_ns, is_seen, output_bytes)| Step { delay_ns, is_seen, output_bytes };
            let steps: Vec<Step> = steps.into_iter().map(step).collect();
            let mut packed = Vec::new();
            steps.iter().for_each(|step| step.pack(&mut packed));
            let back: Result<Vec<Step>, _> = moments(packed).steps().collect();
            prop_assert_eq!(back.unwrap(), steps);
        }

        #[test]
        fn any_bytes_end(bytes: Vec<u8>) {
            let count = moments(bytes.clone()).steps().count();
            prop_assert!(count <= bytes.len().div_ceil(2));
        }
    }

    #[test]
    fn what_is_known_is_left_out() {
        let step = |delay_ns| Step { delay_ns, is_seen: true, output_bytes: 300 };
        let mut packed = Vec::new();
        [5, 7, 9].map(step).iter().for_each(|step| step.pack(&mut packed));
        let all = Moments { first_seq: 4, elapsed_ns: 100, packed: packed.into() };
        assert_eq!(all.after(3), all);
        let rest = all.after(5);
        assert_eq!((rest.first_seq, rest.elapsed_ns), (6, 112));
        assert_eq!(rest.steps().map(Result::unwrap).collect::<Vec<_>>(), [step(9)]);
        assert_eq!(all.after(u64::MAX).steps().count(), 0);
    }

    #[test]
    fn a_number_that_is_cut_or_too_long_is_refused() {
        for bytes in [vec![0x80], vec![1], vec![0xff; 11], vec![1, 0x80]] {
            assert!(moments(bytes).steps().last().unwrap().is_err());
        }
    }

    #[test]
    fn a_usual_event_takes_few_bytes() {
        let mut packed = Vec::new();
        Step { delay_ns: 1_500_000, is_seen: true, output_bytes: 90 }.pack(&mut packed);
        assert_eq!(packed.len(), 5);
    }
}
