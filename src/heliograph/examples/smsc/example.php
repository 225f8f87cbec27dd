<?php
// Each task in one line: php example.php send NUMBER TEXT | cost NUMBER TEXT | status ID NUMBER | balance | mail NUMBER TEXT
require __DIR__ . '/smsc_api.php';

$task = $argv[1] ?? 'help';
$words = array_slice($argv, 2);
try {
    switch ($task) {
        case 'send':
            [$id, $parts, $cost, $balance] = send_sms(...$words);
            echo "accepted as $id: $parts parts for $cost, $balance left\n";
            break;
        case 'cost':
            [$cost, $parts] = get_sms_cost(...$words);
            echo "$parts parts for $cost\n";
            break;
        case 'status':
            [$status, $time, $error] = get_status(...$words) + [0, 0, 0];
            echo "status $status, changed at $time, error $error\n";
            break;
        case 'balance':
            echo get_balance(), "\n";
            break;
        case 'mail':
            send_sms_mail(...$words);
            echo "handed over\n";
            break;
        default:
            fwrite(STDERR, "usage: php example.php send|cost|mail NUMBER TEXT, status ID NUMBER, balance\n");
            exit(1);
    }
} catch (SmscError $error) {
    fwrite(STDERR, $error->getMessage() . "\n");
    exit(1);
}
