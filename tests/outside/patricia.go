package main

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	keySize  = sha256.Size
	keyBits  = 8 * keySize
	headSize = 8 + 8 + tlog.HashSize
)

func keyOf(stream string) tlog.Hash {
	return sha256.Sum256([]byte("mingdan/stream/v1\n" + stream))
}

// bit counts from the left: bit 0 is the first byte's highest.
func bit(key tlog.Hash, n uint64) byte {
	return key[n>>3] >> (7 - n&7) & 1
}

func mapLeaf(key tlog.Hash, value []byte) tlog.Hash {
	message := binary.AppendUvarint([]byte{0}, keySize)
	message = append(message, key[:]...)
	message = binary.AppendUvarint(message, uint64(len(value)))
	return sha256.Sum256(append(message, value...))
}

func mapInner(deciding uint64, left, right tlog.Hash) tlog.Hash {
	message := binary.AppendUvarint([]byte{1}, deciding)
	message = append(message, left[:]...)
	return sha256.Sum256(append(message, right[:]...))
}

// uvarint reads the shortest LEB128 only, unlike binary.Uvarint.
func uvarint(proof []byte) (uint64, []byte, error) {
	number, read := binary.Uvarint(proof)
	if read <= 0 || len(binary.AppendUvarint(nil, number)) != read {
		return 0, nil, errors.New("not a number in its shortest form")
	}
	return number, proof[read:], nil
}

// checkPresence proves that the map under root gives the key this value.
func checkPresence(root, key tlog.Hash, value, proof []byte) error {
	found, err := climb(key, key, mapLeaf(key, value), proof)
	if err == nil && found != root {
		err = errors.New("another root")
	}
	return err
}

// checkAbsence proves that the search for the key under root ends at another key, or that the map is empty.
func checkAbsence(root, key tlog.Hash, proof []byte) error {
	if len(proof) == 0 {
		if root != sha256.Sum256(nil) {
			return errors.New("the map is not empty")
		}
		return nil
	}
	there, proof, err := sized(proof, keySize)
	if err != nil {
		return err
	}
	value, proof, err := sized(proof, headSize)
	if err != nil {
		return err
	}
	var other tlog.Hash
	copy(other[:], there)
	if other == key {
		return errors.New("the key itself is there")
	}
	found, err := climb(key, other, mapLeaf(other, value), proof)
	if err == nil && found != root {
		err = errors.New("another root")
	}
	return err
}

// climb hashes upward from the leaf of key `there`, on whose way the search for `key` must never turn off.
func climb(key, there, hash tlog.Hash, proof []byte) (tlog.Hash, error) {
	for last := uint64(keyBits); len(proof) > 0; {
		deciding, rest, err := uvarint(proof)
		if err != nil {
			return hash, err
		}
		if deciding >= last {
			return hash, fmt.Errorf("bit %d below bit %d", deciding, last)
		}
		if len(rest) < tlog.HashSize {
			return hash, errors.New("a torn hash")
		}
		if bit(key, deciding) != bit(there, deciding) {
			return hash, fmt.Errorf("the search turns off at bit %d", deciding)
		}
		var sibling tlog.Hash
		proof = rest[copy(sibling[:], rest):]
		if bit(key, deciding) == 0 {
			hash = mapInner(deciding, hash, sibling)
		} else {
			hash = mapInner(deciding, sibling, hash)
		}
		last = deciding
	}
	return hash, nil
}

// sized reads a length, which must be the wanted one, and so many bytes.
func sized(proof []byte, wanted uint64) ([]byte, []byte, error) {
	length, rest, err := uvarint(proof)
	if err != nil {
		return nil, nil, err
	}
	if length != wanted || uint64(len(rest)) < length {
		return nil, nil, fmt.Errorf("not %d bytes", wanted)
	}
	return rest[:length], rest[length:], nil
}
