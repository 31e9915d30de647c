//! `[icons]` in one picture: what becomes of the example's drawing, as home screens show it, in the light and in the dark.
//!
//! `SNAPSHOTS=overwrite cargo test --test icons` draws `docs/icons.png` anew.

use std::path::{Path, PathBuf};

use mdpwa::Project;
use mdpwa::features::icons::Icon;
use mdpwa::project::Overrides;
use resvg::tiny_skia::{
    Color, FillRule, Mask, Paint, Path as Outline, PathBuilder, Pixmap, PixmapPaint,
    PremultipliedColorU8, Rect, Transform,
};

/// The edge of the largest icons on the sheet, and the space around them.
const EDGE: u32 = 192;
const GAP: u32 = 32;
/// Of large icons; the small ones stand in another, half as wide.
const COLUMNS: u32 = 5;
const ROW: u32 = EDGE + 2 * GAP;

/// Of the paper, and of what is tinted on it.
const SCHEMES: [([u8; 3], [u8; 3]); 2] = [
    ([0xf6, 0xf3, 0xec], [0x24, 0x3b, 0x53]),
    ([0x14, 0x19, 0x1a], [0xbc, 0xd3, 0xc9]),
];

#[test]
fn two_runs_draw_the_same_bytes() {
    let bytes = |icons: Vec<Icon>| -> Vec<(String, Vec<u8>)> {
        let files = icons.into_iter().map(|icon| (icon.path, icon.contents));
        files.collect()
    };
    assert_eq!(bytes(icons()), bytes(icons()));
}

#[test]
fn the_sheet_shows_what_is_drawn() {
    let sheet = sheet(&icons()).encode_png().expect("a picture");
    let file = home().join("docs/icons.png");
    if std::env::var("SNAPSHOTS").is_ok_and(|wish| wish == "overwrite") {
        std::fs::write(&file, &sheet).expect("a file");
    }
    let shown = std::fs::read(&file).expect("docs/icons.png");
    assert!(shown == sheet, "the icons look different now");
}

/// The icons that the example's pwa.toml comes to.
fn icons() -> Vec<Icon> {
    let project = Project::find(&home().join("example")).expect("a pwa.toml");
    let planned = project.plan(&Overrides::default()).expect("a site");
    let icons = planned.plan.and_then(|plan| plan.icons);
    icons.expect("the example draws its icons").files
}

fn sheet(icons: &[Icon]) -> Pixmap {
    let rows = u32::try_from(SCHEMES.len()).expect("a few");
    let width = COLUMNS * (EDGE + GAP) + GAP + EDGE / 2 + GAP;
    let mut sheet = Pixmap::new(width, rows * ROW).expect("a sheet");
    for (row, (paper, ink)) in (0..).zip(SCHEMES) {
        let top = row * ROW;
        let strip = Rect::from_xywh(0.0, top as f32, width as f32, ROW as f32).expect("a strip");
        let mut paint = Paint::default();
        paint.set_color(Color::from_rgba8(paper[0], paper[1], paper[2], 255));
        sheet.fill_rect(strip, &paint, Transform::identity(), None);

        let disc = PathBuilder::from_circle(96.0, 96.0, 96.0).expect("a disc");
        let squircle = rounded(192.0, 60.0);
        let tile = rounded(180.0, 40.0);
        let mut stand = Stand { sheet, top };
        stand.put(&picture(icons, "icon-192-"), 0, (0, 0), None);
        let maskable = picture(icons, "maskable-192-");
        stand.put(&maskable, 1, (0, 0), Some(&disc));
        stand.put(&maskable, 2, (0, 0), Some(&squircle));
        stand.put(&picture(icons, "apple-touch-180-"), 3, (6, 6), Some(&tile));
        let monochrome = picture(icons, "monochrome-192-");
        stand.put(&tinted(monochrome, ink), 4, (0, 0), None);
        stand.put(&picture(icons, "icon-48-"), 5, (24, 24), None);
        let badge = picture(icons, "monochrome-96-");
        stand.put(&tinted(badge, ink), 5, (0, 96), None);
        sheet = stand.sheet;
    }
    sheet
}

/// A row of the sheet.
struct Stand {
    sheet: Pixmap,
    top: u32,
}

impl Stand {
    /// Puts an icon into a column, so far to the right and down, cut as a launcher would.
    fn put(&mut self, icon: &Pixmap, column: u32, offset: (u32, u32), cut: Option<&Outline>) {
        let left = GAP + column * (EDGE + GAP) + offset.0;
        let top = self.top + GAP + offset.1;
        let mask = cut.map(|path| {
            let mut mask = Mask::new(self.sheet.width(), self.sheet.height()).expect("a mask");
            let place = Transform::from_translate(left as f32, top as f32);
            mask.fill_path(path, FillRule::Winding, true, place);
            mask
        });
        self.sheet.draw_pixmap(
            left.cast_signed(),
            top.cast_signed(),
            icon.as_ref(),
            &PixmapPaint::default(),
            Transform::identity(),
            mask.as_ref(),
        );
    }
}

fn picture(icons: &[Icon], name: &str) -> Pixmap {
    let mut found = icons.iter().filter(|icon| icon.path.contains(name));
    let icon = found.next().expect("such an icon");
    Pixmap::decode_png(&icon.contents).expect("a PNG")
}

/// A monochrome icon as a system colours it: only its opacity counts.
fn tinted(mut icon: Pixmap, ink: [u8; 3]) -> Pixmap {
    for pixel in icon.pixels_mut() {
        let alpha = pixel.alpha();
        let part = |channel: u8| (u16::from(channel) * u16::from(alpha) / 255) as u8;
        let [red, green, blue] = ink.map(part);
        *pixel = PremultipliedColorU8::from_rgba(red, green, blue, alpha).expect("a colour");
    }
    icon
}

/// A square with round corners.
fn rounded(edge: f32, radius: f32) -> Outline {
    let (near, far) = (radius, edge - radius);
    let mut path = PathBuilder::new();
    path.move_to(near, 0.0);
    path.line_to(far, 0.0);
    path.quad_to(edge, 0.0, edge, near);
    path.line_to(edge, far);
    path.quad_to(edge, edge, far, edge);
    path.line_to(near, edge);
    path.quad_to(0.0, edge, 0.0, far);
    path.line_to(0.0, near);
    path.quad_to(0.0, 0.0, near, 0.0);
    path.close();
    path.finish().expect("a path")
}

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}
