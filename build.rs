//! Checks `signatures/` and embeds it: one compact file per table, decoded on first use.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde::Serialize;
use sha2::{Digest, Sha256};

#[path = "src/knowledge/load.rs"]
#[allow(dead_code, unreachable_pub, missing_docs)]
pub mod load;
#[path = "src/knowledge/schema.rs"]
#[allow(dead_code, unreachable_pub, missing_docs)]
pub mod schema;
#[path = "src/knowledge/shapes.rs"]
#[allow(dead_code, unreachable_pub, missing_docs)]
pub mod shapes;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=signatures");
    println!("cargo::rerun-if-changed=src/knowledge/schema.rs");
    println!("cargo::rerun-if-changed=src/knowledge/schema");
    println!("cargo::rerun-if-changed=src/knowledge/load.rs");
    println!("cargo::rerun-if-changed=src/knowledge/shapes.rs");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("signatures");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    match load::read(&root) {
        Ok(all) => embed(&all, &root, &out),
        Err(problems) => {
            for problem in problems {
                println!("cargo::error=signatures/{}:{}: {}", problem.file, problem.line, problem.detail);
            }
        }
    }
}

fn embed(all: &load::Signatures, root: &Path, out: &Path) {
    let mut code = String::new();
    let mut table = |name: &str, bytes: Result<Vec<u8>, String>| match bytes {
        Ok(bytes) => write_table(out, name, &bytes, &mut code),
        Err(error) => println!("cargo::error=signatures table {name}: {error}"),
    };
    table("PERMISSIONS", encode(&all.permissions));
    table("PERMISSION_APIS", encode(&all.permission_apis));
    table("PERMISSION_REQUESTS", encode(&all.permission_requests));
    table("ITEMS", encode(&all.items));
    table("PI_APIS", encode(&all.pi_apis));
    table("ACCESSORS", encode(&all.accessors));
    table("SDKS", encode(&all.sdks));
    table("PACKERS", encode(&all.packers));
    table("HOSTS", encode(&all.hosts));
    table("APP_TYPES", encode(&all.app_types));
    table("APP_TYPE_SIGNALS", encode(&all.app_type_signals));
    table("PROFILES", encode(&all.profiles));
    table("EXPLANATIONS", encode(&all.explanations));
    table("TERMS", encode(&all.terms));
    table("REGULATIONS", encode(&all.regulations));
    table("REACH", encode(&all.reach));
    table("NOTICE_WORDING", encode(&all.notice_wording));
    table("WORDING", encode(&all.wording));
    table("RULES", encode(&all.rules));
    table("POLICY_CONTENT", encode(&all.policy_content));
    table("WAKE", encode(&all.wake));
    table("SURFACES", encode(&all.surfaces));
    table("DATA_SAFETY", encode(&all.data_safety));
    table("CALLS", encode(&all.calls));
    table("DISPLAY", encode(&all.display));
    table("OVERRIDABLE", Ok(overridable(&all.overridable)));
    let products: Vec<&str> = all.shapes.iter().map(|row| row.product.as_str()).collect();
    table("SHAPE_PRODUCTS", encode(&products));
    let (hashes, numbers) = shapes::columns(&all.shapes);
    table("SHAPE_HASHES", Ok(hashes));
    table("SHAPE_NUMBERS", Ok(numbers));
    let mut digest = Sha256::new();
    for file in load::list(root).unwrap_or_default() {
        digest.update(file.as_bytes());
        digest.update(fs::read(root.join(&file)).unwrap_or_default());
    }
    let _ = writeln!(code, "pub(super) const VERSION: &str = {:?};", all.version);
    let _ = writeln!(code, "pub(super) const SHA256: &str = {:?};", format!("{:x}", digest.finalize()));
    for (name, text) in [("HIERARCHY", &all.hierarchy), ("CALLBACKS", &all.callbacks)] {
        save(&out.join(format!("{name}.tsv")), text.as_bytes());
        let _ = writeln!(
            code,
            "pub(super) const {name}: &str = include_str!(concat!(env!(\"OUT_DIR\"), \"/{name}.tsv\"));"
        );
    }
    save(&out.join("signatures.rs"), code.as_bytes());
}

/// Hashes of class and method, ascending, four bytes each in little endian.
fn overridable(text: &str) -> Vec<u8> {
    let mut hashes: Vec<u32> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .flat_map(|(class, names)| names.split(' ').map(move |name| schema::member_hash(class, name)))
        .collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes.into_iter().flat_map(u32::to_le_bytes).collect()
}

fn encode<T: Serialize>(rows: &[T]) -> Result<Vec<u8>, String> {
    postcard::to_stdvec(rows).map_err(|error| error.to_string())
}

fn write_table(out: &Path, name: &str, bytes: &[u8], code: &mut String) {
    save(&out.join(format!("{name}.bin")), bytes);
    let _ =
        writeln!(code, "pub(super) const {name}: &[u8] = include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}.bin\"));");
}

fn save(path: &Path, bytes: &[u8]) {
    if let Err(error) = fs::write(path, bytes) {
        println!("cargo::error={}: {error}", path.display());
    }
}
