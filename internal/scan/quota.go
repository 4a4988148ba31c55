package scan

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Quota is what GitGuardian says of the workspace's calls (docs: api-docs/usage-and-quotas):
// counted over the last 30 days and shared by every key of the workspace.
type Quota struct {
	Limit     int
	Remaining int // before this scan
}

// low reports whether a tenth or less of the quota is left after so many calls more.
func (q Quota) low(calls int) bool { return (q.Remaining-calls)*10 <= q.Limit }

// quota asks for what is left, which costs no call itself. It returns nil when there is no
// usable answer in time: a scan does not depend on it.
//
// This is asked here and not by "ggshield quota": the start of another Python takes longer
// than everything else that this package does for an ordinary pull request.
func (g *ggshield) quota(ctx context.Context) *Quota {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, apiBase(g.instance)+"/v1/quotas", nil)
	if err != nil {
		return nil
	}
	request.Header.Set("Authorization", "Token "+string(g.key.Reveal()))
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return nil
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	var body struct {
		Content *Quota `json:"content"`
	}
	if response.StatusCode != http.StatusOK || json.NewDecoder(io.LimitReader(response.Body, 1<<16)).Decode(&body) != nil {
		return nil
	}
	return body.Content
}

// DefaultInstance is the hosted GitGuardian of the United States.
const DefaultInstance = "https://dashboard.gitguardian.com"

// checkInstance accepts an address by https, or a loopback one for tests. ggshield itself
// takes any host whose name begins with "localhost".
func checkInstance(instance string) error {
	u, err := url.Parse(instance)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return problem(BadInstance)
	}
	host := u.Hostname()
	if u.Scheme == "https" || u.Scheme == "http" && (host == "localhost" || host == "127.0.0.1") {
		return nil
	}
	return problem(BadInstance)
}

// apiBase is where an instance serves its API (source: ggshield, core/url_utils.py).
func apiBase(instance string) string {
	instance = strings.TrimRight(instance, "/")
	u, err := url.Parse(instance)
	if err != nil {
		return instance // unreachable: checkInstance read it
	}
	hosted := strings.HasSuffix(u.Hostname(), ".gitguardian.com") || strings.HasSuffix(u.Hostname(), ".gitguardian.tech")
	switch {
	case hosted && strings.HasPrefix(u.Host, "dashboard"):
		u.Host = "api" + strings.TrimPrefix(u.Host, "dashboard")
	case hosted && strings.HasPrefix(u.Host, "api"):
	default:
		u.Path += "/exposed"
	}
	return u.String()
}
