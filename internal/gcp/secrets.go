package gcp

import (
	"context"
	"errors"
	"iter"
	"strings"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/api/iterator"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// Get reads a secret's metadata.
func (m *SecretManager) Get(ctx context.Context, t store.Target) (store.Secret, error) {
	s, err := m.client.GetSecret(tagged(ctx), &secretmanagerpb.GetSecretRequest{Name: secretName(t)})
	if err != nil {
		return store.Secret{}, callError("GetSecret", err)
	}
	return secretOf(t, s), nil
}

// Create makes a secret without versions, replicated automatically.
func (m *SecretManager) Create(ctx context.Context, t store.Target, p store.Patch) (store.Secret, error) {
	fresh := &secretmanagerpb.Secret{
		Labels: p.Labels, Annotations: p.Annotations,
		Replication: &secretmanagerpb.Replication{Replication: &secretmanagerpb.Replication_Automatic_{
			Automatic: &secretmanagerpb.Replication_Automatic{},
		}},
	}
	if p.Expires != nil && !p.Expires.IsZero() {
		fresh.Expiration = &secretmanagerpb.Secret_ExpireTime{ExpireTime: timestamppb.New(*p.Expires)}
	}
	s, err := m.client.CreateSecret(tagged(ctx), &secretmanagerpb.CreateSecretRequest{
		Parent: projectName(t.Project), SecretId: string(t.Name), Secret: fresh,
	})
	if err != nil {
		return store.Secret{}, callError("CreateSecret", err)
	}
	return secretOf(t, s), nil
}

// Update writes what the patch names, and nothing else.
func (m *SecretManager) Update(ctx context.Context, t store.Target, p store.Patch) (store.Secret, error) {
	in := &secretmanagerpb.Secret{Name: secretName(t), Labels: p.Labels, Annotations: p.Annotations, Etag: p.Etag}
	mask := &fieldmaskpb.FieldMask{}
	if p.Labels != nil {
		mask.Paths = append(mask.Paths, "labels")
	}
	if p.Annotations != nil {
		mask.Paths = append(mask.Paths, "annotations")
	}
	if p.Expires != nil {
		mask.Paths = append(mask.Paths, "expire_time")
		if !p.Expires.IsZero() {
			in.Expiration = &secretmanagerpb.Secret_ExpireTime{ExpireTime: timestamppb.New(*p.Expires)}
		}
	}
	s, err := m.client.UpdateSecret(tagged(ctx), &secretmanagerpb.UpdateSecretRequest{Secret: in, UpdateMask: mask})
	if err != nil {
		return store.Secret{}, callError("UpdateSecret", err)
	}
	return secretOf(t, s), nil
}

// DeleteStaged deletes a staging secret while it bears the etag. Any other name is refused
// here, so that no mistake elsewhere can delete a secret.
func (m *SecretManager) DeleteStaged(ctx context.Context, t store.Target, etag string) error {
	if !strings.HasPrefix(string(t.Name), secret.StagingPrefix) {
		return &store.CallError{Op: "DeleteSecret", Kind: store.Invalid}
	}
	err := m.client.DeleteSecret(tagged(ctx), &secretmanagerpb.DeleteSecretRequest{Name: secretName(t), Etag: etag})
	return callError("DeleteSecret", err)
}

// List yields every secret of a project; after an error it ends.
func (m *SecretManager) List(ctx context.Context, project string) iter.Seq2[store.Secret, error] {
	return func(yield func(store.Secret, error) bool) {
		it := m.client.ListSecrets(tagged(ctx), &secretmanagerpb.ListSecretsRequest{Parent: projectName(project), PageSize: listPage})
		for {
			s, err := it.Next()
			if errors.Is(err, iterator.Done) {
				return
			}
			if err != nil {
				yield(store.Secret{}, callError("ListSecrets", err))
				return
			}
			if !yield(secretOf(store.Target{Project: project, Name: secret.Name(tail(s.Name))}, s), nil) {
				return
			}
		}
	}
}

// listPage keeps one answer small; the service allows up to 25,000.
const listPage = 500

// secretOf keeps the project as we name it: the service answers with its number.
func secretOf(t store.Target, s *secretmanagerpb.Secret) store.Secret {
	return store.Secret{
		Target: t, Labels: s.Labels, Annotations: s.Annotations, Etag: s.Etag,
		Created: timeOf(s.CreateTime), Expires: timeOf(s.GetExpireTime()),
	}
}
