<?php
// What is left, and the credit: php balance.php
$base = getenv('BASE') ?: 'http://127.0.0.1:8080';

$form = [
    'username' => getenv('LOGIN'),
    'token' => getenv('TOKEN'),
];
$request = curl_init("$base/token/getbalance.php");
curl_setopt_array($request, [
    CURLOPT_POST => true,
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_POSTFIELDS => http_build_query($form),
]);
$told = (string) curl_exec($request);
$sums = explode('<br/>', $told);
if (count($sums) < 2) {
    fwrite(STDERR, "$told\n");
    exit(1);
}
echo "$sums[0] left, credit $sums[1]\n";
