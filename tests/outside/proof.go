package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

const magic = "c2sp.org/tlog-proof@v1"

// A proof is an order's .tlog-proof file, taken apart and not yet believed.
type proof struct {
	checkpoint *checkpoint
	path       tlog.RecordProof // of the epoch entry, the tree's last
	epoch      string
	stream     string
	entries    []string
	head       *head // nil where the log does not know the stream
	mapProof   []byte
	place      tlog.RecordProof // of the last entry
	openings   []opening
}

// A head is a stream's value in the map.
type head struct {
	seq, index int64
	leaf       tlog.Hash
	value      []byte
}

type opening struct {
	field, words string
	seq          int64
	opening      []byte
}

var extraShape = object(
	named{
		"entries": listOf(words), "epoch": words, "head": nullable(matching(`[0-9a-f]{96}`)), "map": words,
		"openings": listOf(object(
			named{"field": words, "opening": hash32, "seq": atLeast(1), "words": words}, nil,
		)),
		"place": listOf(words), "stream": streams, "v": one,
	},
	nil,
)

func parseProof(file []byte) (*proof, error) {
	header, signed, found := bytes.Cut(file, []byte("\n\n"))
	if !found {
		return nil, errors.New("no empty line")
	}
	lines := strings.Split(string(header), "\n")
	if len(lines) < 3 || lines[0] != magic ||
		!strings.HasPrefix(lines[1], "extra ") || !strings.HasPrefix(lines[2], "index ") {
		return nil, errors.New("not the lines of a proof")
	}
	extra, err := unbase64(strings.TrimPrefix(lines[1], "extra "))
	if err != nil {
		return nil, fmt.Errorf("extra: %w", err)
	}
	told, err := parseExtra(string(extra))
	if err != nil {
		return nil, fmt.Errorf("extra: %w", err)
	}
	if told.path, err = hashes(lines[3:]); err != nil {
		return nil, fmt.Errorf("path: %w", err)
	}
	if told.checkpoint, err = parseCheckpoint(signed); err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	index, err := decimal(strings.TrimPrefix(lines[2], "index "))
	if err == nil && index != told.checkpoint.tree.N-1 {
		err = fmt.Errorf("index %d is not the last of %d", index, told.checkpoint.tree.N)
	}
	return told, err
}

func parseExtra(extra string) (*proof, error) {
	value, err := parseCanonical(extra)
	if err != nil {
		return nil, err
	}
	if err := extraShape(value); err != nil {
		return nil, err
	}
	told := value.(map[string]any)
	read := &proof{epoch: told["epoch"].(string), stream: told["stream"].(string), entries: texts(told["entries"])}
	if code, there := told["head"].(string); there {
		if read.head, err = parseHead(unhex(code)); err != nil {
			return nil, err
		}
	}
	if read.mapProof, err = unbase64(told["map"].(string)); err != nil {
		return nil, fmt.Errorf("map: %w", err)
	}
	if read.place, err = hashes(texts(told["place"])); err != nil {
		return nil, fmt.Errorf("place: %w", err)
	}
	for _, each := range told["openings"].([]any) {
		shown := each.(map[string]any)
		read.openings = append(read.openings, opening{
			field: shown["field"].(string), words: shown["words"].(string),
			seq: shown["seq"].(int64), opening: unhex(shown["opening"].(string)),
		})
	}
	return read, nil
}

func parseHead(value []byte) (*head, error) {
	seq, index := binary.BigEndian.Uint64(value), binary.BigEndian.Uint64(value[8:])
	if seq < 1 || seq > math.MaxInt64 || index > math.MaxInt64 {
		return nil, fmt.Errorf("head: seq %d, index %d", seq, index)
	}
	read := &head{seq: int64(seq), index: int64(index), value: value}
	copy(read.leaf[:], value[16:])
	return read, nil
}

func texts(list any) []string {
	told := []string{}
	for _, each := range list.([]any) {
		told = append(told, each.(string))
	}
	return told
}
