//! A program that carries its own site; a web framework would serve these files.

const FILES: [(&str, &str); 3] = [
    ("/index.html", include_str!("../site/index.html")),
    (
        "/service-worker.js",
        include_str!("../site/service-worker.js"),
    ),
    ("/register.js", include_str!("../site/register.js")),
];

fn main() {
    for (path, contents) in FILES {
        println!("{path} {} bytes", contents.len());
    }
}
