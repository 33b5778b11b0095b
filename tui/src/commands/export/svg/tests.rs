//! Pictures of what a terminal can show, and of what somebody would like to smuggle into one.

use proptest::prelude::*;

use super::*;

fn drawn(bytes: &[u8]) -> String {
    let mut screen = SafeScreen::new(3, 20);
    screen.feed(bytes);
    picture(&screen, "t", None)
}

/// Every `<…>` of a picture is one that this file writes: nothing came out of a recording.
fn only_our_elements(svg: &str) -> bool {
    let known = ["?xml ", "svg ", "/svg", "title", "/title", "desc", "/desc", "rect ", "g ", "/g"];
    let known =
        |tag: &&str| known.iter().chain(&["text ", "/text"]).any(|name| tag.starts_with(name));
    svg.split('<').skip(1).all(|tag| known(&tag))
        && svg.matches('<').count() == svg.matches('>').count()
}

#[test]
fn text_is_text_in_its_colours_and_styles() {
    let svg =
        drawn(b"plain \x1b[1;31mbold red\x1b[m\r\n\x1b[4;38;2;1;2;3mline\x1b[m\r\n\x1b[7mback");
    for part in [
        ">plain</text>",
        "x=\"63\" y=\"23\" textLength=\"72\" fill=\"#d0433d\" font-weight=\"bold\">bold red</text>",
        "fill=\"#010203\" text-decoration=\"underline\">line</text>",
        "<rect x=\"9\" y=\"45\" width=\"36\" height=\"18\" fill=\"#d8dae0\"/>",
        "fill=\"#16181d\">back</text>",
        "viewBox=\"0 0 198 72\"",
    ] {
        assert!(svg.contains(part), "{part}: {svg}");
    }
}

#[test]
fn wide_and_combined_characters_keep_their_columns() {
    let svg = drawn("a日本e\u{301}x".as_bytes());
    for part in [
        "x=\"9\" y=\"23\" textLength=\"9\" fill=\"#d8dae0\">a</text>",
        "x=\"18\" y=\"23\" textLength=\"18\" fill=\"#d8dae0\">日</text>",
        "x=\"54\" y=\"23\" textLength=\"9\" fill=\"#d8dae0\">e\u{301}</text>",
        "x=\"63\" y=\"23\" textLength=\"9\" fill=\"#d8dae0\">x</text>",
    ] {
        assert!(svg.contains(part), "{part}: {svg}");
    }
}

#[test]
fn nothing_recorded_becomes_markup() {
    let svg = drawn(b"</text><script>&\"'");
    assert!(svg.contains("&lt;/text&gt;&lt;script&gt;&amp;"), "{svg}");
    assert!(only_our_elements(&svg), "{svg}");
    let svg = picture(&SafeScreen::new(2, 2), "<a href='x'>\u{ffff}\u{1}", Some("<b>"));
    assert!(svg.contains("<title>&lt;a href=&#39;x&#39;&gt;\u{fffd}\u{fffd}</title>"), "{svg}");
    assert!(svg.contains("<desc>&lt;b&gt;</desc>"), "{svg}");
}

proptest! {
    #[test]
    fn any_output_gives_a_sound_picture(bytes: Vec<u8>, text in "[<>&\"'\u{202e}\u{fffe}a-c ]{0,30}") {
        let svg = drawn(&[bytes.as_slice(), text.as_bytes()].concat());
        prop_assert!(only_our_elements(&svg), "{}", svg);
        let unsafe_char = |c: char| c != '\n' && (c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'));
        prop_assert!(!svg.contains(unsafe_char), "{}", svg);
    }
}
