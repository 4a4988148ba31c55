package gcp

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"google.golang.org/api/option"
	"google.golang.org/api/sheets/v4"
	transport "google.golang.org/api/transport/http"

	"secretstore/internal/publish"
)

// sheetsTimeout is longer than the service works on a request (180 s, source:
// sheets/api/limits), so that no attempt is still under way there when the next begins.
const sheetsTimeout = 185 * time.Second

// Sheets is Google Sheets behind the publisher's interface. Its methods may be called at
// the same time; none of them tries again, the publisher does.
type Sheets struct {
	api *sheets.SpreadsheetsService
}

var _ publish.Sheet = (*Sheets)(nil)

// SheetsOptions says where Sheets is. Its zero is Google's, with default credentials.
type SheetsOptions struct {
	// Endpoint replaces Google's; it must be http://LOOPBACK:PORT/ and gets no credentials.
	Endpoint string
	// HTTPClient replaces the connection, credentials and time limit included.
	HTTPClient *http.Client
}

// NewSheets prepares a client. It fails with ErrNotLoopback or ErrCredentials and sends
// nothing yet.
func NewSheets(ctx context.Context, o SheetsOptions) (*Sheets, error) {
	opts := []option.ClientOption{
		option.WithScopes(sheets.SpreadsheetsScope), // the default includes all of Drive
		option.WithLogger(slog.New(slog.DiscardHandler)),
		option.WithTelemetryDisabled(), // spans hold the URL, and that holds the spreadsheet's id
	}
	if o.Endpoint != "" {
		if !loopbackURL(o.Endpoint) {
			return nil, ErrNotLoopback
		}
		opts = append(opts, option.WithEndpoint(o.Endpoint), option.WithoutAuthentication())
	}
	if o.HTTPClient == nil {
		// Some credentials keep the ctx for their refreshes, and that of the start ends.
		client, _, err := transport.NewClient(context.WithoutCancel(ctx), opts...)
		if err != nil {
			return nil, ErrCredentials // the library's text may quote a credentials file
		}
		client.Timeout = sheetsTimeout
		// A redirect would carry the rows to an address that nobody checked.
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		o.HTTPClient = client
	}
	service, err := sheets.NewService(ctx, append(opts, option.WithHTTPClient(o.HTTPClient))...)
	if err != nil {
		return nil, ErrCredentials // as above
	}
	return &Sheets{service.Spreadsheets}, nil
}

// loopbackURL reports whether s is a plain http address of this machine.
func loopbackURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme == "http" && u.User == nil && u.RawQuery == "" && u.Fragment == "" &&
		u.Path == "/" && Loopback(u.Host)
}
