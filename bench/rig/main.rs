// The rig: load for messaging gateways and the carrier behind them, standard library only.
//
//   rig sim        the carrier: an SMPP 3.4 server that answers at once and sends receipts; with a control port
//   rig smpp-load  a customer by SMPP: windowed submit_sm, counts and matches receipts
//   rig http-load  a customer by HTTP: any URL and body, counts and matches callbacks
//
// Every tool is one thread around poll(2), so that the rig takes as little of the machine as it can from the gateway
// that is measured. All use CLOCK_MONOTONIC of one machine; every message carries
//     rig:<run 8>:<seq 10>:<send time ns 20>
// in its text, so the carrier knows the time from submit to arrival, and counts every message of a run exactly: what
// is missing, what came twice. Nothing here goes beyond loopback: hosts are 127.0.0.1 unless named.

mod http_load;
mod sim;
mod smpp;
mod smpp_load;

use smpp::*;
use std::collections::{HashMap, VecDeque};
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::io::AsRawFd;
use std::time::{SystemTime, UNIX_EPOCH};

// ---------------------------------------------------------------- libc bits
#[repr(C)]
struct Timespec {
    sec: i64,
    nsec: i64,
}
#[repr(C)]
#[derive(Clone, Copy)]
struct PollFd {
    fd: i32,
    events: i16,
    revents: i16,
}
extern "C" {
    fn clock_gettime(clk: i32, ts: *mut Timespec) -> i32;
    fn poll(fds: *mut PollFd, n: u64, timeout_ms: i32) -> i32;
    fn ppoll(fds: *mut PollFd, n: u64, ts: *const Timespec, mask: *const u8) -> i32;
}
const POLLIN: i16 = 1;
const POLLOUT: i16 = 4;

fn now_ns() -> u64 {
    let mut t = Timespec { sec: 0, nsec: 0 };
    unsafe { clock_gettime(1, &mut t) };
    t.sec as u64 * 1_000_000_000 + t.nsec as u64
}
/// Waits until something is ready or `until_ns` (monotonic) has come.
fn wait(fds: &mut [PollFd], until_ns: u64) {
    let n = now_ns();
    if until_ns <= n {
        unsafe { poll(fds.as_mut_ptr(), fds.len() as u64, 0) };
        return;
    }
    let d = until_ns - n;
    let ts = Timespec { sec: (d / 1_000_000_000) as i64, nsec: (d % 1_000_000_000) as i64 };
    unsafe { ppoll(fds.as_mut_ptr(), fds.len() as u64, &ts, std::ptr::null()) };
}

// ---------------------------------------------------------------- arguments
struct Args {
    kv: Vec<(String, String)>,
    used: std::cell::RefCell<Vec<String>>,
}
impl Args {
    fn parse(a: &[String]) -> Args {
        let mut kv = vec![];
        let mut i = 0;
        while i < a.len() {
            if !a[i].starts_with("--") {
                die(&format!("unexpected argument {}", a[i]));
            }
            let k = a[i][2..].to_string();
            if let Some((k, v)) = k.split_once('=') {
                kv.push((k.to_string(), v.to_string()));
                i += 1;
            } else {
                if i + 1 >= a.len() {
                    die(&format!("--{} needs a value", k));
                }
                kv.push((k, a[i + 1].clone()));
                i += 2;
            }
        }
        Args { kv, used: Default::default() }
    }
    fn opt(&self, k: &str) -> Option<String> {
        self.used.borrow_mut().push(k.to_string());
        self.kv.iter().rev().find(|x| x.0 == k).map(|x| x.1.clone())
    }
    fn all(&self, k: &str) -> Vec<String> {
        self.used.borrow_mut().push(k.to_string());
        self.kv.iter().filter(|x| x.0 == k).map(|x| x.1.clone()).collect()
    }
    fn s(&self, k: &str, d: &str) -> String {
        self.opt(k).unwrap_or_else(|| d.to_string())
    }
    fn u(&self, k: &str, d: u64) -> u64 {
        self.f(k, d as f64) as u64
    }
    fn f(&self, k: &str, d: f64) -> f64 {
        match self.opt(k) {
            None => d,
            Some(v) => v.parse().unwrap_or_else(|_| die(&format!("--{} wants a number, not {}", k, v))),
        }
    }
    fn done(&self) {
        for (k, _) in &self.kv {
            if !self.used.borrow().contains(k) {
                die(&format!("unknown option --{}", k));
            }
        }
    }
}
fn die(m: &str) -> ! {
    eprintln!("rig: {}", m);
    std::process::exit(2)
}

// ---------------------------------------------------------------- statistics
#[derive(Default)]
struct Lat {
    v: Vec<u32>,
    sorted: bool,
} // microseconds
impl Lat {
    fn add(&mut self, ns: u64) {
        self.v.push((ns / 1000).min(u32::MAX as u64) as u32);
        self.sorted = false;
    }
    fn json(&mut self) -> String {
        if self.v.is_empty() {
            return "null".into();
        }
        if !self.sorted {
            self.v.sort_unstable();
            self.sorted = true;
        }
        let n = self.v.len();
        let q = |p: f64| self.v[((n as f64 * p) as usize).min(n - 1)] as f64 / 1000.0;
        format!(
            "{{\"n\":{},\"p50_ms\":{:.3},\"p90_ms\":{:.3},\"p99_ms\":{:.3},\"p999_ms\":{:.3},\"max_ms\":{:.3}}}",
            n,
            q(0.5),
            q(0.9),
            q(0.99),
            q(0.999),
            self.v[n - 1] as f64 / 1000.0
        )
    }
}
fn hash32(s: &str) -> u64 {
    let mut h: u64 = 0xcbf29ce484222325;
    for b in s.bytes() {
        h ^= b as u64;
        h = h.wrapping_mul(0x100000001b3);
    }
    h
}
fn run_id(a: &Args) -> String {
    match a.opt("run") {
        Some(r) if r.len() <= 8 && r.bytes().all(|c| c.is_ascii_alphanumeric()) => format!("{:0>8}", r),
        Some(r) => format!("{:08x}", hash32(&r) as u32),
        None => format!("{:08x}", (now_ns() ^ std::process::id() as u64) as u32),
    }
}
fn marker(run: &str, seq: usize, t: u64, len: usize) -> String {
    let mut s = format!("rig:{}:{:010}:{:020}", run, seq, t);
    const PAD: &str =
        " The quick brown fox jumps over the lazy dog 0123456789 and then it sleeps until the morning comes again";
    let mut i = 0;
    while s.len() < len {
        s.push(PAD.as_bytes()[i % PAD.len()] as char);
        i += 1;
    }
    s
}
/// (run, seq, send time) of a text that carries the marker.
fn find_marker(b: &[u8]) -> Option<(String, usize, u64)> {
    const L: usize = 4 + 8 + 1 + 10 + 1 + 20;
    let p = b.windows(4).position(|w| w == b"rig:")?;
    let m = b.get(p..p + L)?;
    let s = std::str::from_utf8(m).ok()?;
    Some((s[4..12].to_string(), s[13..23].parse().ok()?, s[24..44].parse().ok()?))
}

// ---------------------------------------------------------------- buffers
struct Buf {
    s: TcpStream,
    inb: Vec<u8>,
    outb: Vec<u8>,
    opos: usize,
    dead: bool,
}
impl Buf {
    fn new(s: TcpStream) -> Buf {
        s.set_nonblocking(true).ok();
        s.set_nodelay(true).ok();
        Buf { s, inb: Vec::with_capacity(1 << 16), outb: Vec::with_capacity(1 << 16), opos: 0, dead: false }
    }
    fn fill(&mut self, tmp: &mut [u8]) {
        for _ in 0..4 {
            match self.s.read(tmp) {
                Ok(0) => {
                    self.dead = true;
                    return;
                }
                Ok(n) => {
                    self.inb.extend_from_slice(&tmp[..n]);
                    if n < tmp.len() {
                        return;
                    }
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => return,
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(_) => {
                    self.dead = true;
                    return;
                }
            }
        }
    }
    fn flush(&mut self) {
        while self.opos < self.outb.len() {
            match self.s.write(&self.outb[self.opos..]) {
                Ok(0) => {
                    self.dead = true;
                    return;
                }
                Ok(n) => self.opos += n,
                Err(e) if e.kind() == ErrorKind::WouldBlock => break,
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(_) => {
                    self.dead = true;
                    return;
                }
            }
        }
        if self.opos == self.outb.len() {
            self.outb.clear();
            self.opos = 0;
        } else if self.opos > 1 << 20 {
            self.outb.drain(..self.opos);
            self.opos = 0;
        }
    }
    fn pfd(&self) -> PollFd {
        PollFd {
            fd: self.s.as_raw_fd(),
            events: POLLIN | if self.opos < self.outb.len() { POLLOUT } else { 0 },
            revents: 0,
        }
    }
}

fn ymdhm() -> String {
    let s = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() as i64;
    let (days, r) = (s / 86400, s % 86400);
    let z = days + 719468;
    let era = z / 146097;
    let doe = z - era * 146097;
    let yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let d = doy - (153 * mp + 2) / 5 + 1;
    let m = if mp < 10 { mp + 3 } else { mp - 9 };
    let y = yoe + era * 400 + if m <= 2 { 1 } else { 0 };
    format!("{:02}{:02}{:02}{:02}{:02}", y % 100, m, d, r / 3600, r / 60 % 60)
}

// ================================================================ common to both loads
struct Msgs {
    t: Vec<u64>,
    out: Vec<u8>,
    dlr: Vec<u8>,
    ids: HashMap<Vec<u8>, usize>,
    early: HashMap<Vec<u8>, (u64, u32)>,
    resp_lat: Lat,
    dlr_lat: Lat,
    accepted: usize,
    errors: usize,
    answered: usize,
    dlr_total: u64,
    dlr_unique: usize,
    dlr_failed: u64,
    last_dlr: u64,
    first: u64,
    last_resp: u64,
    statuses: HashMap<String, u64>,
}
impl Msgs {
    fn new(n: usize) -> Msgs {
        Msgs {
            t: vec![0; n],
            out: vec![b'-'; n],
            dlr: vec![0; n],
            ids: HashMap::with_capacity(n),
            early: HashMap::new(),
            resp_lat: Lat::default(),
            dlr_lat: Lat::default(),
            accepted: 0,
            errors: 0,
            answered: 0,
            dlr_total: 0,
            dlr_unique: 0,
            dlr_failed: 0,
            last_dlr: 0,
            first: 0,
            last_resp: 0,
            statuses: HashMap::new(),
        }
    }
    fn sent(&mut self, i: usize, t: u64) {
        self.t[i] = t;
        self.out[i] = b'U';
        if self.first == 0 {
            self.first = t;
        }
    }
    fn answer(&mut self, i: usize, t: u64, ok: bool, what: &str, id: &[u8]) {
        if i >= self.out.len() || self.out[i] != b'U' {
            return;
        }
        self.answered += 1;
        self.last_resp = t;
        self.resp_lat.add(t.saturating_sub(self.t[i]));
        if ok {
            self.accepted += 1;
            self.out[i] = b'A';
        } else {
            self.errors += 1;
            self.out[i] = b'E';
        }
        match self.statuses.get_mut(what) {
            Some(n) => *n += 1,
            None => {
                self.statuses.insert(what.to_string(), 1);
            }
        }
        if ok && !id.is_empty() {
            if !self.early.is_empty() {
                if let Some((et, n)) = self.early.remove(id) {
                    for _ in 0..n {
                        self.receipt(i, et.max(self.t[i]));
                    }
                }
            }
            self.ids.insert(id.to_vec(), i);
        }
    }
    fn receipt(&mut self, i: usize, t: u64) {
        self.dlr[i] = self.dlr[i].saturating_add(1);
        if self.dlr[i] == 1 {
            self.dlr_unique += 1;
            self.dlr_lat.add(t.saturating_sub(self.t[i]));
        }
        self.last_dlr = t;
    }
    fn receipt_id(&mut self, ids: &[&[u8]], t: u64) {
        self.dlr_total += 1;
        for id in ids {
            if let Some(i) = self.ids.get(*id).copied() {
                return self.receipt(i, t);
            }
        }
        self.last_dlr = t;
        if let Some(id) = ids.first() {
            let e = self.early.entry(id.to_vec()).or_insert((t, 0));
            e.1 += 1;
        }
    }
    fn report(&mut self, kind: &str, run: &str, extra: &str, outcome: Option<String>) {
        let dup = self.dlr.iter().filter(|x| **x > 1).count();
        let un = self.out.iter().filter(|x| **x == b'U').count();
        let sent = self.out.iter().filter(|x| **x != b'-').count();
        let el = self.last_resp.saturating_sub(self.first) as f64 / 1e9;
        let dl = self.last_dlr.saturating_sub(self.first) as f64 / 1e9;
        let st: Vec<String> = self.statuses.iter().map(|(k, v)| format!("\"{}\":{}", k, v)).collect();
        let unmatched: u64 = self.early.values().map(|x| x.1 as u64).sum();
        println!("{{\"kind\":\"{}\",\"run\":\"{}\",\"sent\":{},\"accepted\":{},\"errors\":{},\"unanswered\":{},\"submit_s\":{:.4},\"accepted_per_s\":{:.1},\
            \"first_ns\":{},\"last_resp_ns\":{},\"resp_latency\":{},\"dlr_total\":{},\"dlr_unique\":{},\"dlr_dup_msgs\":{},\"dlr_not_delivrd\":{},\"dlr_unmatched\":{},\"dlr_s\":{:.4},\"dlr_per_s\":{:.1},\
            \"dlr_latency\":{},\"statuses\":{{{}}}{}}}",
            kind, run, sent, self.accepted, self.errors, un, el, if el > 0.0 { self.accepted as f64 / el } else { 0.0 },
            self.first, self.last_resp, self.resp_lat.json(), self.dlr_total, self.dlr_unique, dup, self.dlr_failed, unmatched, dl,
            if dl > 0.0 && self.dlr_unique > 0 { self.dlr_unique as f64 / dl } else { 0.0 }, self.dlr_lat.json(), st.join(","), extra);
        if let Some(f) = outcome {
            fs::write(f, &self.out).ok();
        }
    }
}

fn main() {
    let v: Vec<String> = std::env::args().skip(1).collect();
    if v.is_empty() {
        die("rig sim | smpp-load | http-load  (bench/rig/README.md)");
    }
    let a = Args::parse(&v[1..]);
    match v[0].as_str() {
        "sim" => sim::sim(&a),
        "smpp-load" => smpp_load::smpp_load(&a),
        "http-load" => http_load::http_load(&a),
        x => die(&format!("no such tool: {}", x)),
    }
}
