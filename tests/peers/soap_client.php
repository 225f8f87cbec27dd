<?php
// PHP's own SoapClient, told nothing but the address of the WSDL: soap_client.php WSDL LOGIN PASSWORD PHONE SENDER TEXT
[, $wsdl, $login, $password, $phone, $sender, $text] = $argv;
$version = getenv('SOAP_1_2') ? SOAP_1_2 : SOAP_1_1;
$service = new SoapClient($wsdl, ['cache_wsdl' => WSDL_CACHE_NONE, 'soap_version' => $version]);
$who = ['login' => $login, 'psw' => $password];
$sent = $service->send_sms($who + ['phones' => $phone, 'mes' => $text, 'id' => '', 'sender' => $sender, 'time' => 0]);
echo json_encode([
    'balance' => $service->get_balance($who)->balanceresult,
    'cost' => $service->get_sms_cost2($who + ['phones' => $phone, 'mes' => $text, 'query' => 'translit=1'])->costresult,
    'sent' => $sent->sendresult,
    'status' => $service->get_status2($who + ['phone' => $phone, 'id' => $sent->sendresult->id, 'all' => 2])->statusresult,
    'wrong' => $service->get_balance(['login' => $login, 'psw' => 'wrong'])->balanceresult,
], JSON_UNESCAPED_UNICODE);
