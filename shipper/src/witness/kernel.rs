//! What the kernel says of its audit: how many records it had no room for (`AUDIT_GET`, `linux/audit.h`,
//! netlink(7)). Needs root.
//!
//! Records that the kernel drops for want of room leave no gap in its numbers, so only this counter tells.

use std::io;
use std::time::Duration;

use bytes::Buf as _;
use rustix::net::netlink::AUDIT;
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with,
};

/// Records that the kernel has dropped since the machine's start.
///
/// # Errors
/// Without root, in a container, or when the kernel has no audit.
pub(super) fn lost() -> io::Result<u32> {
    let kind = SocketType::RAW;
    let socket = socket_with(AddressFamily::NETLINK, kind, SocketFlags::CLOEXEC, Some(AUDIT))?;
    set_socket_timeout(&socket, Timeout::Recv, Some(PATIENCE))?;
    send(&socket, &question(), SendFlags::empty())?;
    let mut buffer = [0; 1024];
    for _ in 0..ANSWERS_MAX {
        let (_, count) = recv(&socket, &mut buffer, RecvFlags::empty())?;
        match answer(buffer.get(..count).unwrap_or_default()) {
            Answer::Lost(lost) => return Ok(lost),
            Answer::Refused(number) => return Err(io::Error::from_raw_os_error(number)),
            Answer::Other => {}
        }
    }
    Err(io::Error::other("the kernel does not say how its audit stands"))
}

#[derive(Debug, PartialEq, Eq)]
enum Answer {
    Lost(u32),
    Refused(i32),
    Other,
}

/// `struct nlmsghdr` alone, in the host's own order.
fn question() -> Vec<u8> {
    let mut message = u32::try_from(NLMSGHDR_BYTES).unwrap_or(0).to_ne_bytes().to_vec();
    message.extend(AUDIT_GET.to_ne_bytes());
    message.extend(NLM_F_REQUEST.to_ne_bytes());
    // A number of ours, and no address.
    message.extend(1u32.to_ne_bytes());
    message.extend(0u32.to_ne_bytes());
    message
}

fn answer(message: &[u8]) -> Answer {
    let (Some(mut head), Some(mut body)) = (message.get(4..), message.get(NLMSGHDR_BYTES..)) else {
        return Answer::Other;
    };
    match head.try_get_u16_ne() {
        Ok(AUDIT_GET) => {
            // struct audit_status: mask, enabled, failure, pid, rate_limit, backlog_limit, lost.
            let mut lost = body.get(24..).unwrap_or_default();
            lost.try_get_u32_ne().map_or(Answer::Other, Answer::Lost)
        }
        Ok(NLMSG_ERROR) => match body.try_get_i32_ne() {
            Ok(number) if number < 0 => Answer::Refused(-number),
            _ => Answer::Other,
        },
        _ => Answer::Other,
    }
}

const NLMSGHDR_BYTES: usize = 16;
const NLMSG_ERROR: u16 = 2;
const AUDIT_GET: u16 = 1000;
const NLM_F_REQUEST: u16 = 1;
const ANSWERS_MAX: usize = 8;
const PATIENCE: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u16, words: &[u32]) -> Vec<u8> {
        let mut bytes = [&0u32.to_ne_bytes()[..], &kind.to_ne_bytes(), &[0; 10]].concat();
        words.iter().for_each(|word| bytes.extend(word.to_ne_bytes()));
        bytes
    }

    #[test]
    fn the_count_is_found_in_the_answer() {
        assert_eq!(answer(&message(1000, &[0, 1, 1, 77, 0, 64, 9, 3])), Answer::Lost(9));
        assert_eq!(answer(&message(1000, &[0, 1])), Answer::Other);
        let refused = u32::from_ne_bytes((-1i32).to_ne_bytes());
        assert_eq!(answer(&message(2, &[refused])), Answer::Refused(1));
        assert_eq!(answer(&message(2, &[0])), Answer::Other);
        assert_eq!(answer(&message(3, &[])), Answer::Other);
        assert_eq!(answer(&[1, 2]), Answer::Other);
    }
}
