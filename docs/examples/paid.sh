#!/bin/sh
# Tells an intake that an order was paid. Run again with the same words it is recorded once: the id stays.
#
#     MINGDAN_URL=https://orders.example.com MINGDAN_KEY=mdk_… sh paid.sh ORDER PAYMENT AMOUNT
set -eu

order=$1 payment=$2 amount=$3

case "$order$payment$amount" in
    *[!A-Za-z0-9._:-]*) echo "names here are letters, digits and ._:-" >&2; exit 2 ;;
esac

answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# curl waits as long as `Retry-After` says, else ever longer; it sends again after 429, 5xx or no answer at all.
# The key goes in by standard input: whoever lists processes does not see it.
printf 'header = "Authorization: Bearer %s"\n' "$MINGDAN_KEY" |
    curl --config - --silent --show-error --fail-with-body --max-time 20 \
        --retry 5 --retry-connrefused --retry-max-time 120 --output "$answer" \
        --header 'Content-Type: application/cloudevents+json' \
        --data "{\"specversion\": \"1.0\", \"type\": \"mingdan.order.paid\", \"source\": \"/shop/payments\",
                 \"id\": \"$payment\", \"subject\": \"$order\", \"data\": {\"amount\": $amount}}" \
        "$MINGDAN_URL/v1/events" || { cat "$answer" >&2; exit 1; }
cat "$answer"
