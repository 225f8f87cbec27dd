<?php
// One text to several numbers, an id for each: php mass.php TEXT NUMBER...
$base = getenv('BASE') ?: 'http://127.0.0.1:8080';
$token = getenv('TOKEN');
$sender = getenv('SENDER') ?: 'Heliograph';

if ($argc < 3) {
    exit("usage: php mass.php TEXT NUMBER...\n");
}
$request = curl_init("$base/sms/send");
curl_setopt_array($request, [
    CURLOPT_POST => true,
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_HTTPHEADER => ["Authorization: Bearer $token", 'Content-Type: application/json'],
    CURLOPT_POSTFIELDS => json_encode(['src_addr' => $sender, 'phone' => array_slice($argv, 2), 'message' => $argv[1]]),
]);
$answer = json_decode(curl_exec($request), true);
$status = curl_getinfo($request, CURLINFO_HTTP_CODE);
if ($status !== 200) {
    fwrite(STDERR, "$status: {$answer['message']}\n");
    exit(1);
}
$found = $answer['success_request'];
foreach ($found['info'] ?? [] as $id => $number) {
    echo "$number: accepted as $id\n";
}
foreach ($found['add_info'] ?? [] as $number => $reason) {
    echo "$number: refused, $reason\n";
}
