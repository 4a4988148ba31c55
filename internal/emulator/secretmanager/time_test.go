package secretmanager

import (
	"testing"
	"time"

	gcp "cloud.google.com/go/secretmanager/apiv1"
	pb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"
)

func TestSecretExpires(t *testing.T) {
	clock := newClock()
	s := startServer(t, Options{Clock: clock.Now})
	c := dialGRPC(t, s)
	made := mustCreate(t, c, "s", &pb.Secret{Expiration: ttl(time.Hour)})
	mustAdd(t, c, "s", "x")
	if want := clock.Now().Add(time.Hour); !made.GetExpireTime().AsTime().Equal(want) {
		t.Errorf("expire time = %v, want %v", made.GetExpireTime().AsTime(), want)
	}
	clock.Advance(time.Hour - 1)
	if got := accessed(t, c, "s", "1"); got != "x" {
		t.Errorf("just before = %q, want x", got)
	}
	clock.Advance(1)
	if got := accessed(t, c, "s", "1"); got != codes.NotFound.String() {
		t.Errorf("at the time = %q, want NotFound", got)
	}
	if _, ok := s.Console().Secret("demo", "s"); ok {
		t.Error("the console still shows the expired secret")
	}
}

func TestExpiryCanBeMovedAndCleared(t *testing.T) {
	clock := newClock()
	c := dialGRPC(t, startServer(t, Options{Clock: clock.Now}))
	made := mustCreate(t, c, "s", &pb.Secret{Expiration: ttl(time.Hour)})
	if _, err := update(t, c, &pb.Secret{Name: made.GetName(), Expiration: ttl(3 * time.Hour)}, "ttl"); err != nil {
		t.Fatal(err)
	}
	clock.Advance(2 * time.Hour)
	got, err := update(t, c, &pb.Secret{Name: made.GetName()}, "expire_time")
	if err != nil || got.GetExpireTime() != nil {
		t.Fatalf("cleared = %v, %v", got, err)
	}
	clock.Advance(24 * time.Hour)
	if _, err := c.GetSecret(t.Context(), &pb.GetSecretRequest{Name: made.GetName()}); err != nil {
		t.Errorf("a secret without expiry: %v", err)
	}
}

func delayed(t *testing.T, c *gcp.Client) *pb.SecretVersion {
	t.Helper()
	mustCreate(t, c, "s", &pb.Secret{VersionDestroyTtl: durationpb.New(24 * time.Hour)})
	v, err := c.DestroySecretVersion(t.Context(), &pb.DestroySecretVersionRequest{Name: mustAdd(t, c, "s", "x").GetName()})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestDestroyIsDelayed(t *testing.T) {
	clock := newClock()
	s := startServer(t, Options{Clock: clock.Now})
	c := dialGRPC(t, s)
	v := delayed(t, c)
	want := clock.Now().Add(24 * time.Hour)
	if v.GetState() != pb.SecretVersion_DISABLED || !v.GetScheduledDestroyTime().AsTime().Equal(want) {
		t.Errorf("version = %v, want it disabled and its destruction at %v", v, want)
	}
	clock.Advance(24 * time.Hour)
	view, _ := s.Console().Secret("demo", "s")
	if got := view.Versions[0]; got.State != Destroyed || !got.Destroyed.Equal(want) {
		t.Errorf("version = %+v, want it destroyed at %v", got, want)
	}
	if _, ok := s.Console().Payload("demo", "s", 1); ok {
		t.Error("a destroyed version still has its payload")
	}
}

func TestEnableCancelsADelayedDestroy(t *testing.T) {
	clock := newClock()
	c := dialGRPC(t, startServer(t, Options{Clock: clock.Now}))
	v := delayed(t, c)
	v, err := c.EnableSecretVersion(t.Context(), &pb.EnableSecretVersionRequest{Name: v.GetName()})
	if err != nil || v.GetScheduledDestroyTime() != nil {
		t.Fatalf("enabled = %v, %v", v, err)
	}
	clock.Advance(48 * time.Hour)
	if got := accessed(t, c, "s", "1"); got != "x" {
		t.Errorf("version 1 = %q, want x", got)
	}
}
