//! The door between the network and the preview, which can be shut for real.
//!
//! A page must meet what it meets when a server is gone: connections refused and open ones cut. An HTTP server that
//! answers with an error is still there, so the door passes bytes on and knows nothing of HTTP.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long an answer may take each time before the server is nudged.
const NUDGES: [Duration; 6] = [
    Duration::from_millis(20),
    Duration::from_millis(40),
    Duration::from_millis(80),
    Duration::from_millis(160),
    Duration::from_millis(320),
    Duration::from_millis(640),
];

/// Passes connections from one address on to another while it is open.
pub struct Gate {
    address: SocketAddr,
    inside: SocketAddr,
    open: Option<Open>,
}

struct Open {
    closing: Arc<AtomicBool>,
    connections: Connections,
    accepting: JoinHandle<()>,
}

type Connections = Arc<Mutex<BTreeMap<u64, Pair>>>;

struct Pair {
    outside: TcpStream,
    inside: TcpStream,
}

impl Gate {
    /// Opens at `address`, where port 0 is any free one, for a server that listens at `inside`.
    pub fn open(address: SocketAddr, inside: SocketAddr) -> io::Result<Gate> {
        let listener = TcpListener::bind(address)?;
        let mut gate = Gate {
            address: listener.local_addr()?,
            inside,
            open: None,
        };
        gate.listen(listener);
        Ok(gate)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Refuses new connections and cuts the open ones.
    pub fn shut(&mut self) {
        let Some(open) = self.open.take() else { return };
        open.closing.store(true, Ordering::Release);
        wake(self.address);
        // A thread that panicked has given its listener back as well.
        drop(open.accepting.join());
        for pair in lock(&open.connections).values() {
            pair.cut();
        }
    }

    /// Takes connections again, at the same address.
    pub fn reopen(&mut self) -> io::Result<()> {
        if self.open.is_none() {
            let listener = bind_again(self.address)?;
            self.listen(listener);
        }
        Ok(())
    }

    fn listen(&mut self, listener: TcpListener) {
        let closing = Arc::new(AtomicBool::new(false));
        let connections = Connections::default();
        let accepting = {
            let (closing, connections, inside) =
                (closing.clone(), connections.clone(), self.inside);
            thread::spawn(move || accept(&listener, inside, &closing, &connections))
        };
        self.open = Some(Open {
            closing,
            connections,
            accepting,
        });
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.shut();
    }
}

/// Makes the sockets that the listener accepts send at once. tiny_http writes head and body apart, and each body would
/// wait 40 ms for the acknowledgement of its head. The option is inherited, and std offers it for streams only.
pub fn without_delay(listener: TcpListener) -> io::Result<TcpListener> {
    #[cfg(unix)]
    use std::os::fd::OwnedFd as Owned;
    #[cfg(windows)]
    use std::os::windows::io::OwnedSocket as Owned;

    let stream = TcpStream::from(Owned::from(listener));
    stream.set_nodelay(true)?;
    Ok(TcpListener::from(Owned::from(stream)))
}

fn accept(
    listener: &TcpListener,
    inside: SocketAddr,
    closing: &AtomicBool,
    connections: &Connections,
) {
    for (number, outside) in (0_u64..).zip(listener.incoming()) {
        if closing.load(Ordering::Acquire) {
            return;
        }
        // A client that went away while it waited is no reason to stop.
        let Ok(outside) = outside else { continue };
        let Ok(pair) = Pair::new(outside, inside) else {
            continue;
        };
        let Ok(kept) = pair.again() else { continue };
        lock(connections).insert(number, kept);
        let connections = connections.clone();
        thread::spawn(move || {
            pair.pass();
            lock(&connections).remove(&number);
        });
    }
}

impl Pair {
    fn new(outside: TcpStream, inside: SocketAddr) -> io::Result<Pair> {
        let inside = TcpStream::connect(inside)?;
        outside.set_nodelay(true)?;
        inside.set_nodelay(true)?;
        Ok(Pair { outside, inside })
    }

    fn again(&self) -> io::Result<Pair> {
        Ok(Pair {
            outside: self.outside.try_clone()?,
            inside: self.inside.try_clone()?,
        })
    }

    /// Copies both ways until both sides have said all, or one is cut.
    fn pass(&self) {
        // A browser opens connections it may never use; only one that speaks waits for an answer.
        drop(self.outside.peek(&mut [0]));
        thread::scope(|scope| {
            scope.spawn(|| copy(&self.outside, &self.inside));
            drop(self.nudge());
            copy(&self.inside, &self.outside);
        });
    }

    /// Sees to it that the connection is taken. tiny_http counts on one idle thread for all connections that arrive
    /// together, and those it forgets wait until another one ends. One more, which ends at once, makes it start a
    /// thread, and that goes on with what waits.
    fn nudge(&self) -> io::Result<()> {
        let server = self.inside.peer_addr()?;
        for patience in NUDGES {
            self.inside.set_read_timeout(Some(patience))?;
            if self.inside.peek(&mut [0]).is_ok() {
                break;
            }
            drop(TcpStream::connect(server));
        }
        self.inside.set_read_timeout(None)
    }

    fn cut(&self) {
        for stream in [&self.outside, &self.inside] {
            // An end that is gone already is as good as cut.
            drop(stream.shutdown(Shutdown::Both));
        }
    }
}

fn copy(mut from: &TcpStream, mut to: &TcpStream) {
    // A broken connection ends as an orderly one does: the other side hears that nothing more comes.
    drop(io::copy(&mut from, &mut to));
    drop(to.shutdown(Shutdown::Write));
}

/// Binds an address that was ours a moment ago, and may still be in the hands of a process that is leaving.
fn bind_again(address: SocketAddr) -> io::Result<TcpListener> {
    for _ in 0..20 {
        match TcpListener::bind(address) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                thread::sleep(Duration::from_millis(50))
            }
            other => return other,
        }
    }
    TcpListener::bind(address)
}

/// Connects once, so that a thread that waits for a connection looks up.
fn wake(mut address: SocketAddr) {
    if address.ip().is_unspecified() {
        address.set_ip(match address.ip() {
            IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    drop(TcpStream::connect(address));
}

fn lock(connections: &Connections) -> std::sync::MutexGuard<'_, BTreeMap<u64, Pair>> {
    connections.lock().unwrap_or_else(PoisonError::into_inner)
}
