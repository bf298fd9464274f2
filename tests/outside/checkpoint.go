package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sort"
	"strings"
	"unicode"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const largestCheckpoint = 1_000_000

type checkpoint struct {
	origin string
	tree   tlog.Tree
	text   string
	lines  []note.Signature
}

// parseCheckpoint reads a signed note that nobody has vouched for yet: to note.Open all signers are strangers.
func parseCheckpoint(file []byte) (*checkpoint, error) {
	if len(file) > largestCheckpoint {
		return nil, fmt.Errorf("%d bytes", len(file))
	}
	if bytes.IndexFunc(file, unprintable) >= 0 { // note.Open looks for those of ASCII alone
		return nil, errors.New("a control character")
	}
	_, err := note.Open(file, nil)
	var strangers *note.UnverifiedNoteError
	if !errors.As(err, &strangers) {
		return nil, err
	}
	for _, line := range strangers.Note.UnverifiedSigs {
		if _, err := unbase64(line.Base64); err != nil {
			return nil, fmt.Errorf("signature of %s: %w", line.Name, err)
		}
	}
	text := strangers.Note.Text
	origin, tree, err := parseTree(text)
	return &checkpoint{origin, tree, text, strangers.Note.UnverifiedSigs}, err
}

func unprintable(r rune) bool { return unicode.IsControl(r) && r != '\n' }

// parseTree takes exactly three lines: proofs, section 3, has no extension lines.
func parseTree(text string) (string, tlog.Tree, error) {
	var tree tlog.Tree
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] == "" {
		return "", tree, fmt.Errorf("not three lines: %q", text)
	}
	size, err := decimal(lines[1])
	if err != nil {
		return "", tree, err
	}
	root, err := unhash(lines[2])
	if err == nil && size == 0 && root != sha256.Sum256(nil) {
		err = errors.New("the empty tree has another root")
	}
	return lines[0], tlog.Tree{N: size, Hash: root}, err
}

// accept asks for the log's own signature, the quorum, and that no known key's signature fails. Each line is
// opened alone: with several by one key, note.Open would look at the first only.
// The time is the newest since which a quorum has cosigned; false where none is asked for.
func (c *checkpoint) accept(trusted *policy) (uint64, bool, error) {
	known := note.VerifierList(trusted.known...)
	owned := false
	times := map[signer]uint64{}
	for _, line := range c.lines {
		_, err := note.Open([]byte(fmt.Sprintf("%s\n\u2014 %s %s\n", c.text, line.Name, line.Base64)), known)
		var stranger *note.UnverifiedNoteError
		if errors.As(err, &stranger) {
			continue
		}
		if err != nil {
			return 0, false, err
		}
		who := signer{line.Name, line.Hash}
		owned = owned || trusted.logs[who] && who.name == c.origin
		if _, earlier := times[who]; trusted.witnesses[who] && !earlier {
			raw, err := unbase64(line.Base64)
			if err != nil {
				return 0, false, err
			}
			times[who] = binary.BigEndian.Uint64(raw[4:])
		}
	}
	if !owned {
		return 0, false, fmt.Errorf("not signed by a log named %s", c.origin)
	}
	if trusted.quorum == nil {
		return 0, false, nil
	}
	time, enough := trusted.quorum.since(times)
	if !enough {
		return 0, false, errors.New("no quorum of witnesses")
	}
	return time, true, nil
}

// since is the latest time for which the cosignatures made then or later suffice.
func (r *rule) since(times map[signer]uint64) (uint64, bool) {
	if r.members == nil {
		time, there := times[r.witness]
		return time, there
	}
	var told []uint64
	for _, member := range r.members {
		if time, there := member.since(times); there {
			told = append(told, time)
		}
	}
	if len(told) < r.needs {
		return 0, false
	}
	sort.Slice(told, func(i, j int) bool { return told[i] > told[j] })
	return told[r.needs-1], true
}

// A cosigner verifies c2sp.org/tlog-cosignature Ed25519 signatures.
type cosigner struct {
	signer
	key ed25519.PublicKey
}

func (c cosigner) Name() string { return c.name }

func (c cosigner) KeyHash() uint32 { return c.hash }

func (c cosigner) Verify(text, payload []byte) bool {
	if len(payload) != 8+ed25519.SignatureSize {
		return false
	}
	time := binary.BigEndian.Uint64(payload)
	message := append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", time)), text...)
	return time <= math.MaxInt64 && ed25519.Verify(c.key, message, payload[8:])
}
