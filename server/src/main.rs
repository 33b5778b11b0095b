//! The program `sudolog-server`; all of it is in the library.

fn main() -> std::process::ExitCode {
    sudolog_server::run(std::env::args_os())
}
