package secretmanager

import (
	"context"
	"path"
	"slices"
	"sync"
	"time"

	pb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// maxCalls bounds the memory of a long-lived demo; the oldest calls go first.
const maxCalls = 200_000

// Call is one call as it arrived, whatever came of it. It holds no payload.
type Call struct {
	Method   string // name of the RPC, such as "AddSecretVersion"
	Resource string // name or parent as the caller wrote it
	Reason   string // x-goog-request-reason, empty when absent
	Time     time.Time
}

type calls struct {
	mu  sync.Mutex
	all []Call
}

// Calls returns every call received so far, oldest first.
func (s *Server) Calls() []Call {
	s.calls.mu.Lock()
	defer s.calls.mu.Unlock()
	return slices.Clone(s.calls.all)
}

func (c *calls) record(call Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.all) == maxCalls {
		c.all = append(c.all[:0:0], c.all[maxCalls/2:]...)
	}
	c.all = append(c.all, call)
}

// intercept is the way of every call, over both protocols: it is recorded, what is due
// happens, its quota is charged, its fault is taken, and only then is it carried out.
func (s *Server) intercept(ctx context.Context, req any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	call := Call{Method: path.Base(info.FullMethod), Resource: resourceOf(req), Reason: requestReason(ctx), Time: s.clock()}
	s.calls.record(call)
	s.settle()
	if err := s.quota.charge(call); err != nil {
		return nil, err
	}
	fault, hit := s.plan.Take(call.Method)
	if !hit {
		return handle(ctx, req)
	}
	return s.misbehave(ctx, fault, func(ctx context.Context) (any, error) { return handle(ctx, req) })
}

func requestReason(ctx context.Context) string {
	if values := metadata.ValueFromIncomingContext(ctx, "x-goog-request-reason"); len(values) > 0 {
		return values[0]
	}
	return ""
}

func resourceOf(req any) string {
	switch r := req.(type) {
	case *pb.CreateSecretRequest:
		return r.GetParent() + "/secrets/" + r.GetSecretId()
	case *pb.UpdateSecretRequest:
		return r.GetSecret().GetName()
	case interface{ GetName() string }:
		return r.GetName()
	case interface{ GetParent() string }:
		return r.GetParent()
	case interface{ GetResource() string }:
		return r.GetResource()
	}
	return ""
}
