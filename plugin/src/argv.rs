//! sudo's own command line. Only two things are read from it, which no list tells a plugin: whether
//! sudo runs in the background, and whether it only tells its version.

/// True when the arguments (`argv[0]` first) ask for `-b` or `--background`.
pub(crate) fn wants_background(argv: &[&[u8]]) -> bool {
    asks_for(argv, b'b', BACKGROUND)
}

/// True when they ask for `-V` or `--version`.
pub(crate) fn wants_version(argv: &[&[u8]]) -> bool {
    asks_for(argv, b'V', "version")
}

/// True when the option is among them.
///
/// Follows sudo's getopt string (`parse_args.c`): options end at the first word that is none, at
/// `--`, and before a `NAME=value` assignment; some options take the rest of their word or the
/// next word.
fn asks_for(argv: &[&[u8]], short: u8, long_name: &str) -> bool {
    let mut words = argv.get(1..).unwrap_or_default().iter();
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
            let (name, value) = match long.iter().position(|byte| *byte == b'=') {
                Some(at) => (long.get(..at).unwrap_or_default(), true),
                None => (long, false),
            };
            match find_long(name) {
                Some((known, _)) if known == long_name => return true,
                Some((_, true)) if !value => {
                    words.next();
                }
                _ => {}
            }
            continue;
        }
        for (index, option) in options.iter().enumerate() {
            if *option == short {
                return true;
            }
            if SHORT_WITH_VALUE.contains(option) {
                if index + 1 == options.len() {
                    words.next();
                }
                break;
            }
            // The value of -h is optional: the rest of its word, or a next word that is no option.
            if *option == b'h' {
                if index + 1 == options.len() && words.as_slice().first().is_some_and(is_value) {
                    words.next();
                }
                break;
            }
        }
    }
    false
}

/// `NAME=value` before the command, as sudo tells it (`parse_args.c`, `is_envar`).
fn is_assignment(word: &[u8]) -> bool {
    !word.starts_with(b"/") && !word.starts_with(b"-") && word.contains(&b'=')
}

fn is_value(word: &&[u8]) -> bool {
    !word.starts_with(b"-")
}

/// The long option that getopt_long(3) takes `name` for: the one of that name, else the only one
/// that begins so. sudo does not run with a name that fits none or several.
fn find_long(name: &[u8]) -> Option<(&'static str, bool)> {
    let exact = LONG.iter().find(|(long, _)| long.as_bytes() == name);
    let mut begun = LONG.iter().filter(|(long, _)| long.as_bytes().starts_with(name));
    let only = begun.next().filter(|_| begun.next().is_none());
    exact.or(only).copied()
}

/// Options with a value in sudo's getopt string; that of `-h` is optional.
const SHORT_WITH_VALUE: &[u8] = b"acCDgprRtTuU";
const BACKGROUND: &str = "background";
/// sudo's long options (`parse_args.c`), and whether a value must follow.
const LONG: [(&str, bool); 31] = [
    ("askpass", false),
    ("auth-type", true),
    (BACKGROUND, false),
    ("bell", false),
    ("chdir", true),
    ("chroot", true),
    ("close-from", true),
    ("command-timeout", true),
    ("edit", false),
    ("group", true),
    ("help", false),
    ("host", true),
    ("list", false),
    ("login", false),
    ("login-class", true),
    ("no-update", false),
    ("non-interactive", false),
    ("other-user", true),
    ("preserve-env", false),
    ("preserve-groups", false),
    ("prompt", true),
    ("remove-timestamp", false),
    ("reset-timestamp", false),
    ("role", true),
    ("set-home", false),
    ("shell", false),
    ("stdin", false),
    ("type", true),
    ("user", true),
    ("validate", false),
    ("version", false),
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
            "sudo A=/x -b x",
            "sudo -h -b x",
            "sudo -h host -b x",
            "sudo --host host -b x",
        ] {
            assert!(background(line), "{line}");
        }
    }

    #[test]
    fn finds_the_version() {
        let version = |line: &str| {
            let words: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
            wants_version(&words)
        };
        assert!(version("sudo -V") && version("sudo -nV") && version("sudo --vers"));
        assert!(!version("sudo id -V") && !version("sudo -u V id") && !version("sudo --validate"));
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
            "sudo --login -p -b x",
            "sudo /a=b -b",
            "sudo -",
        ] {
            assert!(!background(line), "{line}");
        }
    }
}
