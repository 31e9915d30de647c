//! Programs that end when the test does, however it ends.

use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Ends the program and all its processes when our end of the pipe is closed, even if that is because we were killed.
const WATCH: &str = r#"
# What ends the test from outside goes to its whole group, and this has to outlive it.
trap '' HUP INT TERM
exec 3<&0 2>/dev/null
setsid "$@" 3<&- </dev/null >"$SAYS" 2>&1 &
program=$!
{ read -r _ <&3; kill -9 -$program || kill -9 $program; } &
watch=$!
exec 3<&-
wait $program
kill -9 $watch
"#;

pub(crate) struct Watched {
    shell: Child,
}

impl Watched {
    /// Starts a program, whose words go into a file.
    pub(crate) fn start(command: &Command, says: &Path) -> Watched {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", WATCH, "sh"])
            .arg(command.get_program())
            .args(command.get_args())
            .env("SAYS", says)
            .stdin(Stdio::piped());
        for (name, value) in command.get_envs() {
            shell.env(name, value.unwrap_or_default());
        }
        Watched {
            shell: shell.spawn().unwrap(),
        }
    }

    /// Waits until the program has ended by itself.
    pub(crate) fn wait(&mut self) {
        self.shell.wait().unwrap();
    }

    /// Ends the program as a crash would.
    pub(crate) fn end(&mut self) {
        drop(self.shell.stdin.take());
        let _ended_already = self.shell.wait();
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.end();
    }
}
