package secretmanager

import (
	"context"

	pb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// EnableSecretVersion also cancels a scheduled destruction.
func (st *service) EnableSecretVersion(_ context.Context, req *pb.EnableSecretVersionRequest) (*pb.SecretVersion, error) {
	return st.transition(req, "secretmanager.versions.enable", pb.SecretVersion_ENABLED)
}

// DisableSecretVersion also cancels a scheduled destruction.
func (st *service) DisableSecretVersion(_ context.Context, req *pb.DisableSecretVersionRequest) (*pb.SecretVersion, error) {
	return st.transition(req, "secretmanager.versions.disable", pb.SecretVersion_DISABLED)
}

// DestroySecretVersion destroys at once, or, where the secret has a version_destroy_ttl,
// disables and schedules the destruction.
func (st *service) DestroySecretVersion(_ context.Context, req *pb.DestroySecretVersionRequest) (*pb.SecretVersion, error) {
	return st.transition(req, "secretmanager.versions.destroy", pb.SecretVersion_DESTROYED)
}

type transitionRequest interface {
	GetName() string
	GetEtag() string
}

// transition succeeds, and changes the version's etag, in the target state too; only a
// destroyed version stays as it is (docs: smdocs/etags).
func (st *service) transition(req transitionRequest, permission string, to pb.SecretVersion_State) (*pb.SecretVersion, error) {
	defer st.lock()()
	p, r, err := st.project(parseNumbered, req.GetName(), permission)
	if err != nil {
		return nil, err
	}
	number, _ := versionNumber(r.version)
	s := p.secrets[r.secret]
	if s == nil {
		return nil, secretNotFound(p.secretName(r.secret))
	}
	if number > int64(len(s.versions)) {
		return nil, versionNotFound(versionName(s.meta.GetName(), number))
	}
	meta := s.versions[number-1].meta
	if err := checkEtag(req.GetEtag(), meta.GetEtag(), meta.GetName()); err != nil {
		return nil, err
	}
	if meta.GetState() == pb.SecretVersion_DESTROYED {
		return nil, inState(meta.GetName(), meta.GetState().String())
	}
	return st.setState(p, r.secret, number, to)
}

func (st *state) setState(p *project, id string, number int64, to pb.SecretVersion_State) (*pb.SecretVersion, error) {
	s, now := p.secrets[id], st.clock()
	delay := s.meta.GetVersionDestroyTtl().AsDuration()
	next := s.withVersion(number, st.nextEtag(), func(v *version) {
		switch {
		case to != pb.SecretVersion_DESTROYED:
			v.meta.State, v.meta.ScheduledDestroyTime = to, nil
		case delay == 0:
			v.destroy(now)
		case v.meta.GetScheduledDestroyTime() == nil:
			v.meta.State, v.meta.ScheduledDestroyTime = pb.SecretVersion_DISABLED, timestamppb.New(now.Add(delay))
		}
	})
	return next.versions[number-1].meta, st.put(p, id, next, changesVersions)
}
