//! A wire between a client and its tenant that remembers every byte.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Passes everything on, both ways.
pub(crate) struct Wire {
    pub(crate) address: String,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Wire {
    /// A wire to this address. Its threads end with the process.
    pub(crate) fn to(tenant: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let heard = Arc::<Mutex<Vec<u8>>>::default();
        let (tenant, ears) = (tenant.to_owned(), Arc::clone(&heard));
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(&tenant) else { continue };
                let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let (one, other) = (Arc::clone(&ears), Arc::clone(&ears));
                std::thread::spawn(move || pass(from, to, &one));
                std::thread::spawn(move || pass(server, client, &other));
            }
        });
        Self { address, heard }
    }

    /// Everything so far.
    pub(crate) fn heard(&self) -> String {
        String::from_utf8_lossy(&self.heard.lock().unwrap()).into_owned()
    }
}

/// Both directions share one memory, each piece of it whole: a token does not tear another apart.
fn pass(mut from: TcpStream, mut to: TcpStream, heard: &Mutex<Vec<u8>>) {
    let mut piece = [0; 8_192];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        heard.lock().unwrap().extend_from_slice(&piece[..length]);
        if to.write_all(&piece[..length]).is_err() {
            break;
        }
    }
    let _gone_already = to.shutdown(Shutdown::Both);
}
