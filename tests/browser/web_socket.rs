//! As much of RFC 6455 as a client needs that talks to a browser on the same machine.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

/// There is no proxy between that would have to be kept from misreading what is sent, so any will do; but Firefox takes
/// noughts for none.
const MASK: [u8; 4] = *b"mask";

/// A connection that was agreed upon.
pub(crate) fn connect(port: u16, path: &str) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_nodelay(true).unwrap();
    write!(
        &stream,
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: bWRwd2EgYnJvd3NlciB0cw==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    .unwrap();
    // Nothing comes after the head until something was asked for.
    let mut lines = BufReader::with_capacity(1, &stream).lines();
    let status = lines.next().expect("an answer").unwrap();
    assert!(status.contains(" 101 "), "{status}");
    while !lines
        .next()
        .expect("an end of the head")
        .unwrap()
        .is_empty()
    {}
    stream
}

/// A whole message in one frame.
pub(crate) fn frame(message: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x81];
    match message.len() {
        short @ 0..=125 => bytes.push(0x80 | u8::try_from(short).expect("a byte")),
        middling @ 126..=0xffff => {
            bytes.push(0x80 | 126);
            bytes.extend(u16::try_from(middling).expect("two bytes").to_be_bytes());
        }
        long => {
            bytes.push(0x80 | 127);
            bytes.extend((long as u64).to_be_bytes());
        }
    }
    bytes.extend(MASK);
    bytes.extend(
        message
            .iter()
            .zip(MASK.iter().cycle())
            .map(|(byte, mask)| byte ^ mask),
    );
    bytes
}

/// The next message; nothing when the connection has ended.
pub(crate) fn read(reader: &mut impl Read) -> Option<Vec<u8>> {
    const CLOSE: u8 = 8;
    let mut message = vec![];
    loop {
        let [first, second] = bytes(reader)?;
        let length = match second & 0x7f {
            126 => u64::from(u16::from_be_bytes(bytes(reader)?)),
            127 => u64::from_be_bytes(bytes(reader)?),
            short => u64::from(short),
        };
        let mut part = vec![0; usize::try_from(length).ok()?];
        reader.read_exact(&mut part).ok()?;
        match first & 0x0f {
            CLOSE => return None,
            // Pings and pongs.
            9 | 10 => {}
            _ => message.extend(part),
        }
        if first & 0x80 != 0 && first & 0x0f < CLOSE {
            return Some(message);
        }
    }
}

fn bytes<const N: usize>(reader: &mut impl Read) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes).ok()?;
    Some(bytes)
}
