#!/bin/sh
# Each task in one line, by OMS, the service Outlook sends through:
#
# ./example.sh send TEXT NUMBER [NUMBER ...] | check | info
BASE=${BASE:-http://127.0.0.1:8080}
: "${LOGIN:?set LOGIN to the login of your account}" "${PASSWORD:?set PASSWORD to its password}"

quoted() { # a text as XML has it
    printf '%s' "$1" | sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g'
}

user="<userId>$(quoted "$LOGIN")</userId><password>$(quoted "$PASSWORD")</password>"

ask() { # method, argument, document as text; the document that answers stands in $told
    inside=${2:+"<$2>$(quoted "$3")</$2>"}
    told=$(curl --silent --show-error "$BASE/sys/oms.asmx" --header 'Content-Type: text/xml; charset=utf-8' --data-binary "\
<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body>\
<$1 xmlns='http://schemas.microsoft.com/office/Outlook/2006/OMS'>$inside</$1></e:Body></e:Envelope>" |
        sed -n "s/.*<$1Result>\([^<]*\)<.*/\1/p" | sed -e 's/&lt;/</g' -e 's/&gt;/>/g' -e 's/&quot;/"/g' -e 's/&amp;/\&/g')
}

must_be_ok() {
    code=$(printf '%s' "$told" | sed -n 's/.*<error code="\([a-zA-Z]*\)".*/\1/p')
    [ "$code" = ok ] || { echo "error ${code:-unreadable}: $(printf '%s' "$told" | sed -n 's/.*<content>\([^<]*\)<.*/\1/p')" >&2; exit 1; }
}

case ${1:-} in
    send)
        text=$2
        shift 2
        to=$(for number; do printf '<recipient>%s</recipient>' "$(quoted "$number")"; done)
        head="<xmsHead><requiredService>SMS_SENDER</requiredService><to>$to</to></xmsHead>"
        body="<xmsBody format='SMS'><content>$(quoted "$text")</content></xmsBody>"
        ask DeliverXms xmsData "<xmsData><user>$user</user>$head$body</xmsData>"
        must_be_ok
        echo "accepted for $# numbers" ;;
    check)
        ask GetUserInfo xmsUser "<xmsUser>$user</xmsUser>"
        must_be_ok
        echo "login and password are right" ;;
    info)
        ask GetServiceInfo
        printf '%s\n' "$told" | sed -n 's/.*<serviceUri>\([^<]*\)<.*/\1/p' ;;
    *)
        echo "usage: ./example.sh send TEXT NUMBER [NUMBER ...] | check | info" >&2
        exit 1 ;;
esac
