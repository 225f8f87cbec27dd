#!/bin/sh
# The balance: ./balance.sh
BASE=${BASE:-http://127.0.0.1:8080}
: "${TOKEN:?set TOKEN to the token of your account}"

curl --silent --show-error --fail-with-body --write-out '\n' "$BASE/v1/balance" \
    --header "Authorization: Bearer $TOKEN"
