"""Each task in one line:

python example.py send NUMBER TEXT | cost NUMBER TEXT | status ID NUMBER | balance | mail NUMBER TEXT
"""

import sys

import smsc_api

task, *words = sys.argv[1:] or ["help"]
try:
    if task == "send":
        message_id, parts, cost, balance = smsc_api.send_sms(*words)
        print(f"accepted as {message_id}: {parts} parts for {cost}, {balance} left")
    elif task == "cost":
        cost, parts = smsc_api.get_sms_cost(*words)
        print(f"{parts} parts for {cost}")
    elif task == "status":
        print("status {}, changed at {}, error {}".format(*smsc_api.get_status(*words)))
    elif task == "balance":
        print(smsc_api.get_balance())
    elif task == "mail":
        smsc_api.send_sms_mail(*words)
        print("handed over")
    else:
        raise SystemExit(__doc__)
except smsc_api.SmscError as error:
    raise SystemExit(str(error)) from None
