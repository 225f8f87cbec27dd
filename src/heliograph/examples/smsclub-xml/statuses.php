<?php
// What became of messages: php statuses.php ID...
$base = getenv('BASE') ?: 'http://127.0.0.1:8080';

if ($argc < 2) {
    exit("usage: php statuses.php ID...\n");
}
$values = [
    'username' => getenv('LOGIN'),
    'password' => getenv('PASSWORD'),
    'smscid' => implode(';', array_slice($argv, 1)),
];
$inside = '';
foreach ($values as $name => $value) {
    $inside .= "<$name>" . htmlspecialchars($value, ENT_XML1) . "</$name>";
}
$request = curl_init("$base/xml/state.php");
curl_setopt_array($request, [
    CURLOPT_POST => true,
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_HTTPHEADER => ['Content-Type: text/xml; charset=utf-8'],
    CURLOPT_POSTFIELDS => "<?xml version='1.0' encoding='utf-8'?><request_getstate>$inside</request_getstate>",
]);
$told = (string) curl_exec($request);
if (strpos($told, '<status>OK</status>') === false) {
    fwrite(STDERR, strip_tags($told) . "\n");
    exit(1);
}
preg_match_all('~<smscid>(\d+)</smscid><state>(\w+)</state>~', $told, $found, PREG_SET_ORDER);
foreach ($found as [, $first, $second]) {
    echo "$first: $second\n";
}
