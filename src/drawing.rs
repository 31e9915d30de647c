//! Icons drawn from one source: the only place that knows how pictures are drawn and packed.

use crate::color::Color;

/// What a drawing lacks to become an icon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// Neither SVG nor PNG.
    Kind,
    /// What the reader of the format says.
    Unreadable(String),
    /// It has text, which looks different on every machine; the line where it begins.
    Text(u32),
    /// It has other pictures in it; the line of the first.
    Pictures(u32),
    /// Width and height.
    NotSquare(u32, u32),
    /// Its edge in pixels.
    TooSmall(u32),
    /// Nothing can be seen.
    Empty,
    /// This mdpwa was built without its feature `icons`.
    LeftOut,
}

/// The edge that a source made of pixels has at least: no icon is drawn larger.
pub const SMALLEST: u32 = 512;

/// How far from the centre a launcher never cuts, in edges of the icon.
pub const SAFE: f64 = 0.4;

#[cfg(feature = "icons")]
pub use drawn::Drawing;

#[cfg(not(feature = "icons"))]
pub use left_out::Drawing;

#[cfg(feature = "icons")]
mod drawn {
    use std::collections::BTreeMap;

    use resvg::tiny_skia::{FilterQuality, Pixmap, PixmapPaint, PremultipliedColorU8, Transform};
    use resvg::usvg::roxmltree::{Document, ParsingOptions};
    use resvg::usvg::{Options, Tree};

    use super::{Color, Flaw, SAFE, SMALLEST};
    use crate::picture::{Kind, Picture};
    use crate::site::SIGNATURE;

    /// A square source of icons.
    pub struct Drawing {
        form: Form,
        plate: Option<Color>,
    }

    enum Form {
        Vector(Box<Tree>, Vec<u8>),
        Pixels(Pixmap),
    }

    impl Drawing {
        /// Reads an SVG or a PNG.
        ///
        /// # Errors
        /// The first thing that keeps it from becoming an icon.
        pub fn parse(bytes: &[u8]) -> Result<Self, Flaw> {
            let form = match Picture::of(bytes).map(|picture| picture.kind) {
                Some(Kind::Svg) => vector(bytes)?,
                Some(Kind::Png) => pixels(bytes)?,
                _ if looks_like_xml(bytes) => {
                    return Err(vector(bytes).err().unwrap_or(Flaw::Kind));
                }
                _ => return Err(Flaw::Kind),
            };
            let mut drawing = Self { form, plate: None };
            let sample = drawing.canvas(SAMPLE, SAMPLE, 1.0, None);
            if sample.pixels().iter().all(|pixel| pixel.alpha() == 0) {
                return Err(Flaw::Empty);
            }
            drawing.plate = plate(&sample);
            Ok(drawing)
        }

        /// Returns the one colour that the drawing stands on, where it fills the square.
        pub fn plate(&self) -> Option<Color> {
            self.plate
        }

        /// Returns the source as it is, marked as ours, where it is a drawing and not made of pixels.
        pub fn svg(&self) -> Option<Vec<u8>> {
            let Form::Vector(_, source) = &self.form else {
                return None;
            };
            let mut svg = source.trim_ascii_end().to_vec();
            svg.extend(format!("\n<!-- {SIGNATURE}. -->\n").bytes());
            Some(svg)
        }

        /// Returns a square PNG with the drawing in its middle, `scale` of its edge wide.
        pub fn png(&self, edge: u32, scale: f64, background: Option<Color>) -> Vec<u8> {
            packed(&self.canvas(edge, edge, scale, background), Pack::Small)
        }

        /// Returns a PNG for the screen that is shown while an app starts: the drawing in the middle, a quarter of the
        /// shorter side wide.
        pub fn screen(&self, width: u32, height: u32, background: Color) -> Vec<u8> {
            let scale = f64::from(width.min(height)) / 4.0 / f64::from(width.min(height));
            packed(
                &self.canvas(width, height, scale, Some(background)),
                Pack::Fast,
            )
        }

        /// Returns a PNG of which only the opacity counts: the drawing's outline, or where it fills its square with
        /// one colour, what stands out from that.
        pub fn monochrome(&self, edge: u32) -> Vec<u8> {
            let mut canvas = self.canvas(edge, edge, 1.0, None);
            let strongest = |plate: Color, canvas: &Pixmap| {
                let mut seen = canvas.pixels().iter().filter(|pixel| pixel.alpha() == 255);
                seen.by_ref()
                    .map(|pixel| color_of(*pixel).distance(plate))
                    .max()
                    .unwrap_or(0)
                    .max(1)
            };
            let plate = self.plate.map(|plate| (plate, strongest(plate, &canvas)));
            for pixel in canvas.pixels_mut() {
                let mut alpha = u32::from(pixel.alpha());
                if let Some((plate, strongest)) = plate {
                    let contrast = u32::from(color_of(*pixel).distance(plate));
                    alpha = alpha * contrast / u32::from(strongest);
                }
                let alpha = u8::try_from(alpha).unwrap_or(u8::MAX);
                *pixel = PremultipliedColorU8::from_rgba(0, 0, 0, alpha)
                    .unwrap_or(PremultipliedColorU8::TRANSPARENT);
            }
            packed(&canvas, Pack::Small)
        }

        /// Returns an ICO that holds PNGs.
        pub fn ico(&self, edges: &[u32]) -> Vec<u8> {
            let pictures: Vec<Vec<u8>> = edges
                .iter()
                .map(|edge| self.png(*edge, 1.0, None))
                .collect();
            let mut at = 6 + 16 * edges.len();
            let mut ico = vec![0, 0, 1, 0];
            ico.extend(short(edges.len()));
            for (edge, picture) in edges.iter().zip(&pictures) {
                let edge = u8::try_from(*edge).unwrap_or(0);
                ico.extend([edge, edge, 0, 0, 1, 0, 32, 0]);
                ico.extend(long(picture.len()));
                ico.extend(long(at));
                at += picture.len();
            }
            ico.extend(pictures.concat());
            ico
        }

        /// Returns how far from the centre the drawing has an edge that can be seen on this background, in edges of the
        /// square. What is flat or fades is not seen to be cut.
        pub fn reach(&self, background: Color) -> f64 {
            let canvas = self.canvas(SAMPLE, SAMPLE, 1.0, Some(background));
            let at = |x: u32, y: u32| canvas.pixel(x, y).map_or(background, color_of);
            let middle = f64::from(SAMPLE) / 2.0;
            let mut reach = 0.0_f64;
            for (x, y) in (0..SAMPLE).flat_map(|y| (0..SAMPLE).map(move |x| (x, y))) {
                let here = at(x, y);
                let right = (x + 1 < SAMPLE).then(|| at(x + 1, y).distance(here));
                let below = (y + 1 < SAMPLE).then(|| at(x, y + 1).distance(here));
                if right.max(below).is_some_and(|step| step > VISIBLE) {
                    let (dx, dy) = (f64::from(x) + 1.0 - middle, f64::from(y) + 1.0 - middle);
                    reach = reach.max(dx.hypot(dy) / f64::from(SAMPLE));
                }
            }
            reach
        }

        /// Returns how large the drawing can be in an icon that a launcher cuts.
        pub fn safe_scale(&self, background: Color) -> f64 {
            (SAFE / self.reach(background).max(SAFE)).min(1.0)
        }

        fn canvas(&self, width: u32, height: u32, scale: f64, background: Option<Color>) -> Pixmap {
            let Some(mut canvas) = Pixmap::new(width, height) else {
                unreachable!("sizes are not zero, and not larger than a screen")
            };
            if let Some(Color { red, green, blue }) = background {
                canvas.fill(resvg::tiny_skia::Color::from_rgba8(red, green, blue, 255));
            }
            let edge = f64::from(width.min(height)) * scale;
            match &self.form {
                Form::Vector(tree, _) => {
                    let size = tree.size();
                    let (wide, high) = (f64::from(size.width()), f64::from(size.height()));
                    let left = (f64::from(width) - edge) / 2.0;
                    let top = (f64::from(height) - edge) / 2.0;
                    #[expect(
                        clippy::cast_possible_truncation,
                        reason = "the renderer counts in f32"
                    )]
                    let place = Transform::from_row(
                        (edge / wide) as f32,
                        0.0,
                        0.0,
                        (edge / high) as f32,
                        left as f32,
                        top as f32,
                    );
                    resvg::render(tree, place, &mut canvas.as_mut());
                }
                Form::Pixels(source) => {
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "an edge is positive and smaller than a screen"
                    )]
                    let edge = (edge.round() as u32).clamp(1, source.width());
                    let small = smaller(source, edge);
                    let left = (width - edge) / 2;
                    let top = (height - edge) / 2;
                    let paint = PixmapPaint {
                        quality: FilterQuality::Nearest,
                        ..PixmapPaint::default()
                    };
                    let (left, top) = (left.cast_signed(), top.cast_signed());
                    canvas.draw_pixmap(
                        left,
                        top,
                        small.as_ref(),
                        &paint,
                        Transform::identity(),
                        None,
                    );
                }
            }
            canvas
        }
    }

    /// The edge of the canvas on which a drawing is looked at.
    const SAMPLE: u32 = 256;

    /// A step of colour between two pixels that an eye takes for an edge.
    const VISIBLE: u8 = 24;

    fn looks_like_xml(bytes: &[u8]) -> bool {
        let text = String::from_utf8_lossy(bytes);
        text.trim_start_matches('\u{feff}')
            .trim_start()
            .starts_with('<')
    }

    fn vector(bytes: &[u8]) -> Result<Form, Flaw> {
        let text = str::from_utf8(bytes).map_err(|error| Flaw::Unreadable(error.to_string()))?;
        let text = text.trim_start_matches('\u{feff}');
        let options = ParsingOptions {
            allow_dtd: true,
            ..ParsingOptions::default()
        };
        let document = Document::parse_with_options(text, options)
            .map_err(|error| Flaw::Unreadable(error.to_string()))?;
        for element in document.descendants().filter(|node| node.is_element()) {
            let line = || document.text_pos_at(element.range().start).row;
            let written = || {
                element
                    .descendants()
                    .any(|node| node.text().is_some_and(|text| !text.trim().is_empty()))
            };
            match element.tag_name().name() {
                "text" if written() => return Err(Flaw::Text(line())),
                "foreignObject" => return Err(Flaw::Text(line())),
                "image" | "feImage" => return Err(Flaw::Pictures(line())),
                _ => {}
            }
        }
        let tree = Tree::from_xmltree(&document, &Options::default())
            .map_err(|error| Flaw::Unreadable(error.to_string()))?;
        let size = tree.size().to_int_size();
        if tree.size().width().max(tree.size().height())
            > 1.01 * tree.size().width().min(tree.size().height())
        {
            return Err(Flaw::NotSquare(size.width(), size.height()));
        }
        Ok(Form::Vector(Box::new(tree), text.as_bytes().to_vec()))
    }

    fn pixels(bytes: &[u8]) -> Result<Form, Flaw> {
        let pixmap =
            Pixmap::decode_png(bytes).map_err(|error| Flaw::Unreadable(error.to_string()))?;
        let (width, height) = (pixmap.width(), pixmap.height());
        if width != height {
            return Err(Flaw::NotSquare(width, height));
        }
        if width < SMALLEST {
            return Err(Flaw::TooSmall(width));
        }
        Ok(Form::Pixels(pixmap))
    }

    /// Returns the one colour around the drawing, where that fills the square; its corners may be round.
    ///
    /// What is seen first from all sides tells it: a single place could lie on a ring or a letter near the edge.
    fn plate(sample: &Pixmap) -> Option<Color> {
        let solid = |x: u32, y: u32| {
            let pixel = sample.pixel(x, y).filter(|pixel| pixel.alpha() >= 250);
            pixel.map(color_of)
        };
        let all = (0..SAMPLE).flat_map(|y| (0..SAMPLE).map(move |x| (x, y)));
        let filled = all.filter(|(x, y)| solid(*x, *y).is_some()).count();
        // A disc that touches all four sides fills 78 % of the square; a mere outline far less.
        if filled * 4 < (SAMPLE * SAMPLE * 3) as usize {
            return None;
        }
        let mut around: Vec<Color> = Vec::new();
        for at in 0..SAMPLE {
            around.extend((0..SAMPLE).find_map(|x| solid(x, at)));
            around.extend((0..SAMPLE).rev().find_map(|x| solid(x, at)));
            around.extend((0..SAMPLE).find_map(|y| solid(at, y)));
            around.extend((0..SAMPLE).rev().find_map(|y| solid(at, y)));
        }
        let like = |color: Color| around.iter().filter(move |one| one.distance(color) <= 4);
        let plate = around
            .iter()
            .copied()
            .max_by_key(|color| like(*color).count())?;
        (like(plate).count() * 10 >= around.len() * 9).then_some(plate)
    }

    fn color_of(pixel: PremultipliedColorU8) -> Color {
        let color = pixel.demultiply();
        Color::new(color.red(), color.green(), color.blue())
    }

    /// Returns a picture made smaller: each pixel is the mean of those it stands for.
    fn smaller(source: &Pixmap, edge: u32) -> Pixmap {
        if edge == source.width() {
            return source.clone();
        }
        let (from, to) = (source.width() as usize, edge as usize);
        let spans: Vec<Vec<(usize, f32)>> = (0..to).map(|at| span(at, from, to)).collect();
        let data = source.data();
        let mut wide = vec![0.0_f32; to * from * 4];
        for y in 0..from {
            for (x, span) in spans.iter().enumerate() {
                for (at, weight) in span {
                    for channel in 0..4 {
                        wide[(y * to + x) * 4 + channel] +=
                            f32::from(data[(y * from + at) * 4 + channel]) * weight;
                    }
                }
            }
        }
        let Some(mut small) = Pixmap::new(edge, edge) else {
            unreachable!("an edge is never zero")
        };
        let out = small.data_mut();
        for (y, span) in spans.iter().enumerate() {
            for x in 0..to {
                for channel in 0..4 {
                    let part =
                        |(at, weight): &(usize, f32)| wide[(at * to + x) * 4 + channel] * weight;
                    let mean: f32 = span.iter().map(part).sum();
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "a mean of bytes is a byte"
                    )]
                    let mean = mean.round() as u8;
                    out[(y * to + x) * 4 + channel] = mean;
                }
            }
        }
        small
    }

    /// Returns the pixels of a line that the pixel `at` of a shorter one stands for, and how much of each.
    fn span(at: usize, from: usize, to: usize) -> Vec<(usize, f32)> {
        // In parts of a pixel of the source, `to` to each, so that nothing is rounded.
        let (start, end) = (at * from, (at + 1) * from);
        let pixels = start / to..end.div_ceil(to);
        let part = |pixel: usize| end.min((pixel + 1) * to) - start.max(pixel * to);
        #[expect(
            clippy::cast_precision_loss,
            reason = "pictures are smaller than 2^23 pixels wide"
        )]
        pixels
            .map(|pixel| (pixel, part(pixel) as f32 / from as f32))
            .collect()
    }

    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Pack {
        Small,
        Fast,
    }

    /// Returns a PNG with our mark in it: with a palette where 256 colours are enough.
    fn packed(canvas: &Pixmap, pack: Pack) -> Vec<u8> {
        let colors: Vec<[u8; 4]> = canvas
            .pixels()
            .iter()
            .map(|pixel| {
                let color = pixel.demultiply();
                [color.red(), color.green(), color.blue(), color.alpha()]
            })
            .collect();
        let mut palette: BTreeMap<[u8; 4], u8> = BTreeMap::new();
        let mut last = None;
        let few = colors.iter().all(|color| {
            if last != Some(color) {
                palette.entry(*color).or_default();
                last = Some(color);
            }
            palette.len() <= 256
        });
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, canvas.width(), canvas.height());
        encoder.set_depth(png::BitDepth::Eight);
        let opaque = colors.iter().all(|color| color[3] == 255);
        let data: Vec<u8> = if few {
            for (number, index) in palette.values_mut().zip(0_u8..=255) {
                *number = index;
            }
            encoder.set_color(png::ColorType::Indexed);
            encoder.set_palette(
                palette
                    .keys()
                    .flat_map(|color| color[..3].to_vec())
                    .collect::<Vec<u8>>(),
            );
            if !opaque {
                encoder.set_trns(palette.keys().map(|color| color[3]).collect::<Vec<u8>>());
            }
            // Most pixels are like the one before, and a screen has millions.
            let mut known = None;
            let number = |color: &[u8; 4]| match known {
                Some((last, number)) if last == *color => number,
                _ => {
                    let number = palette.get(color).copied().unwrap_or_default();
                    known = Some((*color, number));
                    number
                }
            };
            colors.iter().map(number).collect()
        } else if opaque {
            encoder.set_color(png::ColorType::Rgb);
            colors
                .iter()
                .flat_map(|color| color[..3].to_vec())
                .collect()
        } else {
            encoder.set_color(png::ColorType::Rgba);
            colors.concat()
        };
        encoder.set_filter(if few {
            png::Filter::NoFilter
        } else {
            png::Filter::Adaptive
        });
        match pack {
            Pack::Small => encoder.set_deflate_compression(png::DeflateCompression::Level(9)),
            Pack::Fast => encoder.set_deflate_compression(png::DeflateCompression::Level(1)),
        }
        let written = encoder
            .add_text_chunk("Software".to_owned(), SIGNATURE.to_owned())
            .and_then(|()| encoder.write_header())
            .and_then(|mut writer| {
                writer
                    .write_image_data(&data)
                    .and_then(|()| writer.finish())
            });
        match written {
            Ok(()) => bytes,
            Err(error) => unreachable!("memory takes every picture: {error}"),
        }
    }

    fn short(number: usize) -> [u8; 2] {
        u16::try_from(number).unwrap_or(u16::MAX).to_le_bytes()
    }

    fn long(number: usize) -> [u8; 4] {
        u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()
    }
}

#[cfg(not(feature = "icons"))]
mod left_out {
    use super::{Color, Flaw};

    /// Nothing can be drawn without the feature `icons`, so there is none of these.
    pub enum Drawing {}

    impl Drawing {
        /// # Errors
        /// Always.
        pub fn parse(_: &[u8]) -> Result<Self, Flaw> {
            Err(Flaw::LeftOut)
        }

        pub fn plate(&self) -> Option<Color> {
            match *self {}
        }

        pub fn svg(&self) -> Option<Vec<u8>> {
            match *self {}
        }

        pub fn png(&self, _: u32, _: f64, _: Option<Color>) -> Vec<u8> {
            match *self {}
        }

        pub fn screen(&self, _: u32, _: u32, _: Color) -> Vec<u8> {
            match *self {}
        }

        pub fn monochrome(&self, _: u32) -> Vec<u8> {
            match *self {}
        }

        pub fn ico(&self, _: &[u32]) -> Vec<u8> {
            match *self {}
        }

        pub fn reach(&self, _: Color) -> f64 {
            match *self {}
        }

        pub fn safe_scale(&self, _: Color) -> f64 {
            match *self {}
        }
    }
}

#[cfg(all(test, feature = "icons"))]
mod tests {
    use super::*;

    fn plate(shapes: &str) -> Option<String> {
        let svg =
            format!("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 100 100'>{shapes}</svg>");
        let drawing = Drawing::parse(svg.as_bytes()).expect("a drawing");
        drawing.plate().map(|plate| plate.to_string())
    }

    #[test]
    fn a_ring_near_the_edge_does_not_pass_for_the_plate() {
        let ring = "<circle cx='50' cy='50' r='44' fill='none' stroke='#fff' stroke-width='8'/>";
        for plates in [
            "<rect width='100' height='100' rx='22' fill='teal'/>",
            "<rect width='100' height='100' fill='teal'/>",
            "<circle cx='50' cy='50' r='50' fill='teal'/>",
        ] {
            let plate = plate(&format!("{plates}{ring}"));
            assert_eq!(plate.as_deref(), Some("#008080"), "{plates}");
        }
    }

    #[test]
    fn a_strip_of_another_colour_may_reach_the_edge() {
        let strip = "<rect width='100' height='100' fill='teal'/><path d='M48 0h4v100h-4z'/>";
        assert_eq!(plate(strip).as_deref(), Some("#008080"));
    }

    #[test]
    fn outlines_stars_and_pieces_stand_on_nothing() {
        for shapes in [
            "<circle cx='50' cy='50' r='46' fill='none' stroke='teal' stroke-width='8'/>",
            "<path d='M50 0 62 38 100 50 62 62 50 100 38 62 0 50 38 38z' fill='teal'/>",
            "<circle cx='50' cy='50' r='40' fill='teal'/>",
            "<path d='M0 0h50v100H0z' fill='teal'/><path d='M50 0h50v100H50z' fill='red'/>",
        ] {
            assert_eq!(plate(shapes), None, "{shapes}");
        }
    }
}
