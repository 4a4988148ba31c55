package scan

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// memory knows which commits were clean, on the user's own machine, so that a hook asks
// about each commit once. It is one empty file for each commit, named by a MAC over the
// commit, the engines and the settings: who can write the folder but has not read the key
// can't make a commit look clean. CI has no memory, since a pull request could fill it.
type memory struct {
	dir string
	key []byte
	now time.Time
}

// memoryLasts is how long a clean commit is remembered: engines learn.
const memoryLasts = 30 * 24 * time.Hour

// openMemory opens or makes the folder. Without a folder, or one that can't be used, the
// memory is nil and remembers nothing.
func openMemory(dir string, now time.Time) *memory {
	if dir == "" || os.MkdirAll(dir, 0o700) != nil {
		return nil
	}
	key, err := memoryKey(filepath.Join(dir, "key"))
	if err != nil {
		return nil
	}
	m := &memory{dir, key, now}
	m.forgetOld()
	return m
}

// memoryKey reads the key, or makes it. Nobody but the user may read it.
func memoryKey(name string) ([]byte, error) {
	fresh := make([]byte, sha256.Size)
	if _, err := rand.Read(fresh); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		_, err = file.Write(fresh)
		return fresh, errors.Join(err, file.Close())
	}
	info, err := os.Lstat(name)
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 {
		return nil, fs.ErrPermission
	}
	key, err := os.ReadFile(name)
	if err == nil && len(key) != sha256.Size {
		err = fs.ErrInvalid
	}
	return key, err
}

func (m *memory) forgetOld() {
	entries, _ := os.ReadDir(m.dir)
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && e.Name() != "key" && m.now.Sub(info.ModTime()) > memoryLasts {
			_ = os.Remove(filepath.Join(m.dir, e.Name()))
		}
	}
}

// file is the name that stands for a commit that was clean in given circumstances.
func (m *memory) file(commit, circumstances string) string {
	mac := hmac.New(sha256.New, m.key)
	mac.Write([]byte("secretstore-scan-clean-v1\x00" + commit + "\x00" + circumstances))
	return filepath.Join(m.dir, hex.EncodeToString(mac.Sum(nil)))
}

func (m *memory) knows(commit, circumstances string) bool {
	if m == nil {
		return false
	}
	info, err := os.Lstat(m.file(commit, circumstances))
	return err == nil && info.Mode().IsRegular()
}

// remember is best effort: what is not remembered is asked again.
func (m *memory) remember(commit, circumstances string) {
	if m != nil {
		_ = os.WriteFile(m.file(commit, circumstances), nil, 0o600)
	}
}
