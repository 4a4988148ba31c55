package secretmanager

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	pb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
)

// Console looks at the secrets and changes them as somebody would in the Google Cloud
// console: without quota, without faults, and never stale. Projects are given by id or
// number. Its errors are those of the service.
type Console struct{ server *Server }

// Console returns the console of s.
func (s *Server) Console() *Console { return &Console{s} }

// Subscribe is for whoever wants to be woken after a write; see watch.Watchers. What only
// time brings (expiry, a delayed destruction, a late effect) happens when somebody looks;
// Settle is a look.
func (c *Console) Subscribe() (changed <-chan struct{}, cancel func()) {
	return c.server.state.watchers.Subscribe()
}

// Settle lets happen what is due by now.
func (c *Console) Settle() { c.begin()() }

// Late returns how many effects of calls that were answered with an error are still to
// come.
func (c *Console) Late() int {
	c.server.settle()
	c.server.late.mu.Lock()
	defer c.server.late.mu.Unlock()
	return len(c.server.late.effects)
}

// ProjectView names a project.
type ProjectView struct {
	ID     string
	Number int64
}

// Projects returns the projects in the order of their ids.
func (c *Console) Projects() []ProjectView {
	defer c.begin()()
	var views []ProjectView
	for key, p := range c.server.state.projects {
		if key == p.id { // each project stands under its number, too
			views = append(views, ProjectView{p.id, p.number})
		}
	}
	slices.SortFunc(views, func(a, b ProjectView) int { return strings.Compare(a.ID, b.ID) })
	return views
}

// State of a version.
type State string

// The states of a version.
const (
	Enabled   State = "ENABLED"
	Disabled  State = "DISABLED"
	Destroyed State = "DESTROYED"
)

// SecretView is a copy of what the service knows about a secret.
type SecretView struct {
	ID          string
	Name        string // with the project's number
	Etag        string
	Created     time.Time
	Expires     time.Time // zero: never
	Labels      map[string]string
	Annotations map[string]string
	Aliases     map[string]int64
	Versions    []VersionView // oldest first: version N stands at N-1
}

// VersionView is a copy of what the service knows about a version, without its payload.
type VersionView struct {
	Number    int64
	State     State
	Created   time.Time
	Destroyed time.Time // zero unless the state is Destroyed
	Scheduled time.Time // of a delayed destruction; zero: none
	Size      int       // bytes; 0 once destroyed
}

// begin lets what is due happen and locks the state; the func it returns unlocks.
func (c *Console) begin() func() {
	c.server.settle()
	return c.server.state.lock()
}

// Create makes a secret without versions.
func (c *Console) Create(project, id string, labels map[string]string) error {
	c.server.settle()
	automatic := &pb.Replication{Replication: &pb.Replication_Automatic_{Automatic: &pb.Replication_Automatic{}}}
	_, err := c.service().CreateSecret(context.Background(), &pb.CreateSecretRequest{
		Parent: "projects/" + project, SecretId: id,
		Secret: &pb.Secret{Replication: automatic, Labels: maps.Clone(labels)},
	})
	return err
}

// Delete deletes a secret with its versions.
func (c *Console) Delete(project, id string) error {
	c.server.settle()
	_, err := c.service().DeleteSecret(context.Background(), &pb.DeleteSecretRequest{Name: secretPath(project, id)})
	return err
}

// AddVersion adds a version and returns its number.
func (c *Console) AddVersion(project, id string, data []byte) (int64, error) {
	c.server.settle()
	v, err := c.service().AddSecretVersion(context.Background(), &pb.AddSecretVersionRequest{
		Parent: secretPath(project, id), Payload: &pb.SecretPayload{Data: slices.Clone(data)},
	})
	if err != nil {
		return 0, err
	}
	r, err := parseVersion(v.GetName())
	number, _ := versionNumber(r.version)
	return number, err
}

// SetState enables, disables or destroys a version. Destroying is delayed where the
// secret says so.
func (c *Console) SetState(project, id string, version int64, state State) error {
	to := pb.SecretVersion_State(pb.SecretVersion_State_value[string(state)])
	if to == pb.SecretVersion_STATE_UNSPECIFIED {
		return status.Errorf(codes.InvalidArgument, "There is no state %q.", state)
	}
	c.server.settle()
	name := versionName(secretPath(project, id), version)
	_, err := c.service().transition(&pb.EnableSecretVersionRequest{Name: name}, "secretmanager.versions.update", to)
	return err
}

// SetLabels replaces the labels of a secret.
func (c *Console) SetLabels(project, id string, labels map[string]string) error {
	return c.update(project, id, "labels", &pb.Secret{Labels: maps.Clone(labels)})
}

// SetAnnotations replaces the annotations of a secret.
func (c *Console) SetAnnotations(project, id string, annotations map[string]string) error {
	return c.update(project, id, "annotations", &pb.Secret{Annotations: maps.Clone(annotations)})
}

func (c *Console) update(project, id, field string, change *pb.Secret) error {
	c.server.settle()
	change.Name = secretPath(project, id)
	mask := &fieldmaskpb.FieldMask{Paths: []string{field}}
	_, err := c.service().UpdateSecret(context.Background(), &pb.UpdateSecretRequest{Secret: change, UpdateMask: mask})
	return err
}

// Secret returns false when there is no such secret.
func (c *Console) Secret(project, id string) (SecretView, bool) {
	defer c.begin()()
	s := c.find(project, id)
	if s == nil {
		return SecretView{}, false
	}
	return viewOf(id, s), true
}

// Secrets returns the secrets of a project in the order of their ids.
func (c *Console) Secrets(project string) []SecretView {
	defer c.begin()()
	p := c.server.state.projects[project]
	if p == nil {
		return nil
	}
	var views []SecretView
	for id, s := range p.secrets {
		views = append(views, viewOf(id, s))
	}
	slices.SortFunc(views, func(a, b SecretView) int { return strings.Compare(a.ID, b.ID) })
	return views
}

// Payload returns the bytes of a version, a disabled one included; false when there is
// no such version or it is destroyed.
func (c *Console) Payload(project, id string, version int64) ([]byte, bool) {
	defer c.begin()()
	s := c.find(project, id)
	if s == nil || version < 1 || version > int64(len(s.versions)) {
		return nil, false
	}
	v := s.versions[version-1]
	return slices.Clone(v.data), v.meta.GetState() != pb.SecretVersion_DESTROYED
}

func (c *Console) service() *service { return &service{state: c.server.state} }

func (c *Console) find(project, id string) *secret {
	if p := c.server.state.projects[project]; p != nil {
		return p.secrets[id]
	}
	return nil
}

// Words returns the service's own words in an error of the Console, which a person reads
// there.
func Words(err error) string { return status.Convert(err).Message() }

func secretPath(project, id string) string { return fmt.Sprintf("projects/%s/secrets/%s", project, id) }

func viewOf(id string, s *secret) SecretView {
	view := SecretView{
		ID: id, Name: s.meta.GetName(), Etag: s.meta.GetEtag(),
		Created: s.meta.GetCreateTime().AsTime(), Expires: s.expires(),
		Labels: maps.Clone(s.meta.GetLabels()), Annotations: maps.Clone(s.meta.GetAnnotations()),
		Aliases: maps.Clone(s.meta.GetVersionAliases()),
	}
	for i, v := range s.versions {
		view.Versions = append(view.Versions, viewOfVersion(int64(i+1), v))
	}
	return view
}

func viewOfVersion(number int64, v *version) VersionView {
	view := VersionView{Number: number, State: State(v.meta.GetState().String()), Created: v.meta.GetCreateTime().AsTime(), Size: len(v.data)}
	if t := v.meta.GetDestroyTime(); t != nil {
		view.Destroyed = t.AsTime()
	}
	if t := v.meta.GetScheduledDestroyTime(); t != nil {
		view.Scheduled = t.AsTime()
	}
	return view
}
