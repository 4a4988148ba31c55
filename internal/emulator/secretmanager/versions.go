package secretmanager

import (
	"context"
	"hash/crc32"

	pb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(data []byte) int64 { return int64(crc32.Checksum(data, castagnoli)) }

// AddSecretVersion mints the next number with every call: it has no etag and no request
// id. It leaves the secret's etag alone.
func (st *service) AddSecretVersion(_ context.Context, req *pb.AddSecretVersionRequest) (*pb.SecretVersion, error) {
	defer st.lock()()
	p, id, s, err := st.find(req.GetParent(), "secretmanager.versions.add")
	if err != nil {
		return nil, err
	}
	if err := checkPayload(req.GetPayload()); err != nil {
		return nil, err
	}
	return st.addVersion(p, id, s, req.GetPayload())
}

func checkPayload(payload *pb.SecretPayload) error {
	switch data := payload.GetData(); {
	case payload == nil:
		return required("payload")
	case len(data) == 0:
		return invalid("Secret Payload cannot be empty.")
	case len(data) > maxPayload:
		return invalid("Secret Payload cannot be larger than %d bytes.", maxPayload)
	case payload.DataCrc32C != nil && payload.GetDataCrc32C() != checksum(data):
		return invalid("The data_crc32c of the Secret Payload does not match its data.")
	}
	return nil
}

func (st *state) addVersion(p *project, id string, s *secret, payload *pb.SecretPayload) (*pb.SecretVersion, error) {
	v := &version{data: payload.GetData(), crc: checksum(payload.GetData()), meta: &pb.SecretVersion{
		Name:                           versionName(s.meta.GetName(), int64(len(s.versions)+1)),
		CreateTime:                     timestamppb.New(st.clock()),
		State:                          pb.SecretVersion_ENABLED,
		ReplicationStatus:              replicationStatus(s.meta.GetReplication()),
		Etag:                           st.nextEtag(),
		ClientSpecifiedPayloadChecksum: payload.DataCrc32C != nil,
	}}
	// The array may be shared: s, and what is older, end before the new version, and
	// nothing is ever added to them again.
	next := *s
	next.versions = append(s.versions, v)
	return v.meta, st.put(p, id, &next, addsVersion)
}

func replicationStatus(r *pb.Replication) *pb.ReplicationStatus {
	if r.GetUserManaged() == nil {
		return &pb.ReplicationStatus{ReplicationStatus: &pb.ReplicationStatus_Automatic{Automatic: &pb.ReplicationStatus_AutomaticStatus{}}}
	}
	managed := &pb.ReplicationStatus_UserManagedStatus{}
	for _, replica := range r.GetUserManaged().GetReplicas() {
		managed.Replicas = append(managed.Replicas, &pb.ReplicationStatus_UserManagedStatus_ReplicaStatus{Location: replica.GetLocation()})
	}
	return &pb.ReplicationStatus{ReplicationStatus: &pb.ReplicationStatus_UserManaged{UserManaged: managed}}
}

// resolve finds a version by number, alias or `latest`, the newest created whatever its
// state. Reads by number are never stale (docs: smdocs/reference/consistency).
func (st *state) resolve(ctx context.Context, name, permission string) (*version, error) {
	p, r, err := st.project(parseVersion, name, permission)
	if err != nil {
		return nil, err
	}
	number, byNumber := versionNumber(r.version)
	s := p.seen(r.secret, isStale(ctx) && !byNumber, p.beforeWrite)
	full := p.secretName(r.secret)
	if s == nil {
		return nil, secretNotFound(full)
	}
	if r.version == "latest" {
		number = int64(len(s.versions))
	} else if !byNumber {
		number = s.meta.GetVersionAliases()[r.version]
	}
	if number > 0 && number <= int64(len(s.versions)) {
		return s.versions[number-1], nil
	}
	if r.version == "latest" {
		return nil, status.Errorf(codes.NotFound, "Secret [%s] not found or has no versions.", full)
	}
	return nil, versionNotFound(full + "/versions/" + r.version)
}

// GetSecretVersion returns metadata.
func (st *service) GetSecretVersion(ctx context.Context, req *pb.GetSecretVersionRequest) (*pb.SecretVersion, error) {
	defer st.lock()()
	v, err := st.resolve(ctx, req.GetName(), "secretmanager.versions.get")
	if err != nil {
		return nil, err
	}
	return v.meta, nil
}

// AccessSecretVersion returns the payload of an enabled version. There is no fall-back
// from a disabled `latest` to an older version.
func (st *service) AccessSecretVersion(ctx context.Context, req *pb.AccessSecretVersionRequest) (*pb.AccessSecretVersionResponse, error) {
	defer st.lock()()
	v, err := st.resolve(ctx, req.GetName(), "secretmanager.versions.access")
	if err != nil {
		return nil, err
	}
	if v.meta.GetState() != pb.SecretVersion_ENABLED {
		return nil, inState(v.meta.GetName(), v.meta.GetState().String())
	}
	return &pb.AccessSecretVersionResponse{
		Name:    v.meta.GetName(),
		Payload: &pb.SecretPayload{Data: v.data, DataCrc32C: proto.Int64(v.crc)},
	}, nil
}

// ListSecretVersions returns the newest first; it may be stale.
func (st *service) ListSecretVersions(ctx context.Context, req *pb.ListSecretVersionsRequest) (*pb.ListSecretVersionsResponse, error) {
	defer st.lock()()
	p, r, err := st.project(parseSecret, req.GetParent(), "secretmanager.versions.list")
	if err != nil {
		return nil, err
	}
	s := p.seen(r.secret, isStale(ctx), p.beforeWrite)
	if s == nil {
		return nil, secretNotFound(p.secretName(r.secret))
	}
	all := make([]item[*pb.SecretVersion], 0, len(s.versions))
	for i, v := range s.versions {
		all = append(all, item[*pb.SecretVersion]{int64(i + 1), v.meta})
	}
	page, err := paginate(all, listRequest{s.meta.GetName(), req.GetFilter(), req.GetPageSize(), req.GetPageToken()})
	if err != nil {
		return nil, err
	}
	return &pb.ListSecretVersionsResponse{Versions: page.items, NextPageToken: page.next, TotalSize: page.total}, nil
}
