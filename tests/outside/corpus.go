package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
)

// A trial is one case of the corpus. encoding/json takes a name twice and in capitals: harmless in a corpus of our
// own, and never let near what lies in a proof.
type trial struct {
	Name        string  `json:"name"`
	Policy      string  `json:"policy"`
	Now         int64   `json:"now"`
	FreshWithin int64   `json:"fresh_within"`
	Proof       *string `json:"proof"`
	ProofBase64 []byte  `json:"proof_base64"`
}

type verdict struct {
	Name  string `json:"name"`
	OK    bool   `json:"ok"`
	Stale bool   `json:"stale"`
	Step  *int   `json:"step"`
	Why   string `json:"why,omitempty"`
}

// judge prints a verdict a line for every case of a corpus, in its order.
func judge(path string, out io.Writer) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var corpus struct {
		Cases []trial `json:"cases"`
	}
	if err := json.Unmarshal(content, &corpus); err != nil {
		return err
	}
	if len(corpus.Cases) == 0 {
		return errors.New("no cases")
	}
	printer := json.NewEncoder(out)
	for _, each := range corpus.Cases {
		if err := printer.Encode(each.verdict()); err != nil {
			return err
		}
	}
	return nil
}

func (t trial) verdict() verdict {
	stale, step, err := t.check()
	if err != nil {
		return verdict{Name: t.Name, Step: &step, Why: err.Error()}
	}
	return verdict{Name: t.Name, OK: true, Stale: stale}
}

func (t trial) check() (stale bool, step int, err error) {
	file := t.ProofBase64
	if t.Proof != nil {
		file = []byte(*t.Proof)
	}
	trusted, err := parsePolicy([]byte(t.Policy))
	if err != nil {
		return false, 0, err
	}
	told, err := parseProof(file)
	if err != nil {
		return false, 0, err
	}
	return reader{trusted, t.Now, t.FreshWithin}.check(told)
}
