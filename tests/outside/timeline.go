package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/big"

	"golang.org/x/mod/sumdb/tlog"
)

// A reader is whoever checks a proof: whom he trusts, his clock, and the age he puts up with.
type reader struct {
	trusted     *policy
	now         int64 // unix milliseconds
	freshWithin int64 // seconds
}

// check goes through the six steps of proofs, section 6. The step is the first that does not hold.
func (r reader) check(told *proof) (stale bool, step int, err error) {
	time, witnessed, err := told.checkpoint.accept(r.trusted)
	if err != nil {
		return false, 1, err
	}
	epoch, root, err := told.checkEpoch()
	if err != nil {
		return false, 2, err
	}
	if err := told.checkMap(root); err != nil {
		return false, 3, err
	}
	if err := told.checkEntries(); err != nil {
		return false, 4, err
	}
	if err := told.checkPlace(); err != nil {
		return false, 5, err
	}
	at := big.NewInt(epoch.recorded)
	if witnessed {
		at.SetUint64(time).Mul(at, big.NewInt(1000))
	}
	return r.finds(at), 0, nil
}

// finds says whether a time is stale: too long ago, or so far ahead that a clock must be wrong.
func (r reader) finds(at *big.Int) bool {
	age := new(big.Int).Sub(big.NewInt(r.now), at)
	limit := new(big.Int).Mul(big.NewInt(r.freshWithin), big.NewInt(1000))
	return age.CmpAbs(limit) > 0
}

// checkEpoch gives the map root that the tree's last entry tells. Its `covers` is compared first: it is a JSON
// number, so beyond this line no size exceeds 2^53, and tlog.CheckRecord does not end for sizes above 2^62.
func (p *proof) checkEpoch() (epoch entry, root tlog.Hash, err error) {
	tree := p.checkpoint.tree
	if epoch, err = parseEntry(p.epoch); err != nil {
		return epoch, root, err
	}
	if epoch.stream != "log" || epoch.kind != "log.epoch" {
		return epoch, root, fmt.Errorf("%s in %s", epoch.kind, epoch.stream)
	}
	if covers := epoch.data["covers"].(int64); covers != tree.N-1 {
		return epoch, root, fmt.Errorf("covers %d in a tree of %d", covers, tree.N)
	}
	copy(root[:], unhex(epoch.data["map"].(string)))
	return epoch, root, tlog.CheckRecord(p.path, tree.N, tree.Hash, tree.N-1, epoch.leaf)
}

func (p *proof) checkMap(root tlog.Hash) error {
	if p.head == nil {
		return checkAbsence(root, keyOf(p.stream), p.mapProof)
	}
	return checkPresence(root, keyOf(p.stream), p.head.value, p.mapProof)
}

// checkEntries follows the stream from its first entry to the head, and opens the words that are shown.
func (p *proof) checkEntries() error {
	prev := ""
	var last entry
	var all []entry
	for i, raw := range p.entries {
		read, err := parseEntry(raw)
		if err != nil {
			return fmt.Errorf("entry %d: %w", i+1, err)
		}
		if read.stream != p.stream || read.seq != int64(i)+1 || read.prev != prev {
			return fmt.Errorf("entry %d does not follow", i+1)
		}
		prev, last = hex.EncodeToString(read.leaf[:]), read
		all = append(all, read)
	}
	if p.head == nil && len(p.entries) > 0 {
		return errors.New("entries of a stream that is not there")
	}
	if p.head != nil && (p.head.seq != int64(len(p.entries)) || p.head.leaf != last.leaf) {
		return errors.New("the last entry is not the head")
	}
	for i, each := range p.openings {
		if each.seq > int64(len(all)) {
			return fmt.Errorf("opening %d of no entry", i)
		}
		of := all[each.seq-1]
		if !isPrivate(of.kind, each.field) || of.data[each.field] != each.commitment() {
			return fmt.Errorf("opening %d opens nothing", i)
		}
	}
	return nil
}

// commitment is proofs, section 2, in hex; any, to be compared with what lies in an entry's data.
func (o opening) commitment() any {
	message := bytes.NewBuffer(append([]byte(nil), o.opening...))
	message.WriteByte(byte(len(o.field)))
	message.WriteString(o.field)
	message.Write(binary.BigEndian.AppendUint32(nil, uint32(len(o.words))))
	message.WriteString(o.words)
	code := hmac.New(sha256.New, []byte("mingdan/commit/v1"))
	code.Write(message.Bytes())
	return hex.EncodeToString(code.Sum(nil))
}

func (p *proof) checkPlace() error {
	if p.head == nil {
		if len(p.place) > 0 {
			return errors.New("a place of nothing")
		}
		return nil
	}
	tree := p.checkpoint.tree
	return tlog.CheckRecord(p.place, tree.N, tree.Hash, p.head.index, p.head.leaf)
}
