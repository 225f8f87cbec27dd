#!/bin/sh
# Each task in one line, by SMPP 3.4, with the client that comes with Heliograph:
#
# ./example.sh send TEXT NUMBER [NUMBER ...] | listen
: "${SYSTEM_ID:?set SYSTEM_ID}" "${SMPP_PASSWORD:?set SMPP_PASSWORD to its password}"
export HELIOGRAPH_SMPP_PASSWORD="$SMPP_PASSWORD"

client() {
    heliograph smpp-client "${SMPP:-127.0.0.1:2775}" --system-id "$SYSTEM_ID" "$@"
}

case ${1:-} in
    send)
        text=$2
        shift 2
        for number; do printf '%s %s\n' "$number" "$text"; done | client --sender "${SENDER:-Heliograph}" --file=- ;;
    listen)
        client --bind rx ;;
    *)
        echo "usage: ./example.sh send TEXT NUMBER [NUMBER ...] | listen" >&2
        exit 1 ;;
esac
