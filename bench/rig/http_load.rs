// A customer who speaks HTTP, and the listener for his callbacks.

use super::*;

enum Http {
    Partial,
    Bad,
    Msg { head: String, body: Vec<u8>, used: usize, close: bool },
}
fn http_parse(b: &[u8], eof: bool) -> Http {
    let e = match b.windows(4).position(|w| w == b"\r\n\r\n") {
        Some(e) => e,
        None => return if b.len() > 1 << 20 { Http::Bad } else { Http::Partial },
    };
    let head = String::from_utf8_lossy(&b[..e]).to_string();
    let low = head.to_ascii_lowercase();
    let hv = |k: &str| {
        low.lines().skip(1).find_map(|l| l.split_once(':').filter(|x| x.0.trim() == k).map(|x| x.1.trim().to_string()))
    };
    let first = low.lines().next().unwrap_or("").to_string();
    let is_req = !first.starts_with("http/");
    let http10 = first.contains("http/1.0");
    let conn = hv("connection").unwrap_or_default();
    let close = conn.contains("close") || (http10 && !conn.contains("keep-alive"));
    let rest = &b[e + 4..];
    if hv("transfer-encoding").map_or(false, |v| v.contains("chunked")) {
        let mut p = 0;
        let mut body = vec![];
        loop {
            let le = match rest[p..].windows(2).position(|w| w == b"\r\n") {
                Some(x) => x,
                None => return Http::Partial,
            };
            let sz = match std::str::from_utf8(&rest[p..p + le])
                .ok()
                .and_then(|s| usize::from_str_radix(s.split(';').next().unwrap().trim(), 16).ok())
            {
                Some(x) => x,
                None => return Http::Bad,
            };
            p += le + 2;
            if rest.len() < p + sz + 2 {
                return Http::Partial;
            }
            body.extend_from_slice(&rest[p..p + sz]);
            p += sz + 2;
            if sz == 0 {
                return Http::Msg { head, body, used: e + 4 + p, close };
            }
        }
    }
    match hv("content-length").and_then(|v| v.parse::<usize>().ok()) {
        Some(n) => {
            if rest.len() < n {
                Http::Partial
            } else {
                Http::Msg { head, body: rest[..n].to_vec(), used: e + 4 + n, close }
            }
        }
        None if is_req || first.contains(" 204") => Http::Msg { head, body: vec![], used: e + 4, close },
        None if eof => Http::Msg { head, body: rest.to_vec(), used: b.len(), close: true },
        None => Http::Partial,
    }
}
fn between<'a>(s: &'a [u8], after: &str, until: &str) -> Option<&'a [u8]> {
    let p = s.windows(after.len()).position(|w| w == after.as_bytes())? + after.len();
    let r = &s[p..];
    let e = if until.is_empty() {
        r.iter().position(|c| !(c.is_ascii_alphanumeric() || *c == b'-' || *c == b'_' || *c == b'.'))
    } else {
        r.windows(until.len()).position(|w| w == until.as_bytes())
    };
    Some(&r[..e.unwrap_or(r.len())])
}
fn quote(s: &str) -> String {
    let mut o = String::new();
    for b in s.bytes() {
        if b.is_ascii_alphanumeric() || b"-_.~".contains(&b) {
            o.push(b as char)
        } else {
            o.push_str(&format!("%{:02X}", b))
        }
    }
    o
}
struct HC {
    b: Option<Buf>,
    cur: Option<usize>,
    retry_at: u64,
}
pub fn http_load(a: &Args) {
    let url = a.opt("url").unwrap_or_else(|| die("--url wanted, as http://host:port/path?with={dst}&{text_q}"));
    let method = a.s("method", "GET");
    let body_t = a.s("body", "");
    let headers = a.all("header");
    let n = a.u("count", 10000) as usize;
    let nconn = a.u("conns", 10).max(1) as usize;
    let keep = a.u("keepalive", 1) == 1;
    let rate = a.f("rate", 0.0);
    let src = a.s("src", "12345");
    let dst = a.s("dst-prefix", "4915");
    let len = a.u("text-len", 100) as usize;
    let ok_codes: Vec<String> = a.s("ok", "200,201,202").split(',').map(|s| s.to_string()).collect();
    let ok_text = a.s("ok-text", "");
    let id_after = a.s("id-after", "");
    let id_until = a.s("id-until", "");
    let cb_port = a.u("cb-port", 0) as u16;
    let cb_host = a.s("cb-host", "127.0.0.1");
    let cb_body = a.s("cb-body", "OK");
    let cb_id_after = a.s("cb-id-after", "");
    let cb_id_until = a.s("cb-id-until", "");
    let dlr = a.u("dlr", 1) == 1 && cb_port != 0;
    let drain = (a.f("drain-s", 10.0) * 1e9) as u64;
    let after_loss = a.u("stay", 0) == 1; // after the gateway went away: send no more, but keep taking callbacks until drain
    let stay_min = (a.f("stay-s", 60.0) * 1e9) as u64;
    let run = run_id(a);
    let outcome = a.opt("outcome-file");
    a.done();
    let rest = url.strip_prefix("http://").unwrap_or_else(|| die("only http:// URLs"));
    let (hostport, path) = match rest.find('/') {
        Some(p) => (&rest[..p], &rest[p..]),
        None => (rest, "/"),
    };
    let addr = if hostport.contains(':') { hostport.to_string() } else { format!("{}:80", hostport) };
    let lst = if cb_port != 0 {
        let l = TcpListener::bind((cb_host.as_str(), cb_port))
            .unwrap_or_else(|e| die(&format!("callback port {}: {}", cb_port, e)));
        l.set_nonblocking(true).unwrap();
        Some(l)
    } else {
        None
    };
    let mut m = Msgs::new(n);
    let mut conns: Vec<HC> = (0..nconn).map(|_| HC { b: None, cur: None, retry_at: 0 }).collect();
    let mut cbs: Vec<Buf> = vec![];
    let mut cb_conns = 0u64;
    let mut next = 0usize;
    let mut tmp = vec![0u8; 1 << 17];
    let t0 = now_ns();
    let mut progress = t0;
    let (mut lost, mut connects, mut gone_at) = (0u64, 0u64, 0u64);
    loop {
        let t = now_ns();
        let mut until = t + 100_000_000;
        if gone_at == 0 {
            for c in conns.iter_mut() {
                if c.cur.is_some() {
                    continue;
                }
                if next >= n {
                    break;
                }
                if c.retry_at > t {
                    continue;
                }
                if rate > 0.0 {
                    let due = t0 + (next as f64 * 1e9 / rate) as u64;
                    if due > t {
                        until = until.min(due);
                        break;
                    }
                }
                if c.b.is_none() {
                    match TcpStream::connect(&addr) {
                        Ok(s) => {
                            connects += 1;
                            c.b = Some(Buf::new(s));
                        }
                        Err(e) => {
                            if m.answered == 0 && connects == 0 {
                                die(&format!("{}: {}", addr, e));
                            }
                            if gone_at == 0 {
                                gone_at = t;
                            }
                            break;
                        }
                    }
                }
                let i = next;
                next += 1;
                let ts = now_ns();
                let text = marker(&run, i, ts, len);
                let d = format!("{}{:07}", dst, i % 10_000_000);
                let fillin = |s: &str| {
                    s.replace("{text_q}", &quote(&text))
                        .replace("{text}", &text)
                        .replace("{dst}", &d)
                        .replace("{src}", &src)
                        .replace("{seq}", &i.to_string())
                        .replace("{run}", &run)
                        .replace("{cb}", &format!("{}:{}", cb_host, cb_port))
                };
                let body = fillin(&body_t);
                let b = c.b.as_mut().unwrap();
                let mut req = format!("{} {} HTTP/1.1\r\nHost: {}\r\n", method, fillin(path), hostport);
                for h in &headers {
                    req.push_str(&fillin(h));
                    req.push_str("\r\n");
                }
                if !body.is_empty() {
                    req.push_str(&format!("Content-Length: {}\r\n", body.len()));
                }
                if !keep {
                    req.push_str("Connection: close\r\n");
                }
                req.push_str("\r\n");
                req.push_str(&body);
                b.outb.extend_from_slice(req.as_bytes());
                m.sent(i, ts);
                c.cur = Some(i);
                b.flush();
            }
        }
        let mut fds: Vec<PollFd> = vec![];
        if let Some(l) = &lst {
            fds.push(PollFd { fd: l.as_raw_fd(), events: POLLIN, revents: 0 });
        }
        let base = fds.len();
        let idx: Vec<usize> = (0..conns.len()).filter(|k| conns[*k].b.is_some()).collect();
        for k in &idx {
            fds.push(conns[*k].b.as_ref().unwrap().pfd());
        }
        let cbase = fds.len();
        for x in &cbs {
            fds.push(x.pfd());
        }
        wait(&mut fds, until);
        let t = now_ns();
        for (j, k) in idx.iter().enumerate() {
            let re = fds[base + j].revents;
            if re == 0 {
                continue;
            }
            let c = &mut conns[*k];
            let b = c.b.as_mut().unwrap();
            if re & !POLLOUT != 0 {
                b.fill(&mut tmp);
            }
            if re & POLLOUT != 0 {
                b.flush();
            }
            let mut drop_it = b.dead;
            if let Some(i) = c.cur {
                match http_parse(&b.inb, b.dead) {
                    Http::Msg { head, body, used, close } => {
                        b.inb.drain(..used);
                        let code = head.split(' ').nth(1).unwrap_or("?").to_string();
                        let ok =
                            ok_codes.contains(&code) && (ok_text.is_empty() || between(&body, &ok_text, "").is_some());
                        let id = if ok && !id_after.is_empty() {
                            between(&body, &id_after, &id_until).unwrap_or(b"")
                        } else {
                            b""
                        };
                        m.answer(i, t, ok, &code, id);
                        progress = t;
                        c.cur = None;
                        if close || !keep {
                            drop_it = true;
                        }
                    }
                    Http::Bad => {
                        m.answer(i, t, false, "bad", b"");
                        c.cur = None;
                        drop_it = true;
                    }
                    Http::Partial => {
                        if b.dead {
                            // the connection died with a request open: its outcome is not known
                            lost += 1;
                            c.cur = None;
                            if gone_at == 0 && after_loss {
                                gone_at = t;
                            }
                        }
                    }
                }
            }
            if drop_it {
                c.b = None;
            }
        }
        for j in 0..cbs.len() {
            let re = fds[cbase + j].revents;
            if re == 0 {
                continue;
            }
            let b = &mut cbs[j];
            if re & !POLLOUT != 0 {
                b.fill(&mut tmp);
            }
            loop {
                match http_parse(&b.inb, false) {
                    Http::Msg { head, body, used, close } => {
                        progress = t;
                        let all = [head.as_bytes(), b"\n\n", &body].concat();
                        if !cb_id_after.is_empty() {
                            match between(&all, &cb_id_after, &cb_id_until) {
                                Some(id) => m.receipt_id(&[id], t),
                                None => {
                                    m.dlr_total += 1;
                                    *m.statuses.entry("callback without id".into()).or_insert(0) += 1;
                                }
                            }
                        } else {
                            m.dlr_total += 1;
                            match between(head.lines().next().unwrap_or("").as_bytes(), "seq=", "")
                                .and_then(|s| std::str::from_utf8(s).ok()?.parse::<usize>().ok())
                            {
                                Some(i) if i < n => m.receipt(i, t),
                                _ => {
                                    *m.statuses.entry("callback without seq".into()).or_insert(0) += 1;
                                }
                            }
                        }
                        b.inb.drain(..used);
                        b.outb.extend_from_slice(
                            format!(
                                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n{}\r\n{}",
                                cb_body.len(),
                                if close { "Connection: close\r\n" } else { "" },
                                cb_body
                            )
                            .as_bytes(),
                        );
                        b.flush();
                        if close {
                            b.dead = true;
                            break;
                        }
                    }
                    Http::Bad => {
                        b.dead = true;
                        break;
                    }
                    Http::Partial => break,
                }
            }
            if !b.outb.is_empty() {
                b.flush();
            }
        }
        cbs.retain(|x| !x.dead);
        if let Some(l) = &lst {
            if fds[0].revents != 0 {
                while let Ok((s, _)) = l.accept() {
                    cb_conns += 1;
                    cbs.push(Buf::new(s));
                }
            }
        }
        let open = conns.iter().any(|c| c.cur.is_some());
        let all_sent = next >= n || gone_at != 0;
        if gone_at != 0 {
            if !after_loss {
                break;
            }
            if t.saturating_sub(gone_at) > stay_min && t.saturating_sub(progress) > drain {
                break;
            }
            continue;
        }
        if all_sent && !open && (!dlr || m.dlr_unique >= m.accepted) {
            break;
        }
        if all_sent && t.saturating_sub(progress) > drain {
            break;
        }
        if t.saturating_sub(progress) > drain + 60_000_000_000 {
            break;
        }
    }
    let extra = format!(",\"conns\":{},\"keepalive\":{},\"dlr_requested\":{},\"connects\":{},\"callback_conns\":{},\"requests_lost\":{},\"gateway_gone\":{}", nconn, keep, dlr, connects, cb_conns, lost, gone_at != 0);
    m.report("http", &run, &extra, outcome);
}
