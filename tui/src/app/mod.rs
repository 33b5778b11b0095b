//! The console as a plain value: what it knows, and how it changes.
//!
//! [`update`] is the only thing that changes an [`App`]. It reads no clock and does no I/O: time
//! and news come in as [`Action`]s, what has to be done goes out as [`Effect`]s.

mod action;
mod alarming;
mod browsing;
mod choosing;
mod copying;
mod delivering;
mod effect;
mod exporting;
mod finding;
mod hunting;
mod judging;
mod jumping;
mod logging;
mod notice;
mod ordering;
mod peeking;
mod plainly;
mod pointing;
mod replaying;
mod route;
mod ruling;
mod summarising;
mod tables;
mod theming;
mod triaging;
mod update;
mod verifying;

#[cfg(test)]
mod ordering_tests;

use std::time::Duration;

use sudolog_core::session::Tsid;
use sudolog_core::time::Timestamp;
use sudolog_core::wire::message::{Judgement, Role};

pub use action::Action;
pub use alarming::{Alarm, Alarms};
pub use effect::Effect;
pub use notice::Notice;
pub use peeking::Peek;
pub use pointing::Pointing;
pub use route::Route;
pub use update::{begin, update};

use crate::keymap::{Keymap, Scope};
use crate::screens::chooser::Chooser;
use crate::screens::copy::{CopyMode, Spot};
use crate::screens::export::Exporting;
use crate::screens::order::{Dialog, Refused};
use crate::screens::plain::Plain;
use crate::screens::remark::Remarking;
use crate::screens::replay::Rewind;
use crate::screens::search::Prompt;
use crate::screens::themes::ThemeList;
use crate::screens::{Hits, Jump};
use crate::theme::{Depth, Glyphs, Shelf, Theme};

/// The console.
pub struct App {
    /// Time since the console began.
    pub now: Duration,
    /// Wall-clock time when it began.
    pub began: Timestamp,
    /// The screens, the present one last.
    pub routes: Vec<Route>,
    /// How far the help is scrolled, while it lies over the screen.
    pub help: Option<usize>,
    /// The dialog over the screen.
    pub dialog: Option<Box<Dialog>>,
    /// An order that is not taken, until that was read.
    pub refused: Option<Refused>,
    /// The dialog over the screen in which something is said of sessions.
    pub remarking: Option<Box<Remarking>>,
    /// The dialog over the screen in which a recording is exported.
    pub exporting: Option<Box<Exporting>>,
    /// What was said in this console and can be taken back, the last one last.
    pub said: Vec<Judgement>,
    /// The operator's own name, once it is known; safe to show.
    pub me: Option<String>,
    /// What the operator may do on the server, where that says so.
    pub role: Option<Role>,
    /// What became risky while somebody works here.
    pub alarms: Alarms,
    /// An alarm is also heard.
    pub bell: bool,
    /// Filters of the triage screen, by name; safe to show.
    pub saved_filters: Vec<(String, String)>,
    /// Why the server takes no orders of this operator, as it said last.
    pub forbidden: Option<String>,
    /// The list of themes over the screen.
    pub theme_list: Option<ThemeList>,
    /// The list over the screen from which something is being chosen.
    pub chooser: Option<Box<Chooser>>,
    /// Plain text in place of the screens.
    pub plain: Option<Plain>,
    /// Letters at everything that one can go to, while they stand there.
    pub jump: Option<Jump>,
    /// The recorded screen of which the operator chooses what to copy.
    pub copying: Option<Box<CopyMode>>,
    /// Where the mouse was pressed on a recorded screen.
    pub pressed: Option<Spot>,
    /// What is copied goes into a file.
    pub copies_to_file: bool,
    /// How the recording begins that is being opened, where that is not its beginning.
    pub rewinding: Option<(Tsid, Rewind)>,
    /// What was done or could not be done, until the next key.
    pub notice: Option<Notice>,
    /// How things look.
    pub theme: Theme,
    /// How they could look.
    pub themes: Vec<Theme>,
    /// How many colours there are.
    pub depth: Depth,
    /// Which signs there are.
    pub glyphs: Glyphs,
    /// Which key does what.
    pub keymap: Keymap,
    /// What the operator should know about where he is, on every screen.
    pub banner: Option<String>,
    /// The player is a part of the triage screen under it.
    pub peeks: bool,
    /// Where things were drawn last.
    pub hits: Hits,
    /// The mouse is the console's, and not the terminal's to select text with.
    pub mouse: bool,
    /// Frames are drawn seldom, for a slow line.
    pub low_bandwidth: bool,
}

impl App {
    /// A console that begins with this screen.
    pub fn new(first: Route, theme: Theme, depth: Depth, began: Timestamp) -> Self {
        Self {
            now: Duration::ZERO,
            began,
            routes: vec![first],
            help: None,
            dialog: None,
            refused: None,
            remarking: None,
            exporting: None,
            said: Vec::new(),
            me: None,
            role: None,
            alarms: Alarms::default(),
            bell: true,
            saved_filters: Vec::new(),
            forbidden: None,
            theme_list: None,
            chooser: None,
            plain: None,
            jump: None,
            copying: None,
            pressed: None,
            copies_to_file: false,
            rewinding: None,
            notice: None,
            theme,
            themes: Shelf::embedded().themes().to_vec(),
            depth,
            glyphs: Glyphs::default(),
            keymap: Keymap::default(),
            banner: None,
            peeks: false,
            hits: Hits::default(),
            mouse: true,
            low_bandwidth: false,
        }
    }

    /// Wall-clock time now.
    pub fn wall_clock(&self) -> Timestamp {
        let elapsed = u64::try_from(self.now.as_nanos()).unwrap_or(u64::MAX);
        Timestamp::from_nanos(self.began.as_nanos().saturating_add(elapsed))
    }

    /// The screen that is shown.
    pub fn route(&self) -> Option<&Route> {
        self.routes.last()
    }

    /// Where keys are pressed.
    pub fn scope(&self) -> Scope {
        if self.help.is_some() { Scope::Help } else { self.scope_under_help() }
    }

    /// Where they are pressed once the help is put away.
    pub fn scope_under_help(&self) -> Scope {
        if self.plain.is_some() {
            return Scope::Plain;
        }
        if self.jump.is_some() {
            return Scope::Jump;
        }
        if self.dialog.is_some() || self.refused.is_some() {
            return Scope::Dialog;
        }
        if self.remarking.is_some() {
            return Scope::Remark;
        }
        if self.exporting.is_some() {
            return Scope::Export;
        }
        if self.theme_list.is_some() {
            return Scope::Themes;
        }
        if self.chooser.is_some() {
            return Scope::Chooser;
        }
        if self.copying.is_some() {
            return Scope::Copy;
        }
        self.route().map_or(Scope::Everywhere, Route::scope)
    }

    /// True while the player is drawn as a part of the triage screen under it.
    pub fn is_peeking(&self) -> bool {
        peeking::is_peeking(self)
    }

    /// What is being typed at the bottom, if anything.
    pub fn prompt(&self) -> Option<&Prompt> {
        self.route()?.prompt()
    }

    /// True when something lies over the screen.
    pub fn is_covered(&self) -> bool {
        self.dialog.is_some()
            || self.refused.is_some()
            || self.remarking.is_some()
            || self.exporting.is_some()
            || self.chooser.is_some()
            || self.theme_list.is_some()
            || self.help.is_some()
            || matches!(self.scope(), Scope::Prompt | Scope::Reason | Scope::Question)
    }

    /// True when something can be ordered of the session that is shown.
    pub fn takes_orders(&self) -> bool {
        ordering::is_offered(self)
    }

    /// True when something can be said of the session that is shown.
    pub fn takes_remarks(&self) -> bool {
        judging::is_offered(self)
    }

    /// True when the operator may read the rules.
    pub fn reads_rules(&self) -> bool {
        ruling::may_read(self).is_ok()
    }

    /// True when the operator may put other rules into force.
    pub fn changes_rules(&self) -> bool {
        ruling::may_change(self).is_ok()
    }

    /// True when the operator may see alerts.
    pub fn reads_alerts(&self) -> bool {
        delivering::may_look(self).is_ok()
    }

    /// True when the operator may do something about them.
    pub fn acts_on_alerts(&self) -> bool {
        delivering::may_act(self).is_ok()
    }

    /// When the screen changes by itself next, in time since the console began.
    pub fn deadline(&self) -> Option<Duration> {
        self.route()?.deadline(self.now)
    }
}
