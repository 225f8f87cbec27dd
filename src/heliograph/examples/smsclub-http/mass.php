<?php
// One text to several numbers: php mass.php TEXT NUMBER...
$base = getenv('BASE') ?: 'http://127.0.0.1:8080';

if ($argc < 3) {
    exit("usage: php mass.php TEXT NUMBER...\n");
}
$form = [
    'username' => getenv('LOGIN'),
    'token' => getenv('TOKEN'),
    'from' => getenv('SENDER') ?: 'Heliograph',
    'to' => implode(';', array_slice($argv, 2)),
    'text' => $argv[1],
];
$request = curl_init("$base/token/");
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
    echo "accepted as $line\n";
}
