// What the carrier and the customer need of SMPP 3.4.

pub fn be32(b: &[u8]) -> u32 {
    u32::from_be_bytes([b[0], b[1], b[2], b[3]])
}
pub fn pdu(out: &mut Vec<u8>, cmd: u32, status: u32, seq: u32, body: &[u8]) {
    out.extend_from_slice(&(16 + body.len() as u32).to_be_bytes());
    out.extend_from_slice(&cmd.to_be_bytes());
    out.extend_from_slice(&status.to_be_bytes());
    out.extend_from_slice(&seq.to_be_bytes());
    out.extend_from_slice(body);
}
pub fn cstr<'a>(b: &'a [u8], p: &mut usize) -> &'a [u8] {
    let s = *p;
    while *p < b.len() && b[*p] != 0 {
        *p += 1;
    }
    let r = &b[s..*p];
    *p += 1;
    r
}
pub fn put_c(o: &mut Vec<u8>, s: &[u8]) {
    o.extend_from_slice(s);
    o.push(0);
}
/// Body shared by submit_sm and deliver_sm.
pub struct Sm<'a> {
    pub src: (u8, u8, &'a [u8]),
    pub dst: (u8, u8, &'a [u8]),
    pub esm: u8,
    pub reg: u8,
    pub dc: u8,
    pub text: &'a [u8],
    pub receipted: Option<&'a [u8]>,
}
pub fn parse_sm(b: &[u8]) -> Option<Sm<'_>> {
    let mut p = 0;
    cstr(b, &mut p);
    let st = (*b.get(p)?, *b.get(p + 1)?);
    p += 2;
    let src = cstr(b, &mut p);
    let dt = (*b.get(p)?, *b.get(p + 1)?);
    p += 2;
    let dst = cstr(b, &mut p);
    let esm = *b.get(p)?;
    p += 3;
    cstr(b, &mut p);
    cstr(b, &mut p);
    let reg = *b.get(p)?;
    let dc = *b.get(p + 2)?;
    p += 4;
    let n = *b.get(p)? as usize;
    p += 1;
    let mut text = b.get(p..p + n)?;
    p += n;
    let mut receipted = None;
    while p + 4 <= b.len() {
        let tag = u16::from_be_bytes([b[p], b[p + 1]]);
        let l = u16::from_be_bytes([b[p + 2], b[p + 3]]) as usize;
        let v = b.get(p + 4..p + 4 + l)?;
        p += 4 + l;
        if tag == 0x0424 {
            text = v;
        }
        if tag == 0x001e {
            receipted = Some(v.strip_suffix(&[0]).unwrap_or(v));
        }
    }
    Some(Sm { src: (st.0, st.1, src), dst: (dt.0, dt.1, dst), esm, reg, dc, text, receipted })
}
pub fn put_sm(o: &mut Vec<u8>, m: &Sm) {
    o.push(0);
    o.push(m.src.0);
    o.push(m.src.1);
    put_c(o, m.src.2);
    o.push(m.dst.0);
    o.push(m.dst.1);
    put_c(o, m.dst.2);
    o.extend_from_slice(&[m.esm, 0, 0, 0, 0, m.reg, 0, m.dc, 0, m.text.len() as u8]);
    o.extend_from_slice(m.text);
}
/// Takes the complete PDUs at the head of `inb`; calls f(cmd, status, seq, body).
pub fn pdus(inb: &mut Vec<u8>, dead: &mut bool, mut f: impl FnMut(u32, u32, u32, &[u8])) {
    let mut p = 0;
    while inb.len() - p >= 16 {
        let l = be32(&inb[p..]) as usize;
        if l < 16 || l > 1 << 20 {
            *dead = true;
            break;
        }
        if inb.len() - p < l {
            break;
        }
        f(be32(&inb[p + 4..]), be32(&inb[p + 8..]), be32(&inb[p + 12..]), &inb[p + 16..p + l]);
        p += l;
    }
    inb.drain(..p);
}
pub const SUBMIT: u32 = 4;
pub const DELIVER: u32 = 5;
pub const UNBIND: u32 = 6;
pub const ENQUIRE: u32 = 0x15;
pub const RESP: u32 = 0x8000_0000;
