package secretmanager

import (
	"context"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"secretstore/internal/emulator/faults"

	rpccode "google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

type effect func(context.Context) (any, error)

// misbehave carries one call out, or not, as its fault says.
//
// Drop and Cut close the whole connection, as a broken network does: over gRPC every
// call that shares it fails as well.
func (s *Server) misbehave(ctx context.Context, f faults.Fault, carryOut effect) (any, error) {
	switch f.Kind {
	case faults.Refuse:
		return nil, faultError(ctx, f)
	case faults.Lose:
		_, _ = carryOut(ctx)
		return nil, faultError(ctx, f)
	case faults.Drop:
		return nil, disconnect(ctx)
	case faults.Cut:
		_, _ = carryOut(ctx)
		return nil, disconnect(ctx)
	case faults.Slow:
		if err := s.wait(ctx, f.Delay); err != nil {
			return nil, err
		}
	case faults.Late:
		s.late.add(s.clock().Add(f.Delay), func() { _, _ = carryOut(context.WithoutCancel(ctx)) })
		return nil, faultError(ctx, f)
	case faults.Stale:
		ctx = context.WithValue(ctx, staleKey{}, true)
	}
	return carryOut(ctx)
}

// staleKey marks the context of a read that must not see the newest write.
type staleKey struct{}

func isStale(ctx context.Context) bool { return ctx.Value(staleKey{}) != nil }

// wait takes real time, whatever the clock says.
func (s *Server) wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return status.FromContextError(ctx.Err()).Err()
	case <-s.closing:
		return status.Error(codes.Unavailable, "The service is shutting down.")
	}
}

func disconnect(ctx context.Context) error {
	if conn, ok := ctx.Value(connKey{}).(net.Conn); ok {
		_ = conn.Close()
	}
	return status.Error(codes.Unavailable, "The connection was closed.") // reaches nobody
}

// faultError is the error that a fault asks for. Fault.Error may name a code
// ("ALREADY_EXISTS") where the HTTP status leaves a choice; other text is the message. A
// delay is told in both places where clients look: the header, and gRPC's RetryInfo.
func faultError(ctx context.Context, f faults.Fault) error {
	code, message := codeOfHTTP(f.Status), "The service is currently unavailable."
	if code != codes.Unavailable {
		message = http.StatusText(f.Status)
	}
	if named, ok := rpccode.Code_value[f.Error]; ok {
		code = codes.Code(named)
	} else if f.Error != "" {
		message = f.Error
	}
	failure := status.New(code, message)
	if f.RetryAfter > 0 {
		seconds := strconv.Itoa(int(f.RetryAfter / time.Second))
		_ = grpc.SetHeader(ctx, metadata.Pairs("retry-after", seconds))
		detailed, err := failure.WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(f.RetryAfter)})
		if err == nil { // only a fault that says OK has no room for details
			failure = detailed
		}
	}
	return failure.Err()
}

// codeOfHTTP is the inverse of the mapping in google/rpc/code.proto; of several codes
// with one status it takes the commonest.
func codeOfHTTP(httpStatus int) codes.Code {
	switch httpStatus {
	case 400:
		return codes.InvalidArgument
	case 401:
		return codes.Unauthenticated
	case 403:
		return codes.PermissionDenied
	case 404:
		return codes.NotFound
	case 409:
		return codes.Aborted
	case 429:
		return codes.ResourceExhausted
	case 499:
		return codes.Canceled
	case 500:
		return codes.Internal
	case 501:
		return codes.Unimplemented
	case 504:
		return codes.DeadlineExceeded
	}
	return codes.Unavailable
}

// late holds effects whose callers were told of an error long before. They happen when
// the clock has passed their time and the next call arrives or the console looks: nobody
// can see a difference, and an injected clock decides alone.
type late struct {
	mu      sync.Mutex
	effects []lateEffect
}

type lateEffect struct {
	due   time.Time
	apply func()
}

func (l *late) add(due time.Time, apply func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.effects = append(l.effects, lateEffect{due, apply})
	slices.SortStableFunc(l.effects, func(a, b lateEffect) int { return a.due.Compare(b.due) })
}

// settle applies the late effects that are due. The lock is held meanwhile, so that no
// other call overtakes one.
func (s *Server) settle() {
	s.late.mu.Lock()
	defer s.late.mu.Unlock()
	now := s.clock()
	for len(s.late.effects) > 0 && !s.late.effects[0].due.After(now) {
		next := s.late.effects[0]
		s.late.effects = s.late.effects[1:]
		next.apply()
	}
}
