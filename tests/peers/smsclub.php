<?php
// Calls SMS Club's JSON interface as PHP programs do: options as their manuals show them, one line of JSON out each.
[$self, $url, $token, $way] = $argv;

function call($url, $token, $options) {
    $curl = curl_init($url);
    curl_setopt_array($curl, $options + [
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 10,
        CURLOPT_SSL_VERIFYPEER => false,
        CURLOPT_HTTPHEADER => ['Authorization: Bearer ' . $token, 'Content-Type: application/json'],
    ]);
    $body = curl_exec($curl);
    $code = curl_getinfo($curl, CURLINFO_HTTP_CODE);
    $seconds = curl_getinfo($curl, CURLINFO_TOTAL_TIME);
    echo json_encode([$code, $body === false ? curl_error($curl) : $body, $seconds]), "\n";
}

$send = json_encode(['phone' => ['380989361131', '380989361130'], 'message' => 'Тест', 'src_addr' => 'VashZakaz']);
switch ($way) {
    case 'send':
        call("$url/sms/send", $token, [CURLOPT_POST => true, CURLOPT_POSTFIELDS => $send]);
        break;
    case 'empty post':  // no POSTFIELDS: the extension announces an empty chunked body and waits for 100 Continue
        call("$url/sms/balance", $token, [CURLOPT_POST => true]);
        break;
    case 'empty chunked post with expect':
        call("$url/sms/originator", $token, [
            CURLOPT_POST => true,
            CURLOPT_HTTPHEADER => [
                'Authorization: Bearer ' . $token, 'Transfer-Encoding: chunked', 'Expect: 100-continue',
            ],
            CURLOPT_READFUNCTION => fn() => '',
        ]);
        break;
    case 'form':
        call("$url/sms/send", $token, [
            CURLOPT_POST => true,
            CURLOPT_POSTFIELDS => http_build_query(json_decode($send, true)),
            CURLOPT_HTTPHEADER => ['Authorization: Bearer ' . $token],
        ]);
        break;
    case 'long text with expect':
        $body = json_encode(['phone' => '380989361131', 'message' => str_repeat('довгий ', 300), 'src_addr' => 'VashZakaz']);
        call("$url/sms/send", $token, [CURLOPT_CUSTOMREQUEST => 'POST', CURLOPT_POSTFIELDS => $body]);
        break;
}
