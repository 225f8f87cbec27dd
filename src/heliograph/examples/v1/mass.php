<?php
// One text to several numbers: php mass.php TEXT NUMBER...
$base = getenv('BASE') ?: 'http://127.0.0.1:8080';
$token = getenv('TOKEN');

// One call; what went wrong is said in its own words.
function call(string $path, ?array $body = null, array $headers = []): array
{
    global $base, $token;
    $request = curl_init("$base/v1$path");
    curl_setopt_array($request, [
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_HTTPHEADER => ["Authorization: Bearer $token", 'Content-Type: application/json', ...$headers],
    ]);
    if ($body !== null) {
        curl_setopt($request, CURLOPT_POSTFIELDS, json_encode($body));
    }
    $answer = json_decode(curl_exec($request), true);
    $status = curl_getinfo($request, CURLINFO_HTTP_CODE);
    if ($status >= 400) {
        fwrite(STDERR, "$status {$answer['code']}: " . ($answer['detail'] ?? $answer['title']) . "\n");
        exit(1);
    }
    return $answer;
}

if ($argc < 3) {
    exit("usage: php mass.php TEXT NUMBER...\n");
}
$sent = call('/messages', ['from' => getenv('SENDER') ?: null, 'to' => array_slice($argv, 2), 'text' => $argv[1]]);
foreach ($sent['messages'] as $one) {
    echo "{$one['to']}: {$one['state']} " . ($one['id'] ?? $one['problem']['title']) . "\n";
}
