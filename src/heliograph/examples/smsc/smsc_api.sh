# Send messages by one call of a shell function; needs curl. Settings come from the environment.
#
#     . ./smsc_api.sh
#     send_sms 380671234567 'Hello'
#
# Every function prints the service's answer and ends with its error number, 0 if there is none.

BASE=${BASE:-http://127.0.0.1:8080}
CHARSET=${CHARSET:-utf-8} # that of your terminal
DEBUG=${DEBUG:-}
SMTP_HOST=${SMTP_HOST:-127.0.0.1}
SMTP_PORT=${SMTP_PORT:-2525}
SMTP_FROM=${SMTP_FROM:-api@example.com}

# send_sms NUMBERS TEXT [name=value ...]: prints id,parts,cost,balance
send_sms() {
    _phones=$1 _text=$2
    shift 2
    smsc_ask send "phones=$_phones" "mes=$_text" cost=3 "$@"
}

# get_sms_cost NUMBERS TEXT [name=value ...]: prints cost,parts and sends nothing
get_sms_cost() {
    _phones=$1 _text=$2
    shift 2
    smsc_ask send "phones=$_phones" "mes=$_text" cost=1 "$@"
}

# get_status ID NUMBER: prints status,Unix time of it,error
get_status() {
    smsc_ask status "id=$1" "phone=$2"
}

# get_balance: prints what is left
get_balance() {
    smsc_ask balance
}

# send_sms_mail NUMBERS TEXT: by a mail to the gateway's SMTP door; nothing is known of it but that it was taken
send_sms_mail() {
    printf 'From: %s\r\nTo: send@send.localhost\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=%s\r\n\r\n%s:%s:::0,0,%s:%s:%s\r\n' \
        "$SMTP_FROM" "$CHARSET" "${LOGIN:-}" "${PSW:-${APIKEY:-}}" "${SENDER:-}" "$1" "$2" |
        curl --silent --show-error "smtp://$SMTP_HOST:$SMTP_PORT" \
            --mail-from "$SMTP_FROM" --mail-rcpt send@send.localhost --upload-file -
}

smsc_ask() {
    _script=$1
    shift
    for _field; do
        shift
        set -- "$@" --data-urlencode "$_field"
    done
    if [ -n "${LOGIN:-}" ]; then
        set -- "$@" --data-urlencode "login=$LOGIN" --data-urlencode "psw=${PSW:-}"
    else
        set -- "$@" --data-urlencode "apikey=${APIKEY:-}"
    fi
    _answer=$(curl --silent --show-error "$BASE/sys/$_script.php" -d fmt=1 -d "charset=$CHARSET" "$@") || return 100
    [ -z "$DEBUG" ] || echo "$_script $_answer" >&2
    echo "$_answer"
    case $_answer in
    *,-[0-9]*) return "${_answer##*,-}" ;; # a negative second value is an error
    esac
}
