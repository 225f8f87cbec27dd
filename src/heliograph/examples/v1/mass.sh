#!/bin/sh
# One text to several numbers: ./mass.sh TEXT NUMBER...
BASE=${BASE:-http://127.0.0.1:8080}
: "${TOKEN:?set TOKEN to the token of your account}"
SENDER=${SENDER:-Heliograph}
[ $# -ge 2 ] || { echo "usage: ./mass.sh TEXT NUMBER..." >&2; exit 1; }

quoted() { # a text as JSON has it
    printf '%s' "$1" | sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/\t/\\t/g' | sed -e ':a' -e 'N' -e '$!ba' -e 's/\n/\\n/g'
}

text=$1
shift
numbers=$(printf ', "%s"' "$@")
curl --silent --show-error --fail-with-body --write-out '\n' "$BASE/v1/messages" \
    --header "Authorization: Bearer $TOKEN" \
    --data-binary "{\"from\": \"$(quoted "$SENDER")\", \"to\": [${numbers#, }], \"text\": \"$(quoted "$text")\"}"
