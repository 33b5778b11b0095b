//! A plugin of auditd that tells Sudolog what the kernel saw.
fn main() -> std::process::ExitCode {
    sudolog_shipper::audisp::run()
}
