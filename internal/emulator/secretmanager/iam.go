package secretmanager

import (
	"context"
	"encoding/binary"
	"strings"

	iampb "cloud.google.com/go/iam/apiv1/iampb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// unsetPolicyEtag is "ACAB" in base64, the etag of a policy that nobody has set.
var unsetPolicyEtag = []byte{0x00, 0x20, 0x01}

func (s *secret) currentPolicy() *iampb.Policy {
	if s.policy == nil {
		return &iampb.Policy{Etag: unsetPolicyEtag}
	}
	return s.policy
}

// GetIamPolicy returns an empty policy where none was set.
func (st *service) GetIamPolicy(_ context.Context, req *iampb.GetIamPolicyRequest) (*iampb.Policy, error) {
	defer st.lock()()
	_, _, s, err := st.find(req.GetResource(), "secretmanager.secrets.getIamPolicy")
	if err != nil {
		return nil, err
	}
	return s.currentPolicy(), nil
}

// SetIamPolicy replaces the whole policy. A stale etag is ABORTED here, other than for
// secrets and versions.
func (st *service) SetIamPolicy(_ context.Context, req *iampb.SetIamPolicyRequest) (*iampb.Policy, error) {
	defer st.lock()()
	p, id, s, err := st.find(req.GetResource(), "secretmanager.secrets.setIamPolicy")
	if err != nil {
		return nil, err
	}
	policy := req.GetPolicy()
	if err := checkPolicy(policy); err != nil {
		return nil, err
	}
	if given := policy.GetEtag(); len(given) > 0 && string(given) != string(s.currentPolicy().GetEtag()) {
		return nil, status.Error(codes.Aborted, "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.")
	}
	next := s.clone()
	next.policy = proto.CloneOf(policy)
	st.revision++
	next.policy.Etag = binary.BigEndian.AppendUint64(nil, uint64(st.revision))
	return next.policy, st.put(p, id, next, changesVersions)
}

func checkPolicy(policy *iampb.Policy) error {
	if policy == nil {
		return required("policy")
	}
	if v := policy.GetVersion(); v != 0 && v != 1 && v != 3 {
		return invalid("The policy version %d is not valid.", v)
	}
	for _, binding := range policy.GetBindings() {
		if !strings.Contains(binding.GetRole(), "/") {
			return invalid("The role name must be in the form \"roles/{role}\".")
		}
		if binding.GetCondition() != nil && policy.GetVersion() != 3 {
			return invalid("A policy with conditions must have version 3.")
		}
	}
	return nil
}

// TestIamPermissions grants everything about a secret that exists, and answers nothing,
// without an error, about one that does not.
func (st *service) TestIamPermissions(_ context.Context, req *iampb.TestIamPermissionsRequest) (*iampb.TestIamPermissionsResponse, error) {
	defer st.lock()()
	answer := &iampb.TestIamPermissionsResponse{}
	_, _, _, err := st.find(req.GetResource(), "secretmanager.secrets.get")
	switch status.Code(err) {
	case codes.OK:
		for _, permission := range req.GetPermissions() {
			if strings.HasPrefix(permission, "secretmanager.") {
				answer.Permissions = append(answer.Permissions, permission)
			}
		}
	case codes.NotFound, codes.PermissionDenied:
	default:
		return nil, err
	}
	return answer, nil
}
