// Package layering holds the module to its own plan: what may import what, and that the
// pages about it are true and their links lead somewhere. It has tests alone; a failure names
// the file and the rule it breaks.
//
// Imports point down only:
//
//	cmd/secretstore
//	slackapp  gcp  scan
//	publish
//	store
//	policy  audit
//	wording
//	secret
//
// The emulator stands beside all of them and knows none.
package layering
