<?php
// Send messages by one call; set the constants here or by the environment. Needs the extension curl.
//
//     require 'smsc_api.php';
//     [$id, $parts, $cost, $balance] = send_sms('380671234567', 'Hello');
//
// Every call throws SmscError with the service's own error number.

define('SMSC_BASE', getenv('BASE') ?: 'http://127.0.0.1:8080');
define('SMSC_LOGIN', getenv('LOGIN') ?: ''); // leave it empty to use an API key as the password
define('SMSC_PASSWORD', getenv('PSW') ?: (getenv('APIKEY') ?: ''));
define('SMSC_POST', true); // GET is for short texts only
define('SMSC_CHARSET', 'utf-8'); // or windows-1251, koi8-r: that of the texts you pass
define('SMSC_TIMEOUT_S', 30);
define('SMSC_DEBUG', false);
define('SMSC_SMTP', getenv('SMTP_HOST') ?: '127.0.0.1');
define('SMSC_SMTP_PORT', (int) (getenv('SMTP_PORT') ?: 2525));
define('SMSC_SMTP_FROM', 'api@example.com');

class SmscError extends RuntimeException
{
    public const TEXTS = [
        1 => 'parameters', 2 => 'login, password or address', 3 => 'no money, or nothing found', 4 => 'address blocked',
        5 => 'date', 6 => 'message denied', 7 => 'number', 8 => 'cannot be delivered', 9 => 'the same request again',
    ];

    public function __construct(int $number)
    {
        $text = self::TEXTS[$number] ?? 'see the documentation of the call';
        parent::__construct("error $number: $text", $number);
    }
}

/** Send; [id, parts, cost, balance]. $phones are comma-separated, $more are parameters of send.php. */
function send_sms(string $phones, string $text, string $sender = '', array $more = []): array
{
    return smsc_ask('send', ['phones' => $phones, 'mes' => $text, 'cost' => 3, 'sender' => $sender] + $more);
}

/** What sending would cost, sending nothing: [cost, parts]. */
function get_sms_cost(string $phones, string $text, string $sender = '', array $more = []): array
{
    return smsc_ask('send', ['phones' => $phones, 'mes' => $text, 'cost' => 1, 'sender' => $sender] + $more);
}

/** [status, Unix time of it, error]; with details what the service knows besides, in its order. */
function get_status(string $id, string $phone, bool $details = false): array
{
    return smsc_ask('status', ['phone' => $phone, 'id' => $id, 'all' => (int) $details]);
}

/** What is left, as the service writes it. */
function get_balance(): string
{
    return smsc_ask('balance', [])[0];
}

/** Send by a mail to the gateway's SMTP door; nothing is known of it but that it was taken. */
function send_sms_mail(string $phones, string $text, string $sender = '', string $id = '', string $time = ''): void
{
    $command = implode(':', [SMSC_LOGIN, SMSC_PASSWORD, $id, $time, "0,0,$sender", $phones, $text]);
    $body = preg_replace('/^\./m', '..', preg_replace('/\r?\n/', "\r\n", $command));
    $mail = 'From: ' . SMSC_SMTP_FROM . "\r\nTo: send@send.localhost\r\nSubject:\r\nMIME-Version: 1.0\r\n"
        . 'Content-Type: text/plain; charset=' . SMSC_CHARSET . "\r\nContent-Transfer-Encoding: 8bit\r\n\r\n$body\r\n.";
    $stream = fsockopen(SMSC_SMTP, SMSC_SMTP_PORT, $number, $reason, SMSC_TIMEOUT_S);
    if ($stream === false) {
        throw new RuntimeException($reason);
    }
    $lines = [null, 'HELO localhost', 'MAIL FROM:<' . SMSC_SMTP_FROM . '>', 'RCPT TO:<send@send.localhost>', 'DATA', $mail, 'QUIT'];
    foreach ($lines as $line) {
        if ($line !== null) {
            fwrite($stream, "$line\r\n");
        }
        do {
            $answer = (string) fgets($stream, 1000);
        } while (isset($answer[3]) && $answer[3] === '-');
        if ($answer === '' || $answer[0] > '3') {
            throw new RuntimeException("the mail was not taken: $answer");
        }
    }
    fclose($stream);
}

/** The values of an answer in format 1: a negative second value is an error. */
function smsc_ask(string $script, array $given): array
{
    $known = SMSC_LOGIN !== '' ? ['login' => SMSC_LOGIN, 'psw' => SMSC_PASSWORD] : ['apikey' => SMSC_PASSWORD];
    $form = http_build_query($known + array_filter($given, fn ($value) => $value !== '') + ['fmt' => 1, 'charset' => SMSC_CHARSET]);
    $url = SMSC_BASE . "/sys/$script.php";
    $request = curl_init(SMSC_POST ? $url : "$url?$form");
    curl_setopt_array($request, [CURLOPT_RETURNTRANSFER => true, CURLOPT_TIMEOUT => SMSC_TIMEOUT_S]);
    if (SMSC_POST) {
        curl_setopt($request, CURLOPT_POSTFIELDS, $form);
    }
    $answer = curl_exec($request);
    if ($answer === false) {
        throw new RuntimeException(curl_error($request));
    }
    if (SMSC_DEBUG) {
        fwrite(STDERR, "$script $answer\n");
    }
    $values = explode(',', trim($answer));
    if (isset($values[1]) && preg_match('/^-(\d+)$/', $values[1], $found)) {
        throw new SmscError((int) $found[1]);
    }
    return $values;
}
