#!/bin/sh
# Each task in one line, by SOAP:
#
# ./example.sh send NUMBER TEXT | cost NUMBER TEXT | status ID NUMBER | balance
BASE=${BASE:-http://127.0.0.1:8080}
: "${LOGIN:?set LOGIN to the login of your account}" "${PASSWORD:?set PASSWORD to its password}"

element() { # a name and a text as XML has them
    printf '<%s>%s</%s>' "$1" "$(printf '%s' "$2" | sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g')" "$1"
}

ask() { # an operation and its fields; the answer stands in $told
    told=$(curl --silent --show-error "$BASE/sys/soap.php" --header 'Content-Type: text/xml; charset=utf-8' --data-binary "\
<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body>\
<$1>$(element login "$LOGIN")$(element psw "$PASSWORD")$2</$1></e:Body></e:Envelope>") || exit 1
    error=$(value error)
    [ -z "${error#0}" ] || { echo "error $error" >&2; exit 1; }
}

value() { # of the first element of a name
    printf '%s' "$told" | sed -n "s/.*<$1>\([^<]*\)<\/$1>.*/\1/p" | head -n 1
}

case ${1:-} in
    send)
        ask send "$(element phones "$2")$(element mes "$3")$(element sender "${SENDER:-Heliograph}")"
        echo "accepted as $(value id): $(value cnt) parts for $(value cost), $(value balance) left" ;;
    cost)
        ask cost "$(element phones "$2")$(element mes "$3")"
        echo "$(value cnt) parts for $(value cost)" ;;
    status)
        ask status "$(element id "$2")$(element phone "$3")$(element all 1)"
        echo "status $(value status): $(value status_name)" ;;
    balance)
        ask balance ""
        value balance ;;
    *)
        echo "usage: ./example.sh send NUMBER TEXT | cost NUMBER TEXT | status ID NUMBER | balance" >&2
        exit 1 ;;
esac
