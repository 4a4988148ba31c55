package main

import (
	"context"
	"fmt"
	"strconv"
)

// playCheckpointed waits until a checkpoint of all records stands in the sheet: one is
// written each minute.
func playCheckpointed(ctx context.Context, p *player, _ []string) error {
	return until(ctx, func() error {
		points := p.sheet.Hand().Rows(stageSheet, "checkpoints")
		if len(points) < 2 || points[len(points)-1][0] != strconv.Itoa(len(p.rows())) {
			return fmt.Errorf("%d checkpoints", max(0, len(points)-1))
		}
		return nil
	})
}
