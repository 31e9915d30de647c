//! The `mdpwa` command.

mod cli;
mod console;
mod watch;

fn main() -> std::process::ExitCode {
    cli::run()
}
