package secretmanager

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"secretstore/internal/emulator/watch"

	iampb "cloud.google.com/go/iam/apiv1/iampb"
	pb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// state is everything that the service remembers. A *secret or *version that was put
// into it is never changed again, only replaced: readers may send it as it is, and the
// state before a write is kept by keeping a pointer.
type state struct {
	watchers watch.Watchers // woken by every write

	mu       sync.Mutex
	clock    func() time.Time
	projects map[string]*project // :: id and number, as text -> project
	revision int64               // rises with every write; the source of etags and serials
	due      time.Time           // nothing expires and nothing is destroyed before; zero: never
	file     string
}

type project struct {
	id      string
	number  int64
	secrets map[string]*secret // :: secret id -> secret
	// What stale reads see, nil where there was no secret. A version that was added
	// does not change what is stale about the secret itself.
	beforeWrite  map[string]*secret // :: secret id -> secret before its newest write
	beforeUpdate map[string]*secret // :: secret id -> secret before it was made, updated or deleted
}

type secret struct {
	serial   int64 // order of creation, for lists
	meta     *pb.Secret
	versions []*version    // version N stands at N-1; none is ever removed
	policy   *iampb.Policy // nil until one is set
}

type version struct {
	meta *pb.SecretVersion
	data []byte // nil once destroyed
	crc  int64
}

func newState(opts Options) (*state, error) {
	st := &state{clock: opts.Clock, file: opts.Persist, projects: make(map[string]*project)}
	for id, number := range opts.Projects {
		key := strconv.FormatInt(number, 10)
		if st.projects[key] != nil {
			return nil, fmt.Errorf("secretmanager: two projects have the number %d", number)
		}
		p := &project{
			id: id, number: number, secrets: make(map[string]*secret),
			beforeWrite: make(map[string]*secret), beforeUpdate: make(map[string]*secret),
		}
		st.projects[id], st.projects[key] = p, p
	}
	return st, st.load()
}

// lock takes the state and brings it up to the clock; the func it returns unlocks.
func (st *state) lock() func() {
	st.mu.Lock()
	st.sweep(st.clock())
	return st.mu.Unlock
}

// nextEtag is quoted, as the service's are.
func (st *state) nextEtag() string {
	st.revision++
	return fmt.Sprintf("%q", strconv.FormatInt(0x15f0000000000+st.revision, 16))
}

func (p *project) secretName(id string) string { return projectName(p.number) + "/secrets/" + id }

// A write says which stale reads it is hidden from.
type write int

const (
	addsVersion write = iota
	changesVersions
	changesSecret
)

// put replaces the secret id of p; nil deletes it. Nothing changes when it cannot be saved.
func (st *state) put(p *project, id string, next *secret, kind write) error {
	old := p.secrets[id]
	p.set(id, next)
	if err := st.save(); err != nil {
		p.set(id, old)
		return err
	}
	st.watchers.Wake()
	p.beforeWrite[id] = old
	if kind == changesSecret {
		p.beforeUpdate[id] = old
	}
	if next != nil && kind != addsVersion { // a new version makes nothing due
		st.expectBy(next.due())
	}
	return nil
}

func (p *project) set(id string, s *secret) {
	if s == nil {
		delete(p.secrets, id)
		return
	}
	p.secrets[id] = s
}

// seen is the secret that a read gets: the newest, or the one in before if it is stale.
func (p *project) seen(id string, stale bool, before map[string]*secret) *secret {
	if old, written := before[id]; stale && written {
		return old
	}
	return p.secrets[id]
}

// clone may be changed until it is put. Its versions and policy may only be replaced.
func (s *secret) clone() *secret {
	next := *s
	next.meta = proto.CloneOf(s.meta)
	next.versions = append(s.versions[:0:0], s.versions...)
	return &next
}

// withVersion returns a clone whose version n is a copy that change was applied to.
func (s *secret) withVersion(n int64, etag string, change func(*version)) *secret {
	next := s.clone()
	v := *s.versions[n-1]
	v.meta = proto.CloneOf(v.meta)
	v.meta.Etag = etag
	change(&v)
	next.versions[n-1] = &v
	return next
}

func (v *version) destroy(at time.Time) {
	v.meta.State = pb.SecretVersion_DESTROYED
	v.meta.DestroyTime = timestamppb.New(at)
	v.meta.ScheduledDestroyTime = nil
	v.data = nil
}
