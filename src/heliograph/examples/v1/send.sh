#!/bin/sh
# One text to one number: ./send.sh NUMBER TEXT [KEY]
BASE=${BASE:-http://127.0.0.1:8080}
: "${TOKEN:?set TOKEN to the token of your account}"
SENDER=${SENDER:-Heliograph}
[ $# -ge 2 ] || { echo "usage: ./send.sh NUMBER TEXT [KEY]" >&2; exit 1; }

quoted() { # a text as JSON has it
    printf '%s' "$1" | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/\t/\\t/g' | sed -e ':a' -e 'N' -e '$!ba' -e 's/\n/\\n/g'
}

# With a key the same request, sent again, is answered with the same message and sends nothing.
curl --silent --show-error --fail-with-body --write-out '\n' "$BASE/v1/messages" \
    --header "Authorization: Bearer $TOKEN" ${3:+--header "Idempotency-Key: $3"} \
    --data-binary "{\"from\": \"$(quoted "$SENDER")\", \"to\": \"$1\", \"text\": \"$(quoted "$2")\"}"
