//! The panel's files are embedded from `web/dist`. Without Node there are none yet; an empty folder lets the server compile all the same.

fn main() {
    let dist = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/dist");
    std::fs::create_dir_all(&dist).expect("web/dist can be created");
    println!("cargo::rerun-if-changed=build.rs");
}
