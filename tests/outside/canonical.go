package main

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// No kind of entry (docs/events.md), nor extra, nests deeper: an object, its data, a field, a list in that, a list of it.
const deepest = 5

// beyond is the first integer that a reader of I-JSON (RFC 7493) need not carry exactly.
const beyond = 1 << 53

// parseCanonical reads RFC 8785 JSON without fractions and takes nothing that RFC 8785 would print otherwise.
// Values are nil, bool, int64, string, []any and map[string]any.
func parseCanonical(text string) (any, error) {
	if !utf8.ValidString(text) {
		return nil, errors.New("not UTF-8")
	}
	reader := &canonical{text: text}
	value, err := reader.value(0)
	if err == nil && reader.at != len(text) {
		err = errors.New("something after the value")
	}
	if err != nil {
		return nil, fmt.Errorf("not canonical JSON: byte %d: %w", reader.at, err)
	}
	return value, nil
}

type canonical struct {
	text string
	at   int
}

// next is the byte not yet read; 0, which may stand nowhere, at the end.
func (c *canonical) next() byte {
	if c.at == len(c.text) {
		return 0
	}
	return c.text[c.at]
}

func (c *canonical) take(wanted string) bool {
	if len(c.text)-c.at < len(wanted) || c.text[c.at:c.at+len(wanted)] != wanted {
		return false
	}
	c.at += len(wanted)
	return true
}

func (c *canonical) value(depth int) (any, error) {
	switch {
	case c.next() == '{' || c.next() == '[':
		if depth == deepest {
			return nil, errors.New("nested too deep")
		}
		if c.next() == '{' {
			return c.object(depth + 1)
		}
		return c.list(depth + 1)
	case c.next() == '"':
		return c.words()
	case c.take("null"):
		return nil, nil
	case c.take("true"):
		return true, nil
	case c.take("false"):
		return false, nil
	}
	return c.integer()
}

func (c *canonical) object(depth int) (any, error) {
	told := map[string]any{}
	before := ""
	c.take("{")
	for !c.take("}") {
		if len(told) > 0 && !c.take(",") {
			return nil, errors.New("no comma")
		}
		name, err := c.words()
		if err != nil {
			return nil, err
		}
		if len(told) > 0 && !precedes(before, name) {
			return nil, fmt.Errorf("name %q after %q", name, before)
		}
		if !c.take(":") {
			return nil, errors.New("no colon")
		}
		if told[name], err = c.value(depth); err != nil {
			return nil, err
		}
		before = name
	}
	return told, nil
}

// precedes orders names by UTF-16 code units, as RFC 8785 section 3.2.3 does: not by bytes, not by runes.
func precedes(a, b string) bool {
	left, right := utf16.Encode([]rune(a)), utf16.Encode([]rune(b))
	for i := 0; i < len(left) && i < len(right); i++ {
		if left[i] != right[i] {
			return left[i] < right[i]
		}
	}
	return len(left) < len(right)
}

func (c *canonical) list(depth int) (any, error) {
	told := []any{}
	c.take("[")
	for !c.take("]") {
		if len(told) > 0 && !c.take(",") {
			return nil, errors.New("no comma")
		}
		value, err := c.value(depth)
		if err != nil {
			return nil, err
		}
		told = append(told, value)
	}
	return told, nil
}

var digits = regexp.MustCompile(`^(0|-?[1-9][0-9]{0,15})`)

func (c *canonical) integer() (any, error) {
	found := digits.FindString(c.text[c.at:])
	number, err := strconv.ParseInt(found, 10, 64)
	if err != nil || number <= -beyond || number >= beyond {
		return nil, errors.New("no value")
	}
	c.at += len(found)
	return number, nil
}

// escapes are those of RFC 8785 section 3.2.2.2 that have a letter.
var escapes = map[byte]byte{'"': '"', '\\': '\\', 'b': '\b', 't': '\t', 'n': '\n', 'f': '\f', 'r': '\r'}

var control = regexp.MustCompile(`^u00[01][0-9a-f]`)

func (c *canonical) words() (string, error) {
	if !c.take(`"`) {
		return "", errors.New("no text")
	}
	var told []byte
	for !c.take(`"`) {
		letter := c.next()
		if letter < ' ' {
			return "", errors.New("a control character or no end")
		}
		c.at++
		if letter == '\\' {
			var err error
			if letter, err = c.escaped(); err != nil {
				return "", err
			}
		}
		told = append(told, letter)
	}
	return string(told), nil
}

func (c *canonical) escaped() (byte, error) {
	if letter, known := escapes[c.next()]; known {
		c.at++
		return letter, nil
	}
	code := control.FindString(c.text[c.at:])
	if code == "" {
		return 0, errors.New("a needless escape")
	}
	number, err := strconv.ParseUint(code[1:], 16, 8)
	if err != nil {
		return 0, err
	}
	switch number {
	case '\b', '\t', '\n', '\f', '\r':
		return 0, errors.New("a long escape")
	}
	c.at += len(code)
	return byte(number), nil
}
