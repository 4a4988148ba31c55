package secretmanager

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	iampb "cloud.google.com/go/iam/apiv1/iampb"
	pb "cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
)

// The stored form, apart from the wire's. Messages are in the service's own JSON.
type storedState struct {
	Revision int64                              `json:"revision"`
	Projects map[string]map[string]storedSecret `json:"projects"` // :: project id -> secret id -> secret
}

type storedSecret struct {
	Serial   int64           `json:"serial"`
	Meta     json.RawMessage `json:"meta"`
	Policy   json.RawMessage `json:"policy,omitempty"`
	Versions []storedVersion `json:"versions"`
}

type storedVersion struct {
	Meta json.RawMessage `json:"meta"`
	Data []byte          `json:"data,omitempty"`
}

// save writes the whole state to the file, if there is one. It is called before a write
// is answered: what was answered survives a restart.
func (st *state) save() error {
	if st.file == "" {
		return nil
	}
	stored, err := st.stored()
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(stored, "", " ")
	if err != nil {
		return err
	}
	if err := writeFile(st.file, data); err != nil {
		return status.Error(codes.Internal, "The emulator could not save its state; see whether its file can be written.")
	}
	return nil
}

// writeFile replaces a file whole, readable by its owner alone: it holds payloads.
func writeFile(name string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), ".secretmanager-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if err := errors.Join(err, tmp.Close()); err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return os.Rename(tmp.Name(), name)
}

func (st *state) stored() (storedState, error) {
	out := storedState{Revision: st.revision, Projects: make(map[string]map[string]storedSecret)}
	for key, p := range st.projects {
		if key != p.id {
			continue // each project stands under its number, too
		}
		secrets := make(map[string]storedSecret, len(p.secrets))
		for id, s := range p.secrets {
			stored, err := storeSecret(s)
			if err != nil {
				return storedState{}, err
			}
			secrets[id] = stored
		}
		out.Projects[p.id] = secrets
	}
	return out, nil
}

func storeSecret(s *secret) (storedSecret, error) {
	meta, err := protojson.Marshal(s.meta)
	out := storedSecret{Serial: s.serial, Meta: meta}
	if s.policy != nil && err == nil {
		out.Policy, err = protojson.Marshal(s.policy)
	}
	for _, v := range s.versions {
		meta, versionErr := protojson.Marshal(v.meta)
		err = errors.Join(err, versionErr)
		out.Versions = append(out.Versions, storedVersion{Meta: meta, Data: v.data})
	}
	return out, err
}

// load reads the file; one that does not exist yet is an empty state. Projects that
// Options does not name are refused, since the next save would lose them.
func (st *state) load() error {
	if st.file == "" {
		return nil
	}
	data, err := os.ReadFile(st.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var stored storedState
	if err == nil {
		err = json.Unmarshal(data, &stored)
	}
	if err != nil {
		return fmt.Errorf("secretmanager: cannot load the saved state: %w", err)
	}
	st.revision = stored.Revision
	for id, secrets := range stored.Projects {
		if err := st.loadProject(id, secrets); err != nil {
			return fmt.Errorf("secretmanager: cannot load the saved state: %w", err)
		}
	}
	return nil
}

func (st *state) loadProject(id string, secrets map[string]storedSecret) error {
	p := st.projects[id]
	if p == nil && len(secrets) > 0 {
		return fmt.Errorf("it has secrets of project %q, which is not among the projects to serve", id)
	}
	for secretID, stored := range secrets {
		s, err := loadSecret(stored)
		if err != nil {
			return err
		}
		p.secrets[secretID] = s
		st.expectBy(s.due())
	}
	return nil
}

func loadSecret(stored storedSecret) (*secret, error) {
	s := &secret{serial: stored.Serial, meta: &pb.Secret{}}
	err := protojson.Unmarshal(stored.Meta, s.meta)
	if stored.Policy != nil {
		s.policy = &iampb.Policy{}
		err = errors.Join(err, protojson.Unmarshal(stored.Policy, s.policy))
	}
	for _, v := range stored.Versions {
		meta := &pb.SecretVersion{}
		err = errors.Join(err, protojson.Unmarshal(v.Meta, meta))
		s.versions = append(s.versions, &version{meta: meta, data: v.Data, crc: checksum(v.Data)})
	}
	return s, err
}
