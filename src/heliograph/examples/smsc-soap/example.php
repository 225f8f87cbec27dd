<?php
// Each task in one line, by SOAP; needs PHP's extension soap:
//
// php example.php send NUMBER TEXT | cost NUMBER TEXT | status ID NUMBER | balance
$base = getenv('BASE') ?: 'http://127.0.0.1:8080';
$who = ['login' => getenv('LOGIN'), 'psw' => getenv('PASSWORD')];
$sender = getenv('SENDER') ?: 'Heliograph';
$service = new SoapClient("$base/sys/soap.php?wsdl", ['cache_wsdl' => WSDL_CACHE_NONE]);

function told(object $answer): object
{
    $told = current(get_object_vars($answer));
    if (!empty($told->error)) {
        fwrite(STDERR, "error $told->error\n");
        exit(1);
    }
    return $told;
}

[, $task, $first, $second] = $argv + [null, 'help', '', ''];
switch ($task) {
    case 'send':
        $fields = ['phones' => $first, 'mes' => $second, 'id' => '', 'sender' => $sender, 'time' => 0];
        $told = told($service->send_sms($who + $fields));
        echo "accepted as $told->id: $told->cnt parts for $told->cost, $told->balance left\n";
        break;
    case 'cost':
        $told = told($service->get_sms_cost($who + ['phones' => $first, 'mes' => $second]));
        echo "$told->cnt parts for $told->cost\n";
        break;
    case 'status':
        $told = told($service->get_status($who + ['phone' => $second, 'id' => $first, 'all' => '1']));
        echo "status $told->status: $told->status_name\n";
        break;
    case 'balance':
        echo told($service->get_balance($who))->balance, "\n";
        break;
    default:
        exit("usage: php example.php send NUMBER TEXT | cost NUMBER TEXT | status ID NUMBER | balance\n");
}
