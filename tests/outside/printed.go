package main

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/mod/sumdb/tlog"
)

// Numbers, bytes and hashes are read here from text, and only as printing them would give it back.

func decimal(text string) (int64, error) {
	number, err := strconv.ParseInt(text, 10, 64)
	if err == nil && (number < 0 || strconv.FormatInt(number, 10) != text) {
		err = fmt.Errorf("not a decimal number: %q", text)
	}
	return number, err
}

// unbase64 drops no spare bits and, unlike encoding/base64, no line ends.
func unbase64(code string) ([]byte, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(code)
	if err == nil && base64.StdEncoding.EncodeToString(raw) != code {
		err = errors.New("not the base64 of its bytes")
	}
	return raw, err
}

func unhash(code string) (hash tlog.Hash, err error) {
	raw, err := unbase64(code)
	if err != nil || len(raw) != tlog.HashSize {
		return hash, fmt.Errorf("not a hash: %q", code)
	}
	copy(hash[:], raw)
	return hash, nil
}

func hashes(codes []string) (tlog.RecordProof, error) {
	var read tlog.RecordProof
	for _, code := range codes {
		hash, err := unhash(code)
		if err != nil {
			return nil, err
		}
		read = append(read, hash)
	}
	return read, nil
}

// unhex reads what a shape has matched.
func unhex(code string) []byte {
	raw, err := hex.DecodeString(code)
	if err != nil {
		panic(err)
	}
	return raw
}
