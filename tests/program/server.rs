//! Servers for the program to talk to: its own `serve`, and scripted ones that misbehave.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    process::{Child, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use crate::run::Program;

/// `highwater serve` in a process of its own, on a free port; stopped when dropped.
#[derive(Debug)]
pub(crate) struct Served {
    child: Child,
    pub(crate) url: String,
}

impl Served {
    pub(crate) fn start(program: &Program, arguments: &[&str]) -> Self {
        let mut child = program
            .command(&[&["serve", "--listen", "127.0.0.1:0"], arguments].concat())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let stderr = child.stderr.take().expect("a pipe");
        let mut served = Self {
            child,
            url: String::new(),
        };
        let mut said = String::new();
        for line in BufReader::new(stderr).lines() {
            let line = line.expect("UTF-8 on standard error");
            if let Some(at) = line.find("http://127.0.0.1:") {
                served.url = line[at..]
                    .split_whitespace()
                    .next()
                    .unwrap_or("")
                    .to_owned();
                return served;
            }
            said.push_str(&line);
        }
        panic!("serve names no address: {said}");
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An HTTP server that answers as a test tells it to, and remembers what it was asked.
#[derive(Debug)]
pub(crate) struct Scripted {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<String>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Scripted {
    /// `answer` is the whole response to every request, from its status line to the end of its body.
    pub(crate) fn always(answer: &str) -> Self {
        let answer = answer.to_owned();
        Self::by(move |_| answer.clone())
    }

    /// The body of the answer to each request, by its head.
    pub(crate) fn bodies(body: impl Fn(&str) -> String + Send + 'static) -> Self {
        Self::by(move |head| json_response("200 OK", &body(head)))
    }

    /// The whole response to each request, by its head.
    fn by(answer: impl Fn(&str) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let (requests, stop) = (Arc::clone(&requests), Arc::clone(&stop));
            move || {
                for stream in listener.incoming() {
                    if stop.load(Ordering::SeqCst) {
                        break;
                    }
                    if let Ok(stream) = stream {
                        requests
                            .lock()
                            .expect("no panic above")
                            .push(respond(stream, &answer));
                    }
                }
            }
        });
        Self {
            url: format!("http://{address}/v2"),
            requests,
            stop,
            thread: Some(thread),
        }
    }

    /// A response with a JSON body and its true length.
    pub(crate) fn json(status: &str, body: &str) -> Self {
        Self::always(&json_response(status, body))
    }

    /// The heads of all requests so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("no panic above").clone()
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let address = self
            .url
            .trim_start_matches("http://")
            .trim_end_matches("/v2");
        let _ = TcpStream::connect(address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn json_response(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn respond(mut stream: TcpStream, answer: &impl Fn(&str) -> String) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let _ = stream.write_all(answer(&head).as_bytes());
    head
}
