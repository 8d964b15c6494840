//! `oomkit generate`: completions, man pages, and a schema that the output keeps.

use serde_json::Value;

use super::run::{EXAMPLE, Folder, fed, log, oomkit};

#[test]
fn shells_get_completions() {
    for (shell, words) in [
        ("bash", ["_oomkit()", "--page-size"]),
        ("zsh", ["#compdef oomkit", "--page-size"]),
        ("fish", ["complete -c oomkit", "page-size"]),
    ] {
        let ran = oomkit(["generate", "completions", shell]).ends(0);
        for word in words {
            assert!(ran.out.contains(word), "{shell}: {word}");
        }
    }
    oomkit(["generate", "completions", "csh"]).ends(2);
}

#[test]
fn man_pages_are_written() {
    assert!(oomkit(["generate", "man"]).ends(0).out.contains(".TH oomkit 1"));
    let folder = Folder::new();
    oomkit(["generate", "man", &folder.path("man1")]).ends(0);
    assert_eq!(folder.names(), ["man1"]);
    let page = std::fs::read_to_string(folder.path("man1/oomkit-decode.1")).unwrap();
    assert!(page.contains("page\\-size") && page.contains("fail\\-on"), "{page}");
}

#[test]
fn the_output_has_exactly_what_the_schema_says() {
    let schema = oomkit(["generate", "schema", "decode"]).ends(0).json();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let mut checked = 0;
    let document = oomkit(["decode", "--format", "json", EXAMPLE]).ends(0).json();
    check(&schema, &schema, &document, "", &mut checked);
    for run in
        ["debian-6.12_amd64_memcg2_group", "ubuntu-4.15_amd64_numa_global", "debian-6.12_amd64_pagealloc"]
    {
        let document = fed(&log(run), &["decode", "--format", "json"]).ends(0).json();
        check(&schema, &schema, &document, run, &mut checked);
    }
    assert!(500 < checked, "only {checked} properties were checked");
}

/// Checks that each object has all properties of its schema and no other.
fn check(root: &Value, schema: &Value, value: &Value, place: &str, checked: &mut usize) {
    match value {
        Value::Array(items) => {
            for item in items {
                check(root, &resolved(root, &schema["items"]), item, place, checked);
            }
        }
        Value::Object(fields) => {
            let schema = resolved(root, schema);
            let Some(properties) = schema["properties"].as_object() else { return };
            let expected: Vec<&String> = properties.keys().collect();
            let mut found: Vec<&String> = fields.keys().collect();
            found.sort();
            *checked += found.len();
            assert_eq!(found, expected, "{place}");
            for (name, value) in fields {
                check(root, &resolved(root, &properties[name]), value, &format!("{place}.{name}"), checked);
            }
        }
        _ => {}
    }
}

/// Follows references, and takes the schema of a value that may also be null.
fn resolved(root: &Value, schema: &Value) -> Value {
    if let Some(name) = schema["$ref"].as_str() {
        return resolved(root, root.pointer(name.trim_start_matches('#')).expect("a definition"));
    }
    let of_a_value = schema["anyOf"].as_array().and_then(|all| all.iter().find(|one| one["type"] != "null"));
    of_a_value.map_or_else(|| schema.clone(), |schema| resolved(root, schema))
}
