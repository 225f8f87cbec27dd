<?php
// Each task in one line, by SMPP 3.4, with nothing but PHP:
//
// php example.php send TEXT NUMBER [NUMBER ...] | status ID
const SUBMIT_SM = 0x04, QUERY_SM = 0x03, DELIVER_SM = 0x05, UNBIND = 0x06, BIND_TRANSCEIVER = 0x09, ANSWER = 0x80000000;
const STATES = ['', 'ENROUTE', 'DELIVRD', 'EXPIRED', 'DELETED', 'UNDELIV', 'ACCEPTD', 'UNKNOWN', 'REJECTD'];
$sender = getenv('SENDER') ?: 'Heliograph';
$socket = @stream_socket_client('tcp://' . (getenv('SMPP') ?: '127.0.0.1:2775'), $code, $why, 30) ?: fail($why);
$sequence = 0;
$receipts = [];

function fail(string $why): never
{
    fwrite(STDERR, "error $why\n");
    exit(1);
}

function write(int $command, int $number, string $body): void
{
    fwrite($GLOBALS['socket'], pack('N4', 16 + strlen($body), $command, 0, $number) . $body);
}

/** The next PDU: command, status, sequence number, body. */
function read(): array
{
    $head = stream_get_contents($GLOBALS['socket'], 16);
    if (strlen($head) < 16) {
        fail('the connection was closed');
    }
    [, $length, $command, $status, $number] = unpack('N4', $head);
    return [$command, $status, $number, $length > 16 ? stream_get_contents($GLOBALS['socket'], $length - 16) : ''];
}

/** Take what is delivered: of its fields the one that matters here is the text, behind its length. */
function take(int $number, string $body): void
{
    write(DELIVER_SM | ANSWER, $number, "\0");
    preg_match('/^[^\0]*\0..[^\0]*\0..[^\0]*\0...[^\0]*\0[^\0]*\0....(.)/s', $body, $found);
    $GLOBALS['receipts'][] = substr($body, strlen($found[0]), ord($found[1]));
}

/** Ask, and wait for the answer; an error of the gateway ends the program. */
function ask(int $command, string $body): string
{
    write($command, ++$GLOBALS['sequence'], $body);
    while (true) {
        [$answer, $status, $number, $told] = read();
        if ($answer === DELIVER_SM) {
            take($number, $told);
        } elseif ($answer === ($command | ANSWER)) {
            return $status === 0 ? $told : fail(sprintf('0x%x', $status));
        }
    }
}

[, $task, $first] = $argv + [null, 'help', ''];
if (!in_array($task, ['send', 'status'])) {
    exit("usage: php example.php send TEXT NUMBER [NUMBER ...] | status ID\n");
}
ask(BIND_TRANSCEIVER, getenv('SYSTEM_ID') . "\0" . getenv('SMPP_PASSWORD') . "\0\0\x34\0\0\0");
if ($task === 'send') {
    $numbers = array_slice($argv, 3);
    // Letters that both alphabets have go as they are (0), others as UCS-2 (8); whole in message_payload, the gateway cuts.
    $coding = preg_match('~^[A-Za-z0-9 ,.!?:;()/+*=%&<>#-]*$~', $first) ? 0 : 8;
    $text = $coding ? iconv('UTF-8', 'UTF-16BE', $first) : $first;
    foreach ($numbers as $number) {
        $body = "\0\5\0$sender\0\1\1$number\0\0\0\0\0\0\1\0" . chr($coding) . "\0\0" . pack('n2', 0x0424, strlen($text)) . $text;
        echo "$number: accepted as ", rtrim(ask(SUBMIT_SM, $body), "\0"), "\n";
    }
    while (count($receipts) < count($numbers)) {
        [, , $number, $told] = read();
        take($number, $told);
    }
    echo implode("\n", $receipts), "\n";
} else {
    $told = ask(QUERY_SM, "$first\0\5\0$sender\0");
    echo STATES[ord($told[-2])], "\n";
}
ask(UNBIND, '');
