#!/bin/sh
# What `make demo` does: a market of 2,000 orders, two witnesses, a published site, and its audit from files alone.
set -eu
bin=${1:?the folder of the mingdan command}
rm -rf demo
pids=""
trap 'kill $pids 2>/dev/null || true' EXIT INT TERM

"$bin/mingdan" -C demo init --origin demo.mingdan.example/log --intake /
key=$("$bin/mingdan" -C demo trust | sed -n 's/^log //p')

# Two witnesses, each with a key and a memory of its own, as two organisations would run them.
for name in w1 w2; do
    "$bin/mingdan" -C "demo/witness/$name" witness init --name "$name.demo.mingdan.example" --log "$key"
    "$bin/mingdan" -C "demo/witness/$name" witness serve --port 0 2>"demo/witness/$name/serving" &
    pids="$pids $!"
done
{
    echo "log $key"
    for name in w1 w2; do
        for _ in $(seq 100); do
            url=$(sed -n 's/.* on \(http[^ ]*\)\/$/\1/p' "demo/witness/$name/serving")
            [ -n "$url" ] && break
            sleep 0.1
        done
        echo "witness $name $("$bin/mingdan" -C "demo/witness/$name" witness key) $url"
    done
    echo "group both all w1 w2"
    echo "quorum both"
} >demo/trust.policy

"$bin/mingdan" -C demo simulate --orders 2000 --seed 1 --end now
"$bin/mingdan" -C demo sweep
"$bin/mingdan" -C demo catch-up
"$bin/mingdan" -C demo publish
"$bin/mingdan" -C demo verify
"$bin/mingdan" -C demo audit
echo "$bin/mingdan -C demo serve   # then open http://127.0.0.1:8000/"
