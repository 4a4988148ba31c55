package scan

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// hookMark is the second line of our hooks, by which they are known.
const hookMark = "# Installed by \"secretstore scan install-hook\"; it may be replaced by it."

// InstallHook makes git run the program before each push or commit in the repository of
// dir, and returns the hook's path. It replaces a hook of ours and no other. The program is
// named by its path: a hook whose program is gone fails, and the push with it.
func InstallHook(ctx context.Context, dir, kind, program string) (string, error) {
	if kind != "pre-push" && kind != "pre-commit" {
		return "", problem(BadUsage)
	}
	// The user's own configuration counts here: it may say where hooks are.
	cmd := exec.CommandContext(ctx, "git", "rev-parse", "--git-path", "hooks/"+kind)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return "", problem(NoRepository, dir)
	}
	path := strings.TrimSuffix(string(out), "\n")
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	if !replaceable(path) {
		return "", problem(HookExists, path)
	}
	text := fmt.Sprintf("#!/bin/sh\n%s\nexec %s scan %s --cache \"$@\"\n", hookMark, quoted(program), kind)
	if err := writeHook(path, text); err != nil {
		return "", problem(ReportUnsaved, path)
	}
	return path, nil
}

// replaceable reports whether there is no hook, or one of ours.
func replaceable(path string) bool {
	info, err := os.Lstat(path)
	if os.IsNotExist(err) {
		return true
	}
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	text, err := os.ReadFile(path)
	return err == nil && strings.Contains(string(text), "\n"+hookMark+"\n")
}

// writeHook puts a whole file in place at once.
func writeHook(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".hook-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }() // gone after the rename
	_, err = file.WriteString(text)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Chmod(file.Name(), 0o755)
	}
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	return err
}

// quoted is text as one word of a POSIX shell.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
