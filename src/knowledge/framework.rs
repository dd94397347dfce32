//! The platform's classes and what it calls in an app, from `signatures/framework/`.

use rustc_hash::FxHashMap;

use super::schema::member_hash;

/// When the platform or a library calls a method of the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum When {
    /// In the phase of whoever made or registered the object.
    Async,
    /// While the process starts.
    Startup,
    /// While a screen comes up.
    Launch,
    /// When the component is started.
    Component,
    /// When something outside the app happens.
    SystemEvent,
    /// When the user does something.
    UserAction,
    /// When a web page calls it: nobody here knows when.
    Page,
    /// When a message is sent to it.
    Message,
}

impl When {
    fn parse(text: &str) -> Self {
        match text {
            "startup" => Self::Startup,
            "launch" => Self::Launch,
            "component" => Self::Component,
            "system_event" => Self::SystemEvent,
            "user_action" => Self::UserAction,
            "message" => Self::Message,
            _ => Self::Async,
        }
    }
}

/// Superclasses and interfaces of the platform's classes, by dotted name.
#[derive(Debug, Default)]
pub struct Framework {
    parents: FxHashMap<&'static str, (&'static str, &'static str)>,
    callbacks: FxHashMap<&'static str, Vec<(&'static str, When)>>,
    overridable: &'static [u8],
}

impl Framework {
    /// Indexes lines of `class<TAB>superclass<TAB>interfaces<TAB>flags`; `#` starts a comment.
    /// `callbacks` has lines of `class<TAB>method<TAB>when<TAB>registrars`, `overridable` sorted hashes.
    pub(super) fn new(text: &'static str, callbacks: &'static str, overridable: &'static [u8]) -> Self {
        let mut parents = FxHashMap::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.split('\t');
            if let (Some(class), Some(parent)) = (columns.next(), columns.next()) {
                parents.insert(class, (parent, columns.next().unwrap_or_default()));
            }
        }
        let mut by_class: FxHashMap<&'static str, Vec<(&'static str, When)>> = FxHashMap::default();
        for line in callbacks.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.split('\t');
            if let (Some(class), Some(name), Some(when)) = (columns.next(), columns.next(), columns.next()) {
                by_class.entry(class).or_default().push((name, When::parse(when)));
            }
        }
        Self { parents, callbacks: by_class, overridable }
    }

    /// Methods of `class` (dotted) that the platform or a library calls, with the time.
    pub fn callbacks(&self, class: &str) -> &[(&'static str, When)] {
        self.callbacks.get(class).map(Vec::as_slice).unwrap_or_default()
    }

    /// True when `class` (dotted) of the platform has a method of this name that the app may override.
    pub fn is_overridable(&self, class: &str, name: &str) -> bool {
        let (hashes, _) = self.overridable.as_chunks::<4>();
        hashes.binary_search_by_key(&member_hash(class, name), |bytes| u32::from_le_bytes(*bytes)).is_ok()
    }

    /// Superclass and interfaces of a platform class.
    pub fn parents(&self, class: &str) -> impl Iterator<Item = &'static str> + use<> {
        let (parent, interfaces) = self.parents.get(class).copied().unwrap_or_default();
        std::iter::once(parent).chain(interfaces.split(',')).filter(|name| !name.is_empty() && *name != "-")
    }

    /// True when the platform knows `class` (dotted).
    pub fn knows(&self, class: &str) -> bool {
        self.parents.contains_key(class)
    }

    /// True when `class` is `wanted` or inherits from it, both dotted.
    pub fn inherits(&self, class: &str, wanted: &str) -> bool {
        self.inherits_within(class, wanted, 32)
    }

    fn inherits_within(&self, class: &str, wanted: &str, depth: u32) -> bool {
        if class == wanted {
            return true;
        }
        let Some((parent, interfaces)) = self.parents.get(class) else { return false };
        let Some(depth) = depth.checked_sub(1) else { return false };
        let up = |name: &str| !name.is_empty() && name != "-" && self.inherits_within(name, wanted, depth);
        up(parent) || interfaces.split(',').any(up)
    }
}
