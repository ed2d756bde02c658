//! A server in a runtime of its own, and the plainest HTTP client there is.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    thread::JoinHandle,
};

use highwater_api::Vendor;
use highwater_serve::{ServeOptions, Server};
use serde_json::Value as Json;
use tokio::sync::oneshot;

/// A running server; stopped, and seen to have stopped well, when dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

pub(crate) fn start(vendor: Arc<dyn Vendor>, options: ServeOptions) -> Running {
    let (stop, stopped) = oneshot::channel();
    let (tell, told) = std::sync::mpsc::channel();
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let free = "127.0.0.1:0".parse().unwrap();
            let server = Server::bind(free, vendor, options).await.unwrap();
            tell.send(server.local_addr()).unwrap();
            let stopped = async {
                stopped.await.ok();
            };
            server.run(stopped).await.unwrap();
        });
    });
    Running {
        address: told.recv().unwrap(),
        stop: Some(stop),
        thread: Some(thread),
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.take().unwrap().send(()).ok();
        let ended = self.thread.take().unwrap().join();
        if !std::thread::panicking() {
            ended.expect("the server stopped well");
        }
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn message(&self) -> String {
        let json = self.json();
        assert_eq!(json["success"], false, "{self:?}");
        json["message"].as_str().unwrap().to_owned()
    }

    pub(crate) fn rows(&self) -> Vec<Json> {
        assert_eq!(self.status, 200, "{self:?}");
        let json = self.json();
        assert_eq!(json["success"], true);
        let rows = json["data"].as_array().unwrap().clone();
        assert_eq!(json["length"], rows.len(), "length is that of this page");
        rows
    }
}

impl Running {
    /// Send bytes as they are, and read until the server closes.
    pub(crate) fn exchange(&self, request: &[u8]) -> Vec<u8> {
        let mut stream = TcpStream::connect(self.address).unwrap();
        // A server that refuses early closes while we still write.
        stream.write_all(request).ok();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok();
        answer
    }

    pub(crate) fn request(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n");
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        request += "\r\n";
        read(&self.exchange(request.as_bytes()))
    }

    /// A GET with a key.
    pub(crate) fn get(&self, path: &str) -> Reply {
        self.request("GET", path, &[("x-api-key", "tm-test")])
    }
}

/// Take an answer apart; a chunked body is left as it is.
pub(crate) fn read(answer: &[u8]) -> Reply {
    let end = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap_or_else(|| panic!("no head in {:?}", String::from_utf8_lossy(answer)));
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Reply {
        status,
        head,
        body: answer[end + 4..].to_vec(),
    }
}
