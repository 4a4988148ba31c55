package secretmanager

import (
	"context"
	"errors"
	"testing"
	"time"

	"secretstore/internal/emulator/faults"

	gcp "cloud.google.com/go/secretmanager/apiv1"
	pb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/api/googleapi"
	"google.golang.org/grpc/codes"
)

func versionsOf(s *Server) int {
	view, _ := s.Console().Secret("demo", "s")
	return len(view.Versions)
}

func TestFaultsOfAddSecretVersion(t *testing.T) {
	tests := []struct {
		name     string
		fault    faults.Fault
		code     codes.Code // over gRPC; Unknown over REST when the connection breaks
		broken   bool
		versions int
	}{
		{"refused without effect", faults.Fault{Kind: faults.Refuse}, codes.Unavailable, false, 0},
		{"refused with another status", faults.Fault{Kind: faults.Refuse, Status: 429}, codes.ResourceExhausted, false, 0},
		{"refused with a named code", faults.Fault{Kind: faults.Refuse, Status: 400, Error: "FAILED_PRECONDITION"}, codes.FailedPrecondition, false, 0},
		{"added, and the answer is an error", faults.Fault{Kind: faults.Lose, Status: 500}, codes.Internal, false, 1},
		{"dropped without effect", faults.Fault{Kind: faults.Drop}, codes.Unavailable, true, 0},
		{"added, and the connection is cut", faults.Fault{Kind: faults.Cut}, codes.Unavailable, true, 1},
		{"slow", faults.Fault{Kind: faults.Slow, Delay: time.Millisecond}, codes.OK, false, 1},
	}
	for _, d := range dialers() {
		for _, tt := range tests {
			t.Run(d.name+"/"+tt.name, func(t *testing.T) {
				s := startServer(t, Options{})
				c := d.dial(t, s)
				mustCreate(t, c, "s", nil)
				tt.fault.Method, tt.fault.Times = "AddSecretVersion", 1
				s.Faults().Add(tt.fault)
				_, err := add(t.Context(), c, "s", "x")
				if want := tt.code; tt.broken && d.name == "REST" {
					wantCode(t, err, codes.Unknown)
				} else {
					wantCode(t, err, want)
				}
				if got := versionsOf(s); got != tt.versions {
					t.Errorf("%d versions, want %d", got, tt.versions)
				}
				if n := s.Faults().Taken("AddSecretVersion"); n != 1 {
					t.Errorf("the fault was taken %d times, want once: the client must not have sent again", n)
				}
				mustAdd(t, c, "s", "the next call is as usual")
			})
		}
	}
}

func TestFaultStatusBecomesACode(t *testing.T) {
	s := startServer(t, Options{})
	c := dialGRPC(t, s)
	for httpStatus, want := range map[int]codes.Code{
		0: codes.Unavailable, 400: codes.InvalidArgument, 401: codes.Unauthenticated, 403: codes.PermissionDenied,
		404: codes.NotFound, 409: codes.Aborted, 429: codes.ResourceExhausted, 499: codes.Canceled, 500: codes.Internal,
		501: codes.Unimplemented, 502: codes.Unavailable, 503: codes.Unavailable, 504: codes.DeadlineExceeded,
	} {
		s.Faults().Add(faults.Fault{Method: "GetSecret", Kind: faults.Refuse, Times: 1, Status: httpStatus, Error: "as scripted"})
		_, err := c.GetSecret(t.Context(), &pb.GetSecretRequest{Name: secretS})
		wantError(t, err, want, "as scripted")
	}
}

func TestLateEffectHappensWhenItsTimeHasCome(t *testing.T) {
	clock := newClock()
	s := startServer(t, Options{Clock: clock.Now})
	c := dialGRPC(t, s)
	mustCreate(t, c, "s", nil)
	s.Faults().Add(faults.Fault{Method: "AddSecretVersion", Kind: faults.Late, Times: 1, Delay: time.Minute})
	_, err := add(t.Context(), c, "s", "late")
	wantCode(t, err, codes.Unavailable)
	clock.Advance(time.Minute - 1)
	if got := accessed(t, c, "s", "1"); got != codes.NotFound.String() {
		t.Errorf("before its time = %q, want NotFound", got)
	}
	clock.Advance(1)
	if got := accessed(t, c, "s", "1"); got != "late" {
		t.Errorf("at its time = %q, want late", got)
	}
}

func TestSlowCallEndsWithItsCaller(t *testing.T) {
	s := startServer(t, Options{})
	c := dialGRPC(t, s)
	mustCreate(t, c, "s", nil)
	s.Faults().Add(faults.Fault{Method: "AddSecretVersion", Kind: faults.Slow, Delay: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := add(ctx, c, "s", "x")
	wantCode(t, err, codes.DeadlineExceeded)
	if got := versionsOf(s); got != 0 {
		t.Errorf("%d versions, want none", got)
	}
}

func TestRetryAfterReachesTheCaller(t *testing.T) {
	s := startServer(t, Options{})
	c := dialREST(t, s)
	mustCreate(t, c, "s", nil)
	s.Faults().Add(faults.Fault{Method: "AddSecretVersion", Kind: faults.Refuse, Status: 429, RetryAfter: 7 * time.Second})
	_, err := add(t.Context(), c, "s", "x")
	rest, ok := errors.AsType[*googleapi.Error](err)
	if !ok || rest.Header.Get("Retry-After") != "7" {
		t.Errorf("error = %v, want Retry-After: 7", err)
	}
}

func TestStaleReads(t *testing.T) {
	s := startServer(t, Options{})
	c := dialGRPC(t, s)
	mustCreate(t, c, "s", nil)
	mustAdd(t, c, "s", "old")
	mustAdd(t, c, "s", "new")
	s.Faults().Add(faults.Fault{Method: "*", Kind: faults.Stale})
	if got := accessed(t, c, "s", "latest"); got != "old" {
		t.Errorf("stale latest = %q, want old", got)
	}
	if got := accessed(t, c, "s", "2"); got != "new" {
		t.Errorf("by number = %q, want new: such reads are never stale", got)
	}
	if got := listedVersions(t, c); got != 1 {
		t.Errorf("a stale list has %d versions, want 1", got)
	}
	s.Faults().Clear()
	if got := accessed(t, c, "s", "latest") + " " + string(rune('0'+listedVersions(t, c))); got != "new 2" {
		t.Errorf("after the fault = %q, want new 2", got)
	}
}

func listedVersions(t *testing.T, c *gcp.Client) int {
	t.Helper()
	n := 0
	for _, err := range c.ListSecretVersions(t.Context(), &pb.ListSecretVersionsRequest{Parent: secretS}).All() {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

func listedSecrets(t *testing.T, c *gcp.Client) int {
	t.Helper()
	n := 0
	for _, err := range c.ListSecrets(t.Context(), &pb.ListSecretsRequest{Parent: "projects/demo"}).All() {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

func TestStaleMetadata(t *testing.T) {
	s := startServer(t, Options{})
	c := dialGRPC(t, s)
	get := func() (*pb.Secret, error) { return c.GetSecret(t.Context(), &pb.GetSecretRequest{Name: secretS}) }
	stale := faults.Fault{Method: "*Secret*", Kind: faults.Stale}

	made := mustCreate(t, c, "s", nil)
	mustAdd(t, c, "s", "x")
	s.Faults().Add(stale)
	_, err := get()
	wantCode(t, err, codes.NotFound)
	if got := listedSecrets(t, c); got != 0 {
		t.Errorf("a stale list has %d secrets, want none: a version does not make the secret older", got)
	}

	if err := s.Console().SetLabels("demo", "s", map[string]string{"a": "b"}); err != nil {
		t.Fatal(err)
	}
	if got, err := get(); err != nil || got.GetEtag() != made.GetEtag() {
		t.Errorf("after an update = %v, %v; want the secret as it was made", got, err)
	}

	if err := s.Console().Delete("demo", "s"); err != nil {
		t.Fatal(err)
	}
	if got, err := get(); err != nil || got.GetLabels()["a"] != "b" || listedSecrets(t, c) != 1 {
		t.Errorf("after the delete = %v, %v; want the secret still there", got, err)
	}
}
