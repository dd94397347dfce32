//! Text of PDF documents, page by page.
//!
//! The reader is a library that was not made for hostile files: it runs on a thread of its own with a time limit,
//! and its panics end as errors.

use std::sync::mpsc;
use std::time::Duration;

/// A policy of 200 pages takes a few seconds at most.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// Deep page trees recurse.
const STACK_BYTES: usize = 64 << 20;

/// The text of a document.
///
/// # Errors
/// What is wrong and what to do.
pub(super) fn read(bytes: &[u8]) -> Result<String, String> {
    const CURE: &str = "export it as text (e.g. `pdftotext -layout`) and give the .txt file";
    let (sender, receiver) = mpsc::channel();
    let bytes = bytes.to_vec();
    let reader = std::thread::Builder::new().name(THREAD.to_owned()).stack_size(STACK_BYTES).spawn(move || {
        silence_panics();
        let read = std::panic::catch_unwind(|| pdf_extract::extract_text_from_mem(&bytes));
        // Nobody listens after the time limit.
        let _ = sender.send(read.map(|read| read.map_err(|error| error.to_string())));
    });
    reader.map_err(|error| format!("the PDF could not be read ({error}); {CURE}"))?;
    match receiver.recv_timeout(TIME_LIMIT) {
        Ok(Ok(Ok(text))) if text.trim().is_empty() => {
            Err(format!("the PDF holds no text, only pictures; {CURE} after recognising its characters"))
        }
        Ok(Ok(Ok(text))) => Ok(text),
        Ok(Ok(Err(error))) => Err(format!("the PDF cannot be read ({error}); {CURE}")),
        Ok(Err(_)) => Err(format!("the PDF is damaged or uses what is not supported; {CURE}")),
        Err(_) => Err(format!("the PDF took more than {} seconds to read; {CURE}", TIME_LIMIT.as_secs())),
    }
}

const THREAD: &str = "pdf";

/// Panics of the reader's thread are told as errors and need no message of their own.
fn silence_panics() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let earlier = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if std::thread::current().name() != Some(THREAD) {
                earlier(info);
            }
        }));
    });
}
