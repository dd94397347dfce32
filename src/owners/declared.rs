//! Owners of what is not a class: native libraries, components, permissions, meta-data and assets.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{OwnerId, Owners, Reason, UNKNOWN, lists_component, matches_any};
use crate::app::App;
use crate::app::manifest::Component;
use crate::app::native::NativeLibrary;
use crate::code::{Bits, Program, SiteTargets};
use crate::knowledge::schema::SdkRow;

/// Shorter file names stand in code for other things.
const MIN_NAME_BYTES: usize = 6;

impl Owners<'_> {
    /// Owner of a native library: by its file name, else by the classes whose methods it exports.
    pub fn of_native(&self, library: &NativeLibrary) -> (OwnerId, Reason) {
        if let Some(owner) = self.listed(|row| matches_any(&row.native_libs, &library.name)) {
            return (owner, Reason::Listed);
        }
        let owners: FxHashSet<OwnerId> =
            library.jni_exports.iter().filter_map(|export| self.of_path_opt(&java_package(export)?)).collect();
        single(&owners).map_or((UNKNOWN, Reason::None), |owner| (owner, Reason::NativeMethods))
    }

    /// Owner of a component: by its class, else by the components that products list.
    pub fn of_component(&self, component: &Component) -> (OwnerId, Reason) {
        let class = component.class();
        self.named_or_listed(class, |row| lists_component(row, class))
    }

    /// Owner of a meta-data key.
    pub fn of_meta_data(&self, key: &str) -> (OwnerId, Reason) {
        let listed = self.listed(|row| row.meta_data.iter().any(|listed| listed == key));
        listed.map_or_else(|| self.named(key), |owner| (owner, Reason::Listed))
    }

    /// Owner of a permission: who defines it, or whose manifest it is listed to come from. Permissions of the
    /// platform are nobody's here.
    pub fn of_permission(&self, name: &str) -> (OwnerId, Reason) {
        if name.starts_with("android.permission.") {
            return (UNKNOWN, Reason::None);
        }
        self.named_or_listed(name, |row| row.permissions.iter().any(|listed| listed == name))
    }

    /// Owners of the app's assets, in its order: by listed names, else the package whose folder a file of Java's
    /// resources lies in, else the one owner whose code names the file.
    pub fn of_assets(&self, app: &App, program: &Program<'_>) -> Vec<(OwnerId, Reason)> {
        let named = self.who_names(app, program);
        let owner = |(number, asset): (usize, &crate::app::Asset)| {
            if let Some(owner) = self.listed(|row| matches_any(&row.assets, asset.name())) {
                return (owner, Reason::Listed);
            }
            if let Some(owner) = package_folder(&asset.path).and_then(|folder| self.of_path_opt(folder.as_bytes())) {
                return (owner, Reason::Name);
            }
            let found = named.get(&number).and_then(single);
            found.map_or((UNKNOWN, Reason::None), |owner| (owner, Reason::NamedInCode))
        };
        app.assets.iter().enumerate().map(owner).collect()
    }

    /// Owners whose code holds an asset's path or file name, by number of the asset.
    fn who_names(&self, app: &App, program: &Program<'_>) -> FxHashMap<usize, FxHashSet<OwnerId>> {
        let mut tables = Vec::with_capacity(program.dexes.len());
        let mut targets = Vec::with_capacity(program.dexes.len());
        for unit in &program.dexes {
            let mut assets: FxHashMap<u32, Vec<usize>> = FxHashMap::default();
            let mut strings = Bits::new(unit.dex.string_count());
            for (number, asset) in app.assets.iter().enumerate() {
                let path = asset.name();
                let file = path.rsplit('/').next().unwrap_or(path);
                for text in [path, file].into_iter().filter(|text| text.len() >= MIN_NAME_BYTES) {
                    if let Some(index) = unit.dex.find_string(text.as_bytes()) {
                        strings.insert(index);
                        assets.entry(index).or_default().push(number);
                    }
                }
            }
            tables.push(assets);
            targets.push(SiteTargets { strings, ..SiteTargets::default() });
        }
        let mut out: FxHashMap<usize, FxHashSet<OwnerId>> = FxHashMap::default();
        for site in program.sites(&targets) {
            let Some(body) = program.body(site.body) else { continue };
            let owner = self.of_class(body.class);
            for number in tables.get(site.dex as usize).and_then(|table| table.get(&site.index)).into_iter().flatten() {
                out.entry(*number).or_default().insert(owner);
            }
        }
        out
    }

    fn named(&self, name: &str) -> (OwnerId, Reason) {
        match self.of_name(name) {
            UNKNOWN => (UNKNOWN, Reason::None),
            owner => (owner, Reason::Name),
        }
    }

    fn named_or_listed(&self, name: &str, lists: impl Fn(&SdkRow) -> bool) -> (OwnerId, Reason) {
        match self.named(name) {
            (UNKNOWN, _) => self.listed(lists).map_or((UNKNOWN, Reason::None), |owner| (owner, Reason::Listed)),
            known => known,
        }
    }

    /// The one product that lists it; several make it nobody's.
    fn listed(&self, lists: impl Fn(&SdkRow) -> bool) -> Option<OwnerId> {
        single(&self.rows().filter(|(_, _, row)| lists(row)).map(|(owner, _, _)| owner).collect())
    }

    fn of_path_opt(&self, path: &[u8]) -> Option<OwnerId> {
        Some(self.of_path(path)).filter(|owner| *owner != UNKNOWN)
    }
}

fn single(owners: &FxHashSet<OwnerId>) -> Option<OwnerId> {
    let mut all = owners.iter().copied().filter(|owner| *owner != UNKNOWN);
    all.next().filter(|_| all.next().is_none())
}

/// The folder of a file that lies beside the classes of a package, not among the app's assets.
fn package_folder(path: &str) -> Option<&str> {
    let folder = path.rsplit_once('/')?.0;
    (!path.starts_with("assets/")).then_some(folder)
}

/// `com/example` of `Java_com_example_Codec_open` (Java Native Interface Specification, resolving native methods).
fn java_package(export: &str) -> Option<Vec<u8>> {
    let name = export.strip_prefix("Java_")?.split("__").next()?;
    // `_1` is an underscore of the name itself.
    let name = name.replace("_1", "\u{1}").replace('_', "/").replace('\u{1}', "_");
    let class = name.rsplit_once('/')?.0;
    Some(class.rsplit_once('/')?.0.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use super::{java_package, package_folder};

    #[test]
    fn resources_of_packages() {
        assert_eq!(package_folder("okhttp3/internal/publicsuffix/list.gz"), Some("okhttp3/internal/publicsuffix"));
        assert_eq!(package_folder("assets/okhttp3/list.gz"), None);
        assert_eq!(package_folder("list.gz"), None);
    }

    #[test]
    fn packages_of_native_methods() {
        let package = |name: &str| java_package(name).map(|bytes| String::from_utf8(bytes).unwrap_or_default());
        assert_eq!(package("Java_com_example_1x_Codec_open"), Some("com/example_x".into()));
        assert_eq!(package("Java_com_example_Codec_open__I"), Some("com/example".into()));
        assert_eq!(package("JNI_OnLoad"), None);
    }
}
