//! The host daemon of Sudolog.
fn main() -> std::process::ExitCode {
    sudolog_shipper::run()
}
