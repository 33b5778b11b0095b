//! The program `sudolog-tui`.

fn main() -> std::process::ExitCode {
    sudolog_tui::run(std::env::args_os())
}
