package gcp

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	"secretstore/internal/emulator/faults"
	"secretstore/internal/emulator/secretmanager"
	"secretstore/internal/secret"
	"secretstore/internal/store"
)

var target = store.Target{Project: "acme-dev", Name: "db-password"}

func emulated(t *testing.T) (*SecretManager, *secretmanager.Server) {
	t.Helper()
	server, err := secretmanager.Start(secretmanager.Options{Projects: map[string]int64{"acme-dev": 4711}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return connected(t, server.Addr()), server
}

func connected(t *testing.T, addr string) *SecretManager {
	t.Helper()
	m, err := NewSecretManager(t.Context(), addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestASecretAndItsVersions(t *testing.T) {
	m, server := emulated(t)
	ctx := store.WithChange(t.Context(), "01change")
	made, err := m.Create(ctx, target, store.Patch{Labels: map[string]string{"a": "b"}, Annotations: map[string]string{"c": "d"}})
	must(t, err)
	for n := range secret.Version(2) {
		got, err := m.Add(ctx, target, secret.NewValue([]byte{byte(n), 0, 0xff}))
		must(t, err)
		if got != n+1 {
			t.Errorf("version %d was told as %d", n+1, got)
		}
	}
	value, err := m.Access(ctx, target, 2)
	must(t, err)
	if !bytes.Equal(value.Reveal(), []byte{1, 0, 0xff}) {
		t.Errorf("version 2 holds %d bytes", value.Len())
	}
	must(t, m.SetState(ctx, target, 1, store.StateDisabled, ""))
	must(t, m.SetState(ctx, target, 2, store.StateDestroyed, ""))
	all, err := m.All(ctx, target)
	must(t, err)
	if len(all) != 2 || all[0].Number != 2 || all[0].State != store.StateDestroyed || all[1].State != store.StateDisabled {
		t.Errorf("versions %+v", all)
	}
	must(t, m.SetState(ctx, target, 1, store.StateEnabled, all[1].Etag))
	if info, err := m.Info(ctx, target, 1); err != nil || info.State != store.StateEnabled || info.Created.IsZero() {
		t.Errorf("version 1 is %+v, error %v", info, err)
	}
	expires := time.Now().Add(time.Hour).Truncate(time.Second)
	changed, err := m.Update(ctx, target, store.Patch{Expires: &expires, Etag: made.Etag})
	must(t, err)
	if !changed.Expires.Equal(expires) || changed.Labels["a"] != "b" || changed.Annotations["c"] != "d" || changed.Target != target {
		t.Errorf("after the expiry was set: %+v", changed)
	}
	changed, err = m.Update(ctx, target, store.Patch{Expires: new(time.Time), Labels: map[string]string{}})
	must(t, err)
	if !changed.Expires.IsZero() || len(changed.Labels) != 0 || changed.Annotations["c"] != "d" {
		t.Errorf("after it was cleared: %+v", changed)
	}
	got, err := m.Get(ctx, target)
	must(t, err)
	if diff := cmp.Diff(changed, got); diff != "" {
		t.Errorf("secret (-updated +read):\n%s", diff)
	}
	for s, err := range m.List(ctx, "acme-dev") {
		must(t, err)
		if s.Target != target {
			t.Errorf("listed as %v", s.Target)
		}
	}
	for _, call := range server.Calls() {
		if call.Reason != "01change" {
			t.Errorf("%s bears the reason %q", call.Method, call.Reason)
		}
	}
}

func TestListsAreReadToTheirEnd(t *testing.T) {
	m, server := emulated(t)
	must(t, server.Console().Create("acme-dev", "db-password", nil))
	for range listPage + 3 {
		_, err := server.Console().AddVersion("acme-dev", "db-password", []byte("v"))
		must(t, err)
	}
	all, err := m.All(t.Context(), target)
	must(t, err)
	if len(all) != listPage+3 || all[0].Number != listPage+3 || all[len(all)-1].Number != 1 {
		t.Errorf("%d versions", len(all))
	}
}

func TestEveryRefusalIsTyped(t *testing.T) {
	m, server := emulated(t)
	must(t, server.Console().Create("acme-dev", "db-password", nil))
	_, err := server.Console().AddVersion("acme-dev", "db-password", []byte("v"))
	must(t, err)
	must(t, server.Console().SetState("acme-dev", "db-password", 1, secretmanager.Disabled))
	ctx := t.Context()
	nobody, elsewhere := store.Target{Project: "acme-dev", Name: "nobody"}, store.Target{Project: "other", Name: "x"}
	for name, row := range map[string]struct {
		want store.Kind
		call func() error
	}{
		"a missing secret":     {store.NotFound, func() error { _, err := m.Get(ctx, nobody); return err }},
		"a missing version":    {store.NotFound, func() error { _, err := m.Info(ctx, target, 9); return err }},
		"a version of nothing": {store.NotFound, func() error { _, err := m.Add(ctx, nobody, secret.NewValue([]byte("v"))); return err }},
		"another project":      {store.Denied, func() error { _, err := m.Get(ctx, elsewhere); return err }},
		"a second create":      {store.Exists, func() error { _, err := m.Create(ctx, target, store.Patch{}); return err }},
		"an old etag": {store.Stale, func() error {
			_, err := m.Update(ctx, target, store.Patch{Labels: map[string]string{}, Etag: `"0"`})
			return err
		}},
		"a disabled version":    {store.Stale, func() error { _, err := m.Access(ctx, target, 1); return err }},
		"no bytes":              {store.Invalid, func() error { _, err := m.Add(ctx, target, secret.Value{}); return err }},
		"a state there is none": {store.Invalid, func() error { return m.SetState(ctx, target, 1, "gone", "") }},
		"a bad label": {store.Invalid, func() error {
			_, err := m.Update(ctx, target, store.Patch{Labels: map[string]string{"A": ""}})
			return err
		}},
		"a list elsewhere": {store.Denied, func() (err error) {
			for _, err = range m.List(ctx, "other") {
			}
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			call, ok := errors.AsType[*store.CallError](row.call())
			if !ok || call.Kind != row.want || call.Effect() {
				t.Errorf("error %v, want %s", call, row.want)
			}
		})
	}
}

func TestALostAnswerLeavesTheEffectOpen(t *testing.T) {
	for _, kind := range []faults.Kind{faults.Lose, faults.Cut, faults.Drop, faults.Slow} {
		m, server := emulated(t)
		must(t, server.Console().Create("acme-dev", "db-password", nil))
		server.Faults().Add(faults.Fault{Method: "AddSecretVersion", Kind: kind, Delay: time.Minute, Times: 1})
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		_, err := m.Add(ctx, target, secret.NewValue([]byte("v")))
		cancel()
		call, ok := errors.AsType[*store.CallError](err)
		if !ok || !call.Effect() || strings.Contains(err.Error(), "connection") {
			t.Errorf("%s: %v", kind, err)
		}
		if n := len(server.Calls()); n != 1 {
			t.Errorf("%s: sent %d times", kind, n)
		}
	}
}

func TestNoCallIsRepeatedByTheClient(t *testing.T) {
	m, server := emulated(t)
	must(t, server.Console().Create("acme-dev", "db-password", nil))
	for _, status := range []int{503, 429} {
		server.Faults().Add(faults.Fault{Method: "AccessSecretVersion", Kind: faults.Refuse, Status: status, Times: 1})
		if _, err := m.Access(t.Context(), target, 1); err == nil {
			t.Error("no error")
		}
	}
	if n := len(server.Calls()); n != 2 {
		t.Errorf("two calls were sent %d times", n)
	}
}

func TestEndpointsMustBeLoopback(t *testing.T) {
	for endpoint, ok := range map[string]bool{
		"127.0.0.1:80": true, "[::1]:80": true, "127.8.8.8:1": true,
		"localhost:80": false, "127.0.0.1": false, "127.0.0.1:0": false, "10.0.0.1:80": false, "[::]:80": false, "0.0.0.0:80": false,
		"secretmanager.googleapis.com:443": false, "http://127.0.0.1:80": false, "127.0.0.1.example:80": false,
	} {
		if Loopback(endpoint) != ok {
			t.Errorf("loopback %s: %v", endpoint, !ok)
		}
		m, err := NewSecretManager(t.Context(), endpoint)
		if (err == nil) != ok || err != nil && !errors.Is(err, ErrNotLoopback) {
			t.Errorf("%s: %v", endpoint, err)
		}
		if m != nil {
			_ = m.Close()
		}
	}
}

// scripted is a service that answers as its fields say.
type scripted struct {
	secretmanagerpb.UnimplementedSecretManagerServiceServer
	err     error
	payload *secretmanagerpb.SecretPayload
	version *secretmanagerpb.SecretVersion
	added   *secretmanagerpb.SecretPayload
}

func (s *scripted) AccessSecretVersion(context.Context, *secretmanagerpb.AccessSecretVersionRequest) (*secretmanagerpb.AccessSecretVersionResponse, error) {
	return &secretmanagerpb.AccessSecretVersionResponse{Payload: s.payload}, s.err
}

func (s *scripted) AddSecretVersion(_ context.Context, r *secretmanagerpb.AddSecretVersionRequest) (*secretmanagerpb.SecretVersion, error) {
	s.added = r.Payload
	return s.version, s.err
}

func (s *scripted) serve(t *testing.T) *SecretManager {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	server := grpc.NewServer()
	secretmanagerpb.RegisterSecretManagerServiceServer(server, s)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return connected(t, listener.Addr().String())
}

func TestEveryCodeHasItsKind(t *testing.T) {
	s := new(scripted)
	m := s.serve(t)
	for code, want := range map[codes.Code]store.Kind{
		codes.Canceled: store.Ambiguous, codes.Unknown: store.Ambiguous, codes.DeadlineExceeded: store.Ambiguous,
		codes.Internal: store.Ambiguous, codes.DataLoss: store.Ambiguous, codes.Code(99): store.Ambiguous,
		codes.Unavailable: store.Unavailable, codes.ResourceExhausted: store.Busy,
		codes.NotFound: store.NotFound, codes.AlreadyExists: store.Exists,
		codes.PermissionDenied: store.Denied, codes.Unauthenticated: store.Denied,
		codes.FailedPrecondition: store.Stale, codes.Aborted: store.Stale,
		codes.InvalidArgument: store.Invalid, codes.OutOfRange: store.Invalid, codes.Unimplemented: store.Invalid,
	} {
		t.Run(code.String(), func(t *testing.T) {
			s.err = status.Error(code, "with the value hunter2 in its text")
			_, err := m.Add(t.Context(), target, secret.NewValue([]byte("hunter2")))
			call, ok := errors.AsType[*store.CallError](err)
			if !ok || call.Kind != want || call.Effect() != (want == store.Ambiguous || want == store.Unavailable) {
				t.Errorf("%v, want %s", err, want)
			}
			if strings.Contains(err.Error(), "hunter2") || errors.Unwrap(err) != nil {
				t.Error("the service's own text is passed on")
			}
		})
	}
}

func TestTheServiceSaysHowLongToWait(t *testing.T) {
	busy, err := status.New(codes.ResourceExhausted, "").WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(1500 * time.Millisecond)})
	must(t, err)
	_, err = (&scripted{err: busy.Err()}).serve(t).Access(t.Context(), target, 1)
	if call, ok := errors.AsType[*store.CallError](err); !ok || call.RetryAfter != 1500*time.Millisecond {
		t.Errorf("error %+v", call)
	}
}

func TestChecksumsAreCheckedBothWays(t *testing.T) {
	s := &scripted{version: &secretmanagerpb.SecretVersion{Name: "projects/1/secrets/s/versions/7"}}
	m := s.serve(t)
	n, err := m.Add(t.Context(), target, secret.NewValue([]byte("123456789")))
	must(t, err)
	if n != 7 || s.added.GetDataCrc32C() != 0xe3069283 { // the check value of CRC-32C (RFC 3720, B.4)
		t.Errorf("version %d, checksum %x", n, s.added.GetDataCrc32C())
	}
	s.payload = &secretmanagerpb.SecretPayload{Data: []byte("123456789"), DataCrc32C: new(int64(0xe3069283))}
	if v, err := m.Access(t.Context(), target, 7); err != nil || v.Len() != 9 {
		t.Errorf("error %v", err)
	}
	s.payload.Data[0]++
	v, err := m.Access(t.Context(), target, 7)
	if call, ok := errors.AsType[*store.CallError](err); !ok || call.Kind != store.Corrupt || v.Len() != 0 {
		t.Errorf("damaged bytes: error %v, %d bytes", err, v.Len())
	}
}

func TestAnAnswerWithoutANumberSaysNothing(t *testing.T) {
	for _, name := range []string{"", "projects/1/secrets/s/versions/latest", "projects/1/secrets/s/versions/-1"} {
		s := &scripted{version: &secretmanagerpb.SecretVersion{Name: name}}
		_, err := s.serve(t).Add(t.Context(), target, secret.NewValue([]byte("v")))
		if call, ok := errors.AsType[*store.CallError](err); !ok || !call.Effect() {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// inner marks the process of TestNoPayloadIsLogged that writes and reads a value.
const inner = "SECRETSTORE_TEST_PAYLOAD"

func TestNoPayloadIsLogged(t *testing.T) {
	if os.Getenv(inner) != "" {
		m, server := emulated(t)
		must(t, server.Console().Create("acme-dev", "db-password", nil))
		_, err := m.Add(t.Context(), target, secret.NewValue([]byte("canary in the mine")))
		must(t, err)
		_, err = m.Access(t.Context(), target, 1)
		must(t, err)
		return
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestNoPayloadIsLogged$", "-test.v")
	cmd.Env = append(os.Environ(), inner+"=1", "GOOGLE_SDK_GO_LOGGING_LEVEL=debug")
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("PASS")) {
		t.Fatalf("%v: %s", err, out)
	}
	for _, trace := range []string{"canary", "Y2FuYXJ5", "AddSecretVersion"} {
		if bytes.Contains(out, []byte(trace)) {
			t.Errorf("%s is logged", trace)
		}
	}
}
