//! sudo's own command line. Only one thing is read from it: whether sudo runs in the background,
//! which no list tells an I/O plugin.

/// True when the arguments (`argv[0]` first) ask for `-b` or `--background`.
///
/// Follows sudo's getopt string (`parse_args.c`): options end at the first word that is none, at
/// `--`, and before a `NAME=value` assignment; some options take the rest of their word or the
/// next word.
pub(crate) fn wants_background(argv: &[&[u8]]) -> bool {
    let mut words = argv.iter().skip(1);
    while let Some(word) = words.next() {
        if is_assignment(word) {
            continue;
        }
        let Some(options) = word.strip_prefix(b"-").filter(|rest| !rest.is_empty()) else {
            return false;
        };
        if let Some(long) = options.strip_prefix(b"-") {
            if long.is_empty() {
                return false;
            }
            // getopt_long takes any unambiguous beginning of a long option.
            if long.len() >= 2 && b"background".starts_with(long) {
                return true;
            }
            let takes_next = LONG_WITH_VALUE.iter().any(|name| name.as_bytes().starts_with(long));
            if takes_next && !long.contains(&b'=') {
                words.next();
            }
            continue;
        }
        for (index, option) in options.iter().enumerate() {
            if *option == b'b' {
                return true;
            }
            if SHORT_WITH_VALUE.contains(option) {
                // -h alone is help; its value is only taken from the same word or the next.
                if index + 1 == options.len() {
                    words.next();
                }
                break;
            }
        }
    }
    false
}

fn is_assignment(word: &[u8]) -> bool {
    !word.starts_with(b"-") && word.contains(&b'=') && !word.contains(&b'/')
}

/// Options with a value in sudo's getopt string.
const SHORT_WITH_VALUE: &[u8] = b"acCDghprRtTuU";
const LONG_WITH_VALUE: [&str; 14] = [
    "auth-type",
    "chdir",
    "chroot",
    "class",
    "close-from",
    "command-timeout",
    "group",
    "host",
    "login-class",
    "other-user",
    "prompt",
    "role",
    "type",
    "user",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn background(line: &str) -> bool {
        let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        wants_background(&words)
    }

    #[test]
    fn finds_the_option_wherever_getopt_would() {
        for line in [
            "sudo -b x",
            "sudo -nb x",
            "sudo -u bob -b x",
            "sudo -ubob -b x",
            "sudo --background x",
            "sudo --back x",
            "sudo --user bob -b x",
            "sudo --user=bob -b x",
            "sudo A=1 -b x",
        ] {
            assert!(background(line), "{line}");
        }
    }

    #[test]
    fn is_not_misled_by_the_command() {
        for line in [
            "sudo x -b",
            "sudo -u b x",
            "sudo -ub x",
            "sudo -- -b",
            "sudo -p -b x",
            "sudo --prompt -b x",
            "sudo",
            "sudo -n x",
            "sudo -",
        ] {
            assert!(!background(line), "{line}");
        }
    }
}
