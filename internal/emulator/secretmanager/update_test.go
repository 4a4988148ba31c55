package secretmanager

import (
	"testing"
	"time"

	pb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
)

func TestUpdateOfEveryField(t *testing.T) {
	c := dialGRPC(t, startServer(t, Options{Clock: newClock().Now}))
	made := mustCreate(t, c, "s", nil)
	inAnHour := rotation(time.Hour, 2*time.Hour)
	tests := []struct {
		name string
		mask []string
		sent *pb.Secret
		want *pb.Secret // what it has after; the steps build on each other
	}{
		{"topics", []string{"topics"}, &pb.Secret{Topics: topics(1)}, &pb.Secret{Topics: topics(1)}},
		{"rotation in two parts", []string{"rotation.next_rotation_time", "rotation.rotation_period"},
			&pb.Secret{Rotation: inAnHour}, &pb.Secret{Topics: topics(1), Rotation: inAnHour}},
		{"one part of rotation, the other kept", []string{"rotation.rotation_period"},
			&pb.Secret{Rotation: rotation(9*time.Hour, 3*time.Hour)}, &pb.Secret{Topics: topics(1), Rotation: rotation(time.Hour, 3*time.Hour)}},
		{"no rotation", []string{"rotation"}, &pb.Secret{}, &pb.Secret{Topics: topics(1)}},
		{"a delay of destruction, no topics", []string{"version_destroy_ttl", "topics", "etag"},
			&pb.Secret{VersionDestroyTtl: durationpb.New(48 * time.Hour)}, &pb.Secret{VersionDestroyTtl: durationpb.New(48 * time.Hour)}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.sent.Name = made.GetName()
			got, err := update(t, c, tt.sent, tt.mask...)
			if err != nil {
				t.Fatal(err)
			}
			tt.want.Name, tt.want.CreateTime, tt.want.Replication = made.GetName(), made.GetCreateTime(), made.GetReplication()
			if diff := cmp.Diff(tt.want, got, protocmp.Transform(), protocmp.IgnoreFields(&pb.Secret{}, "etag")); diff != "" {
				t.Errorf("secret (-want +got):\n%s", diff)
			}
		})
	}
	_, err := update(t, c, &pb.Secret{Name: made.GetName(), Rotation: inAnHour}, "rotation")
	wantCode(t, err, codes.InvalidArgument) // the topics are gone
}

func TestMalformedNamesAreRefused(t *testing.T) {
	c := dialGRPC(t, startServer(t, Options{}))
	for _, name := range []string{"", "s", "projects/demo", "projects//secrets/s", "project/demo/secrets/s", "projects/demo/secrets/s/versions/1"} {
		_, err := c.GetSecret(t.Context(), &pb.GetSecretRequest{Name: name})
		wantError(t, err, codes.InvalidArgument, "The provided Secret ID ["+name+"] does not match the expected format [projects/*/secrets/*]")
	}
}

func TestUserManagedReplicationIsShownOnVersions(t *testing.T) {
	c := dialGRPC(t, startServer(t, Options{}))
	replicas := []*pb.Replication_UserManaged_Replica{{Location: "europe-west3"}}
	_, err := c.CreateSecret(t.Context(), &pb.CreateSecretRequest{Parent: "projects/demo", SecretId: "s", Secret: &pb.Secret{
		Replication: &pb.Replication{Replication: &pb.Replication_UserManaged_{UserManaged: &pb.Replication_UserManaged{Replicas: replicas}}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	got := mustAdd(t, c, "s", "x").GetReplicationStatus().GetUserManaged().GetReplicas()
	if len(got) != 1 || got[0].GetLocation() != "europe-west3" {
		t.Errorf("replicas = %v, want europe-west3", got)
	}
}
