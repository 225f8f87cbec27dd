<?php
// One text to several numbers: php mass.php TEXT NUMBER...
$base = getenv('BASE') ?: 'http://127.0.0.1:8080';

if ($argc < 3) {
    exit("usage: php mass.php TEXT NUMBER...\n");
}
$values = [
    'username' => getenv('LOGIN'),
    'password' => getenv('PASSWORD'),
    'from' => getenv('SENDER') ?: 'Heliograph',
    'to' => implode(';', array_slice($argv, 2)),
    'text' => $argv[1],
];
$inside = '';
foreach ($values as $name => $value) {
    $inside .= "<$name>" . htmlspecialchars($value, ENT_XML1) . "</$name>";
}
$request = curl_init("$base/xml/");
curl_setopt_array($request, [
    CURLOPT_POST => true,
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_HTTPHEADER => ['Content-Type: text/xml; charset=utf-8'],
    CURLOPT_POSTFIELDS => "<?xml version='1.0' encoding='utf-8'?><request_sendsms>$inside</request_sendsms>",
]);
$told = (string) curl_exec($request);
if (strpos($told, '<status>OK</status>') === false) {
    fwrite(STDERR, strip_tags($told) . "\n");
    exit(1);
}
preg_match_all('~<mess tel="(\d+)">(\d+)</mess>~', $told, $found, PREG_SET_ORDER);
foreach ($found as [, $first, $second]) {
    echo "$first: accepted as $second\n";
}
