//! What `mdpwa simulate` says about queued work when everything stops at the worst moment.

use crate::site::Site;

fn with_tag(endpoint: &str) -> Site {
    let site = Site::built();
    site.write(
        "pwa.toml",
        &format!(
            "[app]\nname = \"Notes\"\nroot = \"site\"\n\n[[sync]]\ntag = \"notes\"\n{endpoint}\n"
        ),
    );
    site
}

#[test]
fn with_keys_nothing_is_done_twice() {
    let site = with_tag("endpoint = \"POST /notes\"");
    let output = site.mdpwa(["simulate"]).assert().success();
    let text = String::from_utf8(output.get_output().stdout.clone()).expect("UTF-8");
    assert!(
        text.contains("nothing is lost, nothing is done twice"),
        "{text}"
    );
    assert!(!text.contains("MAY"), "{text}");
}

#[test]
fn without_keys_it_says_when_work_may_be_done_twice() {
    let site = with_tag("endpoint = \"POST /notes\"\nidempotency = { format = \"off\" }");
    let output = site.mdpwa(["simulate"]).assert().code(1);
    let text = String::from_utf8(output.get_output().stdout.clone()).expect("UTF-8");
    assert_eq!(text.matches("MAY BE DONE TWICE").count(), 5, "{text}");
}

#[test]
fn a_program_gets_every_case() {
    let site = with_tag("endpoint = \"PUT /notes\"\nidempotency = { format = \"off\" }");
    let output = site
        .mdpwa(["simulate", "--format", "json"])
        .assert()
        .code(1);
    let json: serde_json::Value =
        serde_json::from_slice(&output.get_output().stdout).expect("JSON");
    let cases = json["tags"][0]["cases"].as_array().expect("a list");
    let late = cases
        .iter()
        .find(|case| case["trouble"] == "copy_arrives_late")
        .expect("the case");
    assert_eq!(late["end"], "older");
}
