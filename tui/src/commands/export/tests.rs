//! What the player exports.

use super::*;

#[test]
fn the_player_writes_a_file_once_and_without_what_is_hidden() {
    let dir = tempfile::tempdir().unwrap();
    let recording = dir.path().join("recording");
    std::fs::create_dir(&recording).unwrap();
    std::fs::write(recording.join("timing"), "4 0.5 14\n").unwrap();
    std::fs::write(recording.join("ttyout"), "key=hunter2 ab").unwrap();
    let file = dir.path().join("out.html");
    let write = |format, rule: Option<&str>, file: PathBuf| {
        let subject = Subject::Directory(recording.clone(), "recording".to_owned());
        let (rule, at) = (rule.map(str::to_owned), Duration::ZERO);
        let request = ExportRequest { tsid: None, format, file, rule, at };
        to_file(subject, request).map_err(|failure| failure.to_string())
    };
    let said = write(ExportFormat::Html, Some("key=(\\S+)"), file.clone()).unwrap();
    assert!(said.starts_with("exported to ") && said.contains("out.html"), "{said}");
    let page = std::fs::read_to_string(&file).unwrap();
    assert!(page.contains("key=███████ ab") && !page.contains("hunter2"), "{page}");
    let again = write(ExportFormat::Html, None, file.clone()).unwrap_err();
    assert!(again.contains("name another file"), "{again}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), page);
    let wrong = write(ExportFormat::Txt, Some("("), dir.path().join("x")).unwrap_err();
    assert!(wrong.contains("not a regex") && !dir.path().join("x").exists(), "{wrong}");
    write(ExportFormat::Svg, None, dir.path().join("x.svg")).unwrap();
    let svg = std::fs::read_to_string(dir.path().join("x.svg")).unwrap();
    assert!(!svg.contains("hunter2"), "it is of the moment before: {svg}");
}
