package gcp

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"google.golang.org/api/googleapi"

	"secretstore/internal/publish"
)

// sheetError translates err; nil stays nil. A transport's error quotes the URL, which
// holds the spreadsheet's id, so nothing of any text goes on.
func sheetError(err error) error {
	if err == nil {
		return nil
	}
	answer, ok := errors.AsType[*googleapi.Error](err)
	if !ok {
		return &publish.SheetError{Kind: publish.SheetDown}
	}
	return &publish.SheetError{Kind: sheetKind(answer.Code), RetryAfter: waitOf(answer.Header)}
}

// sheetKind sorts an HTTP status. A 403 is never taken for a quota: Sheets tells those by
// 429, and a 403 of the domain usageLimits may be for good (source: gspread#1592).
func sheetKind(status int) publish.SheetErrorKind {
	switch {
	case status == http.StatusTooManyRequests:
		return publish.SheetBusy
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusNotFound:
		return publish.SheetGone
	case status == http.StatusRequestTimeout, status < 400, status >= 500:
		return publish.SheetDown
	}
	return publish.SheetRefused
}

// waitOf reads Retry-After, in seconds or as a date (RFC 9110), 0 for none.
func waitOf(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}
