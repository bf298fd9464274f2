package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"
)

const (
	plainKey  = 0x01
	cosignKey = 0x04

	most = 64 // logs, witnesses and groups each
)

// A signer is what a signature line tells of its key.
type signer struct {
	name string
	hash uint32
}

// A policy is a c2sp.org/tlog-policy file: whose checkpoints count, and who must have cosigned them.
type policy struct {
	known     []note.Verifier
	logs      map[signer]bool
	witnesses map[signer]bool
	quorum    *rule // nil for none
}

// A rule is a witness, or a group of which so many must have witnessed.
type rule struct {
	witness signer
	needs   int
	members []*rule
}

func parsePolicy(file []byte) (*policy, error) {
	if len(file) == 0 || file[len(file)-1] != '\n' {
		return nil, errors.New("no final line feed")
	}
	for _, octet := range file {
		if octet < ' ' && octet != '\t' && octet != '\n' || octet == 0x7f {
			return nil, fmt.Errorf("octet %#x", octet)
		}
	}
	reader := &policyReader{
		policy:  policy{logs: map[signer]bool{}, witnesses: map[signer]bool{}},
		defined: map[string]*rule{},
		member:  map[string]bool{},
		keys:    map[string]bool{},
	}
	for i, line := range bytes.Split(file[:len(file)-1], []byte("\n")) {
		words := strings.FieldsFunc(string(line), func(r rune) bool { return r == ' ' || r == '\t' })
		if len(words) == 0 || words[0][0] == '#' {
			continue
		}
		if err := reader.line(words[0], words[1:]); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	if !reader.decided {
		return nil, errors.New("no quorum")
	}
	if len(reader.logs) > most || len(reader.witnesses) > most || reader.groups > most {
		return nil, fmt.Errorf("more than %d of one sort", most)
	}
	return &reader.policy, nil
}

type policyReader struct {
	policy
	defined map[string]*rule
	member  map[string]bool
	keys    map[string]bool // by type and bytes: a key may stand once, whatever its name
	decided bool
	groups  int
}

func (p *policyReader) line(verb string, words []string) error {
	switch {
	case verb == "log" && (len(words) == 1 || len(words) == 2 && isAddress(words[1])):
		return p.log(words[0])
	case verb == "witness" && (len(words) == 2 || len(words) == 3 && isAddress(words[2])):
		return p.witness(words[0], words[1])
	case verb == "group" && len(words) >= 3:
		p.groups++
		return p.group(words[0], words[1], words[2:])
	case verb == "quorum" && len(words) == 1:
		return p.decide(words[0])
	}
	return fmt.Errorf("not a line of a policy: %q", verb)
}

func (p *policyReader) log(vkey string) error {
	who, _, err := p.key(vkey, plainKey)
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	p.known = append(p.known, verifier)
	p.logs[who] = true
	return nil
}

func (p *policyReader) witness(name, vkey string) error {
	who, key, err := p.key(vkey, cosignKey)
	if err != nil {
		return err
	}
	p.known = append(p.known, cosigner{who, key})
	p.witnesses[who] = true
	return p.define(name, &rule{witness: who})
}

func (p *policyReader) group(name, threshold string, members []string) error {
	made := &rule{}
	for _, member := range members {
		found := p.defined[member]
		if found == nil || p.member[member] {
			return fmt.Errorf("%q is not defined above, or is a member already", member)
		}
		p.member[member] = true
		made.members = append(made.members, found)
	}
	switch threshold {
	case "any":
		made.needs = 1
	case "all":
		made.needs = len(members)
	default:
		needs, err := strconv.Atoi(threshold)
		if err != nil || strconv.Itoa(needs) != threshold || needs < 1 || needs > len(members) {
			return fmt.Errorf("threshold %q of %d", threshold, len(members))
		}
		made.needs = needs
	}
	return p.define(name, made)
}

func (p *policyReader) define(name string, made *rule) error {
	if name == "none" || p.defined[name] != nil {
		return fmt.Errorf("%q is defined already", name)
	}
	p.defined[name] = made
	return nil
}

func (p *policyReader) decide(name string) error {
	if p.decided {
		return errors.New("a second quorum")
	}
	p.decided = true
	if p.quorum = p.defined[name]; p.quorum == nil && name != "none" {
		return fmt.Errorf("quorum %q is not defined above", name)
	}
	return nil
}

// key reads a vkey, refuses one that would not be printed so, and one that stood before.
func (p *policyReader) key(vkey string, kind byte) (signer, ed25519.PublicKey, error) {
	name, rest, _ := strings.Cut(vkey, "+")
	_, code, _ := strings.Cut(rest, "+")
	raw, err := unbase64(code)
	if err != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != kind || !validName(name) {
		return signer{}, nil, fmt.Errorf("not a key of type %d: %q", kind, vkey)
	}
	sum := sha256.Sum256(append([]byte(name+"\n"), raw...))
	who := signer{name, binary.BigEndian.Uint32(sum[:])}
	if vkey != fmt.Sprintf("%s+%08x+%s", name, who.hash, base64.StdEncoding.EncodeToString(raw)) {
		return signer{}, nil, fmt.Errorf("not the id of this key: %q", vkey)
	}
	if p.keys[string(raw)] {
		return signer{}, nil, fmt.Errorf("a second line for one key: %q", vkey)
	}
	p.keys[string(raw)] = true
	return who, raw[1:], nil
}

// isAddress asks for what net/http could be given.
func isAddress(text string) bool {
	found, err := url.Parse(text)
	if err != nil || found.Scheme != "http" && found.Scheme != "https" || found.Hostname() == "" {
		return false
	}
	if strings.Contains(found.Hostname(), ":") && found.Host[0] != '[' { // which net/url takes for a name
		return false
	}
	for _, letter := range text {
		if !unicode.IsPrint(letter) {
			return false
		}
	}
	if found.Port() == "" {
		return true
	}
	port, err := strconv.Atoi(found.Port())
	return err == nil && 1 <= port && port <= 65_535
}

// validName is what signed-note asks of a key's name, in a note without control characters.
func validName(name string) bool {
	return name != "" && utf8.ValidString(name) && !strings.Contains(name, "+") &&
		strings.IndexFunc(name, unicode.IsSpace) < 0 && strings.IndexFunc(name, unicode.IsControl) < 0
}
