package main

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

const largestEntry = 65_535

var (
	hash32  = matching(`[0-9a-f]{64}`)
	id      = matching(`[a-z0-9][a-z0-9._-]{0,63}`)
	streams = matching(`log|order/[0-9a-f]{64}|(party|sku|policy|exception)/[a-z0-9][a-z0-9._-]{0,63}`)
)

// envelope is proofs, section 1; what data holds is its kind's affair (kinds.go).
var envelope = object(
	named{
		"at": anyInteger, "by": id, "data": anyObject, "kind": words, "prev": nullable(hash32),
		"recorded": anyInteger, "seq": atLeast(1), "stream": streams, "v": one,
	},
	named{
		"basis": matching(`observed|backfill`), "learned": anyInteger,
		"sig": object(named{"ed25519": signature, "key": id}, nil),
	},
)

type entry struct {
	stream, kind, prev string // prev is empty for null
	seq, recorded      int64
	data               map[string]any
	leaf               tlog.Hash
}

func parseEntry(raw string) (entry, error) {
	if len(raw) > largestEntry {
		return entry{}, fmt.Errorf("%d bytes", len(raw))
	}
	value, err := parseCanonical(raw)
	if err != nil {
		return entry{}, err
	}
	if err := envelope(value); err != nil {
		return entry{}, err
	}
	told := value.(map[string]any)
	fits := kinds[told["kind"].(string)]
	if fits == nil {
		return entry{}, fmt.Errorf("no such kind: %q", told["kind"])
	}
	if err := fits(told["data"]); err != nil {
		return entry{}, fmt.Errorf("data: %w", err)
	}
	prev, _ := told["prev"].(string)
	return entry{
		stream: told["stream"].(string), kind: told["kind"].(string), prev: prev,
		seq: told["seq"].(int64), recorded: told["recorded"].(int64),
		data: told["data"].(map[string]any), leaf: tlog.RecordHash([]byte(raw)),
	}, nil
}

func one(value any) error {
	if value != int64(1) {
		return fmt.Errorf("not 1: %v", value)
	}
	return nil
}

func signature(value any) error { return coded(value, 64) }

func publicKey(value any) error { return coded(value, 32) }

func coded(value any, size int) error {
	code, _ := value.(string)
	raw, err := unbase64(code)
	if err == nil && len(raw) != size {
		err = fmt.Errorf("not %d bytes", size)
	}
	return err
}
