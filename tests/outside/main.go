// Outside checks a published log with somebody else's code: the note and tlog packages of the Go project.
// It also gives a second opinion on order proofs: a verifier of its own for the corpus on which all must agree.
// Usage: outside <log directory holding checkpoint, vkey and tile/>, or outside <corpus>.json
package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height = 8
	width  = 1 << height
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: outside <log directory> | <corpus>.json")
		os.Exit(2)
	}
	if strings.HasSuffix(os.Args[1], ".json") {
		if err := judge(os.Args[1], os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "not a corpus:", err)
			os.Exit(2)
		}
		return
	}
	summary, err := check(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "rejected:", err)
		os.Exit(1)
	}
	fmt.Println(summary)
}

func check(log string) (string, error) {
	origin, tree, err := openCheckpoint(log)
	if err != nil {
		return "", err
	}
	reader := &authenticated{
		tiles: tlog.TileHashReader(tree, site(log)),
		known: make(map[int64]tlog.Hash),
		size:  tree.N,
	}
	for bundle := int64(0); bundle*width < tree.N; bundle++ {
		if err := checkBundle(log, tree, bundle, reader); err != nil {
			return "", fmt.Errorf("bundle %d: %w", bundle, err)
		}
	}
	return fmt.Sprintf("%s: %d records, each read, hashed and proven under %s", origin, tree.N, tree.Hash), nil
}

// openCheckpoint reads the three lines itself, since tlog.ParseTree knows one origin only.
func openCheckpoint(log string) (string, tlog.Tree, error) {
	var none tlog.Tree
	vkey, err := os.ReadFile(filepath.Join(log, "vkey"))
	if err != nil {
		return "", none, err
	}
	verifier, err := note.NewVerifier(strings.TrimSuffix(string(vkey), "\n"))
	if err != nil {
		return "", none, fmt.Errorf("vkey: %w", err)
	}
	signed, err := os.ReadFile(filepath.Join(log, "checkpoint"))
	if err != nil {
		return "", none, err
	}
	opened, err := note.Open(signed, note.VerifierList(verifier))
	if err != nil {
		return "", none, fmt.Errorf("checkpoint: %w", err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != verifier.Name() {
		return "", none, fmt.Errorf("checkpoint: not three lines under the key's name: %q", opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || lines[1] != strconv.FormatInt(size, 10) {
		return "", none, fmt.Errorf("checkpoint: size %q", lines[1])
	}
	root, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return "", none, fmt.Errorf("checkpoint: root %q", lines[2])
	}
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], root)
	if size == 0 && tree.Hash != sha256.Sum256(nil) {
		return "", none, errors.New("checkpoint: the empty tree has another root")
	}
	return lines[0], tree, nil
}

// checkBundle compares every record with the authenticated tile hashes and proves it in the tree.
func checkBundle(log string, tree tlog.Tree, bundle int64, reader *authenticated) error {
	records, err := readBundle(log, tree.N, bundle)
	if err != nil {
		return err
	}
	if err := reader.fetch(bundle); err != nil {
		return err
	}
	for i, record := range records {
		index := bundle*width + int64(i)
		leaf := tlog.RecordHash(record)
		published, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		if err != nil {
			return err
		}
		if published[0] != leaf {
			return fmt.Errorf("record %d: its hash is not the one in the tile", index)
		}
		proof, err := tlog.ProveRecord(tree.N, index, reader)
		if err != nil {
			return fmt.Errorf("record %d: %w", index, err)
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, index, leaf); err != nil {
			return fmt.Errorf("record %d: %w", index, err)
		}
	}
	return nil
}

func readBundle(log string, size, bundle int64) ([][]byte, error) {
	wanted := size - bundle*width
	if wanted > width {
		wanted = width
	}
	data, err := os.ReadFile(filepath.Join(log, place(tlog.Tile{H: height, L: -1, N: bundle, W: int(wanted)})))
	if err != nil {
		return nil, err
	}
	var records [][]byte
	for len(data) > 0 {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			return nil, errors.New("a torn record")
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		records = append(records, data[2:end])
		data = data[end:]
	}
	if int64(len(records)) != wanted {
		return nil, fmt.Errorf("%d records instead of %d", len(records), wanted)
	}
	return records, nil
}

// place maps tile/8/<L>/<N> of tlog to tile/<L>/<N> of tlog-tiles, and "data" to "entries".
func place(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", height))
	if tile.L == -1 {
		path = "entries" + strings.TrimPrefix(path, "data")
	}
	return filepath.FromSlash("tile/" + path)
}

// site reads tiles from a log directory; tlog.TileHashReader authenticates them.
type site string

func (log site) Height() int { return height }

func (log site) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, tile := range tiles {
		var err error
		if data[i], err = os.ReadFile(filepath.Join(string(log), place(tile))); err != nil {
			return nil, err
		}
	}
	return data, nil
}

func (log site) SaveTiles([]tlog.Tile, [][]byte) {}

// authenticated remembers hashes that TileHashReader has vouched for: without it,
// every proof would authenticate its tiles anew.
type authenticated struct {
	tiles tlog.HashReader
	known map[int64]tlog.Hash
	size  int64
}

// fetch reads the whole subtree of one level-0 tile in one go.
func (a *authenticated) fetch(tile int64) error {
	var indexes []int64
	for level := 0; level < height; level++ {
		for n := tile << (height - level); n < (tile+1)<<(height-level) && (n+1)<<level <= a.size; n++ {
			indexes = append(indexes, tlog.StoredHashIndex(level, n))
		}
	}
	_, err := a.ReadHashes(indexes)
	return err
}

func (a *authenticated) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var missing []int64
	for _, index := range indexes {
		if _, ok := a.known[index]; !ok {
			missing = append(missing, index)
		}
	}
	if len(missing) > 0 {
		found, err := a.tiles.ReadHashes(missing)
		if err != nil {
			return nil, err
		}
		for i, index := range missing {
			a.known[index] = found[i]
		}
	}
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		hashes[i] = a.known[index]
	}
	return hashes, nil
}
