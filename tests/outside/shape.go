package main

import (
	"fmt"
	"math"
	"regexp"
)

// A shape says what a parsed value must be. Once it fits, the type assertions that follow cannot fail.
type shape func(value any) error

func words(value any) error {
	if _, ok := value.(string); !ok {
		return fmt.Errorf("not text: %T", value)
	}
	return nil
}

func matching(pattern string) shape {
	wanted := regexp.MustCompile(`\A(?:` + pattern + `)\z`)
	return func(value any) error {
		if text, ok := value.(string); !ok || !wanted.MatchString(text) {
			return fmt.Errorf("not %s", pattern)
		}
		return nil
	}
}

func atLeast(least int64) shape { return between(least, math.MaxInt64) }

func between(least, most int64) shape {
	return func(value any) error {
		if number, ok := value.(int64); !ok || number < least || number > most {
			return fmt.Errorf("not an integer of %d to %d", least, most)
		}
		return nil
	}
}

var anyInteger = atLeast(math.MinInt64)

func anyObject(value any) error {
	if _, ok := value.(map[string]any); !ok {
		return fmt.Errorf("not an object: %T", value)
	}
	return nil
}

func nullable(fits shape) shape {
	return func(value any) error {
		if value == nil {
			return nil
		}
		return fits(value)
	}
}

func listOf(fits shape) shape {
	return func(value any) error {
		list, ok := value.([]any)
		if !ok {
			return fmt.Errorf("not a list: %T", value)
		}
		for i, each := range list {
			if err := fits(each); err != nil {
				return fmt.Errorf("%d: %w", i, err)
			}
		}
		return nil
	}
}

type named map[string]shape

// object fits an object of exactly these names, of which the optional ones may be left out.
func object(required, optional named) shape {
	return func(value any) error {
		told, ok := value.(map[string]any)
		if !ok {
			return fmt.Errorf("not an object: %T", value)
		}
		for name := range required {
			if _, there := told[name]; !there {
				return fmt.Errorf("no %s", name)
			}
		}
		for name, each := range told {
			fits := required[name]
			if fits == nil {
				fits = optional[name]
			}
			if fits == nil {
				return fmt.Errorf("unknown name %q", name)
			}
			if err := fits(each); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	}
}
