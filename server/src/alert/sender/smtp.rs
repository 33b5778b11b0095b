//! A mail server, by SMTP. One connection a letter: alerts are rare, and idle connections are cut.

use lettre::address::{Address, Envelope};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{SmtpTransport, Transport as _};
use sudolog_core::alert::format::mail;
use sudolog_core::alert::{Answer, Letter, Relay, TlsUse};
use sudolog_core::limits::ALERT_SEND_TIME;
use sudolog_core::untrusted::Untrusted;

use super::{Sender, host_name, trust};
use crate::alert::secret::Secret;

/// A mail server.
pub(super) struct Smtp {
    transport: SmtpTransport,
    envelope: Envelope,
    relay: Relay,
    host: String,
}

impl Smtp {
    pub(super) fn new(relay: &Relay) -> Result<Self, String> {
        let host = host_name();
        let address = |text: &String| {
            text.parse::<Address>().map_err(|_| format!("{text:?} is no address with a domain"))
        };
        let to = relay.mail.to.iter().map(address).collect::<Result<_, _>>()?;
        let envelope = Envelope::new(Some(address(&relay.mail.from)?), to);
        let envelope = envelope.map_err(|error| error.to_string())?;
        let tls = match relay.tls {
            TlsUse::None => Tls::None,
            TlsUse::Required => Tls::Required(parameters(relay)?),
            TlsUse::Wrapped => Tls::Wrapper(parameters(relay)?),
        };
        let mut builder = SmtpTransport::builder_dangerous(&relay.host)
            .port(relay.port)
            .tls(tls)
            .timeout(Some(ALERT_SEND_TIME))
            .hello_name(ClientId::Domain(host.clone()));
        if let Some((user, file)) = &relay.login {
            let password = Secret::read(file)?.exposed().to_owned();
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        Ok(Self { transport: builder.build(), envelope, relay: relay.clone(), host })
    }
}

fn parameters(relay: &Relay) -> Result<TlsParameters, String> {
    let mut builder = TlsParameters::builder(relay.host.clone());
    builder = builder.certificate_store(CertificateStore::None);
    for der in trust::authorities(relay.ca.as_deref())? {
        // Of a system's many some may be too old for the library.
        if let Ok(certificate) = Certificate::from_der(der.to_vec()) {
            builder = builder.add_root_certificate(certificate);
        }
    }
    builder.build_rustls().map_err(|error| format!("TLS: {error}"))
}

impl Sender for Smtp {
    fn send(&mut self, letter: &Letter) -> Answer {
        let bytes = mail(letter, &self.relay.mail, &self.host);
        match self.transport.send_raw(&self.envelope, &bytes) {
            Ok(_) => Answer::Taken,
            Err(error) => {
                // What the server says is somebody else's text.
                let text = Untrusted::from(error.to_string());
                let text = format!("the mail server: {}", text.escaped());
                match error.is_permanent() {
                    true => Answer::Refused(text),
                    false => Answer::Failed(text),
                }
            }
        }
    }
}
