package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// errNoBacklog means that the app counts its records to nobody at the moment.
var errNoBacklog = errors.New("the app does not say how many records wait")

// backlog is how many records are not known to be in the audit sheet, as the app's own
// metrics say it to any operator. It fails while the app is down.
func (s *stage) backlog(ctx context.Context) (int, error) {
	text, err := s.scrape(ctx)
	if err != nil {
		return 0, err
	}
	n, ok := sample(text, metricLag)
	if !ok {
		return 0, errNoBacklog
	}
	return int(n), nil
}

// scrape reads the app's metrics as Prometheus would. It fails while the app is down.
func (s *stage) scrape(ctx context.Context) (string, error) {
	s.mu.Lock()
	addr := s.counts
	s.mu.Unlock()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/metrics", nil)
	if err != nil {
		return "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return string(text), err
}

// sample finds a metric, labels included as they are written, and its value.
func sample(text, metric string) (float64, bool) {
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		if number, ok := strings.CutPrefix(lines.Text(), metric+" "); ok {
			n, err := strconv.ParseFloat(number, 64)
			return n, err == nil // the format has no other numbers
		}
	}
	return 0, false
}
