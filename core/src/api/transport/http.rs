//! The seam to the network: one exchange, a request in and a whole response out. The time limit here is on silence: a slow
//! answer is waited for as long as bytes come.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{ClientBuilder, Method, Proxy, redirect};
use url::Url;

use crate::api::{ApiSettings, ProxyUrl, Trust};
use crate::ground::error::{Error, Result};

/// No answer of the service is larger; what claims to be is not read to its end.
const LARGEST_BODY: u64 = 256 * 1024 * 1024;

/// What goes out.
#[derive(Clone, Debug)]
pub(crate) struct HttpRequest {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) body: Option<Bytes>,
    /// For so long nothing may come: before the answer begins, and between two pieces of it.
    pub(crate) silence: Duration,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct HttpResponse {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// How far a request had come when its exchange broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// It never left: sending it again can't do anything twice.
    Never,
    /// The server may have taken it.
    Perhaps,
}

/// Why there is no response.
#[derive(Clone, Debug)]
pub(crate) struct HttpFailure {
    pub(crate) sent: Sent,
    pub(crate) timeout: bool,
    /// How many bytes the answer has, where it is larger than what is read: as it says itself, or as far as it was read.
    pub(crate) too_large: Option<u64>,
    pub(crate) message: String,
    /// Whether it was on the way through a proxy.
    pub(crate) proxied: bool,
    pub(crate) cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl HttpFailure {
    /// Nothing came for as long as the request allows.
    pub(crate) fn silent(limit: Duration) -> Self {
        Self {
            sent: Sent::Perhaps,
            timeout: true,
            too_large: None,
            message: format!("no data from the server for {limit:?}"),
            proxied: false,
            cause: None,
        }
    }

    fn too_large(bytes: u64) -> Self {
        Self {
            sent: Sent::Perhaps,
            timeout: false,
            too_large: Some(bytes),
            message: format!("the response has {bytes} bytes or more; at most {LARGEST_BODY} are read"),
            proxied: false,
            cause: None,
        }
    }

    /// What is behind it, in the words of the operating system or of TLS.
    pub(super) fn root_cause(&self) -> Option<String> {
        let mut cause: &dyn std::error::Error = self.cause.as_deref()?;
        while let Some(next) = cause.source() {
            cause = next;
        }
        let text = cause.to_string();
        Some(text.split(" (os error").next().unwrap_or(&text).to_owned())
    }
}

/// The result of one exchange.
pub(crate) type Exchange = std::result::Result<HttpResponse, HttpFailure>;

/// Makes one exchange with the server. The caller limits the whole of it and drops the future when
/// that runs out.
#[async_trait]
pub(crate) trait Http: Send + Sync + fmt::Debug {
    async fn exchange(&self, request: HttpRequest) -> Exchange;
}

/// The real network.
#[derive(Debug)]
pub(super) struct Network {
    client: reqwest::Client,
    /// What everything goes through.
    proxy: Option<ProxyUrl>,
}

impl Network {
    pub(super) fn new(settings: &ApiSettings) -> Result<Self> {
        let mut key = HeaderValue::from_str(settings.key.reveal()).map_err(|_| {
            Error::config("the API key contains whitespace or non-ASCII characters")
                .with_hint("Copy it again, without quotes or line breaks.")
        })?;
        key.set_sensitive(true);
        let mut headers: HeaderMap = settings.headers.iter().cloned().collect();
        headers.insert("x-goog-api-key", key);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let proxy = settings.proxy.as_ref().map(|proxy| Proxy::all(proxy.reveal())).transpose();
        let proxy = proxy.map_err(|cause| unusable("cannot use the proxy", cause))?;
        let tls = match settings.base_url.scheme() {
            "https" => settings.trust.tls(),
            // Nobody is to be trusted, and the system's certificates, which are slow to read, aren't read.
            _ => Trust { instead: Some(Vec::new()), ..Trust::default() }.tls(),
        };
        let tls = tls.map_err(|cause| unusable("cannot set up TLS", cause))?;
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(&settings.user_agent)
            .default_headers(headers)
            .connect_timeout(settings.connect_timeout)
            // Counts what comes over the wire, also while nothing of it can be decompressed yet.
            .read_timeout(settings.request_timeout)
            .redirect(redirect::Policy::none())
            // Which proxy there is was settled by the options.
            .no_proxy();
        let client = proxy.into_iter().fold(builder, ClientBuilder::proxy).build();
        let client = client.map_err(|cause| unusable("cannot create the HTTP client", cause))?;
        Ok(Self { client, proxy: settings.proxy.clone() })
    }
}

fn unusable(what: &str, cause: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::config(format!("{what}: {cause}")).with_source(cause)
}

#[async_trait]
impl Http for Network {
    async fn exchange(&self, request: HttpRequest) -> Exchange {
        let failure = |cause| failure(cause, self.proxy.as_ref());
        let mut builder = self.client.request(request.method, request.url);
        if let Some(body) = request.body {
            builder = builder.header(CONTENT_TYPE, "application/json").body(body);
        }
        let mut response = audible(request.silence, builder.send()).await?.map_err(failure)?;
        if let Some(bytes) = response.content_length().filter(|bytes| *bytes > LARGEST_BODY) {
            return Err(HttpFailure::too_large(bytes));
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(failure)? {
            body.extend_from_slice(&chunk);
            let bytes = u64::try_from(body.len()).unwrap_or(u64::MAX);
            if bytes > LARGEST_BODY {
                return Err(HttpFailure::too_large(bytes));
            }
        }
        Ok(HttpResponse {
            status: response.status().as_u16(),
            headers: std::mem::take(response.headers_mut()),
            body: body.freeze(),
        })
    }
}

/// The beginning of the answer, if it comes in time.
async fn audible<T>(silence: Duration, next: impl Future<Output = T>) -> std::result::Result<T, HttpFailure> {
    tokio::time::timeout(silence, next).await.map_err(|_| HttpFailure::silent(silence))
}

fn failure(cause: reqwest::Error, proxy: Option<&ProxyUrl>) -> HttpFailure {
    // The URL is in the error's own fields; in the text it would only repeat.
    let cause = cause.without_url();
    let message = match proxy {
        Some(proxy) if cause.is_connect() => format!("cannot connect through the proxy {proxy}"),
        None if cause.is_connect() => "the server could not be reached".to_owned(),
        _ if cause.is_timeout() => "no data from the server in time".to_owned(),
        _ if cause.is_body() || cause.is_decode() => "the connection broke in the middle of the answer".to_owned(),
        _ => "the connection broke".to_owned(),
    };
    HttpFailure {
        sent: if cause.is_connect() { Sent::Never } else { Sent::Perhaps },
        timeout: cause.is_timeout(),
        too_large: None,
        message,
        proxied: proxy.is_some(),
        cause: Some(Arc::new(cause)),
    }
}
