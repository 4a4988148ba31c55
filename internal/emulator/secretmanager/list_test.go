package secretmanager

import (
	"fmt"
	"slices"
	"testing"

	gcp "cloud.google.com/go/secretmanager/apiv1"
	pb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/iterator"
	"google.golang.org/grpc/codes"
)

func TestLists(t *testing.T) {
	runBoth(t, []rule{
		{"pages together hold every secret once, the newest first", func(t *testing.T, _ *Server, c *gcp.Client) {
			var want []string
			for i := range 7 {
				want = append(want, mustCreate(t, c, fmt.Sprintf("s%d", i), nil).GetName())
			}
			slices.Reverse(want)
			it := c.ListSecrets(t.Context(), &pb.ListSecretsRequest{Parent: "projects/demo", PageSize: 3})
			var got []string
			var pages int
			pager := iterator.NewPager(it, 3, "")
			for more := true; more; pages++ {
				var page []*pb.Secret
				token, err := pager.NextPage(&page)
				if err != nil {
					t.Fatal(err)
				}
				for _, s := range page {
					got = append(got, s.GetName())
				}
				more = token != ""
			}
			if diff := cmp.Diff(want, got); diff != "" || pages != 3 {
				t.Errorf("%d pages (-want +got):\n%s", pages, diff)
			}
			if total := it.Response.(*pb.ListSecretsResponse).GetTotalSize(); total != 7 {
				t.Errorf("total size = %d, want 7", total)
			}
		}},
		{"a filtered list has no total size", func(t *testing.T, _ *Server, c *gcp.Client) {
			mustCreate(t, c, "db-host", nil)
			mustCreate(t, c, "api-key", nil)
			it := c.ListSecrets(t.Context(), &pb.ListSecretsRequest{Parent: "projects/demo", Filter: "name:host"})
			got, err := it.Next()
			if err != nil || got.GetName() != "projects/123/secrets/db-host" {
				t.Errorf("first = %v, %v; want db-host", got, err)
			}
			if _, err := it.Next(); err != iterator.Done {
				t.Errorf("second = %v, want the end", err)
			}
			if total := it.Response.(*pb.ListSecretsResponse).GetTotalSize(); total != 0 {
				t.Errorf("total size = %d, want 0 under a filter", total)
			}
		}},
		{"versions are filtered by state", func(t *testing.T, s *Server, c *gcp.Client) {
			mustCreate(t, c, "s", nil)
			for _, data := range []string{"1", "2", "3"} {
				mustAdd(t, c, "s", data)
			}
			if err := s.Console().SetState("demo", "s", 2, Disabled); err != nil {
				t.Fatal(err)
			}
			var got []string
			for v, err := range c.ListSecretVersions(t.Context(), &pb.ListSecretVersionsRequest{Parent: "projects/demo/secrets/s", Filter: "state:ENABLED"}).All() {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, v.GetName())
			}
			want := []string{"projects/123/secrets/s/versions/3", "projects/123/secrets/s/versions/1"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("enabled versions (-want +got):\n%s", diff)
			}
		}},
		{"a bad token, size or filter is INVALID_ARGUMENT", func(t *testing.T, _ *Server, c *gcp.Client) {
			mustCreate(t, c, "s", nil)
			for _, req := range []*pb.ListSecretsRequest{
				{PageToken: "bm9wZQ"}, {PageSize: -1}, {Filter: "colour:red"}, {Filter: "name:"},
			} {
				req.Parent = "projects/demo"
				_, err := c.ListSecrets(t.Context(), req).Next()
				wantCode(t, err, codes.InvalidArgument)
			}
		}},
	})
}

func TestPageTokenBelongsToItsListAndFilter(t *testing.T) {
	token := listRequest{parent: "projects/123", filter: "name:a"}.tokenAfter(42)
	for name, req := range map[string]listRequest{
		"another parent": {parent: "projects/124", filter: "name:a", token: token},
		"another filter": {parent: "projects/123", filter: "name:b", token: token},
	} {
		if _, err := req.cursor(); err == nil {
			t.Errorf("the token was taken under %s", name)
		}
	}
	if at, err := (listRequest{parent: "projects/123", filter: "name:a", token: token}).cursor(); err != nil || at != 42 {
		t.Errorf("cursor = %d, %v; want 42", at, err)
	}
}

func FuzzPageToken(f *testing.F) {
	f.Add("", "projects/1", "")
	f.Add(listRequest{parent: "projects/1"}.tokenAfter(7), "projects/1", "")
	f.Add("AAAA", "projects/1", "name:x")
	f.Fuzz(func(t *testing.T, token, parent, filter string) {
		req := listRequest{parent: parent, filter: filter, token: token}
		at, err := req.cursor()
		if err != nil || token == "" {
			return
		}
		again := listRequest{parent: parent, filter: filter, token: req.tokenAfter(at)}
		if got, err := again.cursor(); err != nil || got != at {
			t.Errorf("an accepted token gave %d, and its own token %d, %v", at, got, err)
		}
	})
}
