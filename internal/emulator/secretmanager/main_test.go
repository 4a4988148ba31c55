package secretmanager

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	gcp "cloud.google.com/go/secretmanager/apiv1"
	pb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"
	rpccode "google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

// testClock is moved by hand.
type testClock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *testClock {
	return &testClock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
}

func (c *testClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *testClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// startServer serves project demo, number 123.
func startServer(t *testing.T, opts Options) *Server {
	t.Helper()
	if opts.Projects == nil {
		opts.Projects = map[string]int64{"demo": 123}
	}
	s, err := Start(opts)
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// A dialer connects one of Google's own clients.
type dialer struct {
	name string
	dial func(*testing.T, *Server) *gcp.Client
}

func dialers() []dialer { return []dialer{{"gRPC", dialGRPC}, {"REST", dialREST}} }

func dialGRPC(t *testing.T, s *Server) *gcp.Client {
	t.Helper()
	c, err := gcp.NewClient(t.Context(), option.WithEndpoint(s.Addr()), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	return closing(t, c, err)
}

func dialREST(t *testing.T, s *Server) *gcp.Client {
	t.Helper()
	c, err := gcp.NewRESTClient(t.Context(), option.WithEndpoint("http://"+s.Addr()), option.WithoutAuthentication())
	return closing(t, c, err)
}

func closing(t *testing.T, c *gcp.Client, err error) *gcp.Client {
	t.Helper()
	if err != nil {
		t.Fatalf("new client: %v", err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func automatic() *pb.Replication {
	return &pb.Replication{Replication: &pb.Replication_Automatic_{Automatic: &pb.Replication_Automatic{}}}
}

func mustCreate(t *testing.T, c *gcp.Client, id string, s *pb.Secret) *pb.Secret {
	t.Helper()
	if s == nil {
		s = &pb.Secret{}
	}
	s.Replication = automatic()
	made, err := c.CreateSecret(t.Context(), &pb.CreateSecretRequest{Parent: "projects/demo", SecretId: id, Secret: s})
	if err != nil {
		t.Fatalf("create %s: %v", id, err)
	}
	return made
}

func mustAdd(t *testing.T, c *gcp.Client, id, data string) *pb.SecretVersion {
	t.Helper()
	v, err := add(t.Context(), c, id, data)
	if err != nil {
		t.Fatalf("add a version to %s: %v", id, err)
	}
	return v
}

func add(ctx context.Context, c *gcp.Client, id, data string) (*pb.SecretVersion, error) {
	return c.AddSecretVersion(ctx, &pb.AddSecretVersionRequest{
		Parent: "projects/demo/secrets/" + id, Payload: &pb.SecretPayload{Data: []byte(data)},
	})
}

func access(ctx context.Context, c *gcp.Client, id, version string) (*pb.AccessSecretVersionResponse, error) {
	return c.AccessSecretVersion(ctx, &pb.AccessSecretVersionRequest{Name: "projects/demo/secrets/" + id + "/versions/" + version})
}

// accessed is the payload, or the code of the error.
func accessed(t *testing.T, c *gcp.Client, id, version string) string {
	t.Helper()
	answer, err := access(t.Context(), c, id, version)
	if err != nil {
		return codeOf(err).String()
	}
	return string(answer.GetPayload().GetData())
}

func wantCode(t *testing.T, err error, want codes.Code) {
	t.Helper()
	if got := codeOf(err); got != want {
		t.Errorf("code = %v, want %v (error: %v)", got, want, err)
	}
}

// codeOf reads the status of a REST answer's body: the Go client itself guesses a code
// from the HTTP status alone and takes FAILED_PRECONDITION for INVALID_ARGUMENT.
func codeOf(err error) codes.Code {
	var answer struct {
		Error struct {
			Status string `json:"status"`
		} `json:"error"`
	}
	if rest, ok := errors.AsType[*googleapi.Error](err); ok && json.Unmarshal([]byte(rest.Body), &answer) == nil {
		return codes.Code(rpccode.Code_value[answer.Error.Status])
	}
	return status.Code(err)
}

func secretWithTTL(id string, d time.Duration) *pb.Secret {
	return &pb.Secret{Name: "projects/demo/secrets/" + id, Expiration: ttl(d)}
}
