//! Streams and listings: Swift pulls them chunk by chunk. A chunk of activities crosses packed, any other as a JSON array.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::cancel::CancelToken;
use crate::failure::Failure;
use crate::json::to_json;
use crate::living::Counted;
use crate::options::duration;
use crate::packed::packed;
use crate::runtime::{call, call_json};
use crate::values::PageValue;

/// Declares the handle of one kind of stream: `next_chunk` waits for the first item and takes what is ready.
macro_rules! chunked {
    ($name:ident, $core:ty, $chunk:ty, $write:expr) => {
        #[derive(uniffi::Object)]
        pub(crate) struct $name {
            items: Arc<Mutex<$core>>,
            _counted: Counted,
        }

        impl $name {
            pub(crate) fn new(items: $core) -> Arc<Self> {
                Arc::new(Self { items: Arc::new(Mutex::new(items)), _counted: Counted::new() })
            }
        }

        #[uniffi::export]
        impl $name {
            /// At least one and at most `max` items; nothing at the end.
            pub(crate) async fn next_chunk(
                &self,
                max: u32,
                cancel: Arc<CancelToken>,
            ) -> Result<Option<$chunk>, Failure> {
                let items = Arc::clone(&self.items);
                let max = usize::try_from(max).unwrap_or(usize::MAX);
                let chunk = call(cancel, async move { items.lock().await.next_chunk(max).await.transpose() });
                chunk.await?.map(|items| $write(&items)).transpose()
            }
        }
    };
}

chunked!(ActivityStream, jules::ActivityStream, Vec<u8>, packed);
chunked!(SourceList, jules::SourceList, String, to_json);
chunked!(SessionList, jules::SessionList, String, to_json);
chunked!(TaskList, jules::TaskList, String, to_json);

#[uniffi::export]
impl SourceList {
    pub(crate) async fn page(&self, timeout: Option<u64>, cancel: Arc<CancelToken>) -> Result<String, Failure> {
        let page = self.items.lock().await.page().timeout_opt(duration(timeout));
        call_json(cancel, async move { Ok(PageValue::from(page.await?)) }).await
    }
}

#[uniffi::export]
impl SessionList {
    pub(crate) async fn page(&self, timeout: Option<u64>, cancel: Arc<CancelToken>) -> Result<String, Failure> {
        let page = self.items.lock().await.page().timeout_opt(duration(timeout));
        call_json(cancel, async move { Ok(PageValue::from(page.await?)) }).await
    }
}
