//! What `mdpwa explain` says of an address.

use snapbox::str;

use crate::site::Site;

#[test]
fn an_address_is_explained_in_all_weathers() {
    let site = Site::new();
    site.write(
        "pwa.toml",
        "[app]\nname = \"Notes\"\nroot = \"site\"\n\n[[routes]]\nname = \"api\"\nmatch = { path = \"/api/**\" }\ntimeout = \"2s\"\n",
    );

    site.mdpwa(["explain", "/", "/app.js", "/api/notes", "/nowhere"])
        .assert()
        .success()
        .stderr_eq("")
        .stdout_eq(str![[r#"
/  (document)
  rule     [pages] fresh
  online   the network's answer
  slow     the kept file /index.html
  offline  the kept file /index.html
  because  a host like `plain` answers `/` with `/index.html`
           `/index.html` is in the group `site`, stored with the worker
           `strategy = "fresh"`: the network has 3s; after that, on failure and on 5xx, the kept page answers

/app.js  (script)
  rule     [[assets]] `site`
  online   the kept file /app.js
  slow     the kept file /app.js
  offline  the kept file /app.js
  because  `/app.js` is in the group `site`, stored with the worker

/api/notes  (document)
  rule     [[routes]] `api`, network-first
  online   the network's answer
  slow     what was kept of an earlier answer; else the network's answer
  offline  what was kept of an earlier answer; else nothing: the network's own failure
  because  `api` is the first rule that matches; the network has 2s once something is kept

/nowhere  (document)
  rule     [pages] fresh
  online   the network's answer
  slow     the network's answer
  offline  nothing: the network's own failure
  because  the rule `api` is not for it: the path does not match ^/api/.*$
           no kept file answers `/nowhere` on a host like `plain`
           `strategy = "fresh"`: nothing is kept, so the network is waited for


"#]]);
}

#[test]
fn a_program_reads_the_rule_and_the_answers() {
    let site = Site::new();
    let output = site
        .mdpwa(["explain", "/sub/style.css", "--format", "json"])
        .output()
        .expect("it runs");
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let said = &said["addresses"][0];
    assert_eq!(said["rule"]["kind"], "assets");
    assert_eq!(said["offline"]["file"], "/sub/style.css");
}

#[test]
fn what_nothing_is_asked_for_is_refused() {
    let site = Site::new();
    site.mdpwa(["explain", "/", "--as", "picture"])
        .assert()
        .code(2);
    site.mdpwa(["explain"]).assert().code(2);
}
