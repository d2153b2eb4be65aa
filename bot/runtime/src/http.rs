//! Questions of a dialog to other systems: off the media path, to known hosts only, within a time and a size.

use std::time::Duration;
use ureq::Agent;
use ureq::http::{Method, Request, Uri};
use warmline_dialog::HttpRequest;

/// Largest answer that is read, in bytes.
const MOST_BYTES: u64 = 64 * 1024;

/// Asks other systems on behalf of dialogs.
#[derive(Clone)]
pub(crate) struct HttpClient {
    agent: Agent,
    hosts: Vec<String>,
}

impl HttpClient {
    /// `hosts` may be asked: `example.com` or `example.com:8443`; none: nothing may.
    pub(crate) fn new(hosts: &[String]) -> Self {
        // A redirect could lead past the list.
        let config = Agent::config_builder().max_redirects(0).max_redirects_will_error(false).proxy(None);
        let agent = config.http_status_as_error(false).build().new_agent();
        Self { agent, hosts: hosts.to_vec() }
    }

    /// The text of the answer, or why there is none. Blocking, for at most the request's time.
    pub(crate) fn ask(&self, request: &HttpRequest) -> Result<String, String> {
        let uri: Uri = request.url.parse().map_err(|error| format!("not an address: {error}"))?;
        self.allowed(&uri)?;
        let method = Method::from_bytes(request.method.as_bytes()).map_err(|error| error.to_string())?;
        let mut built = Request::builder().method(method).uri(uri);
        for (name, value) in &request.headers {
            built = built.header(name, value);
        }
        if request.body.is_some() {
            built = built.header("content-type", "application/json");
        }
        let built = built.body(request.body.clone().unwrap_or_default()).map_err(|error| error.to_string())?;
        let within = Duration::from_millis(u64::from(request.timeout_ms));
        let built = self.agent.configure_request(built).timeout_global(Some(within)).build();
        let mut response = self.agent.run(built).map_err(|error| error.to_string())?;
        if !response.status().is_success() {
            return Err(format!("status {}", response.status().as_u16()));
        }
        response.body_mut().with_config().limit(MOST_BYTES).read_to_string().map_err(|error| error.to_string())
    }

    /// The template names the host, the operator decides whether it may be asked.
    fn allowed(&self, uri: &Uri) -> Result<(), String> {
        let host = uri.host().unwrap_or_default();
        let with_port = uri.port_u16().map(|port| format!("{host}:{port}"));
        let name = with_port.as_deref().unwrap_or(host);
        if self.hosts.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return Ok(());
        }
        Err(format!("`{name}` is not among the hosts that may be asked (`http_hosts`)"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    fn request(url: &str) -> HttpRequest {
        let (method, url) = ("GET".to_owned(), url.to_owned());
        HttpRequest { id: 1, method, url, headers: Vec::new(), body: None, timeout_ms: 3000 }
    }

    /// A server that gives `answer` to one connection, and its address.
    fn server(answer: String) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        std::thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let mut asked = [0; 1024];
            assert!(socket.read(&mut asked).unwrap() > 0);
            // A client that has read enough may have gone.
            socket.write_all(answer.as_bytes()).ok();
        });
        address
    }

    fn asked(answer: &str) -> Result<String, String> {
        let address = server(answer.to_owned());
        HttpClient::new(std::slice::from_ref(&address)).ask(&request(&format!("http://{address}/x")))
    }

    #[test]
    fn an_answer_comes_back_and_a_redirect_is_not_followed() {
        assert_eq!(asked("HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n{\"a\":\"one\"}").unwrap(), "{\"a\":\"one\"}");
        let redirect = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(asked(redirect), Err("status 302".to_owned()));
    }

    #[test]
    fn only_known_hosts_are_asked() {
        let client = HttpClient::new(&["example.com".to_owned()]);
        let refused = client.ask(&request("http://127.0.0.1:9/secret")).unwrap_err();
        assert!(refused.contains("127.0.0.1:9") && refused.contains("http_hosts"), "{refused}");
        assert!(client.ask(&request("http://example.com@127.0.0.1/")).is_err());
    }

    #[test]
    fn a_silent_server_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let client = HttpClient::new(std::slice::from_ref(&address));
        let slow = HttpRequest { timeout_ms: 50, ..request(&format!("http://{address}/")) };
        assert!(client.ask(&slow).unwrap_err().contains("timeout"));
    }

    #[test]
    fn too_long_an_answer_is_refused() {
        let long = format!("HTTP/1.1 200 OK\r\ncontent-length: 70000\r\n\r\n{}", "x".repeat(70_000));
        assert!(asked(&long).is_err());
    }
}
