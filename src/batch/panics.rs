//! Where a panic happened: while a run lasts, panics are recorded rather than printed over its progress.

use std::any::Any;
use std::panic::{self, PanicHookInfo};
use std::sync::{Arc, Mutex, PoisonError};

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Sync + Send + 'static>;

/// Records panics until it is dropped.
pub(super) struct Recorder {
    seen: Arc<Mutex<Vec<(String, String)>>>,
    before: Option<Hook>,
}

impl Recorder {
    /// Takes the place of the hook in force.
    pub(super) fn install() -> Self {
        let seen: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
        let before = panic::take_hook();
        let sink = Arc::clone(&seen);
        panic::set_hook(Box::new(move |info| {
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            sink.lock().unwrap_or_else(PoisonError::into_inner).push((message(info.payload()), place));
        }));
        Self { seen, before: Some(before) }
    }

    /// What a caught panic said, with the place in the program. It may have come over from another thread.
    pub(super) fn describe(&self, payload: &(dyn Any + Send)) -> String {
        let said = message(payload);
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let place = seen.iter().rposition(|(message, _)| *message == said).map(|at| seen.swap_remove(at).1);
        match place.filter(|place| !place.is_empty()) {
            Some(place) => format!("{said} ({place})"),
            None => said,
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if let Some(before) = self.before.take() {
            panic::set_hook(before);
        }
    }
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "panic".into())
}
