#!/bin/sh
# One text to one number: ./single.sh NUMBER TEXT
BASE=${BASE:-http://127.0.0.1:8080}
: "${LOGIN:?set LOGIN to the login of your account}" "${PASSWORD:?set PASSWORD to its password}"
[ $# -ge 2 ] || { echo "usage: ./single.sh NUMBER TEXT" >&2; exit 1; }

element() { # a name and a text as XML has them
    printf '<%s>%s</%s>' "$1" "$(printf '%s' "$2" | sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g')" "$1"
}

inside="$(element username "$LOGIN")$(element password "$PASSWORD")$(element from "${SENDER:-Heliograph}")$(element to "$1")$(element text "$2")"
told=$(curl --silent --show-error "$BASE/xml/" --header 'Content-Type: text/xml' \
    --data-binary "<?xml version='1.0' encoding='utf-8'?><request_sendsms>$inside</request_sendsms>") || exit 1
case $told in
    *"<status>OK</status>"*) echo "$told" | sed -e 's/<\/mess>/\n/g' | sed -n 's/.*<mess tel="\([0-9]*\)">\([0-9]*\)$/\1: accepted as \2/p' ;;
    *) echo "$told" >&2; exit 1 ;;
esac
