package gcp

import (
	"cmp"
	"context"
	"errors"
	"hash/crc32"
	"slices"
	"time"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/api/iterator"
	"google.golang.org/protobuf/types/known/timestamppb"

	"secretstore/internal/secret"
	"secretstore/internal/store"
)

// Add sends one version with its checksum; the service refuses bytes that arrive changed.
func (m *SecretManager) Add(ctx context.Context, t store.Target, v secret.Value) (secret.Version, error) {
	const op = "AddSecretVersion"
	out, err := m.client.AddSecretVersion(tagged(ctx), &secretmanagerpb.AddSecretVersionRequest{
		Parent:  secretName(t),
		Payload: &secretmanagerpb.SecretPayload{Data: v.Reveal(), DataCrc32C: new(checksum(v.Reveal()))},
	})
	if err != nil {
		return 0, callError(op, err)
	}
	if n := numberOf(out.Name); n > 0 {
		return n, nil
	}
	return 0, &store.CallError{Op: op, Kind: store.Ambiguous} // an answer without a number says nothing
}

// Access reads the bytes of one version and checks them against the stored checksum.
func (m *SecretManager) Access(ctx context.Context, t store.Target, n secret.Version) (secret.Value, error) {
	const op = "AccessSecretVersion"
	out, err := m.client.AccessSecretVersion(tagged(ctx), &secretmanagerpb.AccessSecretVersionRequest{Name: versionName(t, n)})
	if err != nil {
		return secret.Value{}, callError(op, err)
	}
	data := out.GetPayload().GetData()
	if sum := out.GetPayload().DataCrc32C; sum != nil && *sum != checksum(data) {
		return secret.Value{}, &store.CallError{Op: op, Kind: store.Corrupt}
	}
	return secret.NewValue(data), nil
}

// Info reads one version's state.
func (m *SecretManager) Info(ctx context.Context, t store.Target, n secret.Version) (store.VersionInfo, error) {
	out, err := m.client.GetSecretVersion(tagged(ctx), &secretmanagerpb.GetSecretVersionRequest{Name: versionName(t, n)})
	if err != nil {
		return store.VersionInfo{}, callError("GetSecretVersion", err)
	}
	return versionOf(out), nil
}

// All reads every version's state, the newest first.
func (m *SecretManager) All(ctx context.Context, t store.Target) ([]store.VersionInfo, error) {
	it := m.client.ListSecretVersions(tagged(ctx), &secretmanagerpb.ListSecretVersionsRequest{Parent: secretName(t), PageSize: listPage})
	var all []store.VersionInfo
	for {
		v, err := it.Next()
		if errors.Is(err, iterator.Done) {
			break
		}
		if err != nil {
			return nil, callError("ListSecretVersions", err)
		}
		all = append(all, versionOf(v))
	}
	slices.SortFunc(all, func(a, b store.VersionInfo) int { return cmp.Compare(b.Number, a.Number) })
	return all, nil
}

// SetState moves one version to another state.
func (m *SecretManager) SetState(ctx context.Context, t store.Target, n secret.Version, to store.State, etag string) error {
	ctx, name := tagged(ctx), versionName(t, n)
	switch to {
	case store.StateEnabled:
		_, err := m.client.EnableSecretVersion(ctx, &secretmanagerpb.EnableSecretVersionRequest{Name: name, Etag: etag})
		return callError("EnableSecretVersion", err)
	case store.StateDisabled:
		_, err := m.client.DisableSecretVersion(ctx, &secretmanagerpb.DisableSecretVersionRequest{Name: name, Etag: etag})
		return callError("DisableSecretVersion", err)
	case store.StateDestroyed:
		_, err := m.client.DestroySecretVersion(ctx, &secretmanagerpb.DestroySecretVersionRequest{Name: name, Etag: etag})
		return callError("DestroySecretVersion", err)
	}
	return &store.CallError{Op: "SetState", Kind: store.Invalid}
}

func versionOf(v *secretmanagerpb.SecretVersion) store.VersionInfo {
	return store.VersionInfo{
		Number: numberOf(v.Name), State: stateOf(v.State), Etag: v.Etag,
		Created: timeOf(v.CreateTime), DestroyAt: timeOf(v.ScheduledDestroyTime),
	}
}

// stateOf takes a state that is not known for one whose bytes can't be had.
func stateOf(s secretmanagerpb.SecretVersion_State) store.State {
	switch s {
	case secretmanagerpb.SecretVersion_ENABLED:
		return store.StateEnabled
	case secretmanagerpb.SecretVersion_DISABLED:
		return store.StateDisabled
	}
	return store.StateDestroyed
}

func timeOf(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}

func checksum(b []byte) int64 {
	return int64(crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)))
}
