package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// metricVerbs is what a story waits to see in the app's metrics.
func metricVerbs() map[string]verb {
	return map[string]verb{
		"counts":    {"counts METRIC VALUE|some", 2, playCounts},
		"uncounted": {"uncounted TEXT...", 1, playUncounted},
	}
}

// playCounts waits until a metric has the value; some is any but 0.
func playCounts(ctx context.Context, p *player, args []string) error {
	return until(ctx, func() error {
		text, err := p.scrape(ctx)
		if err != nil {
			return err
		}
		got, ok := sample(text, args[0])
		if shown := strconv.FormatFloat(got, 'g', -1, 64); !ok || shown != args[1] && (args[1] != "some" || got == 0) {
			return fmt.Errorf("%s is %s (there: %t)", args[0], shown, ok)
		}
		return nil
	})
}

// playUncounted proves that the metrics say none of the texts.
func playUncounted(ctx context.Context, p *player, args []string) error {
	text, err := p.scrape(ctx)
	for _, word := range args {
		if err == nil && strings.Contains(text, word) {
			err = fmt.Errorf("the metrics say %q", word)
		}
	}
	return err
}
