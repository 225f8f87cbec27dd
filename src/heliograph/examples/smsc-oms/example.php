<?php
// Each task in one line, by OMS, the service Outlook sends through; needs PHP's extension soap:
//
// php example.php send TEXT NUMBER [NUMBER ...] | check | info
$base = getenv('BASE') ?: 'http://127.0.0.1:8080';
$service = new SoapClient("$base/sys/oms.asmx?wsdl", ['cache_wsdl' => WSDL_CACHE_NONE]);

function quoted(string $text): string
{
    return htmlspecialchars($text, ENT_XML1);
}

function user(): string
{
    return '<userId>' . quoted(getenv('LOGIN')) . '</userId><password>' . quoted(getenv('PASSWORD')) . '</password>';
}

/** Documents travel as text; an error of the service ends the program. */
function mustBeOk(string $document): void
{
    preg_match('~<error code="(\w+)"(?:.*<content>([^<]*))?~s', $document, $found);
    if (($found[1] ?? '') !== 'ok') {
        fwrite(STDERR, 'error ' . ($found[1] ?? 'unreadable') . ': ' . ($found[2] ?? '') . "\n");
        exit(1);
    }
}

$words = array_slice($argv, 2);
switch ($argv[1] ?? 'help') {
    case 'send':
        $text = array_shift($words);
        $to = implode('', array_map(fn ($number) => '<recipient>' . quoted($number) . '</recipient>', $words));
        $head = "<xmsHead><requiredService>SMS_SENDER</requiredService><to>$to</to></xmsHead>";
        $body = '<xmsBody format="SMS"><content>' . quoted($text) . '</content></xmsBody>';
        $document = '<xmsData><user>' . user() . "</user>$head$body</xmsData>";
        mustBeOk($service->DeliverXms(['xmsData' => $document])->DeliverXmsResult);
        echo 'accepted for ', count($words), " numbers\n";
        break;
    case 'check':
        mustBeOk($service->GetUserInfo(['xmsUser' => '<xmsUser>' . user() . '</xmsUser>'])->GetUserInfoResult);
        echo "login and password are right\n";
        break;
    case 'info':
        preg_match('~<serviceUri>([^<]*)~', $service->GetServiceInfo([])->GetServiceInfoResult, $found);
        echo $found[1], "\n";
        break;
    default:
        exit("usage: php example.php send TEXT NUMBER [NUMBER ...] | check | info\n");
}
