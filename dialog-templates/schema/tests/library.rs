//! Every template of the library is read without an error or a warning.
#![allow(clippy::unwrap_used)]

#[test]
fn library_templates_are_clean() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../library");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.ends_with(".yaml") || name.ends_with(".test.yaml") {
            continue;
        }
        let template = warmline_schema::parse(&std::fs::read_to_string(&path).unwrap());
        let template = template.unwrap_or_else(|problems| panic!("{name}:\n{problems}"));
        assert_eq!(template.warnings, [], "{name}");
        let compliance = template.compliance();
        assert!(compliance.identification && compliance.opt_out, "{name}: {compliance:?}");
        assert_eq!(format!("{}.yaml", template.name), name);
        seen += 1;
    }
    assert!(seen >= 1, "the library is empty");
}
