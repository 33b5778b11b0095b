//! Patterns for names: `*` stands for any run of bytes, everything else for itself.

/// True when all of the value is as the pattern says. Linear in pattern times value.
pub fn matches(pattern: &[u8], value: &[u8]) -> bool {
    fits(pattern, value, |a, b| a == b)
}

/// True when a part of the value is as the pattern says, whatever the case of ASCII letters.
pub(super) fn occurs(pattern: &[u8], value: &[u8]) -> bool {
    let starred = [b"*", pattern, b"*"].concat();
    fits(&starred, value, |a, b| a.eq_ignore_ascii_case(&b))
}

fn fits(pattern: &[u8], value: &[u8], same: impl Fn(u8, u8) -> bool) -> bool {
    let (mut p, mut v) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(byte) = value.get(v) {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p, v));
                p += 1;
            }
            Some(wanted) if same(*wanted, *byte) => {
                p += 1;
                v += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    v = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_match_any_run() {
        for (pattern, value, fits) in [
            ("*", "", true),
            ("", "", true),
            ("", "a", false),
            ("a*b*c", "aXXbYYc", true),
            ("a*b*c", "aXXbYY", false),
            ("*a", "bba", true),
            ("**", "x", true),
            ("A", "a", false),
        ] {
            assert_eq!(matches(pattern.as_bytes(), value.as_bytes()), fits, "{pattern} {value}");
        }
    }

    #[test]
    fn a_part_is_found_in_any_case() {
        for (pattern, value, found) in
            [("VIM", "/usr/bin/vim x", true), ("", "", true), ("vim*z", "vim x", false)]
        {
            assert_eq!(occurs(pattern.as_bytes(), value.as_bytes()), found, "{pattern} {value}");
        }
    }
}
