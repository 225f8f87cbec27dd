#!/bin/sh
# Each task in one line: ./example.sh send NUMBER TEXT | cost NUMBER TEXT | status ID NUMBER | balance | mail NUMBER TEXT
. "$(dirname "$0")/smsc_api.sh"

task=$1
[ $# -eq 0 ] || shift
case $task in
send) send_sms "$@" ;;
cost) get_sms_cost "$@" ;;
status) get_status "$@" ;;
balance) get_balance ;;
mail) send_sms_mail "$@" ;;
*)
    echo "usage: ./example.sh send|cost|mail NUMBER TEXT, status ID NUMBER, balance" >&2
    exit 1
    ;;
esac
