//! Servers on this machine that want to be taken for a tenant, over https.
//!
//! `tls/` holds certificates for one key, all signed by `authority.pem`, whose own key was thrown away. Nobody
//! trusts it but a program that is told to by `SSL_CERT_FILE`, and the key guards nothing.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};

/// A file of `tls/`.
pub(super) fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("cli/doctor/tls").join(name)
}

/// Answers with a certificate, and then that it knows nothing, until the test ends. Gives its address.
pub(super) fn pretender(certificate: &str) -> String {
    let certificate = CertificateDer::from_pem_file(file(certificate)).unwrap();
    let key = PrivateKeyDer::from_pem_file(file("key.pem")).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // Whoever does not trust us hangs up, which ends this one conversation.
            let _hung_up = stream.and_then(|it| answer(it, Arc::clone(&config)));
        }
    });
    address
}

fn answer(mut stream: TcpStream, config: Arc<ServerConfig>) -> std::io::Result<()> {
    let mut connection = ServerConnection::new(config).unwrap();
    let mut tls = rustls::Stream::new(&mut connection, &mut stream);
    let mut head = [0; 4096];
    let _length = tls.read(&mut head)?;
    tls.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
}

/// Takes connections and never says a word. Listens until it is dropped.
pub(super) fn mute() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}
