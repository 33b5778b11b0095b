//! One record: a line of the string format, or what stands in a frame of the binary one.

use super::{Fields, Stamp, Value};

/// A record whose stamp and type are known; its fields are read where they are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its event.
    pub stamp: Stamp,
    /// Its type, `SYSCALL`, `USER_CMD` or any other word.
    pub kind: Box<str>,
    /// What follows the stamp.
    body: Box<[u8]>,
    /// Where the kernel's fields end and their translations by `auditd` begin.
    enriched_at: usize,
    /// It was longer than what is read of one.
    pub is_cut: bool,
}

/// Bytes that are no record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// There is no `type=`.
    #[error("no type= where a record of the audit stream begins")]
    Type,
    /// There is no whole `audit(SEC.MS:SERIAL):`.
    #[error("no audit(SEC.MS:SERIAL): behind the type")]
    Stamp,
}

impl Record {
    /// Reads a line of the string format, without its newline.
    ///
    /// # Errors
    /// [`RecordError`] when it has no type or no stamp; nothing else can be wrong with it.
    pub fn parse(line: &[u8], is_cut: bool) -> Result<Self, RecordError> {
        let (node, rest) = match line.strip_prefix(b"node=") {
            Some(rest) => split(rest, b' ').ok_or(RecordError::Type)?,
            None => (&[][..], line),
        };
        let rest = rest.strip_prefix(b"type=").ok_or(RecordError::Type)?;
        let (kind, rest) = split(rest, b' ').ok_or(RecordError::Stamp)?;
        let kind = std::str::from_utf8(kind).ok().filter(|kind| is_type(kind));
        let rest = rest.strip_prefix(b"msg=").ok_or(RecordError::Stamp)?;
        Self::stamped(node, kind.ok_or(RecordError::Type)?.into(), rest, is_cut)
    }

    /// Reads the data of a frame whose header has that number for its type. `auditd` writes whole lines
    /// into some of them.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn of_frame(number: u32, data: &[u8]) -> Result<Self, RecordError> {
        if data.starts_with(b"node=") || data.starts_with(b"type=") {
            return Self::parse(data, false);
        }
        let known = TYPES.iter().find(|(code, _)| *code == number);
        let kind = known.map_or_else(|| format!("UNKNOWN[{number}]"), |(_, name)| (*name).into());
        Self::stamped(&[], kind.into(), data, false)
    }

    fn stamped(
        node: &[u8],
        kind: Box<str>,
        rest: &[u8],
        is_cut: bool,
    ) -> Result<Self, RecordError> {
        let rest = rest.strip_prefix(b"audit(").ok_or(RecordError::Stamp)?;
        let (stamp, rest) = split(rest, b')').ok_or(RecordError::Stamp)?;
        let stamp = Stamp::parse(node, stamp).ok_or(RecordError::Stamp)?;
        let rest = rest.strip_prefix(b":").ok_or(RecordError::Stamp)?;
        let body: Box<[u8]> = rest.trim_ascii().into();
        let enriched_at = body.iter().position(|byte| *byte == ENRICHED).unwrap_or(body.len());
        Ok(Self { stamp, kind, body, enriched_at, is_cut })
    }

    /// The fields that the kernel vouches for.
    pub fn fields(&self) -> Fields<'_> {
        Fields::new(self.body.get(..self.enriched_at).unwrap_or_default())
    }

    /// Those that a program wrote into `msg='…'`.
    pub fn inner(&self) -> Fields<'_> {
        match self.fields().get("msg") {
            Some(Value::Nested(inner)) => Fields::new(inner),
            _ => Fields::new(&[]),
        }
    }

    /// What `auditd` added to show, by the names of the host at that time. Nothing is decided on it.
    pub fn enriched(&self) -> Fields<'_> {
        Fields::new(self.body.get(self.enriched_at + 1..).unwrap_or_default())
    }

    /// What follows the stamp, as it came.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// What it takes in memory, bytes, about.
    pub fn bytes(&self) -> usize {
        self.body.len() + self.kind.len() + self.stamp.node.len() + size_of::<Self>()
    }

    /// True for the end of an event.
    pub fn is_end(&self) -> bool {
        &*self.kind == "EOE"
    }

    /// True when it is a whole event by itself: what programs and `auditd` write. The kernel ends all
    /// others with EOE.
    pub fn is_alone(&self) -> bool {
        let number = self.kind.strip_prefix("UNKNOWN[").and_then(|rest| rest.strip_suffix(']'));
        match number.and_then(|number| number.parse::<u32>().ok()) {
            Some(number) => matches!(number, 1100..=1299 | 2000..=2999),
            None => ALONE.iter().any(|prefix| self.kind.starts_with(prefix)),
        }
    }
}

/// Words as `auditd` writes them: a type that it does not know is `UNKNOWN[1337]`.
fn is_type(word: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'[' | b']');
    (1..=TYPE_BYTES_MAX).contains(&word.len()) && word.bytes().all(fits)
}

fn split(bytes: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| *byte == at)?;
    Some((bytes.get(..end)?, bytes.get(end + 1..)?))
}

/// Stands before what `log_format = ENRICHED` adds.
const ENRICHED: u8 = 0x1d;
const TYPE_BYTES_MAX: usize = 32;

const ALONE: [&str; 17] = [
    "USER",
    "CRED_",
    "DAEMON_",
    "ACCT_",
    "GRP_",
    "ADD_",
    "DEL_",
    "ROLE_",
    "CHGRP_",
    "CHUSER_",
    "SYSTEM_",
    "SERVICE_",
    "CRYPTO_",
    "VIRT_",
    "SOFTWARE_",
    "RESP_",
    "KERNEL",
];

/// `linux/audit.h` and `libaudit.h`: the types that are read here, and those around them.
const TYPES: [(u32, &str); 37] = [
    (1005, "USER"),
    (1006, "LOGIN"),
    (1100, "USER_AUTH"),
    (1101, "USER_ACCT"),
    (1102, "USER_MGMT"),
    (1103, "CRED_ACQ"),
    (1104, "CRED_DISP"),
    (1105, "USER_START"),
    (1106, "USER_END"),
    (1109, "USER_ERR"),
    (1110, "CRED_REFR"),
    (1112, "USER_LOGIN"),
    (1113, "USER_LOGOUT"),
    (1123, "USER_CMD"),
    (1124, "USER_TTY"),
    (1200, "DAEMON_START"),
    (1201, "DAEMON_END"),
    (1202, "DAEMON_ABORT"),
    (1203, "DAEMON_CONFIG"),
    (1204, "DAEMON_RECONFIG"),
    (1205, "DAEMON_ROTATE"),
    (1206, "DAEMON_RESUME"),
    (1300, "SYSCALL"),
    (1302, "PATH"),
    (1305, "CONFIG_CHANGE"),
    (1306, "SOCKADDR"),
    (1307, "CWD"),
    (1309, "EXECVE"),
    (1318, "OBJ_PID"),
    (1319, "TTY"),
    (1320, "EOE"),
    (1321, "BPRM_FCAPS"),
    (1322, "CAPSET"),
    (1326, "SECCOMP"),
    (1327, "PROCTITLE"),
    (1328, "FEATURE_CHANGE"),
    (2000, "KERNEL"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const COMMAND: &[u8] = b"node=vm type=USER_CMD msg=audit(1795225208.222:302): pid=15551 uid=4001 auid=4001 \
        ses=30 msg='cwd=\"/\" cmd=7368202D63 exe=\"/usr/bin/sudo\" terminal=? res=success'\x1dUID=\"alice\" AUID=\"alice\"";

    #[test]
    fn a_line_has_three_levels() {
        let record = Record::parse(COMMAND, false).unwrap();
        assert_eq!((&*record.kind, record.stamp.serial), ("USER_CMD", 302));
        assert_eq!(record.fields().number("pid"), Some(15551));
        assert_eq!(record.inner().text("cmd"), Some("sh -c".into()));
        assert_eq!(record.inner().text("terminal"), None);
        assert_eq!(record.enriched().text("AUID"), Some("alice".into()));
        assert!(record.is_alone() && !record.is_end());
    }

    #[test]
    fn what_is_no_record_says_why() {
        for (line, want) in [
            (&b""[..], RecordError::Type),
            (b"hello", RecordError::Type),
            (b"node=vm", RecordError::Type),
            (b"type=SYSCALL", RecordError::Stamp),
            (b"type=SYSCALL msg=audit(1.2:3", RecordError::Stamp),
            (b"type=SYSCALL msg=audit(1.2:3) x", RecordError::Stamp),
            (b"type=\x1b[2J msg=audit(1.002:3): x=1", RecordError::Type),
        ] {
            assert_eq!(Record::parse(line, false), Err(want), "{line:?}");
        }
        let bare = Record::parse(b"type=EOE msg=audit(1.002:3): ", false).unwrap();
        assert!(bare.is_end() && bare.body().is_empty());
    }

    #[test]
    fn a_frame_says_the_same_as_a_line() {
        let record = Record::of_frame(1123, b"audit(1.002:3): pid=4").unwrap();
        assert_eq!((&*record.kind, record.fields().number("pid")), ("USER_CMD", Some(4)));
        assert_eq!(&*Record::of_frame(1123, COMMAND).unwrap().stamp.node, b"vm");
        let unknown = Record::of_frame(1150, b"audit(1.002:3): pid=4").unwrap();
        assert!(unknown.is_alone() && &*unknown.kind == "UNKNOWN[1150]");
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_record_or_an_error(number: u32, bytes: Vec<u8>) {
            let _ = Record::of_frame(number, &bytes);
            let line = [b"type=SYSCALL msg=audit(1.002:3): ", bytes.as_slice()].concat();
            let record = Record::parse(&line, false).unwrap();
            let _ = (record.inner().count(), record.enriched().count(), record.fields().count());
        }
    }
}
