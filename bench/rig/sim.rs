// The carrier.

use super::*;

#[derive(Default)]
struct Run {
    counts: Vec<u8>,
    received: u64,
    unique: u64,
    dups: u64,
    first: u64,
    last: u64,
    lat: Lat,
    dlr_sent: u64,
}
struct SimConn {
    b: Buf,
    bound: bool,
    rx: bool,
    seq: u32,
    id: u64,
    held: VecDeque<(u32, Vec<u8>)>,
    unacked: u64,
}

pub fn sim(a: &Args) {
    let host = a.s("host", "127.0.0.1");
    let port = a.u("port", 2775);
    let cport = a.u("control-port", port + 1);
    let sysid = a.opt("system-id");
    let pass = a.opt("password");
    let mut dlr = a.s("dlr", "requested"); // requested | always | never
    let tlv = a.u("dlr-tlv", 1) == 1;
    let mut dlr_delay = (a.f("dlr-delay-ms", 0.0) * 1e6) as u64;
    let mut resp_delay = (a.f("resp-delay-ms", 0.0) * 1e6) as u64;
    let mut rate = a.f("rate", 0.0); // 0: no limit; else at most so many submits answered a second
    let mut next_id = a.u("id-start", 0);
    a.done();
    if next_id == 0 {
        next_id = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() % 1_000_000 * 1_000_000 + 1;
    }
    let l = TcpListener::bind((host.as_str(), port as u16)).unwrap_or_else(|e| die(&format!("bind {}: {}", port, e)));
    let c = TcpListener::bind((host.as_str(), cport as u16)).unwrap_or_else(|e| die(&format!("bind {}: {}", cport, e)));
    l.set_nonblocking(true).unwrap();
    c.set_nonblocking(true).unwrap();
    println!("sim: smpp {}:{} control {}:{}", host, port, host, cport);
    let mut conns: Vec<SimConn> = vec![];
    let mut ctl: Vec<Buf> = vec![];
    let mut runs: HashMap<String, Run> = HashMap::new();
    let mut conn_no = 0u64;
    let (mut binds, mut unmarked, mut dlr_acked, mut dlr_refused) = (0u64, 0u64, 0u64, 0u64);
    // delayed work, in order of due time (each delay is one constant)
    let mut resp_q: VecDeque<(u64, u64, Vec<u8>)> = VecDeque::new();
    let mut dlr_q: VecDeque<(u64, u64, Vec<u8>)> = VecDeque::new();
    let mut allowance_t = now_ns();
    let mut allowance = 0.0f64;
    let mut tmp = vec![0u8; 1 << 18];
    let (mut stamp, mut stamp_t) = (ymdhm(), now_ns());
    loop {
        let t = now_ns();
        let mut until = t + 1_000_000_000;
        if let Some(x) = resp_q.front() {
            until = until.min(x.0);
        }
        if let Some(x) = dlr_q.front() {
            until = until.min(x.0);
        }
        if rate > 0.0 && conns.iter().any(|c| !c.held.is_empty()) {
            until = until.min(t + (1e9 / rate) as u64);
        }
        let mut fds = vec![
            PollFd { fd: l.as_raw_fd(), events: POLLIN, revents: 0 },
            PollFd { fd: c.as_raw_fd(), events: POLLIN, revents: 0 },
        ];
        for x in &conns {
            fds.push(x.b.pfd());
        }
        for x in &ctl {
            fds.push(x.pfd());
        }
        wait(&mut fds, until);
        let t = now_ns();
        if t - stamp_t > 1_000_000_000 {
            stamp = ymdhm();
            stamp_t = t;
        }
        let nc = conns.len();
        // the work of one accepted submit: response, and receipt where asked for
        let mut serve = |x: &mut SimConn, seq: u32, body: &[u8], runs: &mut HashMap<String, Run>| {
            let id = next_id.to_string();
            next_id += 1;
            let mut o = vec![];
            let mut rb = id.clone().into_bytes();
            rb.push(0);
            pdu(if resp_delay == 0 { &mut x.b.outb } else { &mut o }, SUBMIT | RESP, 0, seq, &rb);
            if resp_delay > 0 {
                resp_q.push_back((t + resp_delay, x.id, o));
            }
            if let Some(m) = parse_sm(body) {
                if dlr == "always" || (dlr == "requested" && m.reg & 3 == 1) {
                    let head: Vec<u8> = m.text.iter().copied().filter(|c| (32..127).contains(c)).take(20).collect();
                    let txt = format!(
                        "id:{} sub:001 dlvrd:001 submit date:{} done date:{} stat:DELIVRD err:000 text:{}",
                        id,
                        stamp,
                        stamp,
                        String::from_utf8_lossy(&head)
                    );
                    let mut d = vec![];
                    put_sm(
                        &mut d,
                        &Sm { src: m.dst, dst: m.src, esm: 4, reg: 0, dc: 0, text: txt.as_bytes(), receipted: None },
                    );
                    if tlv {
                        d.extend_from_slice(&[0x00, 0x1e, 0, id.len() as u8 + 1]);
                        put_c(&mut d, id.as_bytes());
                        d.extend_from_slice(&[0x04, 0x27, 0, 1, 2]);
                    }
                    if let Some((r, _, _)) = find_marker(m.text) {
                        if let Some(r) = runs.get_mut(&r) {
                            r.dlr_sent += 1;
                        }
                    }
                    if dlr_delay + resp_delay == 0 && x.rx {
                        x.seq = x.seq % 0x7fff_ffff + 1;
                        let s = x.seq;
                        x.unacked += 1;
                        pdu(&mut x.b.outb, DELIVER, 0, s, &d);
                    } else {
                        dlr_q.push_back((t + dlr_delay + resp_delay, x.id, d));
                    }
                }
            }
        };
        for i in 0..nc {
            let re = fds[2 + i].revents;
            let x = &mut conns[i];
            if re & !POLLOUT != 0 {
                x.b.fill(&mut tmp);
            }
            if x.b.inb.len() >= 16 {
                let mut inb = std::mem::take(&mut x.b.inb);
                let mut dead = x.b.dead;
                pdus(&mut inb, &mut dead, |cmd, st, seq, body| match cmd {
                    1 | 2 | 9 => {
                        let mut p = 0;
                        let (u, pw) = (cstr(body, &mut p), cstr(body, &mut p));
                        let ok = sysid.as_ref().map_or(true, |s| s.as_bytes() == u)
                            && pass.as_ref().map_or(true, |s| s.as_bytes() == pw);
                        pdu(&mut x.b.outb, cmd | RESP, if ok { 0 } else { 0x0e }, seq, b"rigsim\0");
                        if ok {
                            x.bound = true;
                            x.rx = cmd != 2;
                            binds += 1;
                        }
                    }
                    SUBMIT => {
                        let mk = parse_sm(body).and_then(|m| {
                            if m.dc == 8 {
                                find_marker(&m.text.iter().copied().skip(1).step_by(2).collect::<Vec<u8>>())
                            } else {
                                find_marker(m.text)
                            }
                        });
                        match mk {
                            Some((r, n, ts)) => {
                                let r = runs.entry(r).or_default();
                                if r.counts.len() <= n {
                                    r.counts.resize(n + 1024, 0);
                                }
                                r.counts[n] = r.counts[n].saturating_add(1);
                                r.received += 1;
                                if r.counts[n] == 1 {
                                    r.unique += 1;
                                    r.lat.add(t.saturating_sub(ts));
                                } else {
                                    r.dups += 1;
                                }
                                if r.first == 0 {
                                    r.first = t;
                                }
                                r.last = t;
                            }
                            None => unmarked += 1,
                        }
                        if rate > 0.0 {
                            x.held.push_back((seq, body.to_vec()));
                        } else {
                            serve(x, seq, body, &mut runs);
                        }
                    }
                    ENQUIRE => pdu(&mut x.b.outb, ENQUIRE | RESP, 0, seq, b""),
                    UNBIND => pdu(&mut x.b.outb, UNBIND | RESP, 0, seq, b""),
                    c if c == DELIVER | RESP => {
                        x.unacked = x.unacked.saturating_sub(1);
                        if st == 0 {
                            dlr_acked += 1
                        } else {
                            dlr_refused += 1
                        }
                    }
                    c if c & RESP != 0 => {}
                    _ => pdu(&mut x.b.outb, RESP, 3, seq, b""),
                });
                x.b.inb = inb;
                x.b.dead = dead;
            }
        }
        if rate > 0.0 {
            allowance = (allowance + (t - allowance_t) as f64 * rate / 1e9).min(rate / 20.0 + 1.0);
            allowance_t = t;
            'o: loop {
                let mut any = false;
                for x in conns.iter_mut() {
                    if allowance < 1.0 {
                        break 'o;
                    }
                    if let Some((s, b)) = x.held.pop_front() {
                        allowance -= 1.0;
                        any = true;
                        serve(x, s, &b, &mut runs);
                    }
                }
                if !any {
                    break;
                }
            }
        } else {
            allowance_t = t;
            for x in conns.iter_mut() {
                while let Some((s, b)) = x.held.pop_front() {
                    serve(x, s, &b, &mut runs);
                }
            }
        }
        while resp_q.front().map_or(false, |x| x.0 <= t) {
            let (_, id, o) = resp_q.pop_front().unwrap();
            if let Some(x) = conns.iter_mut().find(|x| x.id == id) {
                x.b.outb.extend_from_slice(&o);
            }
        }
        // a receipt goes to the bind that submitted, or else to any bind that receives
        while dlr_q.front().map_or(false, |x| x.0 <= t) {
            let id = dlr_q.front().unwrap().1;
            let k =
                conns.iter().position(|x| x.id == id && x.rx).or_else(|| conns.iter().position(|x| x.rx && x.bound));
            match k {
                None => {
                    let mut y = dlr_q.pop_front().unwrap();
                    y.0 = t + 200_000_000;
                    dlr_q.push_back(y);
                    break;
                }
                Some(k) => {
                    let (_, _, d) = dlr_q.pop_front().unwrap();
                    let x = &mut conns[k];
                    x.seq = x.seq % 0x7fff_ffff + 1;
                    x.unacked += 1;
                    let s = x.seq;
                    pdu(&mut x.b.outb, DELIVER, 0, s, &d);
                }
            }
        }
        for x in conns.iter_mut() {
            if !x.b.outb.is_empty() {
                x.b.flush();
            }
        }
        // control port: GET only, one request a connection
        for i in 0..ctl.len() {
            if fds[2 + nc + i].revents & POLLIN != 0 {
                ctl[i].fill(&mut tmp);
            }
            let b = &mut ctl[i];
            if let Some(e) = b.inb.windows(4).position(|w| w == b"\r\n\r\n") {
                let line = String::from_utf8_lossy(&b.inb[..e]).lines().next().unwrap_or("").to_string();
                let url = line.split(' ').nth(1).unwrap_or("/").to_string();
                let (path, qs) = url.split_once('?').unwrap_or((&url, ""));
                let q: HashMap<&str, &str> = qs.split('&').filter_map(|x| x.split_once('=')).collect();
                let run = q.get("run").map(|r| format!("{:0>8}", r)).unwrap_or_default();
                let num = |k: &str| q.get(k).and_then(|v| v.parse::<f64>().ok());
                let body = match path {
                    "/stats" => {
                        let unacked: u64 = conns.iter().map(|x| x.unacked).sum();
                        let held: usize = conns.iter().map(|x| x.held.len()).sum();
                        let mut e = Run::default();
                        let r = runs.get_mut(&run).unwrap_or(&mut e);
                        format!("{{\"received\":{},\"unique\":{},\"duplicates\":{},\"first_ns\":{},\"last_ns\":{},\"latency\":{},\"dlr_sent\":{},\
                                 \"all\":{{\"binds_now\":{},\"binds_ever\":{},\"unmarked\":{},\"dlr_acked\":{},\"dlr_refused\":{},\"dlr_unacked_now\":{},\"dlr_waiting\":{},\"held\":{}}}}}",
                            r.received, r.unique, r.dups, r.first, r.last, r.lat.json(), r.dlr_sent,
                            conns.iter().filter(|x| x.bound).count(), binds, unmarked, dlr_acked, dlr_refused, unacked, dlr_q.len(), held)
                    }
                    "/counts" => match runs.get(&run) {
                        // one digit a message: how often it came (9: nine or more)
                        None => String::new(),
                        Some(r) => r.counts.iter().map(|c| (b'0' + (*c).min(9)) as char).collect(),
                    },
                    "/set" => {
                        if let Some(v) = num("rate") {
                            rate = v;
                            allowance = 0.0;
                            allowance_t = t;
                        }
                        if let Some(v) = num("dlr_delay_ms") {
                            dlr_delay = (v * 1e6) as u64;
                        }
                        if let Some(v) = num("resp_delay_ms") {
                            resp_delay = (v * 1e6) as u64;
                        }
                        if let Some(v) = q.get("dlr") {
                            dlr = v.to_string();
                        }
                        "{}".into()
                    }
                    "/forget" => {
                        runs.clear();
                        "{}".into()
                    }
                    "/kick" => {
                        for x in conns.iter_mut() {
                            x.b.dead = true;
                        }
                        "{}".into()
                    }
                    "/quit" => std::process::exit(0),
                    _ => "{\"error\":\"stats counts set forget kick quit\"}".into(),
                };
                b.outb.extend_from_slice(
                    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}", body.len(), body)
                        .as_bytes(),
                );
                b.s.set_nonblocking(false).ok();
                b.flush();
                b.dead = true;
            }
        }
        ctl.retain(|x| !x.dead);
        conns.retain(|x| !x.b.dead);
        if fds[0].revents != 0 {
            while let Ok((s, _)) = l.accept() {
                conn_no += 1;
                conns.push(SimConn {
                    b: Buf::new(s),
                    bound: false,
                    rx: false,
                    seq: 0,
                    id: conn_no,
                    held: VecDeque::new(),
                    unacked: 0,
                });
            }
        }
        if fds[1].revents != 0 {
            while let Ok((s, _)) = c.accept() {
                ctl.push(Buf::new(s));
            }
        }
    }
}
