#!/bin/sh
# What is left, and the credit: ./balance.sh
BASE=${BASE:-http://127.0.0.1:8080}
: "${LOGIN:?set LOGIN to the login of your account}" "${TOKEN:?set TOKEN to its token}"

told=$(curl --silent --show-error "$BASE/token/getbalance.php" \
    --data-urlencode "username=$LOGIN" --data-urlencode "token=$TOKEN") || exit 1
case $told in
    *"<br/>"*) echo "${told%%<br/>*} left, credit ${told##*<br/>}" ;;
    *) echo "$told" >&2; exit 1 ;;
esac
