//! Where a key means something: the narrowest place that gives it a meaning wins.

/// Where a key means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Always, also while text is typed.
    Everywhere,
    /// On every screen that does not give the key another meaning.
    Screen,
    /// Where a session is shown that may be running.
    Session,
    /// Where running sessions are listed.
    Live,
    /// While a recording is played.
    Replay,
    /// While an order is given.
    Dialog,
    /// While one types what to search for.
    Prompt,
    /// While hits are listed.
    Hits,
    /// While something is chosen from a list.
    Chooser,
    /// Where text is typed: what types a character is text here.
    Text,
}

impl Scope {
    /// Where a key is looked up that means nothing here.
    pub fn wider(self) -> Option<Self> {
        match self {
            Self::Live | Self::Replay => Some(Self::Session),
            Self::Session => Some(Self::Screen),
            Self::Dialog | Self::Chooser | Self::Prompt => Some(Self::Text),
            Self::Screen | Self::Text | Self::Hits => Some(Self::Everywhere),
            Self::Everywhere => None,
        }
    }

    /// This one and all wider ones.
    pub fn and_wider(self) -> impl Iterator<Item = Self> {
        std::iter::successors(Some(self), |scope| scope.wider())
    }
}
