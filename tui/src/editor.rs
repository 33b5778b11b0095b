//! The operator's own editor, for a text that is longer than a line: it gets a private file and the
//! terminal, and the text is read back when it ends.

use std::ffi::OsString;
use std::fs::{File, Permissions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use sudolog_core::limits::RULES_BYTES_MAX;

/// Lets the operator change a text in `$VISUAL`, `$EDITOR` or vi. Blocks until the editor ends.
///
/// # Errors
/// What to tell the operator; the text is then as it was.
pub fn write(text: &str) -> Result<String, String> {
    let named = |name| std::env::var_os(name).filter(|editor| !editor.is_empty());
    let editor = named("VISUAL").or_else(|| named("EDITOR")).unwrap_or_else(|| FALLBACK.into());
    write_with(editor, text)
}

fn write_with(editor: OsString, text: &str) -> Result<String, String> {
    let disk = |error| format!("the text cannot be written for the editor: {error}");
    // Nobody else may look into the directory, and the file in it is the operator's alone.
    let dir = tempfile::Builder::new()
        .prefix("sudolog-")
        .permissions(Permissions::from_mode(0o700))
        .tempdir()
        .map_err(disk)?;
    let mut file =
        tempfile::Builder::new().suffix(".yaml").tempfile_in(dir.path()).map_err(disk)?;
    file.write_all(text.as_bytes()).map_err(disk)?;
    let path = file.into_temp_path();
    run(editor, &path)?;
    read(&path)
}

/// As other programs do it: the name may come with arguments.
fn run(mut editor: OsString, path: &Path) -> Result<(), String> {
    let shown = editor.to_string_lossy().escape_debug().to_string();
    editor.push(" \"$@\"");
    let status = Command::new("/bin/sh").arg("-c").arg(editor).arg("sh").arg(path).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => {
            Err(format!("nothing was taken from the editor, which ended with {status}: {shown}"))
        }
        Err(error) => Err(format!("{shown} cannot be run: {error}; set EDITOR")),
    }
}

fn read(path: &Path) -> Result<String, String> {
    let file = File::open(path).map_err(|error| format!("the editor left no file: {error}"))?;
    let mut bytes = Vec::new();
    let read = file.take(RULES_BYTES_MAX as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("the editor's file cannot be read: {error}"))?;
    if bytes.len() > RULES_BYTES_MAX {
        return Err(format!(
            "more than {RULES_BYTES_MAX} bytes: nothing was taken from the editor"
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        format!(
            "not UTF-8 at byte {}: nothing was taken from the editor",
            error.utf8_error().valid_up_to()
        )
    })
}

/// What is everywhere.
const FALLBACK: &str = "vi";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_goes_through_an_editor_with_arguments() {
        let written = write_with("sed -i s/one/two/".into(), "one\n");
        assert_eq!(written.as_deref(), Ok("two\n"));
        // Nobody else can read it.
        let mode = write_with(
            "f() { stat -c %a \"$1\" \"${1%/*}\" >\"$1.x\"; mv \"$1.x\" \"$1\"; }; f".into(),
            "",
        );
        assert_eq!(mode.as_deref(), Ok("600\n700\n"));
    }

    #[test]
    fn what_went_wrong_is_said_and_nothing_is_taken() {
        let wrong = [
            ("false #", "ended with"),
            ("no-such-editor", "ended with"),
            ("f() { printf '\\377' >\"$1\"; }; f", "not UTF-8"),
            ("f() { head -c 600000 /dev/zero >\"$1\"; }; f", "more than"),
            ("rm", "left no file"),
        ];
        for (editor, said) in wrong {
            let error = write_with(editor.into(), "text").unwrap_err();
            assert!(error.contains(said), "{editor}: {error}");
        }
    }
}
