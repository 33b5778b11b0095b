//! Births and deaths of all processes of the host, as the kernel tells them while somebody listens
//! (the process events connector: `linux/cn_proc.h`, `linux/connector.h`, netlink(7)). Needs root.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use bytes::Buf as _;
use rustix::net::netlink::{CONNECTOR, SocketAddrNetlink};
use rustix::net::sockopt::{Timeout, set_socket_recv_buffer_size, set_socket_timeout};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, recv, send, socket_with,
};

/// What happened to a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It made another one.
    Born {
        /// Process id of the parent.
        parent: i32,
        /// Process id of the new one.
        child: i32,
    },
    /// It is gone.
    Died(i32),
    /// So much happened that the kernel has left something out.
    Missed,
}

/// The listening end.
#[derive(Debug)]
pub(super) struct Births(OwnedFd);

impl Births {
    /// Opens the socket; nothing comes before [`listen`](Self::listen).
    ///
    /// # Errors
    /// Without root, or when the kernel has no such connector.
    pub(super) fn open() -> io::Result<Self> {
        let kind = SocketType::DGRAM;
        let socket =
            socket_with(AddressFamily::NETLINK, kind, SocketFlags::CLOEXEC, Some(CONNECTOR))?;
        bind(&socket, &SocketAddrNetlink::new(0, CN_IDX_PROC))?;
        set_socket_timeout(&socket, Timeout::Recv, Some(RECEIVE_WAIT))?;
        // Best effort: a burst of forks should fit.
        let _ = set_socket_recv_buffer_size(&socket, RECEIVE_BYTES);
        Ok(Self(socket))
    }

    /// Asks the kernel to tell, or to stop telling.
    ///
    /// # Errors
    /// When it refuses.
    pub(super) fn listen(&self, on: bool) -> io::Result<()> {
        let order = if on { PROC_CN_MCAST_LISTEN } else { PROC_CN_MCAST_IGNORE };
        // struct nlmsghdr, struct cn_msg, enum proc_cn_mcast_op: all in the host's own order.
        let mut message = Vec::new();
        let length = NLMSGHDR_BYTES + CN_MSG_BYTES + 4;
        message.extend(u32::try_from(length).unwrap_or(0).to_ne_bytes());
        message.extend(NLMSG_DONE.to_ne_bytes());
        message.extend([0; 10]);
        for word in [CN_IDX_PROC, CN_VAL_PROC, 0, 0] {
            message.extend(word.to_ne_bytes());
        }
        message.extend([4u16.to_ne_bytes(), [0; 2]].concat());
        message.extend(order.to_ne_bytes());
        send(&self.0, &message, SendFlags::empty())?;
        Ok(())
    }

    /// Waits a moment for what comes next; `None` when nothing does, or nothing of interest.
    ///
    /// # Errors
    /// When the socket is of no more use.
    pub(super) fn next(&self) -> io::Result<Option<Change>> {
        let mut buffer = [0; 1024];
        match recv(&self.0, &mut buffer, RecvFlags::empty()) {
            Ok((_, count)) => Ok(parse(buffer.get(..count).unwrap_or_default())),
            Err(rustix::io::Errno::NOBUFS) => Ok(Some(Change::Missed)),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Reads one message; threads that begin and end within a process are of no interest.
fn parse(message: &[u8]) -> Option<Change> {
    let mut event = message.get(NLMSGHDR_BYTES + CN_MSG_BYTES..)?;
    let what = event.try_get_u32_ne().ok()?;
    // Processor number and time.
    event = event.get(12..)?;
    let mut next = || event.try_get_i32_ne().ok();
    match what {
        PROC_EVENT_FORK => {
            let (_, parent, child, child_group) = (next()?, next()?, next()?, next()?);
            (child == child_group).then_some(Change::Born { parent, child })
        }
        PROC_EVENT_EXIT => {
            let (process, group) = (next()?, next()?);
            (process == group).then_some(Change::Died(process))
        }
        _ => None,
    }
}

const NLMSGHDR_BYTES: usize = 16;
const CN_MSG_BYTES: usize = 20;
const NLMSG_DONE: u16 = 3;
const CN_IDX_PROC: u32 = 1;
const CN_VAL_PROC: u32 = 1;
const PROC_CN_MCAST_LISTEN: u32 = 1;
const PROC_CN_MCAST_IGNORE: u32 = 2;
const PROC_EVENT_FORK: u32 = 1;
const PROC_EVENT_EXIT: u32 = 0x8000_0000;
const RECEIVE_BYTES: usize = 4 * 1024 * 1024;
/// How long to wait for an event before looking whether anybody still wants them.
const RECEIVE_WAIT: Duration = Duration::from_millis(500);

#[cfg(test)]
mod tests {
    use super::*;

    fn message(what: u32, words: &[i32]) -> Vec<u8> {
        let mut bytes = vec![0; NLMSGHDR_BYTES + CN_MSG_BYTES];
        bytes.extend(what.to_ne_bytes());
        bytes.extend([0; 12]);
        words.iter().for_each(|word| bytes.extend(word.to_ne_bytes()));
        bytes
    }

    #[test]
    fn births_and_deaths_of_processes_are_read_and_threads_are_not() {
        let born = Some(Change::Born { parent: 10, child: 20 });
        assert_eq!(parse(&message(PROC_EVENT_FORK, &[11, 10, 20, 20])), born);
        assert_eq!(parse(&message(PROC_EVENT_FORK, &[11, 10, 21, 10])), None);
        assert_eq!(parse(&message(PROC_EVENT_EXIT, &[20, 20, 0, 17])), Some(Change::Died(20)));
        assert_eq!(parse(&message(PROC_EVENT_EXIT, &[21, 20, 0, 17])), None);
        assert_eq!(parse(&message(2, &[1, 1, 1, 1])), None);
        assert_eq!(parse(&message(PROC_EVENT_FORK, &[1, 2])), None);
        assert_eq!(parse(&[]), None);
    }
}
