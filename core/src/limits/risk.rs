//! The limits of rules and of what they find.

use std::time::Duration;

/// What was entered waits so long for the rules, where they may forbid it; then it goes on unchecked.
pub const CHECK_DEADLINE: Duration = Duration::from_secs(1);
/// Of what a rule found so many bytes are kept to show.
pub const FINDING_TEXT_BYTES_MAX: usize = 256;
/// So many findings are kept of a session, those that count first.
pub const FINDINGS_MAX: usize = 200;
/// What is read of the file in which the assessments of a session stand, from its end.
pub const ASSESSMENTS_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// So many assessments of a session are shown, the newest.
pub const ASSESSMENTS_MAX: usize = 8;
/// So many sessions with something new wait for the rules; further ones are looked at when there is time.
pub const FRESH_SESSIONS_MAX: usize = 100_000;
/// Of those, sessions of one host in which somebody types and which are looked at first.
pub const FRESH_TYPED_MAX: usize = 256;
/// So many of them one after the other, then another session.
pub const FRESH_TYPED_TURNS: u32 = 4;
/// Clocks of host and server that are so far apart when a session begins are noted beside it. A start may
/// be on its way for as long as its deadline.
pub const CLOCK_SKEW_NOTED: Duration = Duration::from_secs(10);
/// So many changes of the rules are told, the newest.
pub const RULES_CHANGES_MAX: usize = 50;
/// So many of the newest recordings are assessed when rules are tried from a console, and so many of those
/// are shown that would have another risk.
pub const RULES_TRIED_MAX: u32 = 2000;
/// See there.
pub const RULES_TRIAL_ROWS_MAX: usize = 100;
/// A file of rules.
pub const RULES_BYTES_MAX: usize = 512 * 1024;
/// Rules in it.
pub const RULES_MAX: usize = 500;
/// How deep its lists and mappings lie in one another.
pub const DOCUMENT_DEPTH_MAX: usize = 8;
/// One text in it.
pub const DOCUMENT_TEXT_BYTES_MAX: usize = 8 * 1024;
/// Values of one list in it.
pub const DOCUMENT_VALUES_MAX: usize = 256;
/// Memory that the regular expression of one rule may take.
pub const RULE_REGEX_BYTES_MAX: usize = 1024 * 1024;
/// The same of all that look at one source together.
pub const RULES_REGEX_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Different matches that a rule may ask for.
pub const RULE_DISTINCT_MAX: usize = 64;
/// Matches of one rule that are counted in one text.
pub const RULE_MATCHES_MAX: usize = 64;
/// Rules look at so much of a line at once; of a longer one at pieces that overlap.
pub const RISK_LINE_BYTES_MAX: usize = 8 * 1024;
/// What two pieces of a line have in common.
pub const RISK_OVERLAP_BYTES: usize = 1024;
/// Refusals of sudo that the server remembers for rules which count them.
pub const RISK_REJECTS_MAX: usize = 10_000;
/// Lines that were entered and not left yet.
pub const RISK_ENTERED_MAX: usize = 64;
/// Line ends at which a line that was pasted is looked for.
pub const RISK_ENTERED_LOOKS: u32 = 1024;
/// What was shown and is looked at together.
pub const RISK_SHOWN_BYTES: usize = 64 * 1024;
/// Output that waits until somebody wants to know what the screen shows.
pub const RISK_BACKLOG_BYTES: usize = 64 * 1024;
/// So much of it a session that sleeps keeps as it is.
pub const RISK_BACKLOG_ASLEEP_BYTES: usize = 4 * 1024;
/// Input that comes faster than this belongs to one paste.
pub const PASTE_PAUSE: Duration = Duration::from_millis(20);
/// A session that lasts longer is out of the ordinary.
pub const VERY_LONG: Duration = Duration::from_secs(8 * 3600);
