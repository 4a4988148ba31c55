package sheets

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// load reads the spreadsheets that an earlier server left behind.
func (s *Server) load() error {
	s.shelf = map[string]*book{}
	if s.persist == "" {
		return nil
	}
	data, err := os.ReadFile(s.persist)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(data, &s.shelf)
	}
	if err != nil {
		return fmt.Errorf("sheets emulator: the file of an earlier run cannot be read, remove it to begin anew: %w", err)
	}
	return nil
}

// save writes all spreadsheets beside the old file and then swaps the two, so that a
// kill leaves one of them whole. It is meant for a demo's worth of rows.
func (s *Server) save() error {
	if s.persist == "" {
		return nil
	}
	data, err := json.Marshal(s.shelf)
	if err != nil {
		return err // unreachable: books are plain data
	}
	if err := os.WriteFile(s.persist+".new", data, 0o600); err != nil {
		return err
	}
	return os.Rename(s.persist+".new", s.persist)
}
