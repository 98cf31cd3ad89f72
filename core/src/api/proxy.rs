//! The proxy on the way to the service: which one, whether it is used, and how it is named without its password.

use std::fmt;

use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use crate::ground::error::{Error, Result};

const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

/// Whether the URL leads to this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

// only rust: elsewhere a text
/// A proxy among the options, as its user writes it. It isn't shown: a password may be in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy(String);

impl<S: Into<String>> From<S> for Proxy {
    fn from(url: S) -> Self {
        Self(url.into())
    }
}

impl Proxy {
    /// What was written, with the password.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proxy(…)")
    }
}

/// A proxy that is used. Its password is never shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ProxyUrl(Url);

impl ProxyUrl {
    /// Reads what `named`, an option or a variable, has. Like curl, takes `host:port` for `http://host:port`.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) when it is not the URL of a proxy.
    pub(crate) fn read(named: &str, text: &str) -> Result<Self> {
        let text = text.trim();
        // What stands before an @ may be a password.
        let shown = text.rsplit('@').next().unwrap_or_default();
        let refuse = |why: &str| {
            Error::config(format!("the proxy {shown:?} ({named}) {why}")).with_hint(
                "Write it as http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT if it requires authentication.",
            )
        };
        let url = match text.contains("://") {
            true => Url::parse(text),
            false => Url::parse(&format!("http://{text}")),
        };
        let url = url.map_err(|cause| refuse(&format!("is not a URL: {cause}")))?;
        if !SCHEMES.contains(&url.scheme()) {
            return Err(refuse(&format!("has a scheme that is not one of {}", SCHEMES.join(", "))));
        }
        if url.host_str().is_none_or(str::is_empty) {
            return Err(refuse("has no host"));
        }
        Ok(Self(url))
    }

    /// The whole of it, with user and password.
    pub(crate) fn reveal(&self) -> &str {
        self.0.as_str()
    }

    /// Whether requests to `base_url` go through it, when the hosts of `no_proxy` don't.
    fn is_for(&self, base_url: &Url, no_proxy: &str) -> bool {
        let entries: Vec<_> = no_proxy.split(',').filter_map(|entry| excluded_host(entry, base_url)).collect();
        let matcher = Matcher::builder().all(self.reveal().to_owned()).no(entries.join(",")).build();
        // The matcher compares a star with names alone, not with addresses.
        !entries.contains(&"*") && base_url.as_str().parse().is_ok_and(|uri| matcher.intercept(&uri).is_some())
    }
}

/// The host of an entry in NO_PROXY, without the port that some add, and unless that is another one than the URL's; and
/// without what only says that it is a domain.
fn excluded_host<'a>(entry: &'a str, base_url: &Url) -> Option<&'a str> {
    let entry = entry.trim();
    let host = match entry.rsplit_once(':') {
        // An address of IPv6 has more of them.
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            Some(host).filter(|_| port.parse().ok() == base_url.port_or_known_default())?
        }
        _ => entry,
    };
    let host = host.trim_start_matches('[').trim_end_matches([']', '.']);
    Some(host.strip_prefix("*.").unwrap_or(host))
}

impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, port) = (self.0.host_str().unwrap_or_default(), self.0.port_or_known_default());
        write!(f, "{}://{host}", self.0.scheme())?;
        port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProxyUrl({self})")
    }
}

/// The proxy for requests to `base_url`: the option's, else the environment's, whose variables `variable` gives.
///
/// This machine's own services are never asked through one. Plain http would show it the key: there only the option counts.
pub(crate) fn proxy_for(
    base_url: &Url,
    option: Option<&Proxy>,
    variable: impl Fn(&str) -> Result<Option<String>>,
) -> Result<Option<ProxyUrl>> {
    let option = option.map(Proxy::reveal).filter(|text| !text.trim().is_empty());
    let option = option.map(|text| ProxyUrl::read("the proxy option", text));
    if let Some(proxy) = option.transpose()? {
        return Ok(Some(proxy).filter(|_| !is_loopback(base_url)));
    }
    if base_url.scheme() != "https" || is_loopback(base_url) {
        return Ok(None);
    }
    let either = |names: [&'static str; 2]| {
        let [upper, lower] = names.map(|name| variable(name).map(|text| text.map(|text| (name, text))));
        Ok(upper?.or(lower?))
    };
    let Some((named, text)) = either(["HTTPS_PROXY", "https_proxy"])?
        .map_or_else(|| either(["ALL_PROXY", "all_proxy"]), |it| Ok(Some(it)))?
    else {
        return Ok(None);
    };
    let no_proxy = either(["NO_PROXY", "no_proxy"])?.map(|(_, hosts)| hosts).unwrap_or_default();
    let proxy = ProxyUrl::read(named, &text)?;
    Ok(Some(proxy).filter(|proxy| proxy.is_for(base_url, &no_proxy)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(base_url: &str, option: Option<&str>, variables: &[(&str, &str)]) -> Result<Option<String>> {
        let variable =
            |name: &str| Ok(variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()));
        Ok(proxy_for(&Url::parse(base_url).unwrap(), option.map(Proxy::from).as_ref(), variable)?
            .map(|proxy| proxy.to_string()))
    }

    const SERVICE: &str = "https://jules.example/v1alpha";

    #[test]
    fn the_option_wins_and_a_host_may_be_left_out() {
        let both = [("HTTPS_PROXY", "corp:3128"), ("ALL_PROXY", "http://other:1")];
        assert_eq!(used(SERVICE, None, &both).unwrap().unwrap(), "http://corp:3128");
        assert_eq!(used(SERVICE, Some("socks5://mine:9"), &both).unwrap().unwrap(), "socks5://mine:9");
        assert_eq!(used(SERVICE, None, &both[1..]).unwrap().unwrap(), "http://other:1");
        for hosts in ["jules.example", ".example", "*", "x, jules.example"] {
            assert_eq!(used(SERVICE, None, &[both[0], ("no_proxy", hosts)]).unwrap(), None, "{hosts}");
        }
        assert!(used(SERVICE, None, &[both[0], ("NO_PROXY", "les.example")]).unwrap().is_some());
    }

    #[test]
    fn a_host_is_left_out_by_its_name_its_domain_its_address_or_its_network() {
        for (url, hosts, left_out) in [
            ("https://10.1.2.3", "*", true),
            ("https://10.1.2.3", "10.1.2.3", true),
            ("https://10.1.2.3", "10.0.0.0/8", true),
            ("https://10.1.2.3", "11.0.0.0/8", false),
            ("https://10.1.2.3", "10.1.2.30", false),
            ("https://[fd00::1]", "*", true),
            ("https://[fd00::1]", "fd00::/8", true),
            ("https://[fd00::1]", "fe80::/10", false),
            (SERVICE, "EXAMPLE", true),
            (SERVICE, " jules.example ", true),
            ("https://[fd00::1]", "[fd00::1]:443", true),
            ("https://[fd00::1]", "[fd00::1]:444", false),
            (SERVICE, "jules.example:443", true),
            (SERVICE, "jules.example:444", false),
            (SERVICE, "jules.example.", true),
            (SERVICE, "*.example", true),
            (SERVICE, "ample", false),
            (SERVICE, "", false),
        ] {
            let variables = [("HTTPS_PROXY", "http://corp:1"), ("NO_PROXY", hosts)];
            assert_eq!(used(url, None, &variables).unwrap().is_none(), left_out, "{url} {hosts:?}");
        }
    }

    #[test]
    fn loopback_and_plain_http_are_asked_directly() {
        let all = [("HTTPS_PROXY", "http://corp:1"), ("HTTP_PROXY", "http://corp:1"), ("ALL_PROXY", "http://corp:1")];
        for url in ["http://127.0.0.1:1", "https://localhost", "http://jules.example", "https://[::1]:2"] {
            assert_eq!(used(url, None, &all).unwrap(), None, "{url}");
        }
        assert_eq!(used("https://127.0.0.1", Some("http://mine:1"), &[]).unwrap(), None);
    }

    #[test]
    fn what_is_no_proxy_is_an_error_that_names_where_it_stands_and_no_password() {
        for bad in ["http://", "ftp://me:secret@corp", "me:secret@["] {
            for (option, variables, named) in
                [(Some(bad), vec![], "the proxy option"), (None, vec![("https_proxy", bad)], "https_proxy")]
            {
                let error = used(SERVICE, option, &variables).unwrap_err().to_string();
                assert!(error.contains(named) && !error.contains("secret"), "{error}");
            }
        }
        assert!(!format!("{:?}", ProxyUrl::read("x", "http://me:secret@corp:1").unwrap()).contains("secret"));
    }
}
