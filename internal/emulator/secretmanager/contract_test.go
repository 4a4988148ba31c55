package secretmanager

import (
	"errors"
	"strings"
	"testing"

	gcp "cloud.google.com/go/secretmanager/apiv1"
	pb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/googleapi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// A rule is something that both of Google's Go clients must see alike.
type rule struct {
	name string
	run  func(*testing.T, *Server, *gcp.Client)
}

func runBoth(t *testing.T, rules []rule) {
	for _, d := range dialers() {
		for _, r := range rules {
			t.Run(d.name+"/"+r.name, func(t *testing.T) {
				s := startServer(t, Options{Clock: newClock().Now})
				r.run(t, s, d.dial(t, s))
			})
		}
	}
}

func TestVersions(t *testing.T) {
	runBoth(t, []rule{
		{"a version is read by number, byte for byte, with its checksum", func(t *testing.T, _ *Server, c *gcp.Client) {
			mustCreate(t, c, "s", nil)
			data := []byte("\x00\xff binary \n\n")
			v, err := c.AddSecretVersion(t.Context(), &pb.AddSecretVersionRequest{
				Parent:  "projects/demo/secrets/s",
				Payload: &pb.SecretPayload{Data: data, DataCrc32C: proto.Int64(checksum(data))},
			})
			if err != nil {
				t.Fatal(err)
			}
			if !v.GetClientSpecifiedPayloadChecksum() || v.GetName() != "projects/123/secrets/s/versions/1" {
				t.Errorf("version = %v, want number 1 with the client's checksum", v)
			}
			got, err := access(t.Context(), c, "s", "1")
			if err != nil || string(got.GetPayload().GetData()) != string(data) || got.GetPayload().GetDataCrc32C() != checksum(data) {
				t.Errorf("access = %v, %v; want the bytes and their checksum", got, err)
			}
		}},
		{"a payload without a checksum gets one from the server", func(t *testing.T, _ *Server, c *gcp.Client) {
			mustCreate(t, c, "s", nil)
			if mustAdd(t, c, "s", "x").GetClientSpecifiedPayloadChecksum() {
				t.Error("the server says that the client sent a checksum")
			}
			if got, err := access(t.Context(), c, "s", "1"); err != nil || got.GetPayload().GetDataCrc32C() != checksum([]byte("x")) {
				t.Errorf("access = %v, %v; want the server's checksum", got, err)
			}
		}},
		{"latest is the newest created version, even if it is disabled", func(t *testing.T, _ *Server, c *gcp.Client) {
			mustCreate(t, c, "s", nil)
			mustAdd(t, c, "s", "one")
			newest := mustAdd(t, c, "s", "two")
			if got, err := access(t.Context(), c, "s", "latest"); err != nil || got.GetName() != "projects/123/secrets/s/versions/2" {
				t.Errorf("latest = %v, %v; want version 2 under its number", got, err)
			}
			if _, err := c.DisableSecretVersion(t.Context(), &pb.DisableSecretVersionRequest{Name: newest.GetName()}); err != nil {
				t.Fatal(err)
			}
			_, err := access(t.Context(), c, "s", "latest")
			wantError(t, err, codes.FailedPrecondition, "Secret Version [projects/123/secrets/s/versions/2] is in DISABLED state.")
			if got := accessed(t, c, "s", "1"); got != "one" {
				t.Errorf("version 1 = %q, want it untouched", got)
			}
		}},
		{"a destroyed version keeps its number and loses its payload", func(t *testing.T, _ *Server, c *gcp.Client) {
			mustCreate(t, c, "s", nil)
			v, err := c.DestroySecretVersion(t.Context(), &pb.DestroySecretVersionRequest{Name: mustAdd(t, c, "s", "x").GetName()})
			if err != nil || v.GetState() != pb.SecretVersion_DESTROYED || v.GetDestroyTime() == nil {
				t.Errorf("destroyed = %v, %v", v, err)
			}
			_, err = access(t.Context(), c, "s", "1")
			wantError(t, err, codes.FailedPrecondition, "Secret Version [projects/123/secrets/s/versions/1] is in DESTROYED state.")
			_, err = c.EnableSecretVersion(t.Context(), &pb.EnableSecretVersionRequest{Name: v.GetName()})
			wantCode(t, err, codes.FailedPrecondition)
			if next := mustAdd(t, c, "s", "y"); !strings.HasSuffix(next.GetName(), "/versions/2") {
				t.Errorf("next version = %s, want 2", next.GetName())
			}
		}},
		{"an alias reads its version and changes none", func(t *testing.T, _ *Server, c *gcp.Client) {
			made := mustCreate(t, c, "s", nil)
			mustAdd(t, c, "s", "one")
			mustAdd(t, c, "s", "two")
			_, err := update(t, c, &pb.Secret{Name: made.GetName(), VersionAliases: map[string]int64{"prod": 1}}, "version_aliases")
			if err != nil {
				t.Fatal(err)
			}
			if got := accessed(t, c, "s", "prod"); got != "one" {
				t.Errorf("prod = %q, want one", got)
			}
			_, err = c.DisableSecretVersion(t.Context(), &pb.DisableSecretVersionRequest{Name: made.GetName() + "/versions/prod"})
			wantCode(t, err, codes.InvalidArgument)
		}},
		{"what is not there is NOT_FOUND, in the service's words", func(t *testing.T, _ *Server, c *gcp.Client) {
			_, err := c.GetSecret(t.Context(), &pb.GetSecretRequest{Name: "projects/demo/secrets/s"})
			wantError(t, err, codes.NotFound, "Secret [projects/123/secrets/s] not found.")
			mustCreate(t, c, "s", nil)
			_, err = access(t.Context(), c, "s", "7")
			wantError(t, err, codes.NotFound, "Secret Version [projects/123/secrets/s/versions/7] not found.")
			_, err = access(t.Context(), c, "s", "latest")
			wantCode(t, err, codes.NotFound)
		}},
	})
}

func TestVersionEtags(t *testing.T) {
	runBoth(t, []rule{
		{"enabling what is enabled succeeds and changes the etag", func(t *testing.T, _ *Server, c *gcp.Client) {
			mustCreate(t, c, "s", nil)
			v := mustAdd(t, c, "s", "x")
			again, err := c.EnableSecretVersion(t.Context(), &pb.EnableSecretVersionRequest{Name: v.GetName(), Etag: v.GetEtag()})
			if err != nil || again.GetEtag() == v.GetEtag() {
				t.Errorf("enabled = %v, %v; want another etag than %s", again, err, v.GetEtag())
			}
		}},
		{"a stale etag is FAILED_PRECONDITION and changes nothing", func(t *testing.T, _ *Server, c *gcp.Client) {
			mustCreate(t, c, "s", nil)
			v := mustAdd(t, c, "s", "x")
			for _, try := range []func() error{
				func() error {
					_, err := c.DisableSecretVersion(t.Context(), &pb.DisableSecretVersionRequest{Name: v.GetName(), Etag: `"old"`})
					return err
				},
				func() error {
					_, err := c.DestroySecretVersion(t.Context(), &pb.DestroySecretVersionRequest{Name: v.GetName(), Etag: `"old"`})
					return err
				},
			} {
				wantCode(t, try(), codes.FailedPrecondition)
			}
			if got := accessed(t, c, "s", "1"); got != "x" {
				t.Errorf("version 1 = %q, want it untouched", got)
			}
		}},
		{"a version that is added leaves the secret's etag alone", func(t *testing.T, _ *Server, c *gcp.Client) {
			made := mustCreate(t, c, "s", nil)
			mustAdd(t, c, "s", "x")
			got, err := c.GetSecret(t.Context(), &pb.GetSecretRequest{Name: made.GetName()})
			if err != nil || got.GetEtag() != made.GetEtag() {
				t.Errorf("etag = %s, %v; want %s", got.GetEtag(), err, made.GetEtag())
			}
		}},
	})
}

func TestSecrets(t *testing.T) {
	runBoth(t, []rule{
		{"names come back with the project's number and are taken with either", func(t *testing.T, _ *Server, c *gcp.Client) {
			made := mustCreate(t, c, "s", &pb.Secret{Labels: map[string]string{"team": "a"}})
			if made.GetName() != "projects/123/secrets/s" {
				t.Errorf("name = %s, want the number", made.GetName())
			}
			for _, name := range []string{"projects/demo/secrets/s", made.GetName()} {
				got, err := c.GetSecret(t.Context(), &pb.GetSecretRequest{Name: name})
				if err != nil || !proto.Equal(got, made) {
					t.Errorf("get %s = %v, %v; want %v", name, got, err, made)
				}
			}
		}},
		{"a second secret of the same name is ALREADY_EXISTS", func(t *testing.T, _ *Server, c *gcp.Client) {
			mustCreate(t, c, "s", nil)
			_, err := c.CreateSecret(t.Context(), &pb.CreateSecretRequest{Parent: "projects/demo", SecretId: "s", Secret: &pb.Secret{Replication: automatic()}})
			wantError(t, err, codes.AlreadyExists, "Secret [projects/123/secrets/s] already exists.")
		}},
		{"an unknown project is PERMISSION_DENIED, whether it exists or not", func(t *testing.T, _ *Server, c *gcp.Client) {
			_, err := c.AccessSecretVersion(t.Context(), &pb.AccessSecretVersionRequest{Name: "projects/other/secrets/s/versions/1"})
			wantError(t, err, codes.PermissionDenied, "Permission 'secretmanager.versions.access' denied for resource 'projects/other/secrets/s/versions/1' (or it may not exist).")
			_, err = c.CreateSecret(t.Context(), &pb.CreateSecretRequest{Parent: "projects/other", SecretId: "s", Secret: &pb.Secret{Replication: automatic()}})
			wantCode(t, err, codes.PermissionDenied)
		}},
		{"an update replaces what the mask names, and nothing else", func(t *testing.T, _ *Server, c *gcp.Client) {
			made := mustCreate(t, c, "s", &pb.Secret{Labels: map[string]string{"a": "1"}, Annotations: map[string]string{"kept": "yes"}})
			got, err := update(t, c, &pb.Secret{Name: made.GetName(), Labels: map[string]string{"b": "2"}, Etag: made.GetEtag()}, "labels")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(map[string]string{"b": "2"}, got.GetLabels()); diff != "" {
				t.Errorf("labels (-want +got):\n%s", diff)
			}
			if got.GetAnnotations()["kept"] != "yes" || got.GetEtag() == made.GetEtag() {
				t.Errorf("updated = %v, want annotations kept and a new etag", got)
			}
		}},
		{"an update needs a mask of fields that can be changed", func(t *testing.T, _ *Server, c *gcp.Client) {
			made := mustCreate(t, c, "s", nil)
			for _, mask := range [][]string{nil, {"replication"}, {"create_time"}} {
				_, err := update(t, c, &pb.Secret{Name: made.GetName()}, mask...)
				wantCode(t, err, codes.InvalidArgument)
			}
		}},
		{"a stale etag is FAILED_PRECONDITION for update and delete", func(t *testing.T, _ *Server, c *gcp.Client) {
			made := mustCreate(t, c, "s", nil)
			fresh, err := update(t, c, &pb.Secret{Name: made.GetName()}, "labels")
			if err != nil || fresh.GetEtag() == made.GetEtag() {
				t.Fatalf("an update without a change = %v, %v; want a new etag", fresh, err)
			}
			_, err = update(t, c, &pb.Secret{Name: made.GetName(), Etag: made.GetEtag()}, "labels")
			wantCode(t, err, codes.FailedPrecondition)
			err = c.DeleteSecret(t.Context(), &pb.DeleteSecretRequest{Name: made.GetName(), Etag: made.GetEtag()})
			wantCode(t, err, codes.FailedPrecondition)
			if err := c.DeleteSecret(t.Context(), &pb.DeleteSecretRequest{Name: made.GetName(), Etag: fresh.GetEtag()}); err != nil {
				t.Errorf("delete with the current etag: %v", err)
			}
			err = c.DeleteSecret(t.Context(), &pb.DeleteSecretRequest{Name: made.GetName()})
			wantCode(t, err, codes.NotFound)
		}},
		{"a secret of one location is UNIMPLEMENTED, with a sentence", func(t *testing.T, _ *Server, c *gcp.Client) {
			_, err := c.GetSecret(t.Context(), &pb.GetSecretRequest{Name: "projects/demo/locations/europe-west3/secrets/s"})
			wantError(t, err, codes.Unimplemented, "Secrets of one location are not emulated; use projects/*/secrets/*.")
		}},
	})
}

func update(t *testing.T, c *gcp.Client, s *pb.Secret, mask ...string) (*pb.Secret, error) {
	t.Helper()
	return c.UpdateSecret(t.Context(), &pb.UpdateSecretRequest{Secret: s, UpdateMask: &fieldmaskpb.FieldMask{Paths: mask}})
}

// wantError compares the whole message that the service sent.
func wantError(t *testing.T, err error, code codes.Code, message string) {
	t.Helper()
	wantCode(t, err, code)
	got := status.Convert(err).Message()
	if rest, ok := errors.AsType[*googleapi.Error](err); ok {
		got = rest.Message
	}
	if got != message {
		t.Errorf("message = %q, want %q", got, message)
	}
}
