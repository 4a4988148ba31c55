package secretmanager

import (
	"testing"

	"cloud.google.com/go/iam/apiv1/iampb"
	gcp "cloud.google.com/go/secretmanager/apiv1"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/type/expr"
	"google.golang.org/grpc/codes"
)

const secretS = "projects/demo/secrets/s"

func reader(member string) []*iampb.Binding {
	return []*iampb.Binding{{Role: "roles/secretmanager.secretAccessor", Members: []string{member}}}
}

func TestIAM(t *testing.T) {
	runBoth(t, []rule{
		{"a policy is read, modified and written back", func(t *testing.T, _ *Server, c *gcp.Client) {
			mustCreate(t, c, "s", nil)
			policy, err := c.GetIamPolicy(t.Context(), &iampb.GetIamPolicyRequest{Resource: secretS, Options: &iampb.GetPolicyOptions{RequestedPolicyVersion: 3}})
			if err != nil || len(policy.GetBindings()) != 0 {
				t.Fatalf("first policy = %v, %v; want an empty one", policy, err)
			}
			policy.Bindings = reader("user:a@example.com")
			set, err := c.SetIamPolicy(t.Context(), &iampb.SetIamPolicyRequest{Resource: secretS, Policy: policy})
			if err != nil || string(set.GetEtag()) == string(policy.GetEtag()) {
				t.Fatalf("set = %v, %v; want a new etag", set, err)
			}
			got, err := c.GetIamPolicy(t.Context(), &iampb.GetIamPolicyRequest{Resource: secretS})
			if err != nil || got.GetBindings()[0].GetMembers()[0] != "user:a@example.com" {
				t.Errorf("policy = %v, %v; want the member", got, err)
			}
		}},
		{"a stale etag is ABORTED", func(t *testing.T, _ *Server, c *gcp.Client) {
			mustCreate(t, c, "s", nil)
			_, err := c.SetIamPolicy(t.Context(), &iampb.SetIamPolicyRequest{Resource: secretS, Policy: &iampb.Policy{Etag: []byte("old")}})
			wantError(t, err, codes.Aborted, "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.")
		}},
		{"conditions need policy version 3", func(t *testing.T, _ *Server, c *gcp.Client) {
			mustCreate(t, c, "s", nil)
			policy := &iampb.Policy{Version: 1, Bindings: reader("user:a@example.com")}
			policy.Bindings[0].Condition = &expr.Expr{Expression: "true"}
			_, err := c.SetIamPolicy(t.Context(), &iampb.SetIamPolicyRequest{Resource: secretS, Policy: policy})
			wantCode(t, err, codes.InvalidArgument)
			policy.Version = 3
			if _, err = c.SetIamPolicy(t.Context(), &iampb.SetIamPolicyRequest{Resource: secretS, Policy: policy}); err != nil {
				t.Errorf("version 3: %v", err)
			}
		}},
		{"permissions on a missing secret are none, without an error", func(t *testing.T, _ *Server, c *gcp.Client) {
			ask := &iampb.TestIamPermissionsRequest{Resource: secretS, Permissions: []string{"secretmanager.versions.add"}}
			got, err := c.TestIamPermissions(t.Context(), ask)
			if err != nil || len(got.GetPermissions()) != 0 {
				t.Errorf("permissions = %v, %v; want none", got, err)
			}
			mustCreate(t, c, "s", nil)
			got, err = c.TestIamPermissions(t.Context(), ask)
			if diff := cmp.Diff(ask.GetPermissions(), got.GetPermissions()); diff != "" || err != nil {
				t.Errorf("permissions, %v (-want +got):\n%s", err, diff)
			}
		}},
	})
}
