//! Models over HTTP: whole, in pieces, from a mirror, from a folder, and everything that goes wrong on the way.

#![allow(clippy::unwrap_used)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
};
use warmline_models::{
    pull::{PullError, Pulled, Source, pull},
    store::Store,
};

const FILE: &str = "mine/model.bin";

fn content() -> Vec<u8> {
    (0..300_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn sum(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// A store whose own manifest knows one model.
fn store(root: &Path, url: &str, more: &str) -> Store {
    let manifest = format!(
        "[[model]]\nname = \"mine\"\ntask = \"asr\"\nengine = \"whisper\"\nlanguages = [\"en\"]\nlicence = \"own\"\n\
         origin = \"here\"\nfiles = [{{ path = \"{FILE}\", url = \"{url}\"{more} }}]\n"
    );
    std::fs::create_dir_all(root).unwrap();
    std::fs::write(root.join("manifest.toml"), manifest).unwrap();
    Store::open(root).unwrap()
}

fn get(store: &mut Store, source: &Source) -> Result<Pulled, PullError> {
    pull(store, "mine", source, &mut |_, _, _| {}).map(|mut done| done.remove(0).1)
}

/// How the server treats its next requests, in turn; after the last it behaves.
#[derive(Clone)]
enum Fault {
    /// Close after this many bytes of the body.
    BreakAfter(usize),
    /// From now on another version of the file.
    NewVersion,
    NotFound,
}

/// A server of one file that can go on in the middle (RFC 9110 §14), and that can fail.
struct Server {
    url: String,
    /// `Range` header of every request.
    asked: Arc<Mutex<Vec<String>>>,
}

fn serve(content: Vec<u8>, faults: Vec<Fault>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/{FILE}", listener.local_addr().unwrap());
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = asked.clone();
    std::thread::spawn(move || {
        let (mut content, mut version, mut faults) = (content, 1, faults.into_iter());
        for stream in listener.incoming() {
            let fault = faults.next();
            if let Some(Fault::NewVersion) = fault {
                version += 1;
                content.reverse();
            }
            answer(stream.unwrap(), &content, version, fault, &noted);
        }
    });
    Server { url, asked }
}

fn answer(mut stream: TcpStream, content: &[u8], version: u32, fault: Option<Fault>, noted: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let head: Vec<String> = lines.by_ref().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    let header = |name: &str| {
        let found = head.iter().find_map(|line| line.split_once(": ").filter(|(n, _)| n.eq_ignore_ascii_case(name)));
        found.map(|(_, value)| value.to_owned())
    };
    let range = header("range").unwrap_or_default();
    noted.lock().unwrap().push(range.clone());
    if let Some(Fault::NotFound) = fault {
        write!(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").unwrap();
        return;
    }
    let tag = format!("\"v{version}\"");
    let same = header("if-range").is_none_or(|wanted| wanted == tag);
    let from: usize = range.trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap_or(0);
    let from = if same { from } else { 0 };
    let (body, whole) = (&content[from..], content.len());
    let first = if same {
        format!("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {from}-{}/{whole}", whole - 1)
    } else {
        "HTTP/1.1 200 OK".to_owned()
    };
    let length = body.len();
    write!(stream, "{first}\r\nETag: {tag}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n").unwrap();
    let most = if let Some(Fault::BreakAfter(bytes)) = fault { bytes.min(length) } else { length };
    stream.write_all(&body[..most]).ok();
}

#[test]
fn a_broken_transfer_goes_on_where_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(content(), vec![Fault::BreakAfter(100_000), Fault::BreakAfter(50_000)]);
    let mut store = store(dir.path(), &server.url, &format!(", sha256 = \"{}\"", sum(&content())));
    let mut last = (0, None);
    let done = pull(&mut store, "mine", &Source::Published, &mut |_, got, whole| last = (got, whole)).unwrap();
    assert_eq!(done[0].1, Pulled::Got { bytes: 300_000, sha256: sum(&content()), noted: false });
    assert_eq!(last, (300_000, Some(300_000)));
    assert_eq!(*server.asked.lock().unwrap(), ["bytes=0-", "bytes=100000-", "bytes=150000-"]);
    assert_eq!(std::fs::read(dir.path().join(FILE)).unwrap(), content());
    assert_eq!(get(&mut store, &Source::Published).unwrap(), Pulled::Already);
    let left: Vec<_> = std::fs::read_dir(dir.path().join("mine")).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn another_version_in_the_middle_begins_anew() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(content(), vec![Fault::BreakAfter(100_000), Fault::NewVersion]);
    let mut store = store(dir.path(), &server.url, "");
    let mut reversed = content();
    reversed.reverse();
    let got = get(&mut store, &Source::Published).unwrap();
    assert_eq!(got, Pulled::Got { bytes: 300_000, sha256: sum(&reversed), noted: true });
    // Believed once; from then on it must stay what it was.
    std::fs::write(dir.path().join(FILE), "other").unwrap();
    assert!(Store::open(dir.path()).unwrap().verified(FILE).is_err());
}

#[test]
fn what_is_not_the_expected_file_does_not_take_its_place() {
    for more in [format!(", sha256 = \"{}\"", sum(b"other")), ", size = 299999".to_owned()] {
        let dir = tempfile::tempdir().unwrap();
        let server = serve(content(), Vec::new());
        let error = get(&mut store(dir.path(), &server.url, &more), &Source::Published).unwrap_err();
        assert!(matches!(&error, PullError::Wrong { from, .. } if from == FILE), "{error}");
        assert_eq!(std::fs::read_dir(dir.path().join("mine")).unwrap().count(), 0);
    }
}

#[test]
fn an_absent_file_and_an_absent_network_say_so_and_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let server = serve(content(), vec![Fault::NotFound]);
    let error = get(&mut store(dir.path(), &server.url, ""), &Source::Published).unwrap_err().to_string();
    assert!(error.contains("404") && error.contains(&server.url), "{error}");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut offline = store(dir.path(), &format!("http://{closed}/x"), "");
    let error = get(&mut offline, &Source::Published).unwrap_err().to_string();
    assert!(error.contains("--from FOLDER") && error.contains("mirror"), "{error}");
    assert!(get(&mut offline, &Source::Folder(dir.path().join("none"))).unwrap_err().to_string().contains(FILE));
}

#[test]
fn a_folder_serves_a_machine_without_a_network() {
    let (dir, stick) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(stick.path().join("model.bin"), content()).unwrap();
    let mut store = store(dir.path(), "http://127.0.0.1:9/x", &format!(", sha256 = \"{}\"", sum(&content())));
    let got = get(&mut store, &Source::Folder(stick.path().to_owned())).unwrap();
    assert!(matches!(got, Pulled::Got { bytes: 300_000, noted: false, .. }));
}

/// Python's own HTTP server, which cannot go on in the middle: an independent peer, and used as a mirror.
struct Python {
    child: Child,
    address: String,
}

impl Python {
    fn serve(folder: &Path) -> Python {
        let command = "import http.server,functools\n\
             h=functools.partial(http.server.SimpleHTTPRequestHandler,directory='.')\n\
             s=http.server.ThreadingHTTPServer(('127.0.0.1',0),h)\nprint(s.server_port,flush=True)\ns.serve_forever()";
        let mut child = Command::new("python3")
            .args(["-c", command])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut port).unwrap();
        Python { child, address: format!("http://127.0.0.1:{}", port.trim()) }
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn a_mirror_serves_what_the_manifest_names() {
    let (dir, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::create_dir(there.path().join("mine")).unwrap();
    std::fs::write(there.path().join(FILE), content()).unwrap();
    let python = Python::serve(there.path());
    let mut store = store(dir.path(), "http://127.0.0.1:9/x", &format!(", sha256 = \"{}\"", sum(&content())));
    let got = get(&mut store, &Source::Mirror(python.address.clone() + "/")).unwrap();
    assert!(matches!(got, Pulled::Got { bytes: 300_000, .. }));
    let mut read = Vec::new();
    std::fs::File::open(dir.path().join(FILE)).unwrap().read_to_end(&mut read).unwrap();
    assert_eq!(read, content());
}
