<?php
// What is left: php balance.php
$base = getenv('BASE') ?: 'http://127.0.0.1:8080';
$token = getenv('TOKEN');

$request = curl_init("$base/sms/balance");
curl_setopt_array($request, [
    CURLOPT_POST => true,
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_HTTPHEADER => ["Authorization: Bearer $token", 'Content-Type: application/json'],
    CURLOPT_POSTFIELDS => json_encode(new stdClass()),
]);
$answer = json_decode(curl_exec($request), true);
$status = curl_getinfo($request, CURLINFO_HTTP_CODE);
if ($status !== 200) {
    fwrite(STDERR, "$status: {$answer['message']}\n");
    exit(1);
}
$found = $answer['success_request'];
echo "{$found['info']['money']} {$found['info']['currency']}\n";
