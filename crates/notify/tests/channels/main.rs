//! Notices over real HTTP and SMTP, to sinks that refuse, dawdle and hang up.

#[cfg(test)]
mod closing;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod http_sink;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod mails;
#[cfg(test)]
mod restarts;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod smtp_sink;
#[cfg(test)]
mod states;
#[cfg(test)]
mod webhooks;
#[cfg(test)]
mod wording;
#[cfg(test)]
mod world;
