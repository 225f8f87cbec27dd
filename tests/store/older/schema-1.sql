BEGIN TRANSACTION;
CREATE TABLE account (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    login TEXT NOT NULL UNIQUE,
    body TEXT NOT NULL
);
INSERT INTO "account" VALUES(1,'shop','{"id":1,"login":"shop","purse":1,"tariff":"default","senders_of":1,"limits_of":1,"settings":{"active":true,"transactional":false,"test_mode":false,"speed":0,"max_waiting":0,"zone":"UTC","closed_doors":[],"allowed_peers":[],"parameter_errors_as_add_info":false,"hashed_passwords":true,"default_sender":""},"second_purse":0,"parent":0,"created_at":1795275838610}');
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
INSERT INTO "attempt" VALUES(100000001,1,1,1,5,1795275854320,1795275854321,1795275859327,0,'carrier','1','');
INSERT INTO "attempt" VALUES(100000002,1,1,1,5,1795275854320,1795275854321,1795275859327,0,'carrier','2','');
INSERT INTO "attempt" VALUES(100000003,1,1,1,5,1795275854320,1795275854321,1795275859327,0,'carrier','3','');
INSERT INTO "attempt" VALUES(100000004,1,1,1,5,1795275854320,1795275854321,1795275859327,0,'carrier','4','');
INSERT INTO "attempt" VALUES(100000005,1,1,1,2,1795275858327,1795275858328,0,0,'carrier','5','');
INSERT INTO "attempt" VALUES(100000006,1,1,1,2,1795275858327,1795275858328,0,0,'carrier','6','');
INSERT INTO "attempt" VALUES(100000007,1,1,1,2,1795275858327,1795275858328,0,0,'carrier','7','');
INSERT INTO "attempt" VALUES(100000008,1,1,1,2,1795275858327,1795275858328,0,0,'carrier','8','');
INSERT INTO "attempt" VALUES(100000009,1,1,1,2,1795275858327,1795275858328,0,0,'carrier','9','');
INSERT INTO "attempt" VALUES(100000010,1,1,1,2,1795275858327,1795275858328,0,0,'carrier','10','');
INSERT INTO "attempt" VALUES(100000011,1,1,1,2,1795275858327,1795275858328,0,0,'carrier','11','');
INSERT INTO "attempt" VALUES(100000012,1,1,1,2,1795275858327,1795275858328,0,0,'carrier','12','');
INSERT INTO "attempt" VALUES(100000013,1,1,1,2,1795275858327,1795275858328,0,0,'carrier','13','');
INSERT INTO "attempt" VALUES(100000014,1,1,1,2,1795275858327,1795275858328,0,0,'carrier','14','');
INSERT INTO "attempt" VALUES(100000015,1,1,1,2,1795275858327,1795275858328,0,0,'carrier','15','');
INSERT INTO "attempt" VALUES(100000016,1,1,1,2,1795275858327,1795275858328,0,0,'carrier','16','');
INSERT INTO "attempt" VALUES(100000017,1,1,1,2,1795275858337,1795275858337,0,0,'carrier','17','');
INSERT INTO "attempt" VALUES(100000017,2,1,2,2,1795275858337,1795275858337,0,0,'carrier','18','');
INSERT INTO "attempt" VALUES(100000019,1,1,1,2,1795275858341,1795275858341,0,0,'carrier','19','');
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
INSERT INTO "credential" VALUES(1,1,'password','','$argon2id$v=19$m=19456,t=2,p=1$35bL1wroOj8LjnVzaWvbEQ$rBWSCnAmsXTzWkiwh7CVhcOwzBapmknrRgMIYWlMUIU $argon2id$v=19$m=19456,t=2,p=1$QL6ThNVoPwZfSMFA/sDlrw$Muo+PGiYKcayIW9Tog3FWYwetevN32JNxGWvhZBQ+vI','{"id":0,"account_id":1,"kind":"password","digest":"$argon2id$v=19$m=19456,t=2,p=1$35bL1wroOj8LjnVzaWvbEQ$rBWSCnAmsXTzWkiwh7CVhcOwzBapmknrRgMIYWlMUIU $argon2id$v=19$m=19456,t=2,p=1$QL6ThNVoPwZfSMFA/sDlrw$Muo+PGiYKcayIW9Tog3FWYwetevN32JNxGWvhZBQ+vI","name":"","scope":"live","created_at":1795275838610}');
INSERT INTO "credential" VALUES(2,1,'apikey','','b6502cdcb97b6487fa418d0c69fbbae0ea57cd2dd777a329995e616ca5ce5016','{"id":0,"account_id":1,"kind":"apikey","digest":"b6502cdcb97b6487fa418d0c69fbbae0ea57cd2dd777a329995e616ca5ce5016","name":"","scope":"live","created_at":1795275838611}');
INSERT INTO "credential" VALUES(3,1,'token','','8a8ad4946362ad3d92bc5fe42d369e526a587a13fab61d1abc9e6f962bade812','{"id":0,"account_id":1,"kind":"token","digest":"8a8ad4946362ad3d92bc5fe42d369e526a587a13fab61d1abc9e6f962bade812","name":"","scope":"live","created_at":1795275838611}');
CREATE TABLE document (
    name TEXT NOT NULL,
    revision INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (name, revision)
) WITHOUT ROWID;
INSERT INTO "document" VALUES('routes',8,'[{"id":"all","connectors":["carrier"],"prefixes":[],"mcc":[],"mnc":[],"countries":[],"senders":[],"accounts":[],"kinds":[],"channel":"sms","block":false,"in_doubt":"resend","failover_on_refusal":true,"failover_on_timeout":false,"failover_on_disconnect":true,"max_validity_s":0}]');
INSERT INTO "document" VALUES('tariffs',9,'[{"id":"all","tariff":"default","price":"0.45","prefixes":[],"mcc":[],"mnc":[],"countries":[],"kinds":[],"purse":"main","charge":"accepted"}]');
CREATE TABLE endpoint (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    body TEXT NOT NULL
);
INSERT INTO "endpoint" VALUES(1,1,'{"id":0,"account_id":1,"url":"http://127.0.0.1:9/events","secret":"whsec_ddfFFzIXaUNBTY/+2bjlzECOM5hesix2","kind":"event","events":["status","incoming"],"window":8,"active":true}');
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
INSERT INTO "ledger" VALUES(1,1795275846407,'top-up',1,'bank','purse:1',100000000,1,0,0,'');
INSERT INTO "ledger" VALUES(2,1795275854318,'charge',1,'purse:1','income',1800000,4,100000001,100000004,'');
INSERT INTO "ledger" VALUES(3,1795275858323,'charge',1,'purse:1','income',5400000,12,100000005,100000016,'');
INSERT INTO "ledger" VALUES(4,1795275858336,'charge',1,'purse:1','income',900000,1,100000017,100000017,'');
INSERT INTO "ledger" VALUES(5,1795275858340,'charge',1,'purse:1','income',450000,1,100000019,100000019,'');
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
);
INSERT INTO "message" VALUES(100000001,1,8,1,1,1,0,'carrier',0,1795275859327,0,0,1,1,1795275854317,1795275854317,1795362254317,1,450000,100000001,9,0,0,NULL,'Shop','380670001000','380670001000','sms','smsclub','smsclub_json','127.0.0.1','all','all','25503','endpoint:1','',NULL,NULL,'first of all',NULL,NULL);
INSERT INTO "message" VALUES(100000002,1,8,1,1,1,0,'carrier',0,1795275859327,0,0,1,1,1795275854317,1795275854317,1795362254317,1,450000,100000001,9,0,0,NULL,'Shop','380670001001','380670001001','sms','smsclub','smsclub_json','127.0.0.1','all','all','25503','endpoint:1','',NULL,NULL,'first of all',NULL,NULL);
INSERT INTO "message" VALUES(100000003,1,8,1,1,1,0,'carrier',0,1795275859327,0,0,1,1,1795275854317,1795275854317,1795362254317,1,450000,100000001,9,0,0,NULL,'Shop','380670001002','380670001002','sms','smsclub','smsclub_json','127.0.0.1','all','all','25503','endpoint:1','',NULL,NULL,'first of all',NULL,NULL);
INSERT INTO "message" VALUES(100000004,1,8,1,1,1,0,'carrier',0,1795275859327,0,0,1,1,1795275854317,1795275854317,1795362254317,1,450000,100000001,9,0,0,NULL,'Shop','380670001003','380670001003','sms','smsclub','smsclub_json','127.0.0.1','all','all','25503','endpoint:1','',NULL,NULL,'first of all',NULL,NULL);
INSERT INTO "message" VALUES(100000005,1,4,1,1,1,0,'carrier',0,0,0,0,1,1,1795275858322,1795275858322,1795362258322,1,450000,100000005,9,0,0,NULL,'Shop','380500002000','380500002000','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'it waits',NULL,NULL);
INSERT INTO "message" VALUES(100000006,1,4,1,1,1,0,'carrier',0,0,0,0,1,1,1795275858322,1795275858322,1795362258322,1,450000,100000005,9,0,0,NULL,'Shop','380500002001','380500002001','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'it waits',NULL,NULL);
INSERT INTO "message" VALUES(100000007,1,4,1,1,1,0,'carrier',0,0,0,0,1,1,1795275858322,1795275858322,1795362258322,1,450000,100000005,9,0,0,NULL,'Shop','380500002002','380500002002','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'it waits',NULL,NULL);
INSERT INTO "message" VALUES(100000008,1,4,1,1,1,0,'carrier',0,0,0,0,1,1,1795275858322,1795275858322,1795362258322,1,450000,100000005,9,0,0,NULL,'Shop','380500002003','380500002003','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'it waits',NULL,NULL);
INSERT INTO "message" VALUES(100000009,1,4,1,1,1,0,'carrier',0,0,0,0,1,1,1795275858322,1795275858322,1795362258322,1,450000,100000005,9,0,0,NULL,'Shop','380500002004','380500002004','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'it waits',NULL,NULL);
INSERT INTO "message" VALUES(100000010,1,4,1,1,1,0,'carrier',0,0,0,0,1,1,1795275858322,1795275858322,1795362258322,1,450000,100000005,9,0,0,NULL,'Shop','380500002005','380500002005','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'it waits',NULL,NULL);
INSERT INTO "message" VALUES(100000011,1,4,1,1,1,0,'carrier',0,0,0,0,1,1,1795275858322,1795275858322,1795362258322,1,450000,100000005,9,0,0,NULL,'Shop','380500002006','380500002006','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'it waits',NULL,NULL);
INSERT INTO "message" VALUES(100000012,1,4,1,1,1,0,'carrier',0,0,0,0,1,1,1795275858322,1795275858322,1795362258322,1,450000,100000005,9,0,0,NULL,'Shop','380500002007','380500002007','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'it waits',NULL,NULL);
INSERT INTO "message" VALUES(100000013,1,4,1,1,1,0,'carrier',0,0,0,0,1,1,1795275858322,1795275858322,1795362258322,1,450000,100000005,9,0,0,NULL,'Shop','380500002008','380500002008','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'it waits',NULL,NULL);
INSERT INTO "message" VALUES(100000014,1,4,1,1,1,0,'carrier',0,0,0,0,1,1,1795275858322,1795275858322,1795362258322,1,450000,100000005,9,0,0,NULL,'Shop','380500002009','380500002009','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'it waits',NULL,NULL);
INSERT INTO "message" VALUES(100000015,1,4,1,1,1,0,'carrier',0,0,0,0,1,1,1795275858322,1795275858322,1795362258322,1,450000,100000005,9,0,0,NULL,'Shop','380500002010','380500002010','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'it waits',NULL,NULL);
INSERT INTO "message" VALUES(100000016,1,4,1,1,1,0,'carrier',0,0,0,0,1,1,1795275858322,1795275858322,1795362258322,1,450000,100000005,9,0,0,NULL,'Shop','380500002011','380500002011','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'it waits',NULL,NULL);
INSERT INTO "message" VALUES(100000017,1,4,1,2,1,0,'carrier',0,0,0,0,1,1,1795275858333,1795275858333,1795362258333,1,900000,100000017,9,0,0,NULL,'Shop','380501234567','380501234567','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. A long one. ',NULL,NULL);
INSERT INTO "message" VALUES(100000019,1,4,1,1,1,0,'carrier',0,0,0,0,1,1,1795275858339,1795275858339,1795362258339,1,450000,100000019,9,8,0,NULL,'Shop','380501234568','380501234568','sms','smsclub','smsclub_json','127.0.0.1','all','all','25501','endpoint:1','',NULL,NULL,'Привіт!',NULL,NULL);
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
INSERT INTO "notice" VALUES(1,1,1,1795275864337,0,1,100000001,0,8,0,0,1795275859327,'endpoint:1','connection refused');
INSERT INTO "notice" VALUES(2,1,1,1795275864337,0,1,100000002,0,8,0,0,1795275859327,'endpoint:1','connection refused');
INSERT INTO "notice" VALUES(3,1,1,1795275864337,0,1,100000003,0,8,0,0,1795275859327,'endpoint:1','connection refused');
INSERT INTO "notice" VALUES(4,1,1,1795275864337,0,1,100000004,0,8,0,0,1795275859327,'endpoint:1','connection refused');
CREATE TABLE purse (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    currency TEXT NOT NULL,
    balance INTEGER NOT NULL,
    credit INTEGER NOT NULL
);
INSERT INTO "purse" VALUES(1,1,'UAH',91450000,0);
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
);
CREATE TABLE revision (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    author TEXT NOT NULL,
    subject TEXT NOT NULL,
    old TEXT NOT NULL,
    new TEXT NOT NULL
);
INSERT INTO "revision" VALUES(1,1795275838611,'operator','account 1','','{"id":1,"login":"shop","purse":1,"tariff":"default","senders_of":1,"limits_of":1,"settings":{"active":true,"transactional":false,"test_mode":false,"speed":0,"max_waiting":0,"zone":"UTC","closed_doors":[],"allowed_peers":[],"parameter_errors_as_add_info":false,"hashed_passwords":true,"default_sender":""},"second_purse":0,"parent":0,"created_at":1795275838610}');
INSERT INTO "revision" VALUES(2,1795275838611,'operator','purse 1','','{"id":1,"account_id":1,"currency":"UAH","balance":0,"credit":0}');
INSERT INTO "revision" VALUES(3,1795275838611,'operator','credential 1','','{"id":1,"account_id":1,"kind":"password","digest":"***","name":"","scope":"live","created_at":1795275838610}');
INSERT INTO "revision" VALUES(4,1795275838611,'operator','credential 2','','{"id":2,"account_id":1,"kind":"apikey","digest":"***","name":"","scope":"live","created_at":1795275838611}');
INSERT INTO "revision" VALUES(5,1795275838611,'operator','credential 3','','{"id":3,"account_id":1,"kind":"token","digest":"***","name":"","scope":"live","created_at":1795275838611}');
INSERT INTO "revision" VALUES(6,1795275842522,'operator','sender 1','','{"id":1,"account_id":1,"name":"Shop","state":1}');
INSERT INTO "revision" VALUES(7,1795275850102,'operator','endpoint 1','','{"id":1,"account_id":1,"url":"http://127.0.0.1:9/events","secret":"***","kind":"event","events":["status","incoming"],"window":8,"active":true}');
INSERT INTO "revision" VALUES(8,1795275854069,'configuration','document routes','','{"revision":8}');
INSERT INTO "revision" VALUES(9,1795275854069,'configuration','document tariffs','','{"revision":9}');
CREATE TABLE schema_version (version INTEGER PRIMARY KEY);
INSERT INTO "schema_version" VALUES(1);
CREATE TABLE sender (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (account_id, name)
);
INSERT INTO "sender" VALUES(1,1,'Shop','{"id":0,"account_id":1,"name":"Shop","state":1}');
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
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('account',1);
INSERT INTO "sqlite_sequence" VALUES('revision',9);
INSERT INTO "sqlite_sequence" VALUES('purse',1);
INSERT INTO "sqlite_sequence" VALUES('credential',3);
INSERT INTO "sqlite_sequence" VALUES('sender',1);
INSERT INTO "sqlite_sequence" VALUES('endpoint',1);
COMMIT;
