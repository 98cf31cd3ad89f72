//! TLS for connections to PostgreSQL, on the rustls that the rest of the crate uses: libpq's levels of trust.

use std::fs;
use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme,
};
use rustls_platform_verifier::Verifier as Platform;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect};
use tokio_rustls::client::TlsStream;
use tokio_rustls::{Connect, TlsConnector};

use super::url::Target;
use crate::ground::crypto;
use crate::ground::error::{Error, Result};

/// What is asked of a server's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verify {
    /// Nothing: it keeps listeners away, and nobody who stands in between.
    Nothing,
    /// That somebody trusted has signed it, whatever name it has.
    Chain,
    /// And that it is for this host.
    Full,
}

/// Makes connections safe as a target asks for it.
#[derive(Clone)]
pub(super) struct Tls(TlsConnector);

impl Tls {
    pub(super) fn new(target: &Target) -> Result<Self> {
        let provider = crypto::provider();
        let verifier = verifier(target, &provider)?;
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(|cause| Error::config(format!("TLS can't be used: {cause}")))?;
        let mut config = config.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth();
        // What a server has to see that is spoken to in TLS from the first byte on.
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }
}

fn verifier(target: &Target, provider: &Arc<CryptoProvider>) -> Result<Verifier> {
    let (trusted, named): (Option<Arc<dyn ServerCertVerifier>>, _) = match (target.verify, &target.roots) {
        (Verify::Nothing, _) => (None, Vec::new()),
        (_, Some(path)) => {
            let (verifier, named) = from_file(path, provider)?;
            (Some(verifier), named)
        }
        (_, None) => {
            let platform = Platform::new(Arc::clone(provider)).map_err(|cause| {
                Error::config(format!("the system's certificates can't be read: {cause}"))
                    .with_hint("Set sslrootcert to a file of certificates.")
            })?;
            (Some(Arc::new(platform)), Vec::new())
        }
    };
    Ok(Verifier { verify: target.verify, trusted, named, provider: Arc::clone(provider) })
}

type FromFile = (Arc<dyn ServerCertVerifier>, Vec<CertificateDer<'static>>);

/// Trusts what a file names, and gives that too.
fn from_file(path: &Path, provider: &Arc<CryptoProvider>) -> Result<FromFile> {
    let failed = |cause: String| {
        Error::config(format!("sslrootcert {path:?} can't be used: {cause}"))
            .with_hint("Set it to a PEM file with the trusted certificates.")
    };
    let pem = fs::read(path).map_err(|cause| failed(cause.to_string()))?;
    let mut roots = RootCertStore::empty();
    let named = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>();
    let named = named.map_err(|cause| failed(cause.to_string()))?;
    for certificate in &named {
        roots.add(certificate.clone()).map_err(|cause| failed(cause.to_string()))?;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build();
    Ok((verifier.map_err(|cause| failed(cause.to_string()))?, named))
}

/// Judges a server's certificate. Signatures in the handshake are always checked.
#[derive(Debug)]
struct Verifier {
    verify: Verify,
    trusted: Option<Arc<dyn ServerCertVerifier>>,
    /// The certificates that `sslrootcert` names.
    named: Vec<CertificateDer<'static>>,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    /// A server's own certificate in the file of those that are trusted, as PostgreSQL's documentation makes one: nobody else
    /// has to have signed it, and it may be one of an authority. What it says of time and host counts all the same.
    fn names(&self, certificate: &CertificateDer<'_>, refused: &CertificateError) -> bool {
        let by_issuer = matches!(refused, CertificateError::UnknownIssuer | CertificateError::Other(_));
        by_issuer && self.named.iter().any(|named| named.as_ref() == certificate.as_ref())
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let Some(trusted) = &self.trusted else { return Ok(ServerCertVerified::assertion()) };
        let verified = trusted.verify_server_cert(certificate, between, name, ocsp, now);
        match verified {
            // The name is looked at last: all the rest was right.
            Err(TlsError::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) if self.verify == Verify::Chain => Ok(ServerCertVerified::assertion()),
            Err(TlsError::InvalidCertificate(refused)) if self.names(certificate, &refused) => {
                if self.verify == Verify::Full {
                    verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
                }
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let algorithms = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> MakeTlsConnect<S> for Tls {
    type Stream = Stream<S>;
    type TlsConnect = ToHost;
    type Error = io::Error;

    fn make_tls_connect(&mut self, host: &str) -> io::Result<ToHost> {
        Ok(ToHost { connector: self.0.clone(), host: host.to_owned() })
    }
}

/// Makes one connection safe.
pub(super) struct ToHost {
    connector: TlsConnector,
    host: String,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> TlsConnect<S> for ToHost {
    type Stream = Stream<S>;
    type Error = io::Error;
    type Future = Handshake<S>;

    fn connect(self, stream: S) -> Handshake<S> {
        match ServerName::try_from(self.host) {
            Ok(name) => Handshake(Ok(self.connector.connect(name, stream))),
            Err(cause) => Handshake(Err(Some(io::Error::new(io::ErrorKind::InvalidInput, cause)))),
        }
    }
}

/// A handshake under way, or why there is none.
pub(super) struct Handshake<S>(Result<Connect<S>, Option<io::Error>>);

impl<S: AsyncRead + AsyncWrite + Unpin> Future for Handshake<S> {
    type Output = io::Result<Stream<S>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Ok(connect) => Pin::new(connect).poll(context).map_ok(Stream),
            Err(cause) => Poll::Ready(Err(cause.take().unwrap_or_else(|| io::ErrorKind::InvalidInput.into()))),
        }
    }
}

/// A stream inside TLS.
pub(super) struct Stream<S>(TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> tokio_postgres::tls::TlsStream for Stream<S> {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Stream<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, into)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
