//! Colours as CSS writes them.

use std::fmt;

use serde::{Serialize, Serializer};

/// An opaque colour of sRGB; written as `#rrggbb`, which every reader of a manifest knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Color {
    pub red: u8,
    pub green: u8,
    pub blue: u8,
}

/// Why a text is no colour that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoColor {
    Unknown,
    /// One can look through it, to nothing.
    Transparent,
}

impl Color {
    pub const WHITE: Self = Self::new(255, 255, 255);

    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// Reads a colour of CSS: `#f6f3ec`, `tomato`, `rgb(29 92 83)`, `oklch(0.6 0.1 120)`.
    ///
    /// # Errors
    /// A text that is none, or is not opaque.
    pub fn parse(text: &str) -> Result<Self, NoColor> {
        let color = csscolorparser::parse(text).map_err(|_| NoColor::Unknown)?;
        match color.to_rgba8() {
            [red, green, blue, 255] => Ok(Self::new(red, green, blue)),
            _ => Err(NoColor::Transparent),
        }
    }

    /// Returns the largest difference of a channel.
    pub fn distance(self, other: Self) -> u8 {
        let red = self.red.abs_diff(other.red);
        let green = self.green.abs_diff(other.green);
        red.max(green).max(self.blue.abs_diff(other.blue))
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { red, green, blue } = self;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl Serialize for Color {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_as_css_writes_them() {
        for text in ["#1d5c53", "rgb(29 92 83)", "rgb(29, 92, 83)", "#1D5C53FF"] {
            assert_eq!(
                Color::parse(text).map(|color| color.to_string()),
                Ok("#1d5c53".to_owned())
            );
        }
        assert_eq!(Color::parse("White"), Ok(Color::WHITE));
    }

    #[test]
    fn nothing_and_glass_are_no_colours() {
        assert_eq!(Color::parse("greenish"), Err(NoColor::Unknown));
        assert_eq!(Color::parse("transparent"), Err(NoColor::Transparent));
        assert_eq!(Color::parse("rgb(0 0 0 / 50%)"), Err(NoColor::Transparent));
    }
}
