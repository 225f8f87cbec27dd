#!/bin/sh
# The active sender names: ./senders.sh
BASE=${BASE:-http://127.0.0.1:8080}
: "${TOKEN:?set TOKEN to the token of your account}"

curl --silent --show-error --fail-with-body --write-out '\n' --request POST "$BASE/sms/originator" --header "Authorization: Bearer $TOKEN"
