BEGIN TRANSACTION;
CREATE TABLE account (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    login TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL
);
INSERT INTO "account" VALUES(1,'shop','{"id":1,"login":"shop","purse":1,"tariff":"default","senders_of":1,"limits_of":1,"settings":{"active":true,"transactional":false,"test_mode":false,"speed":0,"max_waiting":0,"zone":"","language":"","closed_doors":[],"allowed_peers":[],"parameter_errors_as_add_info":false,"hashed_passwords":true,"default_sender":"","national":[]},"second_purse":0,"parent":0,"created_at":1795275793740,"contacts_of":0,"limits":{"per_day":0,"per_number":0,"per_text":0,"per_address":0,"prefixes":[],"hours":null,"refused_outside":false,"subscribers_hours":false,"longest_s":0,"most_recipients":0,"least_tariff":""},"profile":null}');
CREATE TABLE attempt (
    message_id INTEGER NOT NULL,
    part_first INTEGER NOT NULL,
    try_no INTEGER NOT NULL,
    part_last INTEGER NOT NULL,
    state INTEGER NOT NULL,
    sent_at INTEGER NOT NULL,
    answered_at INTEGER NOT NULL,
    receipt_at INTEGER NOT NULL,
    error INTEGER NOT NULL,
    connector TEXT NOT NULL,
    upstream_id TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (message_id, part_first, try_no)
) WITHOUT ROWID;
INSERT INTO "attempt" VALUES(100000001,1,1,1,5,1795275813504,1795275814407,1795275813717,0,'carrier','1','');
INSERT INTO "attempt" VALUES(100000002,1,1,1,5,1795275813504,1795275814407,1795275813717,0,'carrier','2','');
INSERT INTO "attempt" VALUES(100000003,1,1,1,5,1795275813504,1795275814407,1795275813717,0,'carrier','3','');
INSERT INTO "attempt" VALUES(100000004,1,1,1,5,1795275813504,1795275814407,1795275813717,0,'carrier','4','');
INSERT INTO "attempt" VALUES(100000005,1,1,1,5,1795275815513,1795275816417,1795275815737,0,'carrier','5','');
INSERT INTO "attempt" VALUES(100000006,1,1,1,5,1795275815513,1795275816417,1795275815737,0,'carrier','6','');
INSERT INTO "attempt" VALUES(100000007,1,1,1,5,1795275815513,1795275816417,1795275815737,0,'carrier','7','');
INSERT INTO "attempt" VALUES(100000008,1,1,1,5,1795275815513,1795275816417,1795275815737,0,'carrier','8','');
INSERT INTO "attempt" VALUES(100000009,1,1,1,5,1795275816423,1795275817328,1795275816704,0,'carrier','9','');
INSERT INTO "attempt" VALUES(100000010,1,1,1,5,1795275816423,1795275817328,1795275816704,0,'carrier','10','');
INSERT INTO "attempt" VALUES(100000011,1,1,1,5,1795275816423,1795275817328,1795275816704,0,'carrier','11','');
INSERT INTO "attempt" VALUES(100000012,1,1,1,5,1795275816423,1795275817328,1795275816704,0,'carrier','12','');
CREATE TABLE confirmation (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL,
    phone TEXT NOT NULL,
    number TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    until INTEGER NOT NULL,
    called_at INTEGER NOT NULL -- 0: not yet
);
CREATE TABLE contact (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    kind INTEGER NOT NULL, -- 0 phones, 1 e-mail addresses
    addresses TEXT NOT NULL, -- joined by commas, the first is written to
    name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    first_name TEXT NOT NULL,
    middle_name TEXT NOT NULL,
    birthday TEXT NOT NULL,
    comments TEXT NOT NULL,
    tags TEXT NOT NULL,
    other_phones TEXT NOT NULL,
    own_id TEXT NOT NULL,
    most_messages TEXT NOT NULL,
    folded_names TEXT NOT NULL, -- without case, for searching: the names,
    folded_rest TEXT NOT NULL -- and everything else
);
CREATE TABLE contact_address (
    account_id INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    address TEXT NOT NULL,
    contact_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, kind, address)
) WITHOUT ROWID;
CREATE TABLE contact_book (
    account_id INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    PRIMARY KEY (account_id, kind)
) WITHOUT ROWID;
CREATE TABLE contact_group (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    number TEXT NOT NULL,
    name TEXT NOT NULL
);
CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL -- every number below it may have been given away
) WITHOUT ROWID;
INSERT INTO "counter" VALUES('event',1048577);
INSERT INTO "counter" VALUES('message',100065537);
CREATE TABLE credential (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    body TEXT NOT NULL
);
INSERT INTO "credential" VALUES(1,1,'password','','$argon2id$v=19$m=19456,t=2,p=1$9FOvErmbpfkXp0JF3ICcGw$Ke8ecJE++fEFY4xO7xTRurafczGpChzCi5QoWY9xMrs $argon2id$v=19$m=19456,t=2,p=1$jWCU4YRufaD+UUdGtIva/w$JnWGsEExlHbqiF1KDyQQ/xtkAHkdi7vUM89M/eKERW8','{"id":0,"account_id":1,"kind":"password","digest":"$argon2id$v=19$m=19456,t=2,p=1$9FOvErmbpfkXp0JF3ICcGw$Ke8ecJE++fEFY4xO7xTRurafczGpChzCi5QoWY9xMrs $argon2id$v=19$m=19456,t=2,p=1$jWCU4YRufaD+UUdGtIva/w$JnWGsEExlHbqiF1KDyQQ/xtkAHkdi7vUM89M/eKERW8","name":"","scope":"live","created_at":1795275793740}');
INSERT INTO "credential" VALUES(2,1,'apikey','','948ba674926f8af757516ea94634d54f6badc0b5e731c46108de2087a214272b','{"id":0,"account_id":1,"kind":"apikey","digest":"948ba674926f8af757516ea94634d54f6badc0b5e731c46108de2087a214272b","name":"","scope":"live","created_at":1795275793740}');
INSERT INTO "credential" VALUES(3,1,'token','','e18fdf4aeb2e08f5ddd2e6f9b0e1f0076d34c186fe0263961b4e7fb5103863e5','{"id":0,"account_id":1,"kind":"token","digest":"e18fdf4aeb2e08f5ddd2e6f9b0e1f0076d34c186fe0263961b4e7fb5103863e5","name":"","scope":"live","created_at":1795275793740}');
CREATE TABLE document (
    name TEXT NOT NULL,
    revision INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (name, revision)
) WITHOUT ROWID;
INSERT INTO "document" VALUES('numbering',10,'built in');
INSERT INTO "document" VALUES('routes',8,'[{"id":"all","connectors":["carrier"],"prefixes":[],"mcc":[],"mnc":[],"countries":[],"senders":[],"accounts":[],"kinds":[],"channel":"sms","block":false,"in_doubt":"resend","failover_on_refusal":true,"failover_on_timeout":false,"failover_on_disconnect":true,"max_validity_s":0}]');
INSERT INTO "document" VALUES('tariffs',9,'[{"id":"all","tariff":"default","price":"0.45","prefixes":[],"mcc":[],"mnc":[],"countries":[],"kinds":[],"purse":"main","charge":"accepted"}]');
CREATE TABLE endpoint (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    body TEXT NOT NULL
);
INSERT INTO "endpoint" VALUES(1,1,'{"id":0,"account_id":1,"url":"http://127.0.0.1:9/events","secret":"whsec_2qLOPlLlzKCrz3Zr4zkVezRY2iSIDyBX","kind":"event","events":["status","incoming"],"window":8,"active":true}');
CREATE TABLE guard (
    account_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    message_ids TEXT NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (account_id, key)
) WITHOUT ROWID;
CREATE TABLE incoming (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL,
    answers INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    sent_at INTEGER NOT NULL,
    connector TEXT NOT NULL,
    upstream_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    text TEXT NOT NULL,
    data BLOB NOT NULL
, is_call INTEGER NOT NULL DEFAULT 0, missing INTEGER NOT NULL DEFAULT 0);
CREATE TABLE incoming_part (
    id INTEGER PRIMARY KEY,
    incoming_id INTEGER NOT NULL, -- 0: waits
    received_at INTEGER NOT NULL,
    total INTEGER NOT NULL,
    number INTEGER NOT NULL,
    data_coding INTEGER NOT NULL,
    connector TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    reference TEXT NOT NULL,
    header BLOB NOT NULL,
    octets BLOB NOT NULL
);
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    purse INTEGER NOT NULL,
    debit TEXT NOT NULL,
    credit TEXT NOT NULL,
    amount INTEGER NOT NULL,
    count INTEGER NOT NULL,
    first_id INTEGER NOT NULL,
    last_id INTEGER NOT NULL,
    note TEXT NOT NULL
);
INSERT INTO "ledger" VALUES(1,1795275804306,'top-up',1,'bank','purse:1',100000000,1,0,0,'');
INSERT INTO "ledger" VALUES(2,1795275813485,'charge',1,'purse:1','income',1800000,4,100000001,100000004,'');
INSERT INTO "ledger" VALUES(3,1795275815507,'charge',1,'purse:1','income',5400000,12,100000005,100000016,'');
INSERT INTO "ledger" VALUES(4,1795275815518,'charge',1,'purse:1','income',900000,1,100000017,100000017,'');
INSERT INTO "ledger" VALUES(5,1795275815535,'charge',1,'purse:1','income',450000,1,100000019,100000019,'');
INSERT INTO "ledger" VALUES(6,1795275816171,'charge',1,'purse:1','income',450000,1,100000020,100000020,'');
CREATE TABLE membership (
    group_id INTEGER NOT NULL,
    contact_id INTEGER NOT NULL,
    PRIMARY KEY (group_id, contact_id)
) WITHOUT ROWID;
CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    account_id INTEGER NOT NULL,
    state INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    parts INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    next_try_at INTEGER NOT NULL DEFAULT 0,
    connector TEXT NOT NULL,
    error INTEGER NOT NULL DEFAULT 0,
    final_at INTEGER NOT NULL DEFAULT 0,
    refunded INTEGER NOT NULL DEFAULT 0,
    maybe_twice INTEGER NOT NULL DEFAULT 0,
    node INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    accepted_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    purse INTEGER NOT NULL,
    price INTEGER NOT NULL,
    request_id INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    coding INTEGER NOT NULL,
    kind INTEGER NOT NULL DEFAULT 0,
    fixed_coding INTEGER,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    recipient_given TEXT NOT NULL,
    channel TEXT NOT NULL,
    door TEXT NOT NULL,
    dialect TEXT NOT NULL,
    peer TEXT NOT NULL,
    route_id TEXT NOT NULL,
    tariff_line TEXT NOT NULL,
    operator TEXT NOT NULL,
    targets TEXT NOT NULL, -- one a line
    refusal TEXT NOT NULL DEFAULT '',
    integration_id INTEGER,
    shown_id TEXT,
    text TEXT NOT NULL,
    data BLOB,
    udh BLOB
, comment TEXT NOT NULL DEFAULT '', network TEXT, hidden INTEGER NOT NULL DEFAULT 0, pid INTEGER);
INSERT INTO "message" VALUES(100000001,1,8,1,1,1,0,'carrier',0,1795275814407,0,0,1,1,1795275813484,1795275813484,1795362213484,1,450000,100000001,10,0,0,NULL,'Shop','380670001000','380670001000','sms','smsclub','smsclub_json','127.0.0.1','all','all','25503','endpoint:1','',NULL,NULL,'first of all',NULL,NULL,'',NULL,0,NULL);
INSERT INTO "message" VALUES(100000002,1,8,1,1,1,0,'carrier',0,1795275814407,0,0,1,1,1795275813484,1795275813484,1795362213484,1,450000,100000001,10,0,0,NULL,'Shop','380670001001','380670001001','sms','smsclub','smsclub_json','127.0.0.1','all','all','25503','endpoint:1','',NULL,NULL,'first of all',NULL,NULL,'',NULL,0,NULL);
INSERT INTO "message" VALUES(100000003,1,8,1,1,1,0,'carrier',0,1795275814407,0,0,1,1,1795275813484,1795275813484,1795362213484,1,450000,100000001,10,0,0,NULL,'Shop','380670001002','380670001002','sms','smsclub','smsclub_json','127.0.0.1','all','all','25503','endpoint:1','',NULL,NULL,'first of all',NULL,NULL,'',NULL,0,NULL);
INSERT INTO "message" VALUES(100000004,1,8,1,1,1,0,'carrier',0,1795275814407,0,0,1,1,1795275813484,1795275813484,1795362213484,1,450000,100000001,10,0,0,NULL,'Shop','380670001003','380670001003','sms','smsclub','smsclub_json','127.0.0.1','all','all','25503','endpoint:1','',NULL,NULL,'first of all',NULL,NULL,'',NULL,0,NULL);
INSERT INTO "message" VALUES(100000005,1,8,1,1,1,0,'carrier',0,1795275816417,0,0,1,1,1795275815507,1795275815507,1795362215507,1,450000,100000005,10,0,0,NULL,'Shop','380500002000','380500002000','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'it waits',NULL,NULL,'',NULL,0,NULL);
INSERT INTO "message" VALUES(100000006,1,8,1,1,1,0,'carrier',0,1795275816417,0,0,1,1,1795275815507,1795275815507,1795362215507,1,450000,100000005,10,0,0,NULL,'Shop','380500002001','380500002001','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'it waits',NULL,NULL,'',NULL,0,NULL);
INSERT INTO "message" VALUES(100000007,1,8,1,1,1,0,'carrier',0,1795275816417,0,0,1,1,1795275815507,1795275815507,1795362215507,1,450000,100000005,10,0,0,NULL,'Shop','380500002002','380500002002','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'it waits',NULL,NULL,'',NULL,0,NULL);
INSERT INTO "message" VALUES(100000008,1,8,1,1,1,0,'carrier',0,1795275816417,0,0,1,1,1795275815507,1795275815507,1795362215507,1,450000,100000005,10,0,0,NULL,'Shop','380500002003','380500002003','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'it waits',NULL,NULL,'',NULL,0,NULL);
INSERT INTO "message" VALUES(100000009,1,8,1,1,1,0,'carrier',0,1795275817328,0,0,1,1,1795275815507,1795275815507,1795362215507,1,450000,100000005,10,0,0,NULL,'Shop','380500002004','380500002004','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'it waits',NULL,NULL,'',NULL,0,NULL);
INSERT INTO "message" VALUES(100000010,1,8,1,1,1,0,'carrier',0,1795275817328,0,0,1,1,1795275815507,1795275815507,1795362215507,1,450000,100000005,10,0,0,NULL,'Shop','380500002005','380500002005','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'it waits',NULL,NULL,'',NULL,0,NULL);
INSERT INTO "message" VALUES(100000011,1,8,1,1,1,0,'carrier',0,1795275817328,0,0,1,1,1795275815507,1795275815507,1795362215507,1,450000,100000005,10,0,0,NULL,'Shop','380500002006','380500002006','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'it waits',NULL,NULL,'',NULL,0,NULL);
INSERT INTO "message" VALUES(100000012,1,8,1,1,1,0,'carrier',0,1795275817328,0,0,1,1,1795275815507,1795275815507,1795362215507,1,450000,100000005,10,0,0,NULL,'Shop','380500002007','380500002007','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'it waits',NULL,NULL,'',NULL,0,NULL);
INSERT INTO "message" VALUES(100000013,1,4,1,1,1,0,'carrier',0,0,0,0,1,1,1795275815507,1795275815507,1795362215507,1,450000,100000005,10,0,0,NULL,'Shop','380500002008','380500002008','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'it waits',NULL,NULL,'',NULL,0,NULL);
INSERT INTO "message" VALUES(100000014,1,4,1,1,1,0,'carrier',0,0,0,0,1,1,1795275815507,1795275815507,1795362215507,1,450000,100000005,10,0,0,NULL,'Shop','380500002009','380500002009','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'it waits',NULL,NULL,'',NULL,0,NULL);
INSERT INTO "message" VALUES(100000015,1,4,1,1,1,0,'carrier',0,0,0,0,1,1,1795275815507,1795275815507,1795362215507,1,450000,100000005,10,0,0,NULL,'Shop','380500002010','380500002010','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'it waits',NULL,NULL,'',NULL,0,NULL);
INSERT INTO "message" VALUES(100000016,1,4,1,1,1,0,'carrier',0,0,0,0,1,1,1795275815507,1795275815507,1795362215507,1,450000,100000005,10,0,0,NULL,'Shop','380500002011','380500002011','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'it waits',NULL,NULL,'',NULL,0,NULL);
INSERT INTO "message" VALUES(100000017,1,3,1,2,0,0,'carrier',0,0,0,0,1,1,1795275815518,1795275815518,1795362215518,1,900000,100000017,10,0,0,NULL,'Shop','380501234567','380501234567','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. ',NULL,NULL,'',NULL,0,NULL);
INSERT INTO "message" VALUES(100000019,1,3,1,1,0,0,'carrier',0,0,0,0,1,1,1795275815534,1795275815534,1795362215534,1,450000,100000019,10,8,0,NULL,'Shop','380501234568','380501234568','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'Привіт!',NULL,NULL,'',NULL,0,NULL);
INSERT INTO "message" VALUES(100000020,1,2,1,1,0,0,'',0,0,0,0,1,1,1795275816170,1795275876170,1795362276170,1,450000,100000020,10,0,0,NULL,'Shop','380501110000','380501110000','sms','smsc','smsc_send','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'later',NULL,NULL,'',NULL,0,NULL);
CREATE TABLE notice (
    id INTEGER PRIMARY KEY,
    progress INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    next_try_at INTEGER NOT NULL,
    settled_at INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL, -- 0: none
    incoming_id INTEGER NOT NULL, -- 0: none
    state INTEGER NOT NULL, -- 0: none
    error INTEGER NOT NULL,
    part INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    target TEXT NOT NULL,
    answer TEXT NOT NULL
);
INSERT INTO "notice" VALUES(5,1,1,1795275819421,0,1,100000001,0,8,0,0,1795275814407,'endpoint:1','connection refused');
INSERT INTO "notice" VALUES(6,1,1,1795275819421,0,1,100000002,0,8,0,0,1795275814407,'endpoint:1','connection refused');
INSERT INTO "notice" VALUES(7,1,1,1795275819421,0,1,100000003,0,8,0,0,1795275814407,'endpoint:1','connection refused');
INSERT INTO "notice" VALUES(8,1,1,1795275819421,0,1,100000004,0,8,0,0,1795275814407,'endpoint:1','connection refused');
INSERT INTO "notice" VALUES(13,1,1,1795275821441,0,1,100000005,0,8,0,0,1795275816417,'endpoint:1','connection refused');
INSERT INTO "notice" VALUES(14,1,1,1795275821441,0,1,100000006,0,8,0,0,1795275816417,'endpoint:1','connection refused');
INSERT INTO "notice" VALUES(15,1,1,1795275821441,0,1,100000007,0,8,0,0,1795275816417,'endpoint:1','connection refused');
INSERT INTO "notice" VALUES(16,1,1,1795275821441,0,1,100000008,0,8,0,0,1795275816417,'endpoint:1','connection refused');
INSERT INTO "notice" VALUES(21,1,1,1795275822339,0,1,100000009,0,8,0,0,1795275817328,'endpoint:1','connection refused');
INSERT INTO "notice" VALUES(22,1,1,1795275822339,0,1,100000010,0,8,0,0,1795275817328,'endpoint:1','connection refused');
INSERT INTO "notice" VALUES(23,1,1,1795275822339,0,1,100000011,0,8,0,0,1795275817328,'endpoint:1','connection refused');
INSERT INTO "notice" VALUES(24,1,1,1795275822339,0,1,100000012,0,8,0,0,1795275817328,'endpoint:1','connection refused');
CREATE TABLE paper (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    account_id INTEGER NOT NULL,
    number TEXT NOT NULL,
    at INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    currency TEXT NOT NULL,
    service TEXT NOT NULL,
    count INTEGER NOT NULL
);
CREATE TABLE purse (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    currency TEXT NOT NULL,
    balance INTEGER NOT NULL,
    credit INTEGER NOT NULL
);
INSERT INTO "purse" VALUES(1,1,'UAH',91000000,0);
CREATE TABLE receipt (
    id INTEGER PRIMARY KEY,
    fate INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    part INTEGER NOT NULL,
    connector TEXT NOT NULL,
    upstream_id TEXT NOT NULL,
    state INTEGER,
    error INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    done_at INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    detail TEXT NOT NULL
, network TEXT);
INSERT INTO "receipt" VALUES(1,2,100000001,1,'carrier','1',8,0,1795275813717,1795275813716,'380670001000','',NULL);
INSERT INTO "receipt" VALUES(2,2,100000002,1,'carrier','2',8,0,1795275813717,1795275813716,'380670001001','',NULL);
INSERT INTO "receipt" VALUES(3,2,100000003,1,'carrier','3',8,0,1795275813717,1795275813716,'380670001002','',NULL);
INSERT INTO "receipt" VALUES(4,2,100000004,1,'carrier','4',8,0,1795275813717,1795275813716,'380670001003','',NULL);
INSERT INTO "receipt" VALUES(9,2,100000005,1,'carrier','5',8,0,1795275815737,1795275815735,'380500002000','',NULL);
INSERT INTO "receipt" VALUES(10,2,100000006,1,'carrier','6',8,0,1795275815737,1795275815735,'380500002001','',NULL);
INSERT INTO "receipt" VALUES(11,2,100000007,1,'carrier','7',8,0,1795275815737,1795275815735,'380500002002','',NULL);
INSERT INTO "receipt" VALUES(12,2,100000008,1,'carrier','8',8,0,1795275815737,1795275815735,'380500002003','',NULL);
INSERT INTO "receipt" VALUES(17,2,100000009,1,'carrier','9',8,0,1795275816704,1795275816690,'380500002004','',NULL);
INSERT INTO "receipt" VALUES(18,2,100000010,1,'carrier','10',8,0,1795275816704,1795275816690,'380500002005','',NULL);
INSERT INTO "receipt" VALUES(19,2,100000011,1,'carrier','11',8,0,1795275816704,1795275816690,'380500002006','',NULL);
INSERT INTO "receipt" VALUES(20,2,100000012,1,'carrier','12',8,0,1795275816704,1795275816690,'380500002007','',NULL);
INSERT INTO "receipt" VALUES(25,1,0,0,'carrier','13',8,0,1795275817438,1795275817430,'380500002008','',NULL);
INSERT INTO "receipt" VALUES(26,1,0,0,'carrier','14',8,0,1795275817438,1795275817430,'380500002009','',NULL);
INSERT INTO "receipt" VALUES(27,1,0,0,'carrier','15',8,0,1795275817438,1795275817430,'380500002010','',NULL);
INSERT INTO "receipt" VALUES(28,1,0,0,'carrier','16',8,0,1795275817438,1795275817430,'380500002011','',NULL);
CREATE TABLE revision (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    author TEXT NOT NULL,
    subject TEXT NOT NULL,
    old TEXT NOT NULL,
    new TEXT NOT NULL
);
INSERT INTO "revision" VALUES(1,1795275793740,'operator','account 1','','{"id":1,"login":"shop","purse":1,"tariff":"default","senders_of":1,"limits_of":1,"settings":{"active":true,"transactional":false,"test_mode":false,"speed":0,"max_waiting":0,"zone":"","language":"","closed_doors":[],"allowed_peers":[],"parameter_errors_as_add_info":false,"hashed_passwords":true,"default_sender":"","national":[]},"second_purse":0,"parent":0,"created_at":1795275793740,"contacts_of":0,"limits":{"per_day":0,"per_number":0,"per_text":0,"per_address":0,"prefixes":[],"hours":null,"refused_outside":false,"subscribers_hours":false,"longest_s":0,"most_recipients":0,"least_tariff":""},"profile":null}');
INSERT INTO "revision" VALUES(2,1795275793740,'operator','purse 1','','{"id":1,"account_id":1,"currency":"UAH","balance":0,"credit":0}');
INSERT INTO "revision" VALUES(3,1795275793740,'operator','credential 1','','{"id":1,"account_id":1,"kind":"password","digest":"***","name":"","scope":"live","created_at":1795275793740}');
INSERT INTO "revision" VALUES(4,1795275793740,'operator','credential 2','','{"id":2,"account_id":1,"kind":"apikey","digest":"***","name":"","scope":"live","created_at":1795275793740}');
INSERT INTO "revision" VALUES(5,1795275793740,'operator','credential 3','','{"id":3,"account_id":1,"kind":"token","digest":"***","name":"","scope":"live","created_at":1795275793740}');
INSERT INTO "revision" VALUES(6,1795275799489,'operator','sender 1','','{"id":1,"account_id":1,"name":"Shop","state":1}');
INSERT INTO "revision" VALUES(7,1795275808941,'operator','endpoint 1','','{"id":1,"account_id":1,"url":"http://127.0.0.1:9/events","secret":"***","kind":"event","events":["status","incoming"],"window":8,"active":true}');
INSERT INTO "revision" VALUES(8,1795275813278,'configuration','document routes','','{"revision":8}');
INSERT INTO "revision" VALUES(9,1795275813278,'configuration','document tariffs','','{"revision":9}');
INSERT INTO "revision" VALUES(10,1795275813278,'configuration','document numbering','','{"revision":10}');
CREATE TABLE schema_version (version INTEGER PRIMARY KEY);
INSERT INTO "schema_version" VALUES(1);
INSERT INTO "schema_version" VALUES(2);
INSERT INTO "schema_version" VALUES(3);
INSERT INTO "schema_version" VALUES(4);
INSERT INTO "schema_version" VALUES(5);
INSERT INTO "schema_version" VALUES(6);
INSERT INTO "schema_version" VALUES(7);
CREATE TABLE sender (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (account_id, name)
);
INSERT INTO "sender" VALUES(1,1,'Shop','{"id":0,"account_id":1,"name":"Shop","state":1}');
CREATE TABLE shown (
    account_id INTEGER NOT NULL,
    shown_id TEXT NOT NULL,
    recipient TEXT NOT NULL, -- as given where it was no number
    message_id INTEGER NOT NULL,
    PRIMARY KEY (account_id, shown_id, recipient, message_id)
) WITHOUT ROWID;
CREATE TABLE shown_until (message_id INTEGER NOT NULL);
INSERT INTO "shown_until" VALUES(100000004);
CREATE TABLE stop_list (
    account_id INTEGER NOT NULL,
    recipient TEXT NOT NULL,
    PRIMARY KEY (account_id, recipient)
) WITHOUT ROWID;
CREATE INDEX message_of_account ON message (account_id);
CREATE INDEX message_fresh ON message (connector, priority) WHERE state = 3 AND next_try_at = 0;
CREATE INDEX message_retry ON message (connector, next_try_at) WHERE state = 3 AND next_try_at > 0;
CREATE INDEX message_scheduled ON message (due_at) WHERE state = 2;
CREATE INDEX message_waiting ON message (expires_at, account_id, parts) WHERE (state <= 3 OR state = 6);
CREATE INDEX message_upstream ON message (expires_at, parts, tries) WHERE (state = 4 OR state = 5);
CREATE INDEX attempt_waiting ON attempt (connector, upstream_id) WHERE (state = 2 OR state = 4) AND upstream_id <> '';
CREATE INDEX receipt_parked ON receipt (connector, upstream_id) WHERE fate = 1;
CREATE INDEX receipt_of_message ON receipt (message_id) WHERE message_id > 0;
CREATE INDEX incoming_of_account ON incoming (account_id);
CREATE INDEX notice_fresh ON notice (target) WHERE progress = 1 AND next_try_at = 0;
CREATE INDEX notice_retry ON notice (target, next_try_at) WHERE progress = 1 AND next_try_at > 0;
CREATE INDEX notice_of_message ON notice (message_id) WHERE message_id > 0;
CREATE INDEX ledger_of_purse ON ledger (purse);
CREATE INDEX ledger_by_time ON ledger (purse, kind, at);
CREATE UNIQUE INDEX credential_secret ON credential (kind, digest) WHERE kind IN ('token', 'apikey');
CREATE UNIQUE INDEX credential_system_id ON credential (name) WHERE kind = 'smpp';
CREATE INDEX notice_given_up ON notice (account_id) WHERE progress = 3;
CREATE INDEX confirmation_of_phone ON confirmation (phone);
CREATE INDEX contact_of_account ON contact (account_id, kind);
CREATE INDEX contact_group_of_account ON contact_group (account_id);
CREATE UNIQUE INDEX contact_group_number ON contact_group (account_id, number) WHERE number <> '';
CREATE INDEX membership_of_contact ON membership (contact_id);
CREATE UNIQUE INDEX paper_number ON paper (account_id, kind, number) WHERE number <> '';
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('account',1);
INSERT INTO "sqlite_sequence" VALUES('revision',10);
INSERT INTO "sqlite_sequence" VALUES('purse',1);
INSERT INTO "sqlite_sequence" VALUES('credential',3);
INSERT INTO "sqlite_sequence" VALUES('sender',1);
INSERT INTO "sqlite_sequence" VALUES('endpoint',1);
COMMIT;
