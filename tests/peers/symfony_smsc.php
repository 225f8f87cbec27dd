<?php
// Sends with Symfony's notifier for SMSC, over TLS that is checked; one line of JSON out.
require '/usr/share/php/Symfony/Component/Notifier/Bridge/Smsc/autoload.php';

use Symfony\Component\HttpClient\HttpClient;
use Symfony\Component\Notifier\Bridge\Smsc\SmscTransport;
use Symfony\Component\Notifier\Exception\TransportException;
use Symfony\Component\Notifier\Message\SmsMessage;

[$self, $port, $authority, $login, $password, $from, $phone, $text] = $argv;
$client = HttpClient::create(['cafile' => $authority, 'timeout' => 10]);
$transport = (new SmscTransport($login, $password, $from, $client))->setHost('127.0.0.1')->setPort((int) $port);
try {
    $sent = $transport->send(new SmsMessage($phone, $text));
    echo json_encode(['id' => $sent->getMessageId(), 'transport' => $sent->getTransport()]), "\n";
} catch (TransportException $error) {
    echo json_encode(['error' => $error->getMessage()]), "\n";
}
