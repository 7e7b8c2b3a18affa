//! `vmkping`, which `ping` is another name of (verified: the lines of both cases, in VMware's vSAN guide and in its
//! article on testing the VMkernel's network; believed: the exit status, and where a refusal is written).

use super::{Output, Read, not_modelled, read};
use crate::model::family::{Call, Console};
use crate::model::network::ping::{Echo, Failure, Heard, send};
use std::fmt::Write;
use std::net::IpAddr;
use std::time::Duration;

const VALUED: [(char, &str); 9] = [
    ('I', "interface"),
    ('c', "count"),
    ('s', "size"),
    ('i', "interval"),
    ('t', "ttl"),
    ('W', "wait"),
    ('N', "nexthop"),
    ('S', "netstack"),
    ('X', "xml"),
];
const FLAGS: [(char, &str); 5] =
    [('4', "ipv4"), ('6', "ipv6"), ('d', "df"), ('v', "verbose"), ('D', "debug")];

pub(in crate::model) fn vmkping(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    let words = call.texts();
    // The stack has a spelling of its own: `++netstack=vmotion`.
    let (stacks, words): (Vec<&str>, Vec<&str>) = words.iter().partition(|word| word.starts_with("++"));
    let stack = stacks.iter().find_map(|word| word.strip_prefix("++netstack="));
    let Some(given) = Read::new(&words, &VALUED, &FLAGS).filter(|given| given.get('X').is_none()) else {
        return not_modelled(call.name(), &words);
    };
    let [host] = given.rest[..] else { return usage(call.name()) };
    let echo = || -> Result<Echo, Output> {
        let number = |letter, what, usual: u32| given.get(letter).map_or(Ok(usual), |word| read(what, word));
        let stack = given.get('S').or(stack).map(|name| read("netstack", name)).transpose()?;
        Ok(Echo {
            host: host.to_owned(),
            interface: given.get('I').map(str::to_owned),
            stack: stack.unwrap_or_default(),
            count: number('c', "count", 3)?.min(1000),
            size: number('s', "size", 56)?,
            whole: given.get('d').is_some(),
            six: given.get('6').map(|_| true).or(given.get('4').map(|_| false)),
        })
    };
    match echo() {
        Ok(echo) => written(&echo, send(console, &echo)),
        Err(output) => output,
    }
}

/// Believed.
fn usage(name: &str) -> Output {
    let text = format!("{name} [-46dDv] [-c count] [-I interface] [-s size] [-t ttl] [-W timeout] host\n");
    Output { stderr: text.into_bytes(), status: 1, ..Output::default() }
}

fn written(echo: &Echo, heard: Result<Heard, Failure>) -> Output {
    let (to, failure, heard) = match heard {
        Ok(heard) => (heard.to, None, Some(heard)),
        Err(failure @ Failure::Send(to, _)) => (to, Some(failure), None),
        Err(failure) => {
            let stderr = format!("{failure}\n").into_bytes();
            return Output { stderr, status: 1, ..Output::default() };
        }
    };
    let mut out = format!("PING {} ({to}): {} data bytes\n", echo.host, echo.size);
    if let Some(failure) = failure {
        for _ in 0..echo.count {
            let _ = writeln!(out, "{failure}");
        }
    }
    if let Some(heard) = &heard {
        answers(&mut out, echo, to, heard);
    }
    let received = heard.as_ref().map_or(0, |heard| heard.answers().count());
    let sent = usize::try_from(echo.count).unwrap_or(usize::MAX);
    let lost = (sent - received) * 100 / sent.max(1);
    let _ = writeln!(out, "\n--- {} ping statistics ---", echo.host);
    let _ = writeln!(out, "{sent} packets transmitted, {received} packets received, {lost}% packet loss");
    if let Some([least, mean, most]) = heard.as_ref().and_then(Heard::spread) {
        let _ =
            writeln!(out, "round-trip min/avg/max = {}/{}/{} ms", millis(least), millis(mean), millis(most));
    }
    Output { status: u8::from(received == 0), ..Output::ok(out) }
}

fn answers(out: &mut String, echo: &Echo, to: IpAddr, heard: &Heard) {
    for (number, time) in heard.answers() {
        let bytes = echo.size.saturating_add(8);
        let (ttl, time) = (heard.ttl, millis(time));
        let _ = writeln!(out, "{bytes} bytes from {to}: icmp_seq={number} ttl={ttl} time={time} ms");
    }
}

fn millis(time: Duration) -> String {
    format!("{}.{:03}", time.as_millis(), time.as_micros() % 1000)
}
