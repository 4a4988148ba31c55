//go:build !linux

package audit

import "os"

// diskFault knows the file systems of Linux only, where the app is deployed; elsewhere
// it checks that the directory is there.
func diskFault(directory string) (name string, err error) {
	_, err = os.Stat(directory)
	return "", err
}
