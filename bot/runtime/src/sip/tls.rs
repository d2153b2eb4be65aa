//! TLS towards a trunk: whom to trust, and the connection.

use super::config::TrunkConfig;
use rsipstack::transport::tls::TlsConnection;
use rsipstack::transport::{SipAddr, SipConnection, TlsConfig};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, SignatureScheme};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Where systems keep the authorities they trust.
const SYSTEM_CA_FILES: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/// Makes `ring` the process's cryptography, unless something chose before us.
pub(super) fn install_crypto() {
    // An error says that a provider is installed, which is all we want.
    let _installed = rustls::crypto::ring::default_provider().install_default();
}

/// Connects to a trunk at `to`; `host` is the name that its certificate must carry.
pub(super) async fn connect(
    trunk: &TrunkConfig,
    host: &str,
    to: &SipAddr,
    token: CancellationToken,
) -> Result<SipConnection, String> {
    let (ca_certs, verifier) = match trunk.tls_verify {
        true => (Some(authorities(trunk.tls_ca.as_deref())?), None),
        false => (None, Some(Arc::new(AcceptAny) as Arc<dyn ServerCertVerifier>)),
    };
    let config = TlsConfig { ca_certs, sni_hostname: Some(host.to_string()), ..TlsConfig::default() };
    TlsConnection::connect(to, Some(&config), verifier, Some(token))
        .await
        .map(SipConnection::from)
        .map_err(|e| format!("TLS: {e}"))
}

fn authorities(configured: Option<&Path>) -> Result<Vec<u8>, String> {
    let path = match configured {
        Some(path) => path.to_path_buf(),
        None => SYSTEM_CA_FILES
            .iter()
            .map(PathBuf::from)
            .find(|p| p.exists())
            .ok_or("no file of trusted authorities on this system; set tls_ca")?,
    };
    std::fs::read(&path).map_err(|e| format!("tls_ca {}: {e}", path.display()))
}

/// Trusts every certificate. The configuration allows it on loopback alone, for tests.
#[derive(Debug)]
struct AcceptAny;

impl ServerCertVerifier for AcceptAny {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}
