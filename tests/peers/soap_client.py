"""zeep, told nothing but the address of the WSDL: `soap_client.py WSDL LOGIN PASSWORD PHONE SENDER TEXT`."""

import json
import sys

import zeep
from zeep.helpers import serialize_object

wsdl, login, password, phone, sender, text = sys.argv[1:]
service = zeep.Client(wsdl).service
who = {"login": login, "psw": password}
sent = service.send_sms2(**who, phones=f"{phone},12", mes=text, sender=sender, query="translit=0&id=77")
told = {
    "balance": service.get_balance(**who),
    "cost": service.get_sms_cost(**who, phones=phone, mes=text),
    "sent": sent,
    "status": service.get_status(**who, phone=phone, id=sent.id, all="1"),
    "wrong": service.send_sms(login=login, psw="wrong", phones=phone, mes=text),
}
print(json.dumps(serialize_object(told, dict), ensure_ascii=False))
