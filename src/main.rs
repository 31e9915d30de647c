//! The `mdpwa` command.

mod cli;
mod console;

fn main() -> std::process::ExitCode {
    cli::run()
}
