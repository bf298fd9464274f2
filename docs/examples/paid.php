<?php
// Tells an intake that an order was paid. Run again with the same words it is recorded once: the id stays.
//
//     MINGDAN_URL=https://orders.example.com MINGDAN_KEY=mdk_… php paid.php ORDER PAYMENT AMOUNT
declare(strict_types=1);

const AGAIN = [429, 500, 502, 503, 504]; // nothing else gets better by being sent again

/** The status and the body of one request, 0 where nobody answers, and the seconds that Retry-After asks for. */
function post(string $url, string $key, string $body): array
{
    $asked = 0;
    $curl = curl_init("$url/v1/events");
    curl_setopt_array($curl, [
        CURLOPT_POSTFIELDS => $body,
        CURLOPT_HTTPHEADER => ["Authorization: Bearer $key", 'Content-Type: application/cloudevents+json'],
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 20,
        CURLOPT_HEADERFUNCTION => function ($curl, string $line) use (&$asked): int {
            if (preg_match('/^Retry-After:\s*(\d+)/i', $line, $found)) {
                $asked = (int) $found[1];
            }
            return strlen($line);
        },
    ]);
    $answer = curl_exec($curl);
    if ($answer === false) { // of an answer that broke off, curl knows the status
        return [0, curl_error($curl), $asked];
    }
    return [curl_getinfo($curl, CURLINFO_RESPONSE_CODE), $answer, $asked];
}

[, $order, $payment, $amount] = $argv;
$event = json_encode([
    'specversion' => '1.0',
    'type' => 'mingdan.order.paid',
    'source' => '/shop/payments',
    'id' => $payment,
    'subject' => $order,
    'data' => ['amount' => (int) $amount],
], JSON_THROW_ON_ERROR);

for ($turn = 0; $turn <= 5; $turn++) {
    [$status, $answer, $asked] = post(getenv('MINGDAN_URL'), getenv('MINGDAN_KEY'), $event);
    if ($status >= 200 && $status < 300) {
        echo $answer, "\n";
        exit(0);
    }
    if ($status !== 0 && !in_array($status, AGAIN, true)) {
        fwrite(STDERR, "$answer\n");
        exit(1);
    }
    if ($turn < 5) {
        usleep((int) (1_000_000 * max($asked, 2 ** $turn / 4 * random_int(50, 100) / 100)));
    }
}
fwrite(STDERR, "the intake did not take this; send the same again later\n");
exit(1);
