//! The site's side of the preview: its files, as its host would send them.

use std::fs::{self, File};
use std::io::{self, Cursor, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Component, Path, PathBuf};
use std::time::UNIX_EPOCH;

use flate2::{Compression, write::GzEncoder};
use percent_encoding::percent_decode_str;

use super::reply::{Asked, Reply};
use crate::host::{Answer, Host};
use crate::url_path::UrlPath;

/// The folder that is served, and how.
pub struct Folder {
    root: PathBuf,
    base: String,
    host: Host,
}

impl Folder {
    /// The folder `root` under the URL path `base`, which starts and ends with `/`.
    pub fn new(root: PathBuf, base: &str, host: Host) -> Folder {
        let base = match base.trim_matches('/') {
            "" => "/".to_owned(),
            base => format!("/{base}/"),
        };
        Folder { root, base, host }
    }

    pub fn base(&self) -> &str {
        &self.base
    }

    /// Whether the URL path is answered with a file or a redirect.
    pub fn has(&self, path: &str) -> bool {
        self.within(path).is_some_and(|path| {
            let answer = self.host.answer(&path, &|path| self.file(path).is_some());
            !matches!(answer, Answer::NotFound(_))
        })
    }

    /// What the host would answer to a request for one of the site's URLs.
    pub fn answer(&self, asked: &Asked) -> Reply {
        let (path, query) = asked.path_and_query();
        if path == self.base.trim_end_matches('/') && !path.is_empty() {
            return Reply::redirect(301, &format!("{}{query}", self.base));
        }
        let Some(inside) = self.within(path) else {
            let base = &self.base;
            return Reply::text(
                404,
                &format!("404: the site is under {base}, and this is not there\n"),
            );
        };
        match self.host.answer(&inside, &|path| self.file(path).is_some()) {
            Answer::File(path) => self.send(asked, &path, 200),
            Answer::Redirect(path, status) => {
                let path = UrlPath::of_file(&path);
                Reply::redirect(
                    status,
                    &format!("{}{}{query}", self.base, &path.as_str()[1..]),
                )
            }
            Answer::NotFound(Some(page)) => self.send(asked, &page, 404),
            Answer::NotFound(None) => {
                Reply::text(404, "404: nothing of the site is at this address\n")
            }
        }
    }

    /// The decoded path from the site's root, or nothing where the path is not the site's.
    fn within(&self, path: &str) -> Option<String> {
        let path = percent_decode_str(path).decode_utf8().ok()?;
        let base = percent_decode_str(&self.base).decode_utf8().ok()?;
        path.strip_prefix(&*base).map(|rest| format!("/{rest}"))
    }

    /// The file at a decoded path. No path leads out of the folder or to hidden files; links lead where they lead,
    /// as for the build.
    fn file(&self, path: &str) -> Option<PathBuf> {
        let mut file = self.root.clone();
        for segment in path.strip_prefix('/')?.split('/') {
            let mut parts = Path::new(segment).components();
            let (Some(Component::Normal(name)), None) = (parts.next(), parts.next()) else {
                return None;
            };
            if name != segment || (segment.starts_with('.') && segment != ".well-known") {
                return None;
            }
            file.push(name);
        }
        file.is_file().then_some(file)
    }

    fn send(&self, asked: &Asked, path: &str, status: u16) -> Reply {
        let Some(file) = self.file(path) else {
            return Reply::text(404, "404: the file has just gone\n");
        };
        read(asked, &file, path, status).unwrap_or_else(|error| {
            Reply::text(500, &format!("500: {}: {error}\n", file.display()))
        })
    }
}

/// The file's content, or the part of it that is asked for and not known yet.
fn read(asked: &Asked, path: &Path, name: &str, status: u16) -> io::Result<Reply> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    let media = media_type(name);
    let tag = tag(&file.metadata()?, size);
    let whole = status == 200;

    if media.text && !(whole && asked.header("range").is_some()) {
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let gzip = text.len() > 512 && asked.accepts("gzip");
        let tag = if gzip {
            format!("\"{tag}-gzip\"")
        } else {
            format!("\"{tag}\"")
        };
        if whole && asked.knows(&tag) {
            return Ok(Reply::empty(304)
                .header("ETag", &tag)
                .header("Vary", "Accept-Encoding"));
        }
        let charset = if std::str::from_utf8(&text).is_ok() {
            "; charset=utf-8"
        } else {
            ""
        };
        let reply = if gzip {
            Reply::bytes(status, zip(&text)?).header("Content-Encoding", "gzip")
        } else {
            Reply::bytes(status, text).header("Accept-Ranges", "bytes")
        };
        return Ok(reply
            .header("Content-Type", &format!("{}{charset}", media.name))
            .header("Vary", "Accept-Encoding")
            .header("ETag", &tag));
    }

    let tag = format!("\"{tag}\"");
    if whole && asked.knows(&tag) {
        return Ok(Reply::empty(304).header("ETag", &tag));
    }
    let range = if whole {
        asked.range(size, &tag)
    } else {
        Range::Whole
    };
    let reply = match range {
        Range::Whole => Reply::stream(status, file, size),
        Range::Part(first, last) => {
            file.seek(SeekFrom::Start(first))?;
            let length = last - first + 1;
            Reply::stream(206, file.take(length), length)
                .header("Content-Range", &format!("bytes {first}-{last}/{size}"))
        }
        Range::Outside => {
            return Ok(Reply::empty(416).header("Content-Range", &format!("bytes */{size}")));
        }
    };
    Ok(reply
        .header("Content-Type", media.name)
        .header("Accept-Ranges", "bytes")
        .header("ETag", &tag))
}

/// The part of a file that a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    Whole,
    /// First and last byte.
    Part(u64, u64),
    Outside,
}

impl Range {
    /// What a `Range` header asks for of so many bytes: several ranges, or an unknown unit, get the whole (RFC 9110).
    pub fn parse(header: &str, size: u64) -> Range {
        let Some((first, last)) = header
            .trim()
            .strip_prefix("bytes=")
            .and_then(|range| range.split_once('-'))
        else {
            return Range::Whole;
        };
        match (first.trim(), last.trim()) {
            ("", count) => match count.parse::<u64>() {
                Ok(count) if count > 0 && size > 0 => {
                    Range::Part(size.saturating_sub(count), size - 1)
                }
                Ok(_) => Range::Outside,
                Err(_) => Range::Whole,
            },
            (first, last) => {
                let end = if last.is_empty() {
                    Ok(u64::MAX)
                } else {
                    last.parse::<u64>()
                };
                match (first.parse::<u64>(), end) {
                    (Ok(first), Ok(end)) if end < first => Range::Whole,
                    (Ok(first), Ok(_)) if first >= size => Range::Outside,
                    (Ok(first), Ok(end)) => Range::Part(first, end.min(size - 1)),
                    _ => Range::Whole,
                }
            }
        }
    }
}

/// Changes with the file, and costs no reading.
fn tag(metadata: &fs::Metadata, size: u64) -> String {
    let changed = (metadata.modified().ok())
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
        .unwrap_or_default();
    format!("{:x}-{size:x}", changed.as_nanos())
}

fn zip(text: &[u8]) -> io::Result<Vec<u8>> {
    let mut zipped = GzEncoder::new(Cursor::new(Vec::new()), Compression::default());
    zipped.write_all(text)?;
    Ok(zipped.finish()?.into_inner())
}

struct Media {
    name: &'static str,
    text: bool,
}

/// The media type that a file's name stands for.
fn media_type(name: &str) -> Media {
    let extension = Path::new(name)
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_ascii_lowercase();
    let text = |name| Media { name, text: true };
    let binary = |name| Media { name, text: false };
    match extension.as_str() {
        "html" | "htm" => text("text/html"),
        "css" => text("text/css"),
        "js" | "mjs" | "cjs" => text("text/javascript"),
        "json" | "map" => text("application/json"),
        "webmanifest" => text("application/manifest+json"),
        "svg" => text("image/svg+xml"),
        "xml" => text("application/xml"),
        "xhtml" => text("application/xhtml+xml"),
        "rss" => text("application/rss+xml"),
        "atom" => text("application/atom+xml"),
        "txt" | "log" => text("text/plain"),
        "md" | "markdown" => text("text/markdown"),
        "csv" => text("text/csv"),
        "vtt" => text("text/vtt"),
        "ics" => text("text/calendar"),
        "wasm" => binary("application/wasm"),
        "png" => binary("image/png"),
        "jpg" | "jpeg" => binary("image/jpeg"),
        "gif" => binary("image/gif"),
        "webp" => binary("image/webp"),
        "avif" => binary("image/avif"),
        "ico" => binary("image/vnd.microsoft.icon"),
        "bmp" => binary("image/bmp"),
        "woff" => binary("font/woff"),
        "woff2" => binary("font/woff2"),
        "ttf" => binary("font/ttf"),
        "otf" => binary("font/otf"),
        "mp3" => binary("audio/mpeg"),
        "ogg" | "oga" | "opus" => binary("audio/ogg"),
        "wav" => binary("audio/wav"),
        "m4a" => binary("audio/mp4"),
        "mp4" | "m4v" => binary("video/mp4"),
        "webm" => binary("video/webm"),
        "pdf" => binary("application/pdf"),
        "zip" => binary("application/zip"),
        "gz" => binary("application/gzip"),
        "epub" => binary("application/epub+zip"),
        _ => binary("application/octet-stream"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_those_of_rfc_9110() {
        for (header, expected) in [
            ("bytes=0-1", Range::Part(0, 1)),
            ("bytes=5-", Range::Part(5, 9)),
            ("bytes=-3", Range::Part(7, 9)),
            ("bytes=-30", Range::Part(0, 9)),
            ("bytes=8-99", Range::Part(8, 9)),
            ("bytes=10-", Range::Outside),
            ("bytes=-0", Range::Outside),
            ("bytes=5-2", Range::Whole),
            ("bytes=0-1,4-5", Range::Whole),
            ("lines=0-1", Range::Whole),
            ("bytes=a-b", Range::Whole),
        ] {
            assert_eq!(Range::parse(header, 10), expected, "{header}");
        }
        assert_eq!(Range::parse("bytes=0-", 0), Range::Outside);
        assert_eq!(Range::parse("bytes=-1", 0), Range::Outside);
    }

    #[test]
    fn a_name_without_extension_is_no_web_page() {
        for (name, expected) in [
            ("/a.b/CNAME", "application/octet-stream"),
            ("/html", "application/octet-stream"),
            ("/A.HTML", "text/html"),
            ("/app.wasm", "application/wasm"),
            ("/x.js.map", "application/json"),
        ] {
            assert_eq!(media_type(name).name, expected, "{name}");
        }
    }
}
