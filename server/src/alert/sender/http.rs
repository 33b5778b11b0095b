//! HTTP: one request a letter, no redirects, no proxy, and an answer of which little is read.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use sudolog_core::alert::format::request;
use sudolog_core::alert::{Answer, Auth, Letter, Service, TargetKind, UrlFrom, check_url};
use sudolog_core::limits::{ALERT_ANSWER_BYTES_MAX, ALERT_BUSY_MAX, ALERT_SEND_TIME};
use ureq::http::header::{HeaderMap, RETRY_AFTER};
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Body};

use super::{Sender, trust};
use crate::alert::secret::Secret;

/// An HTTP service.
pub(super) struct Http {
    kind: TargetKind,
    agent: Agent,
    url: Secret,
    token: Option<Secret>,
}

impl Http {
    pub(super) fn new(kind: &TargetKind, service: &Service) -> Result<Self, String> {
        let url = match &service.url {
            UrlFrom::Given(url) => Secret::given(url),
            UrlFrom::File(path) => {
                let url = Secret::read(path)?;
                check_url(url.exposed(), service.insecure)
                    .map_err(|what| format!("{}: {what}", path.display()))?;
                url
            }
        };
        let token = match &service.auth {
            Auth::None => None,
            Auth::Bearer(path) => Some(Secret::read(path)?),
        };
        let mut tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()));
        if url.exposed().starts_with("https:") {
            let authorities = trust::authorities(service.ca.as_deref())?;
            let roots = authorities.iter().map(|der| Certificate::from_der(der).to_owned());
            tls = tls.root_certs(RootCerts::Specific(Arc::new(roots.collect())));
        }
        let agent = Agent::config_builder()
            .timeout_global(Some(ALERT_SEND_TIME))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent(concat!("sudolog/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls.build())
            .build()
            .new_agent();
        Ok(Self { kind: kind.clone(), agent, url, token })
    }

    fn post(&self, letter: &Letter) -> Result<Answer, String> {
        let Some(request) = request(&self.kind, letter)
            .map_err(|what| format!("its template cannot be filled in: {what}"))?
        else {
            return Ok(Answer::Refused("it does not speak HTTP".to_owned()));
        };
        let url = self.url.exposed();
        let mut builder = match request.method.as_str() {
            "PUT" => self.agent.put(url),
            _ => self.agent.post(url),
        };
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        builder = builder
            .header("Content-Type", request.content_type)
            .header("Idempotency-Key", &letter.id);
        if let Some(token) = &self.token {
            builder = builder.header("Authorization", format!("Bearer {}", token.exposed()));
        }
        let mut response = builder.send(&request.body).map_err(|error| told(&error))?;
        let status = response.status().as_u16();
        let asked = retry_after(response.headers());
        let body = beginning(response.body_mut());
        let asked = asked.or_else(|| (status == 429).then(|| asked_in_body(&body)).flatten());
        Ok(match (&self.kind, status) {
            (TargetKind::Apprise(_), 204) => {
                Answer::Refused("Apprise has no service of that key and tag".to_owned())
            }
            // One tag is one service, so it is clear who did not get it.
            (TargetKind::Apprise(_), 424) => {
                Answer::Failed("Apprise could not send it on".to_owned())
            }
            _ => Answer::of_status(status, asked),
        })
    }
}

impl Sender for Http {
    fn send(&mut self, letter: &Letter) -> Answer {
        self.post(letter).unwrap_or_else(Answer::Failed)
    }
}

/// The first of an answer. What follows is not read: the connection is closed instead.
fn beginning(body: &mut Body) -> Vec<u8> {
    let mut bytes = Vec::new();
    let _ = body.as_reader().take(ALERT_ANSWER_BYTES_MAX as u64).read_to_end(&mut bytes);
    bytes
}

/// Seconds, or a date (RFC 9110 section 10.2.3).
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return bounded(seconds);
    }
    let at = jiff::fmt::rfc2822::parse(value).ok()?;
    let left = at.timestamp().as_second() - jiff::Timestamp::now().as_second();
    bounded(left as f64)
}

/// Discord says it to the millisecond, in its answer.
fn asked_in_body(body: &[u8]) -> Option<Duration> {
    let value: serde_json::Value = serde_json::from_slice(body).ok()?;
    bounded(value.get("retry_after")?.as_f64()?)
}

fn bounded(seconds: f64) -> Option<Duration> {
    let seconds = seconds.is_finite().then_some(seconds)?;
    Some(Duration::from_secs_f64(seconds.clamp(0.0, ALERT_BUSY_MAX.as_secs_f64())))
}

/// An error in words of our own: those of libraries name the address.
fn told(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => {
            format!("no answer within {} s", ALERT_SEND_TIME.as_secs())
        }
        ureq::Error::HostNotFound => "its name cannot be found (DNS)".to_owned(),
        ureq::Error::ConnectionFailed => "it cannot be connected to".to_owned(),
        ureq::Error::Io(error) => format!("the connection failed: {}", error.kind()),
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) => {
            "TLS failed: its certificate is not trusted, or not for that name".to_owned()
        }
        ureq::Error::BadUri(_) | ureq::Error::Http(_) => "its address is none".to_owned(),
        _ => "it does not answer as HTTP wants it".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_read_in_every_form_and_bounded() {
        let asked = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().unwrap());
            retry_after(&headers)
        };
        assert_eq!(asked("3"), Some(Duration::from_secs(3)));
        assert_eq!(asked("0.25"), Some(Duration::from_millis(250)));
        assert_eq!(asked("1e300"), Some(ALERT_BUSY_MAX));
        assert_eq!(asked("-5"), Some(Duration::ZERO));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        assert_eq!(asked("Sat, 06 Nov 2094 08:49:37 GMT"), Some(ALERT_BUSY_MAX));
        for bad in ["soon", "inf", "NaN"] {
            assert_eq!(asked(bad), None, "{bad}");
        }
        let body = br#"{"message":"slow down","retry_after":0.65}"#;
        assert_eq!(asked_in_body(body), Some(Duration::from_millis(650)));
    }
}
