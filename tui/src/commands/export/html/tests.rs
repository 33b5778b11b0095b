//! Pages of what a terminal can show, and of what somebody would like to smuggle into one.

use proptest::prelude::*;
use serde_json::Value;
use sudolog_core::session::EventKind;

use super::*;
use crate::screens::replay::sample::about;
use crate::source::About;

fn page_of(about: &About, pieces: &[&[u8]], gap: Duration) -> String {
    let (mut html, mut out) = (Html::new(about, None), Vec::new());
    html.begin(&mut out, about, Duration::ZERO).unwrap();
    for (number, piece) in pieces.iter().enumerate().filter(|(_, piece)| !piece.is_empty()) {
        let event = Event::new(1, 0, EventKind::Ttyout, piece.to_vec().into()).unwrap();
        html.event(&mut out, &event, gap * (number as u32 + 1)).unwrap();
    }
    html.end(&mut out, Ending { about, whole: true }).unwrap();
    String::from_utf8(out).unwrap()
}

fn page(pieces: &[&[u8]]) -> String {
    page_of(&about(), pieces, Duration::from_millis(100))
}

fn data(page: &str) -> &str {
    let (_, rest) = page.split_once("id=\"recording\">").unwrap();
    rest.split_once("</script>").unwrap().0
}

/// Every `<…` of a page outside its own script and style is one that this program writes.
fn only_our_elements(page: &str) -> bool {
    let known = [
        "!DOCTYPE", "html", "/html", "head", "/head", "meta ", "title", "/title", "style",
        "/style", "body", "/body", "h1", "/h1", "p>", "p ", "/p", "div ", "/div", "pre ", "/pre",
        "button ", "/button", "input ", "span ", "/span", "select ", "/select", "option ",
        "/option", "label", "/label", "script", "/script",
    ];
    let script = page.find("<script>").unwrap();
    let outside = &page[..script];
    outside.split('<').skip(1).all(|tag| known.iter().any(|name| tag.starts_with(name)))
        && page.matches("</script").count() == 2
        && page.matches("<script").count() == 2
}

#[test]
fn frames_are_rows_that_changed_with_their_styles() {
    let page = page(&[b"ab\x1b[1;31mred\x1b[m", "\x1b[2;3H日e\u{301}".as_bytes(), b""]);
    let data: Value = serde_json::from_str(data(&page)).unwrap();
    let frames = data["frames"].as_array().unwrap();
    assert_eq!(frames[0], serde_json::json!([0, [], [0, 0, 1], [24, 80]]));
    let styles = &data["styles"];
    assert_eq!(frames[1], serde_json::json!([100, [[0, [[0, "ab"], [1, "red"]]]], [0, 5, 1]]));
    assert_eq!(
        (&styles[0], &styles[1]),
        (&serde_json::json!([0, 0, 0]), &serde_json::json!(["#d0433d", 0, 1]))
    );
    let wide = serde_json::json!([[1, [[0, "  "], [0, "日", 2], [0, "e\u{301}", 1]]]]);
    assert_eq!(frames[2][1], wide);
    assert!(page.contains("<pre id=\"screen\">abred\n  日e\u{301}\n</pre>"), "{page}");
}

#[test]
fn how_long_a_recording_is_comes_from_its_events_when_nothing_else_tells() {
    let mut about = about();
    about.duration_s = None;
    let page = page_of(&about, &[b"a", b"b"], Duration::from_secs(2));
    assert!(page.contains(", 00:04 long, "), "{page}");
    let part = below(Ending { about: &about, whole: false }, Duration::from_secs(4));
    assert!(!part.contains(" long"), "{part}");
    about.duration_s = Some(61.0);
    let part = below(Ending { about: &about, whole: false }, Duration::from_secs(4));
    assert!(part.contains(", 01:01 long, "), "{part}");
}

#[test]
fn what_happens_at_once_is_one_frame() {
    let pieces: Vec<&[u8]> = vec![b"x"; 40];
    let page = page_of(&about(), &pieces, Duration::from_millis(10));
    let data: Value = serde_json::from_str(data(&page)).unwrap();
    let frames = data["frames"].as_array().unwrap();
    assert_eq!(frames.len(), 1 + 14, "three events each, and what is left: {frames:?}");
    assert_eq!(frames.last().unwrap()[0], 400);
}

#[test]
fn nothing_recorded_becomes_markup_or_script() {
    let hostile = "</script><script>alert(1)</script><!--\"'&\\ \u{2028}\u{2029}";
    let mut about = about();
    (about.command, about.user) = (hostile.into(), hostile.into());
    let page = page_of(&about, &[hostile.as_bytes()], Duration::from_millis(100));
    assert!(only_our_elements(&page), "{page}");
    assert!(!page.contains("alert(1)</script>") && !page.contains("<!--"), "{page}");
    assert!(!page.contains(['\u{2028}', '\u{2029}']), "{page}");
    let data: Value = serde_json::from_str(data(&page)).unwrap();
    let text = data["frames"][1][1][0][1][0][1].as_str().unwrap();
    assert!(text.starts_with("</script><script>alert(1)</script><!--\"'&\\"), "{text}");
}

#[test]
fn a_page_says_what_is_wrong_with_it_and_lets_nothing_else_run() {
    let (mut html, mut out) = (Html::new(&about(), Some("redacted: <b>".to_owned())), Vec::new());
    html.end(&mut out, Ending { about: &about(), whole: true }).unwrap();
    let page = String::from_utf8(out).unwrap();
    assert!(page.contains("<p class=\"note\">redacted: &lt;b&gt;</p>"), "{page}");
    assert!(page.contains("content=\"default-src 'none'; script-src 'sha256-"), "{page}");
    for word in ["unsafe-inline", "src=", "href=", "url(", "@import"] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn too_much_is_refused_with_the_time_up_to_which_it_fits() {
    let (about, mut out) = (about(), Vec::new());
    let mut html = Html { bytes_max: 10_000, ..Html::new(&about, None) };
    let failed = (0..1000u32).find_map(|second| {
        let text = format!("\x1b[H{second:<1000}");
        let event = Event::new(1, 0, EventKind::Ttyout, text.into_bytes().into()).unwrap();
        html.event(&mut out, &event, Duration::from_secs(second.into())).err()
    });
    let said = failed.unwrap().to_string();
    assert!(said.contains("32 MiB at 0") && said.contains("--to") && out.is_empty(), "{said}");
}

proptest! {
    #[test]
    fn any_output_gives_a_sound_page(bytes: Vec<u8>, text in "[<>&\"'\u{2028}\u{202e}a-c/!-]{0,30}") {
        let page = page(&[&bytes, text.as_bytes()]);
        prop_assert!(only_our_elements(&page), "{}", page);
        prop_assert!(serde_json::from_str::<Value>(data(&page)).is_ok());
        let acts = |c: char| c != '\n' && sudolog_core::untrusted::is_misleading(c) && c != '\u{200c}' && c != '\u{200d}';
        prop_assert!(!page.contains(acts), "{}", page);
    }
}
