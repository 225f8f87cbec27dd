#!/bin/sh
# One text to several numbers: ./mass.sh TEXT NUMBER...
BASE=${BASE:-http://127.0.0.1:8080}
: "${LOGIN:?set LOGIN to the login of your account}" "${TOKEN:?set TOKEN to its token}"
[ $# -ge 2 ] || { echo "usage: ./mass.sh TEXT NUMBER..." >&2; exit 1; }

text=$1
shift
numbers=$(printf ';%s' "$@")
told=$(curl --silent --show-error "$BASE/token/" \
    --data-urlencode "username=$LOGIN" --data-urlencode "token=$TOKEN" \
    --data-urlencode "from=${SENDER:-Heliograph}" --data-urlencode "to=${numbers#;}" --data-urlencode "text=$text") || exit 1
case $told in
    *"=IDS START="*) echo "$told" | sed -e 's/<br\/>/\n/g' | sed -e '/=IDS/d' -e '/^$/d' ;;
    *) echo "$told" >&2; exit 1 ;;
esac
