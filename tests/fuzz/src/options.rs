use jules::{Cache, ErrorKind, Jules};

/// Options, a line each: key, base URL, proxy, database, an id, and certificates, which are the rest. A client comes of them,
/// or a mistake of the caller's that doesn't show the key.
pub fn options(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else { return };
    let mut lines = text.splitn(6, '\n');
    let mut next = || lines.next().unwrap_or_default().to_owned();
    let (key, base_url, proxy, database, id, ca) = (next(), next(), next(), next(), next(), next());
    let mut builder = Jules::builder().api_key(key.as_str()).cache(Cache::Memory);
    if !base_url.is_empty() {
        builder = builder.base_url(base_url);
    }
    if !proxy.is_empty() {
        builder = builder.proxy(proxy);
    }
    if !ca.is_empty() {
        builder = builder.ca(ca);
    }
    let refused = [
        builder.build().err(),
        Jules::builder().api_key(key.as_str()).cache(Cache::postgres(database)).build().err(),
        Jules::builder().api_key(key.as_str()).cache(Cache::Memory).build().and_then(|jules| jules.session(&id)).err(),
    ];
    for error in refused.into_iter().flatten() {
        let kinds = [ErrorKind::Config, ErrorKind::MissingApiKey];
        assert!(kinds.contains(&error.kind()), "{error}");
        assert!(key.len() < 12 || !format!("{error} {error:?}").contains(&key), "the key is shown");
    }
}
