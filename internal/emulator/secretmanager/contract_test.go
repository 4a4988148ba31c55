package secretmanager

import (
	"testing"

	gcp "cloud.google.com/go/secretmanager/apiv1"
	pb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/protobuf/proto"
)

// contract is what both of Google's Go clients must see alike.
var contract = []struct {
	name string
	run  func(*testing.T, *Server, *gcp.Client)
}{
	{"a version that was added is accessed by number, byte for byte", func(t *testing.T, _ *Server, c *gcp.Client) {
		mustCreate(t, c, "s", nil)
		data := "\x00\xff binary \n\n"
		v, err := c.AddSecretVersion(t.Context(), &pb.AddSecretVersionRequest{
			Parent:  "projects/demo/secrets/s",
			Payload: &pb.SecretPayload{Data: []byte(data), DataCrc32C: proto.Int64(checksum([]byte(data)))},
		})
		if err != nil {
			t.Fatal(err)
		}
		if !v.GetClientSpecifiedPayloadChecksum() || v.GetName() != "projects/123/secrets/s/versions/1" {
			t.Errorf("version = %v, want number 1 with the client's checksum", v)
		}
		got, err := access(t.Context(), c, "s", "1")
		if err != nil || string(got.GetPayload().GetData()) != data || got.GetPayload().GetDataCrc32C() != checksum([]byte(data)) {
			t.Errorf("access = %v, %v; want the bytes and their checksum", got, err)
		}
	}},
}

func TestContract(t *testing.T) {
	for _, d := range dialers() {
		for _, tt := range contract {
			t.Run(d.name+"/"+tt.name, func(t *testing.T) {
				s := startServer(t, Options{Clock: newClock().Now})
				tt.run(t, s, d.dial(t, s))
			})
		}
	}
}
