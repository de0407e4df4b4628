//! A mail server that keeps what it gets, and answers as it is told to. Without encryption.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use notify::{Channel, MailConfig, Security};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// What the sink does otherwise than to take a mail.
#[derive(Clone, Debug)]
pub(crate) enum Trouble {
    /// Answers the first line that begins so with this line.
    Says(&'static str, &'static str),
    /// Hangs up at the first line that begins so.
    HangsUp(&'static str),
    /// Says nothing more from the first line on that begins so.
    Silent(&'static str),
    /// Takes this one.
    None,
}

#[derive(Clone)]
pub(crate) struct SmtpSink {
    pub(crate) port: u16,
    inner: Arc<Inner>,
}

struct Inner {
    /// One a connection, then none.
    troubles: Mutex<VecDeque<Trouble>>,
    /// Whom it never takes mail for.
    unknown: Vec<&'static str>,
    heard: Mutex<Vec<String>>,
    mails: Mutex<Vec<Mail>>,
}

/// A mail as it was taken.
#[derive(Clone)]
pub(crate) struct Mail {
    pub(crate) to: String,
    pub(crate) data: String,
}

impl SmtpSink {
    pub(crate) async fn new() -> Self {
        Self::with([]).await
    }

    pub(crate) async fn with(troubles: impl IntoIterator<Item = Trouble>) -> Self {
        Self::refusing([], troubles).await
    }

    pub(crate) async fn refusing(
        unknown: impl IntoIterator<Item = &'static str>,
        troubles: impl IntoIterator<Item = Trouble>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let inner = Arc::new(Inner {
            troubles: Mutex::new(troubles.into_iter().collect()),
            unknown: unknown.into_iter().collect(),
            heard: Mutex::default(),
            mails: Mutex::default(),
        });
        let served = Arc::clone(&inner);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let inner = Arc::clone(&served);
                let trouble = inner.troubles.lock().unwrap().pop_front().unwrap_or(Trouble::None);
                // A client that hangs up is no matter of ours.
                tokio::spawn(async move { drop(converse(stream, &inner, trouble).await) });
            }
        });
        Self { port, inner }
    }

    pub(crate) fn mails(&self) -> Vec<Mail> {
        self.inner.mails.lock().unwrap().clone()
    }

    /// The addresses that have got a mail.
    pub(crate) fn reached(&self) -> Vec<String> {
        self.mails().into_iter().map(|it| it.to).collect()
    }

    /// Every line that was said to it outside of mails.
    pub(crate) fn heard(&self) -> Vec<String> {
        self.inner.heard.lock().unwrap().clone()
    }

    /// A configuration of a channel to it.
    pub(crate) fn config(&self, to: &[&str]) -> MailConfig {
        MailConfig {
            server: "127.0.0.1".into(),
            port: self.port,
            security: Security::Plain,
            login: None,
            from: "Rollcall <rollcall@example.com>".into(),
            to: to.iter().map(|it| (*it).to_owned()).collect(),
        }
    }

    pub(crate) fn channel(&self, to: &[&str]) -> Channel {
        Channel::mail("mail", &self.config(to)).unwrap()
    }
}

async fn converse(stream: TcpStream, inner: &Inner, trouble: Trouble) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut trouble, mut to, mut line) = (trouble, String::new(), String::new());
    say(&mut stream, "220 sink.example.com").await?;
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let heard = line.trim_end();
        inner.heard.lock().unwrap().push(heard.to_owned());
        match &trouble {
            Trouble::Says(start, answer) if heard.starts_with(start) => {
                say(&mut stream, answer).await?;
                trouble = Trouble::None;
                continue;
            }
            Trouble::HangsUp(start) if heard.starts_with(start) => return Ok(()),
            Trouble::Silent(start) if heard.starts_with(start) => {
                stream.read_line(&mut line).await?;
                return Ok(());
            }
            Trouble::Says(..) | Trouble::HangsUp(_) | Trouble::Silent(_) | Trouble::None => {}
        }
        if heard.starts_with("EHLO") {
            say(&mut stream, "250-sink.example.com\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN").await?;
        } else if heard.starts_with("AUTH") {
            say(&mut stream, "235 welcome").await?;
        } else if let Some(address) = heard.strip_prefix("RCPT TO:") {
            address.trim_matches(['<', '>']).clone_into(&mut to);
            let known = !inner.unknown.contains(&to.as_str());
            // As real servers do, it repeats the address.
            let no = format!("550 5.1.1 <{to}>: no such mailbox");
            say(&mut stream, if known { "250 ok" } else { &no }).await?;
        } else if heard == "DATA" {
            say(&mut stream, "354 go on").await?;
            let data = read_mail(&mut stream).await?;
            inner.mails.lock().unwrap().push(Mail { to: to.clone(), data });
            if let Trouble::HangsUp("after DATA") = trouble {
                return Ok(());
            }
            say(&mut stream, "250 taken").await?;
        } else if heard == "QUIT" {
            say(&mut stream, "221 bye").await?;
            return Ok(());
        } else {
            say(&mut stream, "250 ok").await?;
        }
    }
}

async fn read_mail(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut mail = String::new();
    loop {
        let start = mail.len();
        if stream.read_line(&mut mail).await? == 0 || &mail[start..] == ".\r\n" {
            mail.truncate(start);
            return Ok(mail);
        }
    }
}

async fn say(stream: &mut BufReader<TcpStream>, line: &str) -> std::io::Result<()> {
    stream.write_all(format!("{line}\r\n").as_bytes()).await
}
