<?php
// What became of messages: php statuses.php ID...
$base = getenv('BASE') ?: 'http://127.0.0.1:8080';

if ($argc < 2) {
    exit("usage: php statuses.php ID...\n");
}
$form = [
    'username' => getenv('LOGIN'),
    'token' => getenv('TOKEN'),
    'smscid' => implode(';', array_slice($argv, 1)),
];
$request = curl_init("$base/token/state.php");
curl_setopt_array($request, [
    CURLOPT_POST => true,
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_POSTFIELDS => http_build_query($form),
]);
$told = (string) curl_exec($request);
if (strpos($told, '=IDS START=') === false) {
    fwrite(STDERR, "$told\n");
    exit(1);
}
foreach (array_slice(explode('<br/>', $told), 1, -2) as $line) {
    echo "$line\n";
}
