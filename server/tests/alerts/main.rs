//! Alerts from outside: the real event log, the real outbox, real sockets, and peers that behave badly.
//!
//! What was promised of alerts and of sudo's audit, and the tests that hold it (`e2e` is the suite of the tests'
//! package, `desk` and `plan` are in `core/src/alert`, the others are here):
//!
//! | | promise | test |
//! |---|---|---|
//! | A01 | all that sudo says of a call, in its order | e2e `a_call_is_told_in_the_order_in_which_sudo_decides` |
//! | A02 | the command without sudo's own options | the same |
//! | A03 | five ways to end | e2e `each_way_to_end_is_told_as_what_it_is` |
//! | A04 | one message before the command runs, one at its end | e2e `what_sudo_accepts_is_told_before_the_command_has_ended_and_the_rest_then`, desk `a_call_of_sudo_is_two_messages_and_the_first_comes_before_the_command` |
//! | A05 | each line a message of its own | desk `sync_makes_each_line_a_message_in_order` |
//! | A06 | targets that are dead and slow hold up no sudo | e2e `targets_that_are_dead_slow_or_busy_hold_up_no_sudo`, bench `audit`, `alerts` |
//! | A07 | what is told is on a disk before the command runs, if the server is heard | e2e `all_up_to_the_last_word_is_told_before_the_command_ends`; nobody waits for it |
//! | A08 | no environment | e2e `the_environment_stays_on_the_host_but_for_names_that_are_allowed` |
//! | A09 | a prefix for each server | `two_servers_are_told_apart_by_their_prefix` |
//! | A10 | a failure is said here, kept, and delivered once | `a_failure_is_told_here_kept_and_sent_once_when_it_is_over`; without a shipper e2e `what_no_shipper_takes_is_said_in_the_log_of_the_host` |
//! | A11 | limits of each service | e2e `a_command_line_of_any_length_is_told_as_far_as_it_fits`, core `no_part_is_too_long_and_nothing_is_lost_before_the_last` |
//! | A12 | `sudo -V` | e2e `the_version_is_told_to_the_user_and_to_nobody_else` |
//! | A13 | conditions | plan `conditions_are_fulfilled_by_what_they_say` |
//! | S01 | HTTP byte for byte | `an_entry_arrives_byte_for_byte_as_the_file_says` |
//! | S02 | Apprise | e2e `apprise_sends_on_what_it_is_given` |
//! | S03 | one file, many services, a template each | `one_file_serves_services_each_in_words_of_its_own_and_hides_what_is_masked` |
//! | S04 | routes by field; surplus is left out or collected | plan `conditions_are_fulfilled_by_what_they_say`, desk `a_target_that_cannot_keep_up_gets_fewer_or_only_what_matters` |
//! | S05 | RFC 5424 over UDP, TCP and TLS; there is no syslog input | e2e `rsyslog_takes_what_is_sent_by_udp_tcp_and_tls` |
//! | S06 | 100 entries at once, one message a second | `a_hundred_entries_in_a_second_arrive_one_message_a_second_and_all_of_them` |
//! | S07 | labels and masks | `one_file_serves_services_each_in_words_of_its_own_and_hides_what_is_masked` |
//!
//! Faults: a clock set back (outbox `a_clock_that_is_set_back_holds_up_no_letter`), an answer of 2 GB and silence
//! (`a_slow_or_endless_target_holds_up_nobody_else`), a resolver that never answers (e2e
//! `a_resolver_that_never_answers_holds_up_no_other_target`), a kill between sending and marking (`killed`), a disk that is full
//! (`a_full_outbox_disk_is_shown_and_alerts_come_when_there_is_room`).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking, also in what it calls"
)]

mod delivery;
mod desk;
mod killed;
mod programs;
mod restart;
mod sink;
mod streams;
mod words;
