#!/bin/sh
# What became of messages: ./statuses.sh ID...
BASE=${BASE:-http://127.0.0.1:8080}
: "${LOGIN:?set LOGIN to the login of your account}" "${TOKEN:?set TOKEN to its token}"
[ $# -ge 1 ] || { echo "usage: ./statuses.sh ID..." >&2; exit 1; }

ids=$(printf ';%s' "$@")
told=$(curl --silent --show-error "$BASE/token/state.php" \
    --data-urlencode "username=$LOGIN" --data-urlencode "token=$TOKEN" \
    --data-urlencode "smscid=${ids#;}") || exit 1
case $told in
    *"=IDS START="*) echo "$told" | sed -e 's/<br\/>/\n/g' | sed -e '/=IDS/d' -e '/^$/d' ;;
    *) echo "$told" >&2; exit 1 ;;
esac
