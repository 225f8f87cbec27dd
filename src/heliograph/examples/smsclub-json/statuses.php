<?php
// What became of messages: php statuses.php ID...
$base = getenv('BASE') ?: 'http://127.0.0.1:8080';
$token = getenv('TOKEN');

if ($argc < 2) {
    exit("usage: php statuses.php ID...\n");
}
$request = curl_init("$base/sms/status");
curl_setopt_array($request, [
    CURLOPT_POST => true,
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_HTTPHEADER => ["Authorization: Bearer $token", 'Content-Type: application/json'],
    CURLOPT_POSTFIELDS => json_encode(['id_sms' => array_slice($argv, 1)]),
]);
$answer = json_decode(curl_exec($request), true);
$status = curl_getinfo($request, CURLINFO_HTTP_CODE);
if ($status !== 200) {
    fwrite(STDERR, "$status: {$answer['message']}\n");
    exit(1);
}
$found = $answer['success_request'];
foreach ($found['info'] ?? [] as $id => $state) {
    echo "$id: $state\n";
}
