package secretmanager

import (
	"context"
	"time"

	pb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// service answers the RPCs. What it does not define is UNIMPLEMENTED.
type service struct {
	pb.UnimplementedSecretManagerServiceServer
	*state
}

// project parses a name and finds its project, for a caller who needs permission there.
func (st *state) project(parse func(string) (resource, error), name, permission string) (*project, resource, error) {
	r, err := parse(name)
	if err != nil {
		return nil, r, err
	}
	if p := st.projects[r.project]; p != nil {
		return p, r, nil
	}
	return nil, r, denied(permission, name)
}

// find parses a secret's name and returns the newest state of that secret.
func (st *state) find(name, permission string) (*project, string, *secret, error) {
	p, r, err := st.project(parseSecret, name, permission)
	if err != nil {
		return nil, "", nil, err
	}
	if s := p.secrets[r.secret]; s != nil {
		return p, r.secret, s, nil
	}
	return nil, "", nil, secretNotFound(p.secretName(r.secret))
}

// CreateSecret makes a secret without versions.
func (st *service) CreateSecret(_ context.Context, req *pb.CreateSecretRequest) (*pb.Secret, error) {
	defer st.lock()()
	p, _, err := st.project(parseProject, req.GetParent(), "secretmanager.secrets.create")
	if err != nil {
		return nil, err
	}
	now, id := st.clock(), req.GetSecretId()
	if err := checkNew(id, req.GetSecret(), now); err != nil {
		return nil, err
	}
	if p.secrets[id] != nil {
		return nil, status.Errorf(codes.AlreadyExists, "Secret [%s] already exists.", p.secretName(id))
	}
	s := &secret{meta: newMeta(req.GetSecret(), p.secretName(id), now)}
	s.meta.Etag = st.nextEtag()
	s.serial = st.revision
	return s.meta, st.put(p, id, s, changesSecret)
}

// newMeta takes from asked what a caller may decide.
func newMeta(asked *pb.Secret, name string, now time.Time) *pb.Secret {
	meta := &pb.Secret{
		Name: name, CreateTime: timestamppb.New(now),
		Replication: asked.GetReplication(), Labels: asked.GetLabels(), Annotations: asked.GetAnnotations(),
		Topics: asked.GetTopics(), Rotation: asked.GetRotation(), SecretType: asked.GetSecretType(),
		VersionAliases: asked.GetVersionAliases(), VersionDestroyTtl: asked.GetVersionDestroyTtl(),
	}
	setExpiry(meta, asked, now)
	return meta
}

// setExpiry turns a ttl, which is input only, into the time that is kept.
func setExpiry(meta, asked *pb.Secret, now time.Time) {
	switch expiry := asked.GetExpiration().(type) {
	case *pb.Secret_Ttl:
		at := timestamppb.New(now.Add(expiry.Ttl.AsDuration()))
		meta.Expiration = &pb.Secret_ExpireTime{ExpireTime: at}
	case *pb.Secret_ExpireTime:
		meta.Expiration = expiry
	default:
		meta.Expiration = nil
	}
}

// GetSecret returns metadata; it may be stale.
func (st *service) GetSecret(ctx context.Context, req *pb.GetSecretRequest) (*pb.Secret, error) {
	defer st.lock()()
	p, r, err := st.project(parseSecret, req.GetName(), "secretmanager.secrets.get")
	if err != nil {
		return nil, err
	}
	s := p.seen(r.secret, isStale(ctx), p.beforeUpdate)
	if s == nil {
		return nil, secretNotFound(p.secretName(r.secret))
	}
	return s.meta, nil
}

// ListSecrets returns the newest first; it may be stale.
func (st *service) ListSecrets(ctx context.Context, req *pb.ListSecretsRequest) (*pb.ListSecretsResponse, error) {
	defer st.lock()()
	p, _, err := st.project(parseProject, req.GetParent(), "secretmanager.secrets.list")
	if err != nil {
		return nil, err
	}
	var all []item[*pb.Secret]
	for id := range p.listed(isStale(ctx)) {
		if s := p.seen(id, isStale(ctx), p.beforeUpdate); s != nil {
			all = append(all, item[*pb.Secret]{s.serial, s.meta})
		}
	}
	page, err := paginate(all, listRequest{projectName(p.number), req.GetFilter(), req.GetPageSize(), req.GetPageToken()})
	if err != nil {
		return nil, err
	}
	return &pb.ListSecretsResponse{Secrets: page.items, NextPageToken: page.next, TotalSize: page.total}, nil
}

// listed has the ids to look at: a stale list may still have a secret that is deleted.
func (p *project) listed(stale bool) map[string]*secret {
	if !stale {
		return p.secrets
	}
	ids := make(map[string]*secret, len(p.secrets))
	for id, s := range p.secrets {
		ids[id] = s
	}
	for id, s := range p.beforeUpdate {
		ids[id] = s
	}
	return ids
}

// UpdateSecret replaces the fields that the mask names, maps as a whole.
func (st *service) UpdateSecret(_ context.Context, req *pb.UpdateSecretRequest) (*pb.Secret, error) {
	defer st.lock()()
	p, id, s, err := st.find(req.GetSecret().GetName(), "secretmanager.secrets.update")
	if err != nil {
		return nil, err
	}
	if err := checkEtag(req.GetSecret().GetEtag(), s.meta.GetEtag(), s.meta.GetName()); err != nil {
		return nil, err
	}
	next := s.clone()
	if err := applyMask(next, req.GetSecret(), req.GetUpdateMask().GetPaths(), st.clock()); err != nil {
		return nil, err
	}
	next.meta.Etag = st.nextEtag()
	return next.meta, st.put(p, id, next, changesSecret)
}

// DeleteSecret deletes a secret with its versions at once.
func (st *service) DeleteSecret(_ context.Context, req *pb.DeleteSecretRequest) (*emptypb.Empty, error) {
	defer st.lock()()
	p, id, s, err := st.find(req.GetName(), "secretmanager.secrets.delete")
	if err != nil {
		return nil, err
	}
	if err := checkEtag(req.GetEtag(), s.meta.GetEtag(), s.meta.GetName()); err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, st.put(p, id, nil, changesSecret)
}
