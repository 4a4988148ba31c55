package main

import "runtime/debug"

// release is what a build without the history is told to be, by
// -ldflags=-X=main.release=VERSION; otherwise "". Nothing else sets it.
var release string

// version is release or, for a build from a checkout, the module's version and revision.
func version() string {
	info, ok := debug.ReadBuildInfo()
	switch {
	case release != "":
		return release
	case !ok:
		return "unknown"
	}
	text := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			text += " " + s.Value
		}
	}
	return text
}
