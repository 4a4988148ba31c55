package secretmanager

import (
	"fmt"
	"testing"
	"time"

	pb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
)

func TestQuotaOfOneSecret(t *testing.T) {
	clock := newClock()
	c := dialGRPC(t, startServer(t, Options{Clock: clock.Now, Quotas: true}))
	made := mustCreate(t, c, "s", nil)
	mustAdd(t, c, "s", "1")
	if _, err := update(t, c, &pb.Secret{Name: made.GetName()}, "labels"); err != nil {
		t.Fatalf("an update beside an add: %v", err)
	}
	_, err := add(t.Context(), c, "s", "too much")
	wantError(t, err, codes.ResourceExhausted, "Quota exceeded for quota metric 'Write requests per secret' and limit 'Write requests per secret per minute' of service 'secretmanager.googleapis.com' for consumer 'project_number:123'.")
	mustCreate(t, c, "other", nil)
	mustAdd(t, c, "other", "another secret has its own")
	clock.Advance(time.Second)
	mustAdd(t, c, "s", "2")
}

func TestQuotaOfOneVersion(t *testing.T) {
	clock := newClock()
	c := dialGRPC(t, startServer(t, Options{Clock: clock.Now, Quotas: true}))
	mustCreate(t, c, "s", nil)
	v := mustAdd(t, c, "s", "x")
	disable := func() error {
		_, err := c.DisableSecretVersion(t.Context(), &pb.DisableSecretVersionRequest{Name: v.GetName()})
		return err
	}
	if err := disable(); err != nil {
		t.Fatal(err)
	}
	wantCode(t, disable(), codes.ResourceExhausted)
	clock.Advance(time.Second)
	if err := disable(); err != nil {
		t.Errorf("a second later: %v", err)
	}
}

func TestQuotaOfAProject(t *testing.T) {
	clock := newClock()
	s := startServer(t, Options{Clock: clock.Now, Quotas: true})
	c := dialGRPC(t, s)
	create := func(id string) error {
		_, err := c.CreateSecret(t.Context(), &pb.CreateSecretRequest{Parent: "projects/demo", SecretId: id, Secret: &pb.Secret{Replication: automatic()}})
		return err
	}
	for i := range 600 {
		if err := create(fmt.Sprintf("s%d", i)); err != nil {
			t.Fatalf("create %d: %v", i, err)
		}
	}
	wantCode(t, create("one-more"), codes.ResourceExhausted)
	if err := s.Console().Create("demo", "by-hand", nil); err != nil {
		t.Errorf("the console has no quota, but: %v", err)
	}
	clock.Advance(time.Minute)
	if err := create("one-more"); err != nil {
		t.Errorf("a minute later: %v", err)
	}
}
