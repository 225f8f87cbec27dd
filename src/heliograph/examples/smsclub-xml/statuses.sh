#!/bin/sh
# What became of messages: ./statuses.sh ID...
BASE=${BASE:-http://127.0.0.1:8080}
: "${LOGIN:?set LOGIN to the login of your account}" "${PASSWORD:?set PASSWORD to its password}"
[ $# -ge 1 ] || { echo "usage: ./statuses.sh ID..." >&2; exit 1; }

element() { # a name and a text as XML has them
    printf '<%s>%s</%s>' "$1" "$(printf '%s' "$2" | sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g')" "$1"
}

ids=$(printf ';%s' "$@")
inside="$(element username "$LOGIN")$(element password "$PASSWORD")$(element smscid "${ids#;}")"
told=$(curl --silent --show-error "$BASE/xml/state.php" --header 'Content-Type: text/xml' \
    --data-binary "<?xml version='1.0' encoding='utf-8'?><request_getstate>$inside</request_getstate>") || exit 1
case $told in
    *"<status>OK</status>"*) echo "$told" | sed -e 's/<\/entry>/\n/g' | sed -n 's/.*<smscid>\([0-9]*\)<\/smscid><state>\([A-Z]*\)<\/state>.*/\1: \2/p' ;;
    *) echo "$told" >&2; exit 1 ;;
esac
