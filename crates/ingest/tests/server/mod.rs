//! A small HTTP server that answers as a test tells it to: real sockets, one thread a connection, no keep-alive.

#![allow(
    dead_code,
    reason = "each test file that includes this module uses a part of it"
)]

pub(crate) mod market;

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::JoinHandle,
};

use serde_json::Value as Json;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// How many came before it.
    pub(crate) number: usize,
    /// Path, without the parameters: `/v2/tokens`.
    pub(crate) path: String,
    /// Parameters, decoded.
    pub(crate) params: Vec<(String, String)>,
    /// The whole head, for a look at the headers.
    pub(crate) head: String,
}

impl Asked {
    /// The endpoint: the last part of the path.
    pub(crate) fn endpoint(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// A parameter, empty if it is not there.
    pub(crate) fn param(&self, name: &str) -> &str {
        let found = self.params.iter().find(|(one, _)| one == name);
        found.map_or("", |(_, value)| value)
    }

    /// A header, if it is there.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (one, value) = line.split_once(':')?;
            one.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    /// Parameters as pairs, for the parser of requests.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.params
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// What to answer.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Status, further headers, body.
    Http(u16, Vec<(String, String)>, Vec<u8>),
    /// These bytes, then the end of the connection.
    Raw(Vec<u8>),
    /// Nothing, until the client goes away.
    Silence,
    /// These bytes, then nothing until the client goes away.
    Stall(Vec<u8>),
}

impl Reply {
    pub(crate) fn json(body: &Json) -> Self {
        Self::Http(200, Vec::new(), body.to_string().into_bytes())
    }

    pub(crate) fn rows(rows: Vec<Json>) -> Self {
        let length = rows.len();
        Self::json(&serde_json::json!({
            "success": true, "message": "Data fetched successfully", "length": length, "data": rows
        }))
    }

    pub(crate) fn failure(status: u16, message: &str) -> Self {
        let body = serde_json::json!({"success": false, "message": message});
        Self::Http(status, Vec::new(), body.to_string().into_bytes())
    }

    pub(crate) fn text(status: u16, text: &str) -> Self {
        Self::Http(status, Vec::new(), text.as_bytes().to_vec())
    }

    #[must_use]
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        if let Self::Http(_, headers, _) = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// The same answer, whose body ends before the length that its head announces.
    #[must_use]
    pub(crate) fn cut(self, at: usize) -> Self {
        let bytes = self.bytes();
        let head = bytes
            .windows(4)
            .position(|end| end == b"\r\n\r\n")
            .unwrap_or(0)
            + 4;
        Self::Raw(bytes[..(head + at).min(bytes.len())].to_vec())
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Http(status, headers, body) => {
                let mut head = format!(
                    "HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n",
                    body.len()
                );
                for (name, value) in headers {
                    head.push_str(&format!("{name}: {value}\r\n"));
                }
                head.push_str("\r\n");
                [head.as_bytes(), body].concat()
            }
            Self::Raw(bytes) | Self::Stall(bytes) => bytes.clone(),
            Self::Silence => Vec::new(),
        }
    }
}

type Script = dyn Fn(&Asked) -> Reply + Send + Sync;

/// A running server. It ends when it is dropped.
pub(crate) struct Server {
    addr: SocketAddr,
    shared: Arc<Shared>,
    listening: Option<JoinHandle<()>>,
}

struct Shared {
    script: Box<Script>,
    asked: Mutex<Vec<Asked>>,
    busy: AtomicUsize,
    busiest: AtomicUsize,
    ended: AtomicBool,
}

impl Server {
    pub(crate) fn start(script: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_at("127.0.0.1:0", script)
    }

    pub(crate) fn start_at(
        addr: &str,
        script: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(addr).unwrap();
        let addr = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            script: Box::new(script),
            asked: Mutex::default(),
            busy: AtomicUsize::new(0),
            busiest: AtomicUsize::new(0),
            ended: AtomicBool::new(false),
        });
        let held = Arc::clone(&shared);
        let listening = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if held.ended.load(Ordering::SeqCst) {
                    break;
                }
                let held = Arc::clone(&held);
                // A client that goes away in the middle is a part of some tests.
                std::thread::spawn(move || stream.and_then(|stream| held.serve(stream)));
            }
        });
        Self {
            addr,
            shared,
            listening: Some(listening),
        }
    }

    /// Where it is: `http://127.0.0.1:1234`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Everything that was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }

    /// How many requests were under way at once, at most.
    pub(crate) fn busiest(&self) -> usize {
        self.shared.busiest.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.addr);
        if let Some(listening) = self.listening.take() {
            let _ = listening.join();
        }
    }
}

impl Shared {
    fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut head = String::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            if line == "\r\n" {
                break;
            }
            head.push_str(&line);
        }
        let target = head.split(' ').nth(1).unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let params = query.split('&').filter_map(|pair| pair.split_once('='));
        let mut asked = Asked {
            number: 0,
            path: path.to_owned(),
            params: params
                .map(|(name, value)| (name.to_owned(), decoded(value)))
                .collect(),
            head: head.clone(),
        };
        {
            let mut all = self.asked.lock().unwrap();
            asked.number = all.len();
            all.push(asked.clone());
        }
        let busy = self.busy.fetch_add(1, Ordering::SeqCst) + 1;
        self.busiest.fetch_max(busy, Ordering::SeqCst);
        let reply = (self.script)(&asked);
        self.busy.fetch_sub(1, Ordering::SeqCst);
        stream.write_all(&reply.bytes())?;
        stream.flush()?;
        if matches!(reply, Reply::Silence | Reply::Stall(_)) {
            let mut rest = Vec::new();
            reader.read_to_end(&mut rest)?;
        }
        Ok(())
    }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next().unwrap(), rest.next().unwrap()];
            let digits = std::str::from_utf8(&digits).unwrap();
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap()
}
