//! A certificate authority made for a test, and servers with its certificates.

use std::sync::Arc;

use rcgen::{BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ALL_VERSIONS, ServerConfig, SupportedProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut authority = CertificateParams::new([]).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A server with a certificate for these names, changed before it is signed.
    pub(crate) fn server<const N: usize>(
        &self,
        names: [&str; N],
        change: impl FnOnce(&mut CertificateParams),
    ) -> ServerConfig {
        self.server_of(ALL_VERSIONS, names, change)
    }

    /// One that speaks these versions of TLS.
    pub(crate) fn server_of<const N: usize>(
        &self,
        versions: &[&'static SupportedProtocolVersion],
        names: [&str; N],
        change: impl FnOnce(&mut CertificateParams),
    ) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let mut certificate = CertificateParams::new(names.map(str::to_owned)).unwrap();
        change(&mut certificate);
        config(versions, &certificate.signed_by(&key, &self.0).unwrap(), &key)
    }
}

/// A server whose certificate nobody but itself has signed, and the PEM of that.
pub(crate) fn self_signed(name: &str) -> (ServerConfig, String) {
    let key = KeyPair::generate().unwrap();
    let mut certificate = CertificateParams::new([name.to_owned()]).unwrap();
    // No authority that is trusted anywhere has this name.
    certificate.distinguished_name.push(DnType::CommonName, "itself of a test");
    let certificate = certificate.self_signed(&key).unwrap();
    (config(ALL_VERSIONS, &certificate, &key), certificate.pem())
}

fn config(versions: &[&'static SupportedProtocolVersion], certificate: &Certificate, key: &KeyPair) -> ServerConfig {
    let chain = vec![CertificateDer::from(certificate.der().to_vec())];
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_protocol_versions(versions).unwrap().with_no_client_auth();
    config.with_single_cert(chain, PrivateKeyDer::try_from(key.serialize_der()).unwrap()).unwrap()
}

/// Answers every request with an empty object; gives the URL.
pub(crate) async fn serve(config: ServerConfig) -> String {
    serve_with(config, |mut stream| async move {
        let _ = stream.read(&mut [0; 8192]).await;
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
        let _ = stream.write_all(answer).await;
        let _ = stream.shutdown().await;
    })
    .await
}

/// Has this speak on every connection.
pub(crate) async fn serve_with<F>(
    config: ServerConfig,
    speak: impl Fn(TlsStream<TcpStream>) -> F + Clone + Send + Sync + 'static,
) -> String
where
    F: Future<Output = ()> + Send,
{
    let (acceptor, listener) = (TlsAcceptor::from(Arc::new(config)), TcpListener::bind("127.0.0.1:0").await.unwrap());
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, speak) = (acceptor.clone(), speak.clone());
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    speak(stream).await;
                }
            });
        }
    });
    url
}
