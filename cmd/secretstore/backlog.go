package main

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// errNoBacklog means that the app counts its records to nobody at the moment.
var errNoBacklog = errors.New("the app does not say how many records wait")

// backlog is how many records are not known to be in the audit sheet, as the app's own
// metrics say it to any operator. It fails while the app is down.
func (s *stage) backlog(ctx context.Context) (int, error) {
	s.mu.Lock()
	addr := s.counts
	s.mu.Unlock()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/metrics", nil)
	if err != nil {
		return 0, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if number, ok := strings.CutPrefix(lines.Text(), metricLag+" "); ok {
			n, err := strconv.ParseFloat(number, 64) // the format has no other numbers
			return int(n), err
		}
	}
	return 0, errNoBacklog
}
