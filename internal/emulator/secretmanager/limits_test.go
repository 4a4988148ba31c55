package secretmanager

import (
	"fmt"
	"strings"
	"testing"
	"time"

	pb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func labels(n int) map[string]string {
	out := make(map[string]string)
	for i := range n {
		out[fmt.Sprintf("k%d", i)] = ""
	}
	return out
}

func topics(n int) []*pb.Topic {
	out := make([]*pb.Topic, n)
	for i := range out {
		out[i] = &pb.Topic{Name: fmt.Sprintf("projects/p/topics/t%d", i)}
	}
	return out
}

func ttl(d time.Duration) *pb.Secret_Ttl { return &pb.Secret_Ttl{Ttl: durationpb.New(d)} }

func rotation(lead, period time.Duration) *pb.Rotation {
	return &pb.Rotation{NextRotationTime: timestamppb.New(newClock().Now().Add(lead)), RotationPeriod: durationpb.New(period)}
}

func TestLimitsOfASecret(t *testing.T) {
	tests := []struct {
		name   string
		id     string // "s" when empty
		secret *pb.Secret
		ok     bool
	}{
		{name: "an id of 255 characters", id: strings.Repeat("a", 255), secret: &pb.Secret{}, ok: true},
		{name: "an id of 256 characters", id: strings.Repeat("a", 256), secret: &pb.Secret{}},
		{name: "an id with a dot", id: "s.dot", secret: &pb.Secret{}},
		{name: "an id with a slash", id: "a/b", secret: &pb.Secret{}},
		{name: "64 labels", secret: &pb.Secret{Labels: labels(64)}, ok: true},
		{name: "65 labels", secret: &pb.Secret{Labels: labels(65)}},
		{name: "a label key of 63 letters", secret: &pb.Secret{Labels: map[string]string{strings.Repeat("a", 63): "v"}}, ok: true},
		{name: "a label key of 64 letters", secret: &pb.Secret{Labels: map[string]string{strings.Repeat("a", 64): "v"}}},
		{name: "a label key over 128 bytes", secret: &pb.Secret{Labels: map[string]string{strings.Repeat("日", 43): "v"}}},
		{name: "a label key that starts with a digit", secret: &pb.Secret{Labels: map[string]string{"1a": "v"}}},
		{name: "a label value in upper case", secret: &pb.Secret{Labels: map[string]string{"k": "Prod"}}},
		{name: "an e-mail address as a label value", secret: &pb.Secret{Labels: map[string]string{"k": "a@example.com"}}},
		{name: "a label value of 63 letters", secret: &pb.Secret{Labels: map[string]string{"k": strings.Repeat("a", 63)}}, ok: true},
		{name: "a label value of 64 letters", secret: &pb.Secret{Labels: map[string]string{"k": strings.Repeat("a", 64)}}},
		{name: "free text as an annotation", secret: &pb.Secret{Annotations: map[string]string{"secretstore.owner": "A Person <a@example.com>"}}, ok: true},
		{name: "an annotation key that ends in a dot", secret: &pb.Secret{Annotations: map[string]string{"a.": ""}}},
		{name: "an annotation key of 64 characters", secret: &pb.Secret{Annotations: map[string]string{strings.Repeat("a", 64): ""}}},
		{name: "annotations of just under 16 KiB", secret: &pb.Secret{Annotations: map[string]string{"k": strings.Repeat("a", 16<<10-2)}}, ok: true},
		{name: "annotations of 16 KiB", secret: &pb.Secret{Annotations: map[string]string{"k": strings.Repeat("a", 16<<10-1)}}},
		{name: "an alias of a version that does not exist", secret: &pb.Secret{VersionAliases: map[string]int64{"prod": 1}}},
		{name: "10 topics", secret: &pb.Secret{Topics: topics(10)}, ok: true},
		{name: "11 topics", secret: &pb.Secret{Topics: topics(11)}},
		{name: "a topic that is not one", secret: &pb.Secret{Topics: []*pb.Topic{{Name: "t"}}}},
		{name: "a ttl", secret: &pb.Secret{Expiration: ttl(time.Hour)}, ok: true},
		{name: "a ttl of nothing", secret: &pb.Secret{Expiration: ttl(0)}},
		{name: "a ttl of 101 years", secret: &pb.Secret{Expiration: ttl(101 * 365 * 24 * time.Hour)}},
		{name: "an expiry in the past", secret: &pb.Secret{Expiration: &pb.Secret_ExpireTime{ExpireTime: timestamppb.New(newClock().Now().Add(-1))}}},
		{name: "rotation in 5 minutes, every hour", secret: &pb.Secret{Topics: topics(1), Rotation: rotation(300*time.Second, time.Hour)}, ok: true},
		{name: "rotation without a topic", secret: &pb.Secret{Rotation: rotation(time.Hour, time.Hour)}},
		{name: "rotation too soon", secret: &pb.Secret{Topics: topics(1), Rotation: rotation(299*time.Second, time.Hour)}},
		{name: "rotation too often", secret: &pb.Secret{Topics: topics(1), Rotation: rotation(time.Hour, time.Hour-1)}},
		{name: "a rotation period without a time", secret: &pb.Secret{Topics: topics(1), Rotation: &pb.Rotation{RotationPeriod: durationpb.New(time.Hour)}}},
		{name: "a delay of destruction of 24 hours", secret: &pb.Secret{VersionDestroyTtl: durationpb.New(24 * time.Hour)}, ok: true},
		{name: "a delay of destruction of less", secret: &pb.Secret{VersionDestroyTtl: durationpb.New(24*time.Hour - 1)}},
		{name: "a delay of destruction over 1000 days", secret: &pb.Secret{VersionDestroyTtl: durationpb.New(1001 * 24 * time.Hour)}},
		{name: "encryption of a regional secret", secret: &pb.Secret{CustomerManagedEncryption: &pb.CustomerManagedEncryption{}}},
		{name: "no secret at all"},
	}
	s := startServer(t, Options{Clock: newClock().Now})
	c := dialGRPC(t, s)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			id := tt.id
			if id == "" {
				id = "s"
			}
			if tt.secret != nil {
				tt.secret.Replication = automatic()
			}
			_, err := c.CreateSecret(t.Context(), &pb.CreateSecretRequest{Parent: "projects/demo", SecretId: id, Secret: tt.secret})
			if !tt.ok {
				wantCode(t, err, codes.InvalidArgument)
				return
			}
			if err != nil {
				t.Fatalf("refused: %v", err)
			}
			if err := s.Console().Delete("demo", id); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestReplicationIsRequiredAndNeedsReplicas(t *testing.T) {
	c := dialGRPC(t, startServer(t, Options{}))
	for name, r := range map[string]*pb.Replication{
		"none":        nil,
		"no replicas": {Replication: &pb.Replication_UserManaged_{UserManaged: &pb.Replication_UserManaged{}}},
	} {
		_, err := c.CreateSecret(t.Context(), &pb.CreateSecretRequest{Parent: "projects/demo", SecretId: "s", Secret: &pb.Secret{Replication: r}})
		if codeOf(err) != codes.InvalidArgument {
			t.Errorf("replication %s: %v, want INVALID_ARGUMENT", name, err)
		}
	}
}

func TestLimitsOfAPayload(t *testing.T) {
	tests := []struct {
		name    string
		payload *pb.SecretPayload
		want    string // empty: taken
	}{
		{"64 KiB", &pb.SecretPayload{Data: make([]byte, 64<<10)}, ""},
		{"one byte more", &pb.SecretPayload{Data: make([]byte, 64<<10+1)}, "Secret Payload cannot be larger than 65536 bytes."},
		{"no payload", nil, "Field [payload] is required."},
		{"an empty payload", &pb.SecretPayload{}, "Secret Payload cannot be empty."},
		{"a wrong checksum", &pb.SecretPayload{Data: []byte("x"), DataCrc32C: proto.Int64(1)}, "The data_crc32c of the Secret Payload does not match its data."},
	}
	s := startServer(t, Options{})
	for _, d := range dialers() {
		c := d.dial(t, s)
		mustCreate(t, c, d.name, nil)
		for _, tt := range tests {
			t.Run(d.name+"/"+tt.name, func(t *testing.T) {
				_, err := c.AddSecretVersion(t.Context(), &pb.AddSecretVersionRequest{Parent: "projects/demo/secrets/" + d.name, Payload: tt.payload})
				if tt.want != "" {
					wantError(t, err, codes.InvalidArgument, tt.want)
				} else if err != nil {
					t.Errorf("refused: %v", err)
				}
			})
		}
		if view, _ := s.Console().Secret("demo", d.name); len(view.Versions) != 1 {
			t.Errorf("%s made %d versions, want the one that was taken", d.name, len(view.Versions))
		}
	}
}

func TestAliasesAreLimited(t *testing.T) {
	s := startServer(t, Options{})
	c := dialGRPC(t, s)
	made := mustCreate(t, c, "s", nil)
	mustAdd(t, c, "s", "x")
	many := make(map[string]int64)
	for i := range 51 {
		many[fmt.Sprintf("a%d", i)] = 1
	}
	tests := []struct {
		name    string
		aliases map[string]int64
		ok      bool
	}{
		{"a plain one", map[string]int64{"prod_1-a": 1}, true},
		{"latest", map[string]int64{"latest": 1}, false},
		{"NEW", map[string]int64{"NEW": 1}, false},
		{"one that starts with a digit", map[string]int64{"1st": 1}, false},
		{"one of 64 characters", map[string]int64{strings.Repeat("a", 64): 1}, false},
		{"one of a version to come", map[string]int64{"prod": 2}, false},
		{"51 of them", many, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := update(t, c, &pb.Secret{Name: made.GetName(), VersionAliases: tt.aliases}, "version_aliases")
			if tt.ok && err != nil {
				t.Errorf("refused: %v", err)
			} else if !tt.ok {
				wantCode(t, err, codes.InvalidArgument)
			}
		})
	}
}
