//! What kind of picture some bytes are and how large it is, as their headers say: names and promises are not asked.

use imagesize::ImageType;

/// A kind of picture that browsers take as an icon or a screenshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Avif,
    Gif,
    Ico,
    Jpeg,
    Png,
    Svg,
    WebP,
}

impl Kind {
    pub fn media_type(self) -> &'static str {
        match self {
            Kind::Avif => "image/avif",
            Kind::Gif => "image/gif",
            Kind::Ico => "image/x-icon",
            Kind::Jpeg => "image/jpeg",
            Kind::Png => "image/png",
            Kind::Svg => "image/svg+xml",
            Kind::WebP => "image/webp",
        }
    }
}

/// A picture as its bytes say it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picture {
    pub kind: Kind,
    /// Width and height in pixels; nothing for drawings, which have every size.
    pub size: Option<(usize, usize)>,
}

impl Picture {
    /// Returns nothing for what is no picture, or one that browsers do not show.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        if is_svg(bytes) {
            return Some(Self {
                kind: Kind::Svg,
                size: None,
            });
        }
        let kind = match imagesize::image_type(bytes).ok()? {
            ImageType::Gif => Kind::Gif,
            ImageType::Heif(imagesize::Compression::Av1) => Kind::Avif,
            ImageType::Ico => Kind::Ico,
            ImageType::Jpeg => Kind::Jpeg,
            ImageType::Png => Kind::Png,
            ImageType::Webp => Kind::WebP,
            _ => return None,
        };
        let size = imagesize::blob_size(bytes).ok()?;
        Some(Self {
            kind,
            size: Some((size.width, size.height)),
        })
    }
}

/// Says whether the root of a text is the element `svg`.
fn is_svg(bytes: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(bytes) else {
        return false;
    };
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    loop {
        let end = if rest.starts_with("<!--") {
            "-->"
        } else if rest.starts_with("<?") {
            "?>"
        } else if rest.starts_with("<!DOCTYPE") {
            // Its entities may stand in brackets.
            match (rest.find('['), rest.find('>')) {
                (Some(open), Some(close)) if open < close => "]>",
                _ => ">",
            }
        } else {
            break;
        };
        match rest.split_once(end) {
            Some((_, after)) => rest = after.trim_start(),
            None => return false,
        }
    }
    let name = rest.strip_prefix("<svg").unwrap_or_default();
    name.starts_with(|c: char| c.is_whitespace() || c == '>')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_is_known_by_its_root() {
        let svg = Some(Picture {
            kind: Kind::Svg,
            size: None,
        });
        assert_eq!(
            Picture::of(b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            svg
        );
        let led = b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- drawn -->\n<!DOCTYPE svg [<!ENTITY a 'b'>]>\n<svg>";
        assert_eq!(Picture::of(led), svg);
        assert_eq!(Picture::of(b"<html><svg></svg></html>"), None);
        assert_eq!(Picture::of(b""), None);
    }

    #[test]
    fn a_picture_is_as_large_as_its_header_says() {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        png.extend([0, 0, 0, 192, 0, 0, 1, 0, 8, 6, 0, 0, 0, 0, 0, 0, 0]);
        let found = Picture {
            kind: Kind::Png,
            size: Some((192, 256)),
        };
        assert_eq!(Picture::of(&png), Some(found));
    }
}
