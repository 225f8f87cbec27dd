// A customer who speaks SMPP.

use super::*;

fn smpp_bind(host: &str, port: u16, sysid: &str, pass: &str, mode: &str) -> Result<Buf, String> {
    let mut s = TcpStream::connect((host, port)).map_err(|e| e.to_string())?;
    s.set_nodelay(true).ok();
    s.set_read_timeout(Some(std::time::Duration::from_secs(20))).ok();
    let mut b = vec![];
    put_c(&mut b, sysid.as_bytes());
    put_c(&mut b, pass.as_bytes());
    b.extend_from_slice(&[0, 0x34, 0, 0, 0]);
    let cmd = match mode {
        "trx" => 9,
        "tx" => 2,
        "rx" => 1,
        _ => die("--bind is trx, tx or rx"),
    };
    let mut o = vec![];
    pdu(&mut o, cmd, 0, 1, &b);
    s.write_all(&o).map_err(|e| e.to_string())?;
    let mut h = [0u8; 16];
    s.read_exact(&mut h).map_err(|e| format!("bind: {}", e))?;
    let n = be32(&h) as usize;
    let mut rest = vec![0u8; n.saturating_sub(16).min(4096)];
    s.read_exact(&mut rest).map_err(|e| e.to_string())?;
    if be32(&h[8..]) != 0 {
        return Err(format!("bind refused: status 0x{:x}", be32(&h[8..])));
    }
    s.set_read_timeout(None).ok();
    Ok(Buf::new(s))
}
pub fn smpp_load(a: &Args) {
    let host = a.s("host", "127.0.0.1");
    let port = a.u("port", 2775) as u16;
    let sysid = a.s("system-id", "rig");
    let pass = a.s("password", "rig");
    let mode = a.s("bind", "trx");
    let n = a.u("count", 10000) as usize;
    let window = a.u("window", 10) as usize;
    let binds = a.u("binds", 1).max(1) as usize;
    let dlr = a.u("dlr", 1) == 1;
    let rate = a.f("rate", 0.0);
    let src = a.s("src", "12345");
    let dst = a.s("dst-prefix", "4915");
    let (ston, snpi, dton, dnpi) =
        (a.u("src-ton", 0) as u8, a.u("src-npi", 1) as u8, a.u("dst-ton", 1) as u8, a.u("dst-npi", 1) as u8);
    let len = a.u("text-len", 100).min(250) as usize;
    let drain = (a.f("drain-s", 10.0) * 1e9) as u64; // give up after so long without an answer or receipt
    let rebind = a.u("rebind", 0) == 1; // after a lost connection: bind again, only to receive
    let rebind_for = (a.f("rebind-s", 60.0) * 1e9) as u64;
    let retry = a.u("retry-throttled", 0) == 1;
    let bind_retry = (a.f("bind-retry-s", 10.0) * 1e9) as u64; // some gateways free a session only seconds after it ended
    let run = run_id(a);
    let outcome = a.opt("outcome-file");
    a.done();
    let mut b0 = now_ns();
    let give_up = b0 + bind_retry;
    let mut conns: Vec<(Buf, usize)> = vec![];
    while conns.len() < binds {
        match smpp_bind(&host, port, &sysid, &pass, &mode) {
            Ok(b) => conns.push((b, 0)),
            Err(e) if now_ns() > give_up => die(&e),
            Err(_) => {
                std::thread::sleep(std::time::Duration::from_millis(300));
                b0 = now_ns();
            }
        }
    }
    let bind_ms = (now_ns() - b0) as f64 / 1e6 / binds as f64;
    let mut m = Msgs::new(n);
    let mut next = 0usize;
    let mut again: VecDeque<(u64, usize)> = VecDeque::new();
    let mut throttled = 0u64;
    let mut tmp = vec![0u8; 1 << 18];
    let mut body = vec![];
    let t0 = now_ns();
    let mut progress = t0;
    let mut lost = 0u64;
    let mut dead_at = 0u64;
    let mut enq = t0 + 20_000_000_000;
    loop {
        let t = now_ns();
        let mut until = t + 100_000_000;
        if dead_at == 0 {
            for (b, fl) in conns.iter_mut() {
                while *fl < window && b.outb.len() - b.opos < 1 << 18 {
                    let i = match again.front() {
                        Some((d, i)) if *d <= t => {
                            let i = *i;
                            again.pop_front();
                            i
                        }
                        _ => {
                            if next >= n {
                                break;
                            }
                            if rate > 0.0 {
                                let due = t0 + (next as f64 * 1e9 / rate) as u64;
                                if due > t {
                                    until = until.min(due);
                                    break;
                                }
                            }
                            next += 1;
                            next - 1
                        }
                    };
                    let ts = now_ns();
                    let text = marker(&run, i, ts, len);
                    let d = format!("{}{:07}", dst, i % 10_000_000);
                    body.clear();
                    put_sm(
                        &mut body,
                        &Sm {
                            src: (ston, snpi, src.as_bytes()),
                            dst: (dton, dnpi, d.as_bytes()),
                            esm: 0,
                            reg: dlr as u8,
                            dc: 0,
                            text: text.as_bytes(),
                            receipted: None,
                        },
                    );
                    pdu(&mut b.outb, SUBMIT, 0, i as u32 + 16, &body);
                    m.sent(i, ts);
                    *fl += 1;
                }
                b.flush();
            }
        }
        if let Some((d, _)) = again.front() {
            until = until.min(*d);
        }
        let mut fds: Vec<PollFd> = conns.iter().map(|x| x.0.pfd()).collect();
        wait(&mut fds, until);
        let t = now_ns();
        for (k, (b, fl)) in conns.iter_mut().enumerate() {
            if fds[k].revents & !POLLOUT != 0 {
                b.fill(&mut tmp);
            }
            if b.inb.len() >= 16 {
                let mut inb = std::mem::take(&mut b.inb);
                let mut dead = b.dead;
                pdus(&mut inb, &mut dead, |cmd, st, seq, bd| match cmd {
                    c if c == SUBMIT | RESP || (c == RESP && seq >= 16) => {
                        *fl = fl.saturating_sub(1);
                        progress = t;
                        let i = (seq as usize).wrapping_sub(16);
                        if retry && (st == 0x58 || st == 0x14) && i < n {
                            throttled += 1;
                            m.out[i] = b'-';
                            again.push_back((t + 10_000_000, i));
                            return;
                        }
                        let id = bd.strip_suffix(&[0]).unwrap_or(bd);
                        m.answer(i, t, c == SUBMIT | RESP && st == 0, &format!("0x{:x}", st), id);
                    }
                    DELIVER => {
                        progress = t;
                        pdu(&mut b.outb, DELIVER | RESP, 0, seq, b"\0");
                        if let Some(x) = parse_sm(bd) {
                            if x.esm & 0x3c != 0 || x.receipted.is_some() {
                                let tx = String::from_utf8_lossy(x.text);
                                let id = tx
                                    .split("id:")
                                    .nth(1)
                                    .and_then(|y| y.split(' ').next())
                                    .unwrap_or("")
                                    .as_bytes()
                                    .to_vec();
                                if !tx.contains("stat:DELIVRD") {
                                    m.dlr_failed += 1;
                                }
                                match x.receipted {
                                    Some(r) => m.receipt_id(&[r, &id], t),
                                    None => m.receipt_id(&[&id], t),
                                }
                            }
                        }
                    }
                    ENQUIRE => pdu(&mut b.outb, ENQUIRE | RESP, 0, seq, b""),
                    UNBIND => pdu(&mut b.outb, UNBIND | RESP, 0, seq, b""),
                    _ => {}
                });
                b.inb = inb;
                b.dead = dead;
            }
            if t > enq {
                pdu(&mut b.outb, ENQUIRE, 0, 2, b"");
            }
            if !b.outb.is_empty() {
                b.flush();
            }
        }
        if t > enq {
            enq = t + 20_000_000_000;
        }
        let before = conns.len();
        conns.retain(|x| !x.0.dead);
        if conns.len() < before {
            lost += (before - conns.len()) as u64;
            if dead_at == 0 {
                dead_at = t;
            }
        }
        if dead_at != 0 {
            if !rebind && conns.is_empty() {
                break;
            }
            if rebind && conns.len() < binds && t.saturating_sub(dead_at) < rebind_for {
                match smpp_bind(&host, port, &sysid, &pass, &mode) {
                    Ok(b) => {
                        conns.push((b, 0));
                        progress = now_ns();
                    }
                    Err(_) => {
                        std::thread::sleep(std::time::Duration::from_millis(200));
                        progress = now_ns();
                    }
                }
            }
        }
        let all_sent = (next >= n && again.is_empty()) || dead_at != 0;
        let answered = dead_at != 0 || m.answered >= n;
        let receipts = !dlr || mode == "tx" || (dead_at == 0 && m.dlr_unique >= m.accepted);
        if all_sent && answered && receipts {
            if !(dead_at != 0 && rebind) || t.saturating_sub(progress) > drain {
                break;
            }
        }
        if all_sent && t.saturating_sub(progress) > drain {
            break;
        }
        if dead_at == 0 && t.saturating_sub(progress) > drain + 30_000_000_000 {
            break;
        }
    }
    for (b, _) in conns.iter_mut() {
        pdu(&mut b.outb, UNBIND, 0, 3, b"");
        b.flush();
    }
    if !conns.is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let extra = format!(",\"window\":{},\"binds\":{},\"dlr_requested\":{},\"bind_ms\":{:.2},\"connections_lost\":{},\"throttled_retries\":{}", window, binds, dlr, bind_ms, lost, throttled);
    m.report("smpp", &run, &extra, outcome);
}
