//! What the screens that search have in common: the line in which one types, and how hits look.

mod hits;
mod prompt;

pub(super) use hits::{HitRow, draw_hits, match_style};
pub use prompt::{Prompt, PromptAction};
pub(super) use prompt::{draw_prompt, shown};

/// What the operator does about a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SearchAction {
    /// Asks what to search for.
    Ask,
    /// To the next moment with a hit.
    Next,
    /// To the one before.
    Previous,
    /// Shows or hides the list of hits.
    List,
    /// Searches no more.
    End,
    /// In the line in which one types.
    Prompt(PromptAction),
    /// Chooses another hit of the list, so many further down.
    Move(isize),
    /// Goes to the chosen hit.
    Choose,
}
