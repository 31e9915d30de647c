//! A network of the test's own: loopback for the server, and a pair of virtual cables for the "wifi".
//!
//! With loopback alone a browser believes itself offline and never fires a `sync` event, however many
//! servers answer on localhost; hence the cables.

use std::env;
use std::process::{self, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::runner::output;

#[derive(Clone, Copy)]
enum Way {
    /// A user namespace, which needs no rights.
    Unshare,
    /// A named namespace, which needs to be root.
    Named,
}

/// A command that runs its arguments in a new network, which goes with this value.
pub(crate) struct Namespace {
    pub(crate) command: Command,
    name: Option<String>,
}

impl Namespace {
    pub(crate) fn command() -> Namespace {
        static NAMED: AtomicUsize = AtomicUsize::new(0);
        match way().expect("asked before the first test") {
            Way::Unshare => {
                let mut command = Command::new("unshare");
                command.arg("-rn");
                Namespace {
                    command,
                    name: None,
                }
            }
            Way::Named => {
                let name = format!(
                    "mdpwa-{}-{}",
                    process::id(),
                    NAMED.fetch_add(1, Ordering::Relaxed)
                );
                ip(&["netns", "add", &name]);
                let mut command = Command::new("ip");
                command.args(["netns", "exec", &name]);
                Namespace {
                    command,
                    name: Some(name),
                }
            }
        }
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            ip(&["netns", "delete", name]);
        }
    }
}

/// Says why no network can be made here.
pub(crate) fn missing() -> Option<String> {
    match way() {
        Some(_) => None,
        None => Some(
            "neither `unshare -rn ip link add …` nor, as root, `ip netns add …` is permitted or installed; \
             the tests need `unshare` (util-linux) and `ip` (iproute2) and the right to make a network namespace"
                .to_string(),
        ),
    }
}

fn way() -> Option<Way> {
    static WAY: OnceLock<Option<Way>> = OnceLock::new();
    *WAY.get_or_init(|| {
        let cable = [
            "ip", "link", "add", "wifi0", "type", "veth", "peer", "name", "wifi1",
        ];
        if permitted(Command::new("unshare").arg("-rn").args(cable)) {
            return Some(Way::Unshare);
        }
        let name = format!("mdpwa-{}-try", process::id());
        if !permitted(Command::new("ip").args(["netns", "add", &name])) {
            return None;
        }
        let permitted_in_it = permitted(
            Command::new("ip")
                .args(["netns", "exec", &name])
                .args(cable),
        );
        ip(&["netns", "delete", &name]);
        permitted_in_it.then_some(Way::Named)
    })
}

fn permitted(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Lays the cables; runs in the child, inside the new network.
pub(crate) fn set_up() {
    ip(&["link", "set", "lo", "up"]);
    ip(&[
        "link", "add", "wifi0", "type", "veth", "peer", "name", "wifi1",
    ]);
    // The far end is nobody; without an address it keeps silent.
    ip(&["link", "set", "wifi1", "addrgenmode", "none"]);
    ip(&["link", "set", "wifi1", "up"]);
    ip(&["addr", "add", "10.231.0.2/24", "dev", "wifi0"]);
    wifi_on();
}

pub(crate) fn wifi_on() {
    ip(&["link", "set", "wifi0", "up"]);
    ip(&["route", "replace", "default", "via", "10.231.0.1"]);
}

/// Cuts the link and gives the browser's sync scheduler, which is slower than `navigator.onLine`, time to see it.
pub(crate) fn wifi_off() {
    ip(&["link", "set", "wifi0", "down"]);
    thread::sleep(Duration::from_secs(3));
}

fn ip(arguments: &[&str]) {
    // `ip` lives in a folder for administrators that is not everybody's path.
    let path = env::var("PATH").unwrap_or_default();
    output(
        Command::new("ip")
            .args(arguments)
            .env("PATH", format!("{path}:/usr/sbin:/sbin")),
    );
}
