//! Draws the replay screen from its state: who and what on top, the recorded screen, and time.

use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::{Constraint, Flex, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Widget as _};
use sudolog_core::risk::Score;
use sudolog_core::session::SessionState;
use sudolog_core::term::{Mark, MarkKind, SafeScreen};
use sudolog_core::time::Position;

use super::comparison_view;
use super::gone;
use super::keys;
use super::lens;
use super::mark_words::{caption, is_alarm, summary, tick};
use super::search_view::{draw_list, draw_matches};
use super::streams;
use super::{Replay, ReplayAction};
use crate::app::App;
use crate::keymap::{Intent, Keymap, Scope};
use crate::screens::copy::{self, Spot};
use crate::screens::{Hit, Hits, badges, words};
use crate::source::About;
use crate::theme::{Role, Theme};
use crate::widgets::{Crop, Miniature, ScreenView, Spread, Tick, TimeBar};

/// Draws everything but the line of hints.
pub(in crate::screens) fn view(
    replay: &Replay,
    app: &App,
    area: Rect,
    buffer: &mut Buffer,
    hits: &mut Hits,
) {
    let (theme, now) = (&app.theme, app.now);
    let warning = replay.warning();
    let captioned = area.height >= CAPTION_LINES_MIN;
    let [top, note, body, caption, bar] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(warning.is_some().into()),
        Constraint::Min(0),
        Constraint::Length(captioned.into()),
        Constraint::Length(1),
    ])
    .areas(area);
    let [picture, below] = gone::split(replay, body);
    let crop = draw_picture(replay, app, picture, buffer, hits);
    draw_heading(replay, crop, app, top, buffer);
    if let Some(warning) = warning {
        Line::styled(format!(" {warning}"), theme.style(Role::Warn)).render(note, buffer);
    }
    gone::draw(replay, theme, below, buffer);
    draw_keys(replay, theme, now, body, buffer);
    draw_caption(replay, theme, now, caption, buffer);
    let bar = draw_bar(replay, theme, now, captioned, bar, buffer);
    hits.add(bar, Hit::Bar);
    draw_list(replay, theme, body, buffer, hits);
}

/// Draws what is on the recorded screen; gives the part of it that is shown, of a whole one that is made smaller
/// none.
fn draw_picture(
    replay: &Replay,
    app: &App,
    area: Rect,
    buffer: &mut Buffer,
    hits: &mut Hits,
) -> Option<Crop> {
    let theme = &app.theme;
    if let Some(copying) = &app.copying {
        let place = place(copying.screen(), area);
        draw_border(place, area, theme, buffer);
        copy::draw(copying, theme, place, buffer, hits);
        return Some(copying.crop(place));
    }
    let frame = replay.frame()?;
    let place = place(&frame.screen, area);
    let crop = replay.framing().crop(&frame.screen, place);
    match (&replay.comparison, crop) {
        (Some(comparison), _) => {
            comparison_view::draw(replay, comparison, frame, app, area, buffer);
        }
        (None, Some(crop)) => {
            draw_border(place, area, theme, buffer);
            ScreenView::new(&frame.screen, crop).render(place, buffer);
            lens::draw(replay, &frame.screen, crop, theme, place, buffer);
            draw_matches(replay, &frame.screen, crop, theme, place, buffer);
            hits.add(place, Hit::Picture(Spot { row: crop.row, column: crop.column }));
        }
        (None, None) => Miniature(&frame.screen).render(area, buffer),
    }
    crop
}

/// Where the recorded screen is drawn: in the middle, or everywhere when it is larger.
fn place(screen: &SafeScreen, area: Rect) -> Rect {
    let [row] =
        Layout::vertical([Constraint::Length(screen.lines())]).flex(Flex::Center).areas(area);
    let [place] =
        Layout::horizontal([Constraint::Length(screen.columns())]).flex(Flex::Center).areas(row);
    place
}

/// Shows where the recorded screen ends, when there is room for it.
fn draw_border(place: Rect, area: Rect, theme: &Theme, buffer: &mut Buffer) {
    let around = Rect {
        x: place.x.saturating_sub(1),
        y: place.y.saturating_sub(1),
        width: place.width.saturating_add(2),
        height: place.height.saturating_add(2),
    };
    if around.intersection(area) == around && around != place {
        Block::bordered().border_style(theme.style(Role::Backdrop)).render(around, buffer);
    }
}

fn draw_heading(replay: &Replay, crop: Option<Crop>, app: &App, area: Rect, buffer: &mut Buffer) {
    let theme = &app.theme;
    let about = replay.about();
    let name = short(&about.name.escaped().to_string());
    let mut left = vec![Span::styled(format!(" {name} "), theme.style(Role::Title))];
    if area.width >= CRAMPED_COLUMNS {
        left.push(Span::styled(format!(" {} ", who(about)), theme.style(Role::Text)));
    }
    left.push(Span::styled(format!(" {}", about.command.escaped()), theme.style(Role::Title)));
    let mut right = Vec::new();
    if let Some(frame) = replay.frame() {
        if crop.is_some_and(|crop| lens::hidden(&frame.screen, crop) > 0) {
            let says = |intent| app.keymap.says(Scope::Replay, intent, "shows it");
            let hint = says(Intent::Replay(ReplayAction::Reveal));
            let hint = hint.filter(|_| area.width >= ROOMY_COLUMNS);
            let hint = hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
            right.push(Span::styled(format!("! hidden text{hint} "), theme.style(Role::Warn)));
        }
        let keymap = Some(&app.keymap).filter(|_| area.width >= CRAMPED_COLUMNS);
        let measures = measures(&frame.screen, crop, keymap, area.width >= ROOMY_COLUMNS);
        right.push(Span::styled(measures, theme.style(Role::Faint)));
    }
    right.extend(judged(about, theme, area.width >= ROOMY_COLUMNS));
    let state = if replay.is_silent() { SessionState::Incomplete } else { about.state };
    let ending = if replay.is_silent() { "unfinished".to_owned() } else { ending(about) };
    right.push(Span::styled(format!("{ending} "), theme.style(Role::of_state(state))));
    Spread { left: Line::from(left), right: Line::from(right) }.render(area, buffer);
}

fn who(about: &About) -> String {
    let (user, run_user) = (about.user.escaped(), about.run_user.escaped());
    match about.host.is_empty() {
        true => format!("{user} → {run_user}"),
        false => format!("{user}@{} → {run_user}", about.host.escaped()),
    }
}

/// The end of a name that is a long path: what tells it from its neighbours.
fn short(name: &str) -> String {
    match name.char_indices().rev().nth(NAME_COLUMNS) {
        None => name.to_owned(),
        Some((cut, _)) => {
            let tail = name.get(cut..).unwrap_or_default();
            let tail = tail.split_once('/').map_or(tail, |(_, tail)| tail);
            format!("…/{tail}")
        }
    }
}

/// `80x24 `, and that not all of it is seen when that is so; which part, where there is room.
fn measures(
    screen: &SafeScreen,
    crop: Option<Crop>,
    keymap: Option<&Keymap>,
    roomy: bool,
) -> String {
    let key = |action, what| keymap?.says(Scope::Replay, Intent::Replay(action), what);
    let keys = |hints: &[Option<String>]| -> String {
        let hints: Vec<&str> = hints.iter().flatten().map(String::as_str).collect();
        if hints.is_empty() { " ".to_owned() } else { format!(" ({}) ", hints.join(", ")) }
    };
    let whole = || key(ReplayAction::Zoom, if roomy { "shows all" } else { "fits" });
    let mut text = format!("{}x{} ", screen.columns(), screen.lines());
    match crop {
        None => text.push_str("made smaller "),
        Some(crop) if !crop.is_partial(screen) => {}
        Some(_) if !roomy => text.push_str(&format!("cut{}", keys(&[whole()]))),
        Some(crop) => {
            let pan = key(ReplayAction::Pan(4, 0), "looks elsewhere");
            text.push_str(&format!(
                "cut to columns {}-{}, rows {}-{}{}",
                crop.column + 1,
                crop.column + crop.columns,
                crop.row + 1,
                crop.row + crop.lines,
                keys(&[whole(), pan])
            ));
        }
    }
    if screen.resets() > 0 {
        text.push_str("! damaged ");
    }
    if screen.is_approximate() {
        text.push_str("! approximate ");
    }
    text
}

/// `85 C incident `: the risk by the server's rules, where it has any, and what was said of it.
fn judged(about: &About, theme: &Theme, roomy: bool) -> Vec<Span<'static>> {
    let mut spans = Vec::new();
    if about.tsid.is_some() && about.risk > Score::NONE {
        let role = Role::of_level(about.risk.level());
        spans.push(Span::styled(format!("{} ", badges::risk(about.risk)), theme.style(role)));
    }
    let verdict = about.standing.verdict.map(badges::verdict).unwrap_or_default();
    if !verdict.is_empty() {
        let second = if about.standing.awaits_second { "?" } else { "" };
        let by = match about.standing.reviewed_by.last() {
            Some(name) if roomy => format!(" by {}", name.escaped()),
            _ => String::new(),
        };
        let text = format!("{verdict}{second}{by} ");
        spans.push(Span::styled(text, theme.style(Role::Title)));
    }
    spans
}

fn ending(about: &About) -> String {
    match (&about.signal, about.exit_value) {
        (Some(signal), _) => format!("SIG{}", signal.escaped()),
        (None, Some(value)) => format!("exit {value}"),
        (None, None) => words::state(about.state).to_owned(),
    }
}

/// Gives the place of the bar itself.
fn draw_bar(
    replay: &Replay,
    theme: &Theme,
    now: Duration,
    captioned: bool,
    area: Rect,
    buffer: &mut Buffer,
) -> Rect {
    let (position, total) = (replay.position(now), replay.total());
    let left = format!(" {} {} ", sign(replay), clock(position, total));
    // Where the bar ends does not depend on what the player does, so that nothing on it moves.
    let how = if captioned { String::new() } else { manner(replay, now) };
    let right =
        format!(" {} {:SPEED_COLUMNS$}{how} ", clock(total, total), replay.speed().to_string());
    let width = |text: &str| u16::try_from(Span::raw(text).width()).unwrap_or(u16::MAX);
    let [left_area, bar_area, right_area] = Layout::horizontal([
        Constraint::Length(width(&left)),
        Constraint::Min(4),
        Constraint::Length(width(&right)),
    ])
    .areas(area);
    Line::styled(left, theme.style(Role::Title)).render(left_area, buffer);
    Line::styled(right, theme.style(Role::Text)).render(right_area, buffer);
    let entered = replay.commands().into_iter().map(|at| (at, Tick::Command));
    let marks = replay.marks().all().iter().filter_map(drawn_mark);
    let marks: Vec<_> = marks.chain(entered).collect();
    let hits: Vec<Duration> = replay.search.hits().iter().map(|hit| hit.elapsed).collect();
    let (doubt, activity) = (replay.doubt(), replay.activity(bar_area.width));
    let pauses = replay.pauses(bar_area.width);
    TimeBar {
        activity: &activity,
        pauses: &pauses,
        position,
        total,
        marks: &marks,
        hits: &hits,
        stretches: replay.marks().stretches(),
        done: theme.style(Role::BarDone),
        rest: theme.style(Role::BarRest),
        mark: theme.style(Role::BarMark),
        stretch: theme.style(Role::StateFrozen),
        hit: theme.style(Role::Warn),
        unproven: doubt.unproven,
        broken: doubt.broken,
        fault: theme.style(Role::Error),
    }
    .render(bar_area, buffer);
    bar_area
}

/// What happened here; without anything, what there is to find. At its right, how it is played.
fn draw_caption(replay: &Replay, theme: &Theme, now: Duration, area: Rect, buffer: &mut Buffer) {
    let here = replay.marks().around(replay.position(now), replay.linger());
    let (text, role) = match here.first() {
        Some(first) if is_alarm(&first.kind) => (caption(&here), Role::Warn),
        Some(_) => (caption(&here), Role::Text),
        None => (summary(replay.marks()), Role::Faint),
    };
    let line = Line::styled(format!(" {text}"), theme.style(role));
    let right = Line::styled(format!("{} ", manner(replay, now)), theme.style(Role::Text));
    Spread { left: line, right }.render(area, buffer);
}

/// The keys of the last seconds, over the lower right corner of the screen.
fn draw_keys(replay: &Replay, theme: &Theme, now: Duration, area: Rect, buffer: &mut Buffer) {
    let Some(keys) = replay.keys(now) else { return };
    let line = keys::line(keys);
    let text = if line.is_empty() { " no keys ".to_owned() } else { format!(" {line} ") };
    let width = u16::try_from(Span::raw(&text).width()).unwrap_or(u16::MAX);
    let shown = width.min(area.width);
    let [_, row] = Layout::vertical([Constraint::Min(0), Constraint::Length(1)]).areas(area);
    let [_, place] = Layout::horizontal([Constraint::Min(0), Constraint::Length(shown)]).areas(row);
    // The newest are at the end.
    Line::styled(text, theme.style(Role::Selected)).right_aligned().render(place, buffer);
}

/// A time in a recording of this length: with tenths of a second in a short one.
/// As wide as that of its end, so that the bar stays where it is.
fn clock(time: Duration, total: Duration) -> String {
    let tenths = time.subsec_millis() / 100;
    if total < SHORT {
        return format!("{}.{tenths}", Position(time));
    }
    format!("{:>1$}", Position(time).to_string(), Position(total).to_string().len())
}

/// What it does, in one sign.
fn sign(replay: &Replay) -> &'static str {
    match (replay.is_over(), replay.is_playing()) {
        (true, _) => "■",
        (false, true) => "▶",
        (false, false) => "‖",
    }
}

/// How it plays, beside its speed, and what of it is shown.
fn manner(replay: &Replay, now: Duration) -> String {
    let mut text = String::new();
    if let Some(gap) = replay.skipped_gap() {
        text.push_str(&format!(" skipping {}", Position(gap)));
    } else if let Some(wait) = replay.max_wait() {
        text.push_str(&format!(" pauses {}s", wait.as_secs_f64()));
    }
    if replay.loops() {
        text.push_str(" loop");
    }
    text.push_str(&replay.lens.in_words());
    text.push_str(&streams::difference(replay.streams()));
    if let Some(percent) = replay.percent_read() {
        text.push_str(&format!(" reading {percent}%"));
        if let Some(place) = replay.awaited() {
            text.push_str(&format!(", then to {place}"));
        }
    } else if replay.is_growing() && !replay.is_silent() {
        text.push_str(&edge(replay, now));
    }
    text
}

/// How far what is shown is behind what happens.
fn edge(replay: &Replay, now: Duration) -> String {
    match (replay.is_at_the_edge(now), replay.is_playing()) {
        (true, true) => " growing: live".to_owned(),
        (true, false) => " growing: paused".to_owned(),
        (false, _) => {
            let catching = if replay.is_catching_up() { ", catching up" } else { "" };
            format!(" growing: {} behind{catching}", Position(replay.behind(now)))
        }
    }
}

fn drawn_mark(mark: &Mark) -> Option<(Duration, Tick)> {
    match &mark.kind {
        MarkKind::Start | MarkKind::CommandEnd(_) => None,
        // Drawn as a stretch.
        MarkKind::Incident { lasted: Some(_), .. } => None,
        kind => Some((mark.elapsed, tick(kind))),
    }
}

/// A shorter recording is over before its seconds say much.
const SHORT: Duration = Duration::from_secs(60);
/// From this width on there is room for words.
const ROOMY_COLUMNS: u16 = 110;
/// Below this height every line is needed for the recorded screen.
const CAPTION_LINES_MIN: u16 = 8;
/// Below this width the command alone must do.
const CRAMPED_COLUMNS: u16 = 60;
const NAME_COLUMNS: usize = 20;
/// `0.25x`.
const SPEED_COLUMNS: usize = 5;
