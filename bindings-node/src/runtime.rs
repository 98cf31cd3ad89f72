//! The Tokio runtime behind every promise, small because it only waits on the network.
//!
//! It is napi's own slot that holds it: napi joins the threads when the last Node environment
//! goes away and keeps promises of a terminated worker from being settled, so an exit in the
//! middle of a call is safe. Its threads don't keep the process alive; pending promises do.

use napi::bindgen_prelude::{create_custom_tokio_runtime, within_runtime_if_available};
use tokio::runtime::Builder;

/// Two threads whatever the machine: one can parse a large answer while the other keeps time.
const THREADS: usize = 2;

#[napi_derive::module_init]
fn start() {
    jules::ffi::speak(jules::ffi::Language::TypeScript);
    let built = Builder::new_multi_thread().worker_threads(THREADS).thread_name("jules").enable_all().build();
    // Without threads to be had, napi's lazily made default reports the failure to the first call.
    if let Ok(runtime) = built {
        create_custom_tokio_runtime(runtime);
    }
}

/// Runs synchronous work inside the runtime's context, for what starts tasks or timers.
pub(crate) fn enter<T>(work: impl FnOnce() -> T) -> T {
    within_runtime_if_available(work)
}
