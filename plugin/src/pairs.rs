//! sudo's `key=value` lists.

use sudolog_core::untrusted::Untrusted;

/// A list such as `settings`, `user_info` or `command_info`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pairs(Vec<Untrusted>);

impl Pairs {
    /// The list as sudo gave it.
    pub(crate) fn new(entries: Vec<Untrusted>) -> Self {
        Self(entries)
    }

    /// The value of the first entry with that key.
    pub(crate) fn get(&self, key: &str) -> Option<Untrusted> {
        let value = |entry: &Untrusted| {
            let rest = entry.as_bytes().strip_prefix(key.as_bytes())?.strip_prefix(b"=")?;
            Some(Untrusted::new(rest))
        };
        self.0.iter().find_map(value)
    }

    /// The value as a number.
    pub(crate) fn number<T: std::str::FromStr>(&self, key: &str) -> Option<T> {
        std::str::from_utf8(self.get(key)?.as_bytes()).ok()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_whole_words() {
        let pairs = Pairs::new(vec![
            "users=x".into(),
            "user=a=b".into(),
            "lines=24".into(),
            "cols=many".into(),
        ]);
        assert_eq!(pairs.get("user"), Some("a=b".into()));
        assert_eq!((pairs.number::<u16>("lines"), pairs.number::<u16>("cols")), (Some(24), None));
        assert_eq!(pairs.get("tty"), None);
    }
}
