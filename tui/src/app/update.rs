//! How the console changes.

use std::time::Duration;

use super::{
    Action, App, Effect, Notice, Route, alarming, browsing, choosing, copying, delivering,
    exporting, hunting, judging, jumping, logging, ordering, peeking, plainly, pointing, replaying,
    ruling, summarising, tables, theming, triaging, verifying,
};
use crate::exit::Exit;
use crate::keymap::{Intent, Keymap, Scope};
use crate::screens::live;
use crate::screens::replay::Replay;
use crate::screens::rules::Reason;
use crate::screens::search::Prompt;
use crate::screens::search::SearchAction;
use crate::source::server::{LinkState, News, PageNews};
use crate::widgets::Edit;

/// What has to be done for the screen that the console begins with; its pages are asked for already.
pub fn begin(app: &App) -> Vec<Effect> {
    triaging::reviewed(app).map(|tsid| Effect::Review(Some(tsid))).into_iter().collect()
}

/// Takes one action; gives back what has to be done.
pub fn update(app: &mut App, action: Action) -> Vec<Effect> {
    let (before, reviewed) = (tables::wanted(app), triaging::reviewed(app));
    let glimpsed = triaging::glimpsed(app);
    let mut effects = change(app, action);
    if triaging::reviewed(app) != reviewed {
        effects.push(Effect::Review(triaging::reviewed(app)));
    }
    if triaging::glimpsed(app) != glimpsed {
        effects.push(Effect::Glimpse(triaging::glimpsed(app)));
    }
    let wanted = tables::wanted(app);
    if wanted != before {
        effects.push(Effect::Page(wanted));
    }
    effects
}

fn change(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::Tick(now) => {
            app.now = now;
            on_live(app, |live| live.tick(now));
            on_replay(app, |replay, now| replay.tick(now))
        }
        Action::Nothing | Action::Resized => Vec::new(),
        Action::Stop(exit) => vec![Effect::Quit(exit)],
        Action::Press(key) => {
            app.notice = None;
            if let Some(effects) = key.text().and_then(|c| jumping::typed(app, c)) {
                return effects;
            }
            match key.text() {
                Some(c) if typed(app, c) => Vec::new(),
                _ => {
                    let intent = app.keymap.intent(app.scope(), key);
                    intent.map_or_else(Vec::new, |intent| intend(app, intent))
                }
            }
        }
        Action::Point(pointing) => {
            (app.notice, app.jump) = (None, None);
            pointing::act(app, pointing)
        }
        Action::Paste(text) => {
            paste(app, &text);
            Vec::new()
        }
        Action::Do(intent) => intend(app, intent),
        news => hear(app, news),
    }
}

/// Takes what the world tells.
fn hear(app: &mut App, news: Action) -> Vec<Effect> {
    match news {
        Action::Live(news) => {
            if let News::Link(link) = &news {
                learn_role(app, link);
                let mut effects = ruling::learn_link(app, link);
                effects.extend(learn_live(app, news));
                return effects;
            }
            learn_live(app, news)
        }
        Action::Settled(row) => {
            let effects = on_live(app, |live| live.settle(*row));
            ordering::look(app);
            effects
        }
        Action::Paged(news) => {
            if let PageNews::Link(link) = &news {
                learn_role(app, link);
                let effects = ruling::learn_link(app, link);
                tables::learn(app, news);
                return effects;
            }
            tables::learn(app, news);
            Vec::new()
        }
        Action::Deck(news) => {
            let effects = on_replay(app, |replay, now| replay.learn(now, news));
            ordering::look(app);
            effects
        }
        Action::Opened(about) => hunting::opened(app, *about),
        Action::Changed(change) => triaging::changed(app, &change),
        Action::Running(rows) => alarming::learn_running(app, &rows),
        Action::Grave(entries) => alarming::learn_grave(app, &entries),
        Action::Judged(judgement, answer) => judging::answered(app, judgement, answer),
        Action::Alerted(act, answer) => delivering::answered(app, &act, answer),
        Action::Ruled(answer) => ruling::learn(app, answer),
        news => {
            note(app, news);
            Vec::new()
        }
    }
}

/// Takes what only has to be shown.
fn note(app: &mut App, news: Action) {
    match news {
        Action::Exported(exported) => exporting::learn(app, exported),
        Action::Ordered(request, answer) => ordering::answered(app, &request, answer),
        Action::Hunt(news) => hunting::learn(app, news),
        Action::Verified(news) => verifying::learn(app, news),
        Action::NotOpened(reason) => app.notice = Some(Notice::Trouble(reason)),
        Action::Reviewed(news) => triaging::learn_review(app, news),
        Action::Glimpsed(glimpse) => triaging::learn_glimpse(app, glimpse),
        Action::Written(written) => ruling::written(app, written),
        Action::Kept(written) => copying::kept(app, written),
        Action::Banner(text) => app.banner = Some(text),
        // The rest comes from the operator.
        _ => {}
    }
}

/// What the operator may do: a server that was started anew may say something else.
fn learn_role(app: &mut App, link: &LinkState) {
    if let LinkState::Up { role, .. } = link {
        app.role = *role;
    }
}

/// Types a character, where text is typed; `false` elsewhere.
fn typed(app: &mut App, c: char) -> bool {
    // A reason that nobody asked for.
    if app.refused.is_some() {
        return true;
    }
    if let Some(reason) = reason(app) {
        reason.change(|input| input.insert(c));
        return true;
    }
    if let Some(remarking) = &mut app.remarking {
        remarking.insert(c);
        return true;
    }
    if let Some(exporting) = &mut app.exporting {
        exporting.insert(c);
        return true;
    }
    match (&mut app.dialog, &mut app.chooser) {
        (Some(dialog), _) => dialog.insert(c),
        (None, Some(chooser)) => chooser.insert(c),
        (None, None) => match prompt(app) {
            Some(prompt) => prompt.insert(c),
            None => return tables::type_filter(app, |input| input.insert(c)),
        },
    }
    true
}

fn paste(app: &mut App, text: &str) {
    if app.refused.is_some() {
        return;
    }
    if let Some(reason) = reason(app) {
        return reason.change(|input| input.paste(text));
    }
    if let Some(remarking) = &mut app.remarking {
        return remarking.paste(text);
    }
    if let Some(exporting) = &mut app.exporting {
        return exporting.paste(text);
    }
    match (&mut app.dialog, &mut app.chooser) {
        (Some(dialog), _) => dialog.paste(text),
        (None, Some(chooser)) => chooser.paste(text),
        (None, None) => match prompt(app) {
            Some(prompt) => prompt.input.paste(text),
            None => drop(tables::type_filter(app, |input| input.paste(text))),
        },
    }
}

pub(super) fn intend(app: &mut App, intent: Intent) -> Vec<Effect> {
    let escapes = matches!(intent, Intent::Search(SearchAction::End));
    match hunting::or_back(app, intent) {
        Intent::Quit => return vec![Effect::Quit(Exit::Signal(SIGINT))],
        Intent::Suspend => return vec![Effect::Suspend],
        Intent::Help => app.help = if app.help.is_some() { None } else { Some(0) },
        // The help lies on top: it is what one goes back from, and hides what other keys do.
        Intent::Back if app.help.is_some() => app.help = None,
        Intent::ScrollHelp(by) => {
            let end = Keymap::entries(app.scope_under_help()).count();
            app.help = app.help.map(|at| at.saturating_add_signed(by).min(end));
        }
        _ if app.help.is_some() => {}
        Intent::Back if escapes && replaying::end_comparison(app) => {}
        Intent::Back if escapes && is_at_the_root(app) => {
            let way = app.keymap.says(app.scope(), Intent::Back, "leaves").unwrap_or_default();
            app.notice = Some(Notice::Hint(format!("nothing to go back from; {way}")));
        }
        Intent::Back => return back(app),
        Intent::Live(action) => return act_live(app, action),
        Intent::OpenBrowse => browsing::open(app),
        Intent::Browse(action) => return browsing::act(app, action),
        Intent::Step(step) => tables::step(app, step),
        Intent::Filter(action) => tables::filter(app, action),
        Intent::Narrow => tables::narrow(app),
        Intent::Replay(action) => return replaying::act(app, action),
        Intent::Themes => theming::open(app),
        Intent::Theme(action) => theming::act(app, action),
        Intent::Copy => return copying::begin(app),
        Intent::Plain(action) => return plainly::act(app, action),
        Intent::CopyMode(action) => return copying::act(app, action),
        Intent::Palette => choosing::open_palette(app, ""),
        Intent::GoTo => choosing::open_palette(app, "@"),
        Intent::Lines => choosing::open_lines(app),
        Intent::Streams => choosing::open_streams(app),
        Intent::Choose(action) => return choosing::act(app, action),
        Intent::Jump => jumping::begin(app),
        Intent::EndJump => app.jump = None,
        Intent::Order(order) => ordering::begin(app, order),
        Intent::Dialog(action) => return ordering::act(app, action),
        Intent::Edit(edit) => self::edit(app, edit),
        Intent::OpenTriage => triaging::open(app),
        Intent::Triage(action) => return triaging::act(app, action),
        Intent::OpenSummary => summarising::open(app),
        Intent::Summary(action) => summarising::act(app, action),
        Intent::OpenRules => return ruling::open(app),
        Intent::Rules(action) => return ruling::act(app, action),
        Intent::Reason(action) => return ruling::act_reason(app, action),
        Intent::OpenEvents => logging::open(app, None),
        Intent::Events(action) => return logging::act(app, action),
        Intent::OpenAlerts => delivering::open(app),
        Intent::Alerts(action) => return delivering::act(app, action),
        Intent::Question(action) => return delivering::answer(app, action),
        Intent::Facets => triaging::open_facets(app),
        Intent::SavedFilters => triaging::open_saved(app),
        Intent::Peek(peek) => return peeking::act(app, peek),
        Intent::Say(say) => judging::begin(app, say),
        Intent::OpenExport => exporting::open(app),
        Intent::Export(action) => return exporting::act(app, action),
        Intent::Remark(action) => return judging::act(app, action),
        Intent::TakeBack => return judging::take_back(app),
        Intent::LookAtAlarm => return alarming::look(app),
        Intent::PutAlarmAway => return alarming::put_away(app),
        Intent::Search(action) => return hunting::act(app, action),
        Intent::Verify(action) => return verifying::act(app, action),
    }
    Vec::new()
}

fn edit(app: &mut App, edit: Edit) {
    if let Some(reason) = reason(app) {
        return reason.change(|input| input.edit(edit));
    }
    if let Some(remarking) = &mut app.remarking {
        return remarking.edit(edit);
    }
    if let Some(exporting) = &mut app.exporting {
        return exporting.edit(edit);
    }
    match (&mut app.dialog, &mut app.chooser) {
        (Some(dialog), _) => dialog.edit(edit),
        (None, Some(chooser)) => chooser.edit(edit),
        (None, None) => match prompt(app) {
            Some(prompt) => prompt.input.edit(edit),
            None => drop(tables::type_filter(app, |input| input.edit(edit))),
        },
    }
}

fn back(app: &mut App) -> Vec<Effect> {
    if let Some(Route::Live(_)) = app.route() {
        return act_live(app, live::LiveAction::Back);
    }
    if ruling::may_leave(app) { leave(app) } else { Vec::new() }
}

/// True where one step further back ends the console: that takes a key which does nothing else, since
/// one presses Escape once too often.
fn is_at_the_root(app: &App) -> bool {
    match app.routes.as_slice() {
        [Route::Live(live)] => live.is_at_the_list(),
        routes => routes.len() == 1,
    }
}

/// Leaves the screen that is shown.
pub(super) fn leave(app: &mut App) -> Vec<Effect> {
    let left = app.routes.pop();
    if app.routes.is_empty() {
        return vec![Effect::Quit(Exit::Done)];
    }
    match left {
        Some(Route::Replay(_)) => {
            app.peeks = false;
            vec![Effect::Close]
        }
        Some(Route::Hunt(_)) => vec![Effect::Hunt(None)],
        Some(Route::Verify(_)) => vec![Effect::EndVerify],
        Some(Route::Rules(book)) if book.is_trying() => vec![Effect::EndTrial],
        Some(
            Route::Live(_)
            | Route::Browse(_)
            | Route::Triage(_)
            | Route::Summary(_)
            | Route::Rules(_)
            | Route::Events(_)
            | Route::Alerts(_),
        )
        | None => Vec::new(),
    }
}

fn act_live(app: &mut App, action: live::LiveAction) -> Vec<Effect> {
    let mut asked = None;
    let mut effects = on_live(app, |live| asked = live.act(action));
    match asked {
        Some(live::Intent::Leave) => return leave(app),
        Some(live::Intent::Replay(tsid)) => effects.push(Effect::Open(tsid)),
        Some(live::Intent::Rewind(tsid, rewind)) => {
            app.rewinding = Some((tsid, rewind));
            app.notice = Some(Notice::Opening(tsid));
            effects.push(Effect::Open(tsid));
        }
        None => {}
    }
    effects
}

/// Takes news of the live screen, shown or not.
fn learn_live(app: &mut App, news: News) -> Vec<Effect> {
    let mut ended = Vec::new();
    let mut effects = on_live(app, |live| ended = live.learn(news));
    if !ended.is_empty() {
        effects.push(Effect::Settle(ended));
    }
    ordering::look(app);
    effects
}

/// Why the rules shall change, while that is typed and nothing lies over it.
fn reason(app: &mut App) -> Option<&mut Reason> {
    if app.scope() != Scope::Reason {
        return None;
    }
    ruling::reason(app)
}

/// What is being typed at the bottom.
fn prompt(app: &mut App) -> Option<&mut Prompt> {
    app.routes.last_mut()?.prompt_mut()
}

/// Changes the replay screen, also under the check of its recording, and tells the deck when it wants to see another event or searches for
/// something else.
pub(super) fn on_replay(app: &mut App, change: impl FnOnce(&mut Replay, Duration)) -> Vec<Effect> {
    let now = app.now;
    let replay = app.routes.iter_mut().rev().find_map(|route| match route {
        Route::Replay(replay) => Some(replay),
        _ => None,
    });
    let Some(replay) = replay else { return Vec::new() };
    let (before, sought, streams) = (replay.wanted(), replay.sought().number, replay.streams());
    let gone = replay.wanted_gone();
    change(replay, now);
    let shows = Some(replay.wanted()).filter(|wanted| *wanted != before).map(Effect::Show);
    let searches = Some(replay.sought()).filter(|now| now.number != sought);
    let puts_on = Some(replay.streams()).filter(|now| *now != streams).map(Effect::PutOn);
    let searches = searches.cloned().map(Effect::Search);
    let looks = Some(replay.wanted_gone()).filter(|now| *now != gone).map(Effect::LookForGone);
    puts_on.into_iter().chain(shows).chain(searches).chain(looks).collect()
}

/// Changes the live screen, shown or not, and tells the feed when it looks at something else.
fn on_live(app: &mut App, change: impl FnOnce(&mut live::Live)) -> Vec<Effect> {
    let Some(Route::Live(live)) = app.routes.first_mut() else { return Vec::new() };
    let before = live.wanted();
    change(live);
    let wanted = live.wanted();
    if wanted == before { Vec::new() } else { vec![Effect::Want(wanted)] }
}

const SIGINT: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keymap::Key;
    use crate::screens::live::Live;
    use crate::screens::replay::sample::{about, read};
    use crate::source::Standing;
    use crate::source::server::LinkState;
    use crate::theme::{Depth, Theme};
    use sudolog_core::time::Timestamp;

    fn app() -> App {
        let live = Live::new(LinkState::Up {
            server_id: "logs.test".to_owned(),
            role: None,
            warning: String::new(),
        });
        let theme = Theme::named(Theme::DEFAULT).unwrap();
        App::new(Route::Live(Box::new(live)), theme, Depth::True, Timestamp::default())
    }

    fn press(app: &mut App, key: &str) -> Vec<Effect> {
        update(app, Action::Press(key.parse::<Key>().unwrap()))
    }

    #[test]
    fn back_leaves_the_help_first_then_the_console() {
        let mut app = app();
        assert!(press(&mut app, "?").is_empty() && app.help.is_some());
        assert!(press(&mut app, "a").is_empty(), "keys under the help do nothing");
        assert!(press(&mut app, "Down").is_empty() && app.help == Some(1));
        assert!(press(&mut app, "Esc").is_empty() && app.help.is_none());
        assert_eq!(press(&mut app, "q"), [Effect::Quit(Exit::Done)]);
    }

    #[test]
    fn ctrl_c_always_leaves() {
        let mut app = app();
        press(&mut app, "?");
        assert_eq!(press(&mut app, "Ctrl-c"), [Effect::Quit(Exit::Signal(2))]);
    }

    #[test]
    fn the_feed_is_told_when_the_live_screen_looks_elsewhere() {
        let mut app = app();
        let effects = press(&mut app, "a");
        assert!(matches!(effects.as_slice(), [Effect::Want(wanted)] if !wanted.query.open_only));
        assert!(press(&mut app, "Up").is_empty());
    }

    #[test]
    fn a_replay_lies_over_the_live_screen_and_is_put_away() {
        let mut app = app();
        update(&mut app, Action::Opened(Box::new(about())));
        assert_eq!(app.scope(), Scope::Replay);
        let seconds: Vec<u64> = (1..=9).collect();
        update(&mut app, Action::Deck(read(1, &seconds, Some(Standing::Whole))));
        assert_eq!(press(&mut app, "G"), [Effect::Show(9)]);
        assert!(press(&mut app, "G").is_empty(), "it is shown already");
        assert_eq!(press(&mut app, "q"), [Effect::Close]);
        assert_eq!(app.scope(), Scope::Live);
        let late = Action::Deck(read(1, &seconds, None));
        assert!(update(&mut app, late).is_empty(), "news of what was put away");
    }

    #[test]
    fn playing_goes_on_with_time() {
        let mut app = app();
        update(&mut app, Action::Opened(Box::new(about())));
        update(&mut app, Action::Deck(read(1, &[2, 4], Some(Standing::Whole))));
        assert!(app.deadline().is_some());
        assert_eq!(update(&mut app, Action::Tick(Duration::from_secs(3))), [Effect::Show(1)]);
        assert_eq!(update(&mut app, Action::Tick(Duration::from_secs(9))), [Effect::Show(2)]);
        assert_eq!(app.deadline(), None, "idle at the end");
    }

    #[test]
    fn a_notice_stays_until_the_next_key() {
        let mut app = app();
        update(&mut app, Action::NotOpened("no such session".to_owned()));
        update(&mut app, Action::Resized);
        assert!(app.notice.is_some());
        press(&mut app, "Down");
        assert_eq!(app.notice, None);
    }

    #[test]
    fn time_comes_with_ticks() {
        let mut app = app();
        update(&mut app, Action::Tick(Duration::from_secs(3)));
        assert_eq!(app.wall_clock().seconds, 3);
    }
}
