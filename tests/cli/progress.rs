//! Long work is counted, and a person at a terminal sees how far it has come; nobody else does.

use std::path::Path;

use mdpwa::diff::{Difference, Kept};
use mdpwa::progress::{Progress, Stage};
use mdpwa::project::{Overrides, gzipped};
use mdpwa::{Bundle, Project, Report};

use crate::site::Site;

#[test]
fn every_file_is_counted_once() {
    let site = Site::new();
    site.write(
        "site/sub/page.html",
        "<!doctype html>\n<title>A page</title>\n",
    );
    site.write(
        "pwa.toml",
        &format!(
            "[app]\nname = \"Notes\"\nroot = {:?}\n\n[html]\ninject = true\n",
            site.path("site")
        ),
    );
    let progress = Progress::default();
    let all = |work, total| Stage {
        work,
        done: total,
        total,
    };

    let project = Project::open(&site.path("pwa.toml")).expect("a pwa.toml");
    let overrides = Overrides {
        progress: progress.clone(),
        ..Overrides::default()
    };
    let planned = project.plan(&overrides).expect("a site");
    assert_eq!(progress.stage(), all("reading", 4));

    let bundle = Bundle::render(planned.plan.as_ref().expect("no mistakes"));
    let report = Report::compare(&planned.root, &bundle).expect("a readable folder");
    report
        .write_counting(&planned.root, &bundle, &progress)
        .expect("a folder to write into");
    assert_eq!(progress.stage(), all("rewriting", 2));

    let files = [("/app.js", 0), ("/index.html", 0)];
    gzipped(&planned.root, &files, &progress).expect("readable files");
    assert_eq!(progress.stage(), all("weighing", 2));
}

#[test]
fn what_changes_between_two_builds_is_counted() {
    let (old, new) = (Site::built(), Site::built());
    new.write("site/app.js", "document.title += \"?\";\n");
    new.write("site/new.html", "<!doctype html>\n<title>New</title>\n");
    let kept = |folder: &Path| {
        let project = Project::open(&folder.join("pwa.toml")).expect("a pwa.toml");
        let planned = project.plan(&Overrides::default()).expect("a site");
        Kept::of(planned.plan.as_ref().expect("no mistakes"), &planned.root)
    };
    let progress = Progress::default();
    Difference::between(&kept(old.folder()), &kept(new.folder()), &progress);
    let weighed = Stage {
        work: "weighing",
        done: 2,
        total: 2,
    };
    assert_eq!(progress.stage(), weighed);
}

#[cfg(all(feature = "doctor", target_os = "linux"))]
mod on_a_terminal {
    use std::io::Read as _;
    use std::net::TcpListener;
    use std::process::{Child, Command, Stdio};
    use std::time::Duration;

    use crate::site::Site;

    /// Longer than a bar waits.
    const LONG: Duration = Duration::from_secs(1);

    /// What erases a line.
    const ERASED: &str = "\u{1b}[2K";

    /// Starts the doctor at a server that does not answer for as long as it lives; within `shell`, where `{}` is the
    /// command.
    fn asking(site: &Site, shell: &[&str], terminal: &str) -> (Child, TcpListener) {
        let server = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = server.local_addr().expect("its address").port();
        let mdpwa = env!("CARGO_BIN_EXE_mdpwa");
        let command = format!("'{mdpwa}' doctor http://127.0.0.1:{port}/");
        let words = shell.iter().map(|word| word.replace("{}", &command));
        let child = Command::new(shell[0])
            .args(words.skip(1))
            .current_dir(site.folder())
            .env("TERM", terminal)
            .env_remove("CI")
            .env_remove("http_proxy")
            .env_remove("HTTP_PROXY")
            .env_remove("ALL_PROXY")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts");
        (child, server)
    }

    /// Runs a command on a terminal of its own.
    const TERMINAL: [&str; 4] = ["script", "-qfec", "{}", "/dev/null"];

    #[test]
    fn a_bar_stands_there_until_the_work_is_done() {
        let site = Site::built();
        let (mut child, server) = asking(&site, &TERMINAL, "xterm");
        let mut out = child.stdout.take().expect("it is piped");
        let (mut shown, mut buffer) = (String::new(), [0; 1024]);
        while !shown.contains("asking") {
            let read = out.read(&mut buffer).expect("UTF-8");
            assert!(read > 0, "it ended without a bar: {shown}");
            shown.push_str(&String::from_utf8_lossy(&buffer[..read]));
        }
        drop(server);
        out.read_to_string(&mut shown).expect("UTF-8");
        child.wait().expect("it ends");

        let (_, after) = shown.rsplit_once("asking").expect("a bar");
        assert!(after.contains("] 0/4"), "{shown:?}");
        let (_, said) = after.rsplit_once(ERASED).expect("an erased bar");
        assert!(said.contains("doctor-unreachable"), "{shown:?}");
    }

    #[test]
    fn a_terminal_that_cannot_erase_and_a_pipe_see_none() {
        let site = Site::built();
        let shells: [(&[&str], &str); 2] = [(&TERMINAL, "dumb"), (&["sh", "-c", "{}"], "xterm")];
        for (shell, terminal) in shells {
            let (child, server) = asking(&site, shell, terminal);
            std::thread::sleep(LONG);
            drop(server);
            let output = child.wait_with_output().expect("it ends");
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            assert!(said.contains("doctor-unreachable"), "{said:?}");
            assert!(
                !said.contains("asking") && !said.contains(ERASED),
                "{said:?}"
            );
        }
    }
}
