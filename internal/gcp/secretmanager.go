package gcp

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"path"

	secretmanager "cloud.google.com/go/secretmanager/apiv1"
	"github.com/googleapis/gax-go/v2"
	"github.com/googleapis/gax-go/v2/callctx"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"secretstore/internal/store"
)

// SecretManager is Google Secret Manager behind the law's two interfaces. Its methods may
// be called at the same time.
type SecretManager struct {
	client *secretmanager.Client
	// Called, if set before the first call, is told of each call that was made: the method,
	// such as "AddSecretVersion", and the error's kind, "" for none.
	Called func(method string, kind store.Kind)
}

var (
	_ store.Secrets  = (*SecretManager)(nil)
	_ store.Versions = (*SecretManager)(nil)
)

// Errors of the start.
var (
	ErrNotLoopback = errors.New("gcp: an endpoint override must be a loopback address with a port")
	ErrCredentials = errors.New("gcp: no usable credentials")
)

// NewSecretManager connects to Google with the default credentials, or, when endpoint is
// not empty, without any to a loopback emulator (host:port, plaintext gRPC). Close it.
func NewSecretManager(ctx context.Context, endpoint string) (*SecretManager, error) {
	// One connection: its 100 calls at a time are more than quotas allow, and four took a
	// fifth off what one core gets done.
	//
	// Nobody reads the OpenTelemetry of the client, which was a quarter of the cost of a call.
	m := new(SecretManager)
	opts := []option.ClientOption{option.WithLogger(slog.New(slog.DiscardHandler)), option.WithTelemetryDisabled(),
		option.WithGRPCDialOption(grpc.WithChainUnaryInterceptor(m.count))}
	if endpoint != "" {
		if !Loopback(endpoint) {
			return nil, ErrNotLoopback
		}
		opts = append(opts, option.WithEndpoint(endpoint), option.WithoutAuthentication(),
			option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	}
	client, err := secretmanager.NewClient(ctx, opts...)
	if err != nil {
		return nil, ErrCredentials // the library's text may quote a credentials file
	}
	// The client retries this one call by itself, 2 s later at the soonest. Whether a call
	// is repeated, and when, is the law's to say.
	client.CallOptions.AccessSecretVersion = append(client.CallOptions.AccessSecretVersion, gax.WithRetry(nil))
	m.client = client
	return m, nil
}

// count makes a call and tells whoever counts them.
func (m *SecretManager) count(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, call grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	err := call(ctx, method, request, reply, conn, opts...)
	if m.Called != nil {
		m.Called(path.Base(method), kindOf(err))
	}
	return err
}

// Close ends the connection.
func (m *SecretManager) Close() error { return m.client.Close() }

// Loopback reports whether hostport is a numeric loopback address with a port. Names are
// refused: what "localhost" means is up to a file.
func Loopback(hostport string) bool {
	a, err := netip.ParseAddrPort(hostport)
	return err == nil && a.Addr().IsLoopback() && a.Port() != 0
}

// tagged sends the change's id along, for Google's audit log.
func tagged(ctx context.Context) context.Context {
	if id := store.ChangeOf(ctx); id != "" {
		return callctx.SetHeaders(ctx, "x-goog-request-reason", id)
	}
	return ctx
}
