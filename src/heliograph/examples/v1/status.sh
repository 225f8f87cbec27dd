#!/bin/sh
# What became of messages: ./status.sh ID...
BASE=${BASE:-http://127.0.0.1:8080}
: "${TOKEN:?set TOKEN to the token of your account}"
[ $# -ge 1 ] || { echo "usage: ./status.sh ID..." >&2; exit 1; }

ids=$(printf ',%s' "$@")
curl --silent --show-error --fail-with-body --write-out '\n' "$BASE/v1/messages?id=${ids#,}" \
    --header "Authorization: Bearer $TOKEN"
