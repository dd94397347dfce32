//! Decoders on damaged input: every prefix of a real file and flipped bytes at every structural offset.
//! What is asserted: no panic (the test would abort), and that damage never makes up more than there is.

#![allow(clippy::unwrap_used)]

mod common;

use common::corpus;
use mingcha::code::Program;
use mingcha::container::Input;
use mingcha::formats::{arsc, axml, dex, elf, signing};
use mingcha::limits::{Budget, Limits};

/// Entry of a corpus APK.
fn entry(apk: &str, name: &str) -> Option<Vec<u8>> {
    let (limits, budget) = (Limits::default(), Budget::default());
    let input = Input::open(&corpus()?.join(apk), &limits, &budget).unwrap();
    let archive = &input.packages[0].archive;
    Some(archive.read(archive.find(name).unwrap(), &limits, &budget).unwrap().into_owned())
}

/// All prefixes, and all single-byte changes of the first `structural` bytes.
fn damaged(data: &[u8], structural: usize, step: usize, mut check: impl FnMut(&[u8])) {
    for end in (0..data.len()).step_by(step) {
        check(&data[..end]);
    }
    let mut copy = data.to_vec();
    for at in 0..structural.min(data.len()) {
        let old = copy[at];
        for new in [0, 1, 0x7f, 0x80, 0xff, old ^ 0x10] {
            copy[at] = new;
            check(&copy);
        }
        copy[at] = old;
    }
}

#[test]
fn manifests_survive_damage() {
    let Some(data) = entry("fd-com.politedroid_6.apk", "AndroidManifest.xml") else { return };
    let intact = axml::parse(&data).unwrap().value.elements.len();
    assert!(intact > 10);
    damaged(&data, data.len(), 1, |bytes| {
        if let Ok(decoded) = axml::parse(bytes) {
            assert!(decoded.value.elements.len() <= intact + 1);
        }
    });
}

#[test]
fn resource_tables_survive_damage() {
    let Some(data) = entry("fd-com.politedroid_6.apk", "resources.arsc") else { return };
    let mut intact = 0usize;
    arsc::parse(&data).unwrap().value.for_each(|_, _| true, |_| intact += 1);
    assert!(intact > 10);
    damaged(&data, data.len(), 7, |bytes| {
        if let Ok(decoded) = arsc::parse(bytes) {
            let mut count = 0usize;
            decoded.value.for_each(|_, _| true, |_| count += 1);
            assert!(count <= intact * 300, "{count} entries out of {} bytes", bytes.len());
            let _ = decoded.value.text(0x7f04_0000, "zh");
        }
    });
}

#[test]
fn dex_files_survive_damage() {
    let Some(data) = entry("fd-com.politedroid_6.apk", "classes.dex") else { return };
    damaged(&data, 112 + 600, 97, |bytes| {
        if let Ok(decoded) = dex::parse(bytes) {
            let program = Program::new(decoded.value.into_iter().map(|dex| ("classes.dex".to_owned(), dex)).collect());
            assert!(program.body_count() <= bytes.len());
        }
    });
}

#[test]
fn native_libraries_survive_damage() {
    let Some(data) = entry("fd-org.dyndns.fules.ck_20.apk", "lib/x86/libsymlink.so") else { return };
    let intact = elf::parse(&data).unwrap().value;
    assert_eq!((intact.machine, intact.bits), ("x86", 32));
    assert!(intact.jni_exports().next().is_some());
    damaged(&data, 1024, 211, |bytes| {
        let _ = elf::parse(bytes);
    });
}

#[test]
fn signing_blocks_survive_damage() {
    let Some(folder) = corpus() else { return };
    let data = std::fs::read(folder.join("fd-urzip-release.apk")).unwrap();
    let (limits, budget) = (Limits::default(), Budget::default());
    let input = Input::open(&folder.join("fd-v2.only.sig_2.apk"), &limits, &budget).unwrap();
    let archive = &input.packages[0].archive;
    let offset = archive.central_directory_offset;
    assert_eq!(signing::signing_block(archive.data(), offset).unwrap().value.signers.len(), 1);
    let start = (offset as usize).saturating_sub(4096);
    let mut copy = archive.data().to_vec();
    for at in start..offset as usize {
        let old = copy[at];
        for new in [0, 0x7f, 0xff] {
            copy[at] = new;
            let _ = signing::signing_block(&copy, offset);
        }
        copy[at] = old;
    }
    let rsa = (0..data.len()).find(|at| data[*at..].starts_with(b"META-INF")).unwrap();
    let _ = signing::pkcs7_certificates(&data[rsa..]);
}
